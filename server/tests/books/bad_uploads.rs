//! Whatever is sent instead of an upload: a problem document or an outcome, never a 500.

use crate::{
    harness::outcome,
    till::{Shop, answer, outcomes},
};
use evertill_protocol::upload::Outcome;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::io::Write;

/// Bytes, content type, encoding; status and code of the answer.
type RawRequest = (&'static [u8], &'static str, Option<&'static str>, u16, &'static str);

#[tokio::test]
async fn requests_that_are_no_uploads() {
    let mut shop = Shop::open().await;
    let sale = serde_json::to_value(shop.sell(0, 1)).expect("is JSON");
    let good = serde_json::to_value(shop.till.upload(Vec::<Value>::new())).expect("is JSON");
    let with = |field: &str, value: Value| {
        let mut upload = good.clone();
        upload[field] = value;
        upload
    };
    let table = [
        (with("protocol", json!(0)), 400, "protocol"),
        (with("protocol", json!(2)), 503, "newer_protocol"),
        (with("epoch", json!(9)), 409, "epoch"),
        (with("epoch", json!(-1)), 400, "invalid"),
        (with("terminal", json!("00000000-0000-0000-0000-000000000000")), 400, "invalid"),
        (with("terminal", json!(uuid::Uuid::now_v7())), 404, "unknown_terminal"),
        (with("entries", json!("all")), 400, "invalid"),
        (with("entries", json!(vec![0; 501])), 413, "too_large"),
        (with("entries", json!(vec![sale; 501])), 413, "too_large"),
        (with("lost", json!([[2, 1]])), 400, "lost"),
        (with("lost", json!([[1, 2, 3]])), 400, "malformed"),
        (with("head", json!(-5)), 400, "invalid"),
        (json!([]), 400, "invalid"),
        (json!(null), 400, "invalid"),
    ];
    for (upload, status, code) in table {
        let got = outcome(shop.request(&upload)).await;
        assert_eq!(
            got,
            (status, code.to_owned()),
            "{}",
            upload.to_string().chars().take(200).collect::<String>()
        );
    }
    let bodies: [RawRequest; 6] = [
        (b"{", "application/json", None, 400, "malformed"),
        (b"\xff\xfe", "application/json", None, 400, "malformed"),
        (b"{}", "text/plain", None, 415, "content_type"),
        (b"{}", "application/json", Some("br"), 415, "content_encoding"),
        (b"{}", "application/json", Some("gzip"), 400, "malformed"),
        (b"", "application/json", None, 400, "malformed"),
    ];
    for (bytes, kind, encoding, status, code) in bodies {
        assert_eq!(
            outcome(shop.raw(bytes.to_vec(), kind, encoding)).await,
            (status, code.to_owned()),
            "{kind}"
        );
    }
    let token = outcome(shop.server.post("/api/sync/sales", &good)).await;
    assert_eq!(token, (401, "unauthorized".to_owned()));
    assert_eq!(shop.number("SELECT count(*) FROM inbox", None).await, 0);
    shop.server.stop().await;
}

#[tokio::test]
async fn too_much_is_refused_before_it_is_held() {
    let mut shop = Shop::open().await;
    let long = vec![b' '; 10 * 1024 * 1024];
    let got =
        shop.raw(long.clone(), "application/json", None).send().await.map(|answer| answer.status().as_u16());
    // The server may answer before it has read everything, and a client may miss that.
    assert!(got.is_err() || got.is_ok_and(|status| status == 413));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..100 {
        encoder.write_all(&long).expect("packs");
    }
    let bomb = encoder.finish().expect("packs");
    assert!(bomb.len() < 4 * 1024 * 1024, "a gigabyte in {} bytes", bomb.len());
    let got = outcome(shop.raw(bomb, "application/json", Some("gzip"))).await;
    assert_eq!(got, (413, "too_large".to_owned()));
    let heavy: Vec<_> = (0..3).map(|_| shop.till.write("x".repeat(400_000))).collect();
    let upload = serde_json::to_value(shop.till.upload(heavy)).expect("is JSON");
    assert_eq!(outcome(shop.request(&upload)).await, (413, "too_large".to_owned()));
    assert_eq!(shop.number("SELECT count(*) FROM inbox", None).await, 0);
    shop.server.stop().await;
}

