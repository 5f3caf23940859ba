//! SIGKILL of the server at random moments during uploads: the ERP has what was sent, once each.

use crate::kill_browser::Chance;
use evertill_protocol::{Entry, upload::Outcome};
use evertill_tests::{native_till::NativeTill, server::Server};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

const ROUNDS: u32 = 50;
const BATCH: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_erp_has_what_was_sent_once_each_after_fifty_kills() {
    let mut server = Server::start_demo().await;
    let code = server.last_word(&["terminal", "code"]).await;
    let mut till = NativeTill::enrol(&server.url(), &code).await;
    let wares = till.wares(5).await;
    let mut chance = Chance::seeded();
    let done = Arc::new(AtomicBool::new(false));
    let (up, mut is_up) = watch::channel(true);
    // Whether an upload is on its way: sent, and not answered yet.
    let under_way = Arc::new(AtomicBool::new(false));
    let uploading = tokio::spawn({
        let (done, under_way) = (Arc::clone(&done), Arc::clone(&under_way));
        async move {
            let mut acknowledged: BTreeMap<u64, Option<String>> = BTreeMap::new();
            let mut queue: Vec<Entry> = Vec::new();
            let mut at_ms = 1_777_500_000_000;
            while !done.load(Ordering::Relaxed) || !queue.is_empty() {
                while queue.len() < BATCH && !done.load(Ordering::Relaxed) {
                    at_ms += 1000;
                    queue.push(till.sell(&wares, at_ms));
                }
                under_way.store(true, Ordering::SeqCst);
                let answer = till.upload(queue.clone()).await;
                under_way.store(false, Ordering::SeqCst);
                let Some(answer) = answer else {
                    // The next try waits for the server, not for the clock.
                    is_up.wait_for(|up| *up).await.expect("the server comes back");
                    continue;
                };
                for result in answer.results {
                    assert!(
                        matches!(result.outcome, Outcome::Accepted | Outcome::Duplicate),
                        "seq {}: {:?} {:?}",
                        result.seq,
                        result.outcome,
                        result.code
                    );
                    let earlier = acknowledged.insert(result.seq, result.reference.clone());
                    assert!(earlier.is_none(), "seq {} was acknowledged before", result.seq);
                }
                queue.clear();
            }
            (till, acknowledged)
        }
    });
    let mut kills_amid_uploads = 0;
    for _ in 0..ROUNDS {
        // Not a wait for something: the moment of the kill is the chance that is tested.
        tokio::time::sleep(Duration::from_millis(20 + chance.below(180))).await;
        kills_amid_uploads += u32::from(under_way.load(Ordering::SeqCst));
        up.send_replace(false);
        server.kill().await;
        assert!(!uploading.is_finished(), "the uploader ended early");
        server.restart().await;
        up.send_replace(true);
    }
    done.store(true, Ordering::Relaxed);
    let (till, acknowledged) = uploading.await.expect("the uploader saw what it expects");
    assert!(kills_amid_uploads > ROUNDS / 3, "only {kills_amid_uploads} kills came amid uploads");
    assert_eq!(acknowledged.len(), till.made.len(), "everything was acknowledged in the end");

    let ledger = server.ledger();
    let sent: Vec<u64> = till.made.iter().map(|entry| entry.seq).collect();
    let booked = ledger.seqs(&till.tokens.short_code, till.tokens.epoch);
    assert_eq!(booked, sent, "each sale once, in order");
    let ids: BTreeSet<_> = ledger.sales().into_iter().map(|sale| sale.id).collect();
    assert!(till.made.iter().all(|entry| ids.contains(&entry.id.uuid())));
    assert_eq!(ledger.inbox_count(), till.made.len() as u64);
    ledger.assert_stock_adds_up();
    ledger.assert_dense();
    server.close().await;
}
