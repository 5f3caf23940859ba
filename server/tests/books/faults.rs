//! Panics, failing statements, cancelled requests, restored databases.

use crate::{
    harness::START_MS,
    till::{Shop, outcomes},
};
use evertill_domain::{Id, id};
use evertill_ledger::{Content, Facts, Plan, Received, Refusal, Request, content, decide};
use evertill_protocol::upload::Outcome::{Accepted, Duplicate, Quarantined};
use evertill_server::{
    db::DATABASE_FILE,
    sync::{Ledger, ingest_with},
};
use serde_json::value::RawValue;
use std::time::Duration;

/// Panics on a body that says so, as a mistake of ours would.
fn faulty(raw: Box<RawValue>, terminal: Id<id::Terminal>, epoch: u32) -> Received {
    fn read(kind: &str, schema: u16, body: &str) -> Result<Content, Refusal> {
        assert!(!body.contains("1313"), "our own mistake");
        content::read(kind, schema, body)
    }
    Received::read_with(raw, terminal, epoch, read)
}

/// Panics while it books a sale that says so.
fn faulty_booking(request: &Request, entries: Vec<Received>, facts: Facts) -> Plan {
    let unlucky = |content: &Content| matches!(content, Content::Sale(sale) if sale.opened_at_ms == 1313);
    assert!(!entries.iter().flat_map(|received| &received.content).any(unlucky), "our own mistake");
    decide(request, entries, facts)
}

#[tokio::test]
async fn a_panic_while_reading_takes_one_entry_aside_and_no_other() {
    takes_one_entry_aside(Ledger { read: faulty, ..Ledger::REAL }).await;
}

#[tokio::test]
async fn a_panic_while_booking_takes_one_entry_aside_and_no_other() {
    takes_one_entry_aside(Ledger { decide: faulty_booking, ..Ledger::REAL }).await;
}

async fn takes_one_entry_aside(ledger: Ledger) {
    let mut shop = Shop::open().await;
    let first = shop.sell(0, 1);
    let mut unlucky = shop.sale(0, 1);
    unlucky.opened_at = 1313;
    let unlucky = shop.till.write(serde_json::to_string(&unlucky).expect("is JSON"));
    let last = shop.sell(0, 1);
    let upload = shop.till.upload(vec![first, unlucky.clone(), last]);
    let json = serde_json::to_vec(&upload).expect("is JSON");
    let caller = shop.till.tokens.terminal;
    let got = ingest_with(&shop.server.state.db, caller, json.into(), ledger, START_MS).await.expect("taken");
    assert_eq!(outcomes(&got), [(Accepted, None), (Quarantined, Some("internal")), (Accepted, None)]);
    assert_eq!(shop.open_cases().await, ["quarantine"]);
    shop.check_books().await;

    // With the mistake mended, a person books it.
    let case = shop.get("/api/cases").await["items"][0].clone();
    assert_eq!(case["can_release"], true);
    let released = shop.decide(case["id"].as_str().expect("an id"), "release", "").await;
    assert_eq!(released.status().as_u16(), 200);
    assert_eq!(outcomes(&shop.send(&[unlucky]).await), [(Duplicate, None)]);
    assert_eq!(shop.on_hand(0).await, shop.goods[0].opening_milli - 3000);
    shop.close().await;
}

#[tokio::test]
async fn an_entry_that_cannot_be_written_takes_no_other_along() {
    let mut shop = Shop::open().await;
    shop.execute(
        "CREATE TRIGGER fault BEFORE INSERT ON sale_lines WHEN NEW.quantity_milli = 7000
                  BEGIN SELECT RAISE(ABORT, 'a fault for the test'); END",
    )
    .await;
    let all = [shop.sell(0, 1), shop.sell(0, 7), shop.sell(0, 2)];
    let got = shop.send(&all).await;
    assert_eq!(outcomes(&got), [(Accepted, None), (Quarantined, Some("internal")), (Accepted, None)]);
    assert_eq!(got.have.contiguous, 3);
    shop.check_books().await;

    // When it cannot even be kept, the till keeps it.
    shop.execute(
        "CREATE TRIGGER worse BEFORE INSERT ON inbox WHEN NEW.seq = 5
                  BEGIN SELECT RAISE(ABORT, 'a fault for the test'); END",
    )
    .await;
    let more = [shop.sell(0, 1), shop.sell(0, 1), shop.sell(0, 1)];
    let got = shop.send(&more).await;
    let kinds: Vec<_> =
        got.results.iter().map(|result| (result.outcome, result.retry_after_ms.is_some())).collect();
    assert_eq!(
        kinds,
        [(Accepted, false), (evertill_protocol::upload::Outcome::Retry, true), (Accepted, false)]
    );
    assert_eq!(got.have.missing, [(5, 5)]);
    shop.execute("DROP TRIGGER worse").await;
    assert_eq!(outcomes(&shop.send(&more).await), [(Duplicate, None), (Accepted, None), (Duplicate, None)]);
    shop.close().await;
}