#[tokio::test]
async fn the_servers_own_journal_takes_no_uploads() {
    let shop = Shop::open().await;
    let mut reader = shop.server.state.db.read().await.expect("a reader");
    let own: uuid::Uuid = sqlx::query_scalar("SELECT id FROM terminals WHERE kind = 'server'")
        .fetch_one(&mut *reader)
        .await
        .expect("it is there");
    drop(reader);
    let mut upload = serde_json::to_value(shop.till.upload(Vec::<Value>::new())).expect("is JSON");
    upload["terminal"] = json!(own);
    assert_eq!(outcome(shop.request(&upload)).await, (404, "unknown_terminal".to_owned()));
    upload["terminal"] = json!(shop.till.tokens.terminal);
    upload["entries"] = json!(vec![0; 2_000_000]);
    assert_eq!(
        outcome(shop.request(&upload)).await,
        (413, "too_large".to_owned()),
        "four million bytes of zeros"
    );
    shop.server.stop().await;
}

/// The same body with its fields in a list, as serde would take them.
fn as_list(body: &Value) -> Value {
    let text = body.as_str().expect("a body is text");
    let sale: Value = serde_json::from_str(text).expect("is JSON");
    let fields = [
        "outlet",
        "cashier",
        "opened_at",
        "completed_at",
        "currency",
        "lines",
        "taxes",
        "tenders",
        "change_minor",
        "rounding_minor",
        "total_minor",
    ];
    let list = serde_json::to_string(&fields.map(|field| &sale[field])).expect("is JSON");
    assert!(serde_json::from_str::<evertill_protocol::body::SaleV1>(&list).is_ok(), "{list}");
    json!(list)
}

#[tokio::test]
async fn unreadable_entries_are_kept_raw_with_a_case_each() {
    let mut shop = Shop::open().await;
    let sale = serde_json::to_value(shop.sell(0, 1)).expect("is JSON");
    let with = |field: &str, value: Value| {
        let mut entry = sale.clone();
        entry[field] = value;
        entry
    };
    let entries = vec![
        json!(7),
        json!(null),
        json!({}),
        with("seq", json!(0)),
        with("seq", json!(-3)),
        with("seq", json!(u64::MAX)),
        with("seq", json!(1.5)),
        with("id", json!("00000000-0000-0000-0000-000000000000")),
        with("hash", json!("00")),
        with("prev", json!(null)),
        with("business_date", json!("2026-02-31")),
        with("schema", json!(70_000)),
        with("body", json!({})),
        with("body", as_list(&sale["body"])),
        json!(
            ["seq", "id", "kind", "schema", "receipt", "business_date", "prev", "hash", "body"]
                .map(|field| &sale[field])
        ),
        with("receipt", json!("9".repeat(70_000))),
        sale.clone(),
    ];
    let count = entries.len();
    let upload = serde_json::to_value(shop.till.upload(entries)).expect("is JSON");
    for round in 0..2 {
        let got = answer(shop.request(&upload).send().await.expect("an answer")).await;
        assert_eq!(got.results.len(), count);
        let last = if round == 0 { Outcome::Accepted } else { Outcome::Duplicate };
        assert_eq!(got.results[count - 1].outcome, last);
        let kept = got.results.iter().take(count - 1).all(|result| {
            result.outcome == Outcome::Quarantined || result.code.as_deref() == Some("settled")
        });
        assert!(kept, "{:?}", outcomes(&got));
        assert_eq!(
            shop.number("SELECT count(*) FROM inbox", None).await,
            i64::try_from(count).expect("small")
        );
    }
    let cases = shop.number("SELECT count(*) FROM cases WHERE kind = 'quarantine'", None).await;
    assert_eq!(cases, i64::try_from(count - 1).expect("small"));
    shop.close().await;
}
