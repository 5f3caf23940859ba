//! The server has committed, and the till never hears of it, at once or for ever: no second sale.

use evertill_tests::{browser::Provoked, deadline::until_true, demo_shop, proxy::Fault, server::Server};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::{io::Read as _, time::Duration};

const UPLOAD: &str = "/api/sync/sales";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_lost_after_commit_makes_no_second_sale() {
    check(vec![Fault::LoseAnswer, Fault::LoseAnswer]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_an_answer_a_portal_and_errors_make_no_second_sale() {
    check(vec![
        Fault::HalfAnswer,
        Fault::Portal,
        Fault::Status(502, None),
        Fault::Status(503, Some("1".to_owned())),
        Fault::LoseRequest,
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_goes_silent_is_given_up_and_the_same_bytes_are_sent_again() {
    let (server, proxy, browser, till) = demo_shop::with_a_till_on_a_line().await;
    let products = server.ledger().piece_products(2);
    till.sell(&[&products[0].0]).await;
    till.until_synced().await;

    let before = proxy.seen(UPLOAD);
    proxy.next(UPLOAD, [Fault::StallAnswer, Fault::StallRequest]);
    till.sell(&[&products[1].0]).await;
    until_true("the ERP has the sale and its answer hangs", || async {
        server.ledger().seqs("T1", 1) == [1, 2]
    })
    .await;
    assert_eq!(till.pending().await, 1, "without an answer it still waits");
    // Two time-outs of half a minute each, and the pauses after them.
    till.until_synced_within(Duration::from_mins(3)).await;

    let sent: Vec<Value> = proxy.bodies(UPLOAD)[before..].iter().map(|body| upload(body)).collect();
    let with_entries: Vec<&Value> =
        sent.iter().map(|upload| &upload["entries"]).filter(|entries| entries[0]["seq"] == 2).collect();
    assert_eq!(with_entries.len(), 3, "sent, given up, sent, given up, sent: {sent:?}");
    assert!(
        with_entries.iter().all(|entries| *entries == with_entries[0]),
        "the same bytes each time: {sent:?}"
    );
    check_arrived_once(&server, &[1, 2]);
    browser.finish().await;
    server.close().await;
}

/// An upload as it came over the wire.
fn upload(body: &[u8]) -> Value {
    let mut text = Vec::new();
    match body {
        [0x1f, 0x8b, ..] => GzDecoder::new(body).read_to_end(&mut text).map(drop).expect("whole gzip"),
        plain => text.extend_from_slice(plain),
    }
    serde_json::from_slice(&text).expect("an upload is JSON")
}

async fn check(faults: Vec<Fault>) {
    let (server, proxy, browser, till) = demo_shop::with_a_till_on_a_line().await;
    let products = server.ledger().piece_products(2);
    till.sell(&[&products[0].0]).await;
    till.until_synced().await;

    browser.will_provoke([Provoked::NoConnection, Provoked::Status(502), Provoked::Status(503)]).await;
    let before = proxy.seen(UPLOAD);
    let count = faults.len();
    proxy.next(UPLOAD, faults);
    till.sell(&[&products[1].0]).await;
    till.sell(&[&products[0].0, &products[1].0]).await;
    till.until_synced_within(Duration::from_mins(2)).await;
    assert!(proxy.seen(UPLOAD) > before + count, "each fault was met and then overcome");

    check_arrived_once(&server, &[1, 2, 3]);
    browser.finish().await;
    server.close().await;
}

/// The ERP has these entries, in order, each of them once, and nothing that needs a person.
fn check_arrived_once(server: &Server, seqs: &[u64]) {
    let ledger = server.ledger();
    assert_eq!(ledger.seqs("T1", 1), seqs);
    assert_eq!(ledger.inbox_count(), seqs.len() as u64, "nothing was kept twice");
    ledger.assert_stock_adds_up();
    ledger.assert_dense();
    assert!(ledger.open_cases().is_empty(), "{:?}", ledger.open_cases());
}