#[tokio::test]
async fn a_request_cancelled_anywhere_leaves_all_or_nothing() {
    let mut shop = Shop::open().await;
    let mut sent = Vec::new();
    for round in 0..40_u64 {
        let batch: Vec<_> = (0..5).map(|_| shop.sell(1, 1)).collect();
        let json = serde_json::to_vec(&shop.till.upload(batch.clone())).expect("is JSON");
        let db = shop.server.state.db.clone();
        let upload = ingest_with(&db, shop.till.tokens.terminal, json.into(), Ledger::REAL, START_MS);
        // The future is dropped wherever it stands after this time, as when a client is gone.
        let _ = tokio::time::timeout(Duration::from_micros(round * 150), upload).await;
        let kept = shop.number("SELECT count(*) FROM inbox", None).await;
        assert_eq!(kept % 5, 0, "a batch is there or not");
        sent.extend(batch);
    }
    let got = shop.send(&sent).await;
    assert_eq!((got.have.contiguous, got.have.missing.len()), (200, 0));
    assert!(got.results.iter().all(|result| matches!(result.outcome, Accepted | Duplicate)));
    assert_eq!(shop.on_hand(1).await, shop.goods[1].opening_milli - 200_000);
    shop.close().await;
}

#[tokio::test]
async fn restored_from_a_backup_it_asks_again_and_tells_tills_to_resync() {
    let mut shop = Shop::open().await;
    let all: Vec<_> = (0..6).map(|_| shop.sell(0, 1)).collect();
    shop.send(&all[..2]).await;
    let backup = shop.server.folder().join("backup.db");
    shop.server.state.db.copy_to(&backup).await.expect("copied");
    shop.send(&all[2..]).await;
    let cursor =
        shop.get("/api/sync/snapshot?limit=1").await["cursor"].as_str().expect("a cursor").to_owned();

    let folder = shop.server.folder().to_owned();
    let server = shop
        .server
        .restart_with(move || {
            for end in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(folder.join(format!("{DATABASE_FILE}{end}")));
            }
            std::fs::copy(&backup, folder.join(DATABASE_FILE)).expect("restored");
        })
        .await;
    let shop = Shop { server, ..shop };
    let mut report = shop.till.upload(Vec::new());
    report.acked_through = 6;
    let got = crate::till::answer(shop.post(&report).await).await;
    assert_eq!(got.directives.resend_from, Some(3));
    let path = format!("/api/sync/changes?cursor={cursor}");
    let refused =
        crate::harness::outcome(shop.server.get(&path).bearer_auth(&shop.till.tokens.access_token)).await;
    assert_eq!(refused, (410, "resync".to_owned()));
    let got = shop.send(&all).await;
    assert_eq!(got.have.contiguous, 6);
    assert_eq!(shop.on_hand(0).await, shop.goods[0].opening_milli - 6000);
    let refused =
        crate::harness::outcome(shop.server.get(&path).bearer_auth(&shop.till.tokens.access_token)).await;
    assert_eq!(refused, (410, "resync".to_owned()), "written on, the position exists again");
    shop.close().await;
}

#[tokio::test]
async fn a_full_disk_and_a_busy_database_are_no_entrys_fault() {
    let mut shop = Shop::open().await;
    let all: Vec<_> = (0..300).map(|_| shop.sell(0, 1)).collect();
    shop.send(&all[..1]).await;
    let upload = serde_json::to_value(shop.till.upload(all.clone())).expect("is JSON");
    shop.execute("PRAGMA max_page_count = 1").await;
    let full = shop.request(&upload).send().await.expect("an answer");
    assert_eq!((full.status().as_u16(), full.headers().contains_key("retry-after")), (503, true));
    shop.execute("PRAGMA max_page_count = 1000000").await;

    shop.execute("PRAGMA busy_timeout = 100").await;
    let other = evertill_server::db::Db::open(shop.server.folder()).await.expect("as the command line does");
    let holding = other.write().await.expect("the lock");
    let busy = shop.request(&upload).send().await.expect("an answer");
    assert_eq!((busy.status().as_u16(), busy.headers().contains_key("retry-after")), (503, true));
    drop(holding);
    other.close().await;

    assert_eq!(shop.number("SELECT count(*) FROM inbox", None).await, 1, "nothing was kept of either");
    let got = shop.send(&all).await;
    assert_eq!(got.results.iter().filter(|result| result.outcome == Accepted).count(), 299);
    assert!(!shop.open_cases().await.contains(&"quarantine".to_owned()), "and nothing was set aside");
    shop.close().await;
}
