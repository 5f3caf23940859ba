//! What comes in is bounded before it is held: a storm of gzip bombs and endless bodies leaves the server small.

use evertill_tests::{native_till::NativeTill, native_till::http_client, server::Server};
use flate2::{Compression, write::GzEncoder};
use std::io::Write as _;

/// Uploads on their way at once.
const STORM: usize = 24;
/// What the storm may cost: eight uploads are unpacked at a time, of 4 MiB each, and parsed.
const GROWTH_MAX: u64 = 160 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_gzip_bombs_leaves_memory_bounded() {
    let mut server = Server::start_demo().await;
    let mut till = NativeTill::of(&server).await;
    let bomb = gigabyte();
    assert!(bomb.len() < 2 * 1024 * 1024, "it passes for a small upload: {} bytes", bomb.len());
    let before = server.peak_resident_bytes();
    let storm = (0..STORM).map(|number| {
        let (url, token) = (format!("{}/api/sync/sales", server.url()), till.tokens.access_token.clone());
        // Every other one is no bomb but ten megabytes of text.
        let (body, packed) =
            if number % 2 == 0 { (bomb.clone(), true) } else { (vec![b' '; 10 * 1024 * 1024], false) };
        tokio::spawn(async move {
            let request =
                http_client().post(url).bearer_auth(token).header("content-type", "application/json");
            let request = if packed { request.header("content-encoding", "gzip") } else { request };
            // The server may answer before it has read everything, and a client may miss that.
            (packed, request.body(body).send().await.map(|answer| answer.status().as_u16()))
        })
    });
    let mut bombs_refused = 0;
    for answer in storm.collect::<Vec<_>>() {
        let (packed, answer) = answer.await.expect("a request ends");
        if let Ok(status) = answer {
            assert_eq!(status, 413);
            bombs_refused += u32::from(packed);
        }
    }
    // A bomb is small on the wire: that it was sent whole and unpacked is what the answer shows.
    assert!(bombs_refused > 0, "no bomb was ever answered");
    let grown = server.peak_resident_bytes().saturating_sub(before);
    assert!(grown < GROWTH_MAX, "{STORM} uploads made the server grow by {} MiB", grown >> 20);

    let wares = till.wares(1).await;
    let sale = till.sell(&wares, 1_777_500_000_000);
    assert!(till.upload(vec![sale]).await.is_some(), "and it goes on working");
    server.stop().await;
}

/// A gigabyte of spaces, packed.
fn gigabyte() -> Vec<u8> {
    let spaces = vec![b' '; 10 * 1024 * 1024];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..100 {
        encoder.write_all(&spaces).expect("packs");
    }
    encoder.finish().expect("packs")
}
