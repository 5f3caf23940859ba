//! Changes, snapshot and the stream.

use crate::{harness::outcome, till::Shop};
use futures_util::StreamExt;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

type Picture = BTreeMap<(String, String), u64>;

fn take(picture: &mut Picture, rows: &Value) {
    for row in rows.as_array().expect("rows") {
        let key =
            (row["kind"].as_str().expect("a kind").to_owned(), row["id"].as_str().expect("an id").to_owned());
        if row["doc"].is_null() {
            picture.remove(&key);
        } else {
            picture.insert(key, row["version"].as_u64().expect("a version"));
        }
    }
}

async fn snapshot(shop: &Shop, limit: u32) -> (Picture, String) {
    let mut picture = Picture::new();
    let mut after = String::new();
    loop {
        let page = shop.get(&format!("/api/sync/snapshot?limit={limit}&after={after}")).await;
        take(&mut picture, &page["items"]);
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => return (picture, page["cursor"].as_str().expect("a cursor").to_owned()),
        }
    }
}

#[tokio::test]
async fn a_till_that_follows_has_what_a_fresh_one_loads() {
    let mut shop = Shop::open().await;
    let (mut picture, mut cursor) = snapshot(&shop, 700).await;
    assert!(picture.len() > 6000, "products and stock: {}", picture.len());
    let all: Vec<_> = (0..12).map(|at| shop.sell(at % 5, 2)).collect();
    shop.send(&all[..10]).await;
    let mut included;
    loop {
        let page = shop.get(&format!("/api/sync/changes?limit=2&cursor={cursor}")).await;
        take(&mut picture, &page["changes"]);
        included = page["included"].clone();
        page["next"].as_str().expect("a cursor").clone_into(&mut cursor);
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(included, serde_json::json!([{ "epoch": 1, "seqs": [[1, 10]] }]));
    assert_eq!(picture, snapshot(&shop, 5000).await.0);
    let quiet = shop.get(&format!("/api/sync/changes?cursor={cursor}")).await;
    assert_eq!((quiet["changes"].as_array().map(Vec::len), &quiet["more"]), (Some(0), &Value::Bool(false)));
    for bad in ["", "nonsense", "0-0-0"] {
        let request = shop.server.get(&format!("/api/sync/changes?cursor={bad}"));
        let got = outcome(request.bearer_auth(&shop.till.tokens.access_token)).await;
        assert_eq!(got, (410, "resync".to_owned()), "{bad}");
    }
    let old = shop.server.get(&format!("/api/sync/changes?cursor={cursor}")).header("evertill-protocol", "0");
    let got = outcome(old.bearer_auth(&shop.till.tokens.access_token)).await;
    assert_eq!(got, (426, "min_protocol".to_owned()));
    shop.server.stop().await;
}

#[tokio::test]
async fn documents_have_the_fields_that_tills_read() {
    let shop = Shop::open().await;
    let page = shop.get("/api/sync/snapshot?limit=5000").await;
    let of = |kind: &str| {
        let items = page["items"].as_array().expect("items");
        items
            .iter()
            .find(|item| item["kind"] == kind)
            .map(|item| item["doc"].clone())
            .expect("one of each kind")
    };
    serde_json::from_value::<evertill_protocol::changes::ProductDoc>(of("product")).expect("a product");
    serde_json::from_value::<evertill_protocol::changes::OutletDoc>(of("outlet")).expect("an outlet");
    serde_json::from_value::<evertill_protocol::changes::TerminalDoc>(of("terminal")).expect("a terminal");
    serde_json::from_value::<evertill_protocol::changes::CategoryDoc>(of("category")).expect("a category");
    shop.server.stop().await;
}

/// What comes within the time that a patient test has.
async fn soon<F: Future>(wait: F) -> Result<F::Output, tokio::time::error::Elapsed> {
    tokio::time::timeout(Duration::from_secs(20), wait).await
}

#[tokio::test]
async fn the_stream_tells_of_a_sale_and_ends_with_the_server() {
    let mut shop = Shop::open().await;
    let request = shop.server.get("/api/events").bearer_auth(&shop.till.tokens.access_token);
    let stream = request.send().await.expect("an answer");
    assert_eq!(stream.headers()["cache-control"], "no-store");
    let mut stream = stream.bytes_stream();
    let first = soon(stream.next()).await.expect("in time").expect("a line").expect("bytes");
    assert!(first.starts_with(b":"));
    let sale = shop.sell(0, 1);
    shop.send(&[sale]).await;
    let news = soon(stream.next()).await.expect("in time").expect("a line").expect("bytes");
    assert_eq!(news.as_ref(), b"data: new\n\n");
    let stopping = tokio::spawn(shop.server.stop());
    while let Some(Ok(_)) = soon(stream.next()).await.expect("the stream ends") {}
    stopping.await.expect("the server ends");
}
