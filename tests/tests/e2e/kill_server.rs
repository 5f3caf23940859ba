//! SIGKILL of the server at random moments during uploads, each of the fifty while one is on its way: the ERP has what was sent, once each. Sent by a client that
//! is written from the protocol alone, and by the till's own engine, from what it keeps.

use crate::kill_browser::Chance;
use evertill_protocol::{Entry, upload::Outcome};
use evertill_sync::{
    engine::{Engine, Options, Wake},
    ports::{Request, Response, Table, Transport, TransportError},
    rows::Position,
    testing::MemoryStore,
};
use evertill_tests::{
    native_engine::{HttpTransport, Native, fill},
    native_till::NativeTill,
    server::Server,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle};

const ROUNDS: u32 = 50;
const BATCH: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_erp_has_what_was_sent_once_each_after_fifty_kills() {
    let server = Server::start_demo().await;
    let mut till = NativeTill::of(&server).await;
    let wares = till.wares(5).await;
    let mut killer = Killer::begin(server);
    let mut acknowledged: BTreeMap<u64, Option<String>> = BTreeMap::new();
    let mut queue: Vec<Entry> = Vec::new();
    let mut at_ms = 1_777_500_000_000;
    while !killer.has_ended() || !queue.is_empty() {
        while queue.len() < BATCH && !killer.has_ended() {
            at_ms += 1000;
            queue.push(till.sell(&wares, at_ms));
        }
        killer.under_way.send_replace(true);
        let answer = till.upload(queue.clone()).await;
        killer.under_way.send_replace(false);
        let Some(answer) = answer else {
            killer.until_up().await;
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
    let server = killer.end().await;
    assert_eq!(acknowledged.len(), till.made.len(), "everything was acknowledged in the end");
    let sent: Vec<u64> = till.made.iter().map(|entry| entry.seq).collect();
    assert_booked(&server, &till, &sent);
    let ids: BTreeSet<_> = server.ledger().sales().into_iter().map(|sale| sale.id).collect();
    assert!(till.made.iter().all(|entry| ids.contains(&entry.id.uuid())));
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_erp_has_what_the_engine_keeps_once_each_after_fifty_kills() {
    let server = Server::start_demo().await;
    let enrolled = NativeTill::of(&server).await;
    let wares = enrolled.wares(5).await;
    let store = MemoryStore::new();
    let inner = HttpTransport::to(&server.url());
    let mut killer = Killer::begin(server);
    let transport = Watched { inner, under_way: killer.under_way.clone() };
    let options = Options { visible: true, ..Options::default() };
    let engine = Engine::new(Rc::new(store.clone()), transport, Native, options);
    while !killer.has_ended() || !store.keys(Table::Outbox).is_empty() {
        let waiting = store.keys(Table::Outbox).len();
        if waiting < BATCH && !killer.has_ended() {
            fill(&store, &enrolled, &wares, BATCH - waiting).await;
        }
        // As a page that starts anew: its backoff is another test's.
        let round = engine.send_round(Wake::Start).await;
        if round.reached == Some(false) {
            killer.until_up().await;
        }
    }
    let server = killer.end().await;
    assert!(store.keys(Table::Failed).is_empty(), "every sale was taken");
    let kept: Vec<u64> = store
        .keys(Table::Journal)
        .iter()
        .filter_map(|key| Position::from_key(key))
        .map(|at| at.seq)
        .collect();
    assert!(kept.len() > BATCH * 2, "only {} sales were made", kept.len());
    assert_booked(&server, &enrolled, &kept);
    server.close().await;
}

/// Each of these sales is booked once, in order, and nothing else arrived.
fn assert_booked(server: &Server, till: &NativeTill, seqs: &[u64]) {
    let ledger = server.ledger();
    assert_eq!(ledger.seqs(&till.tokens.short_code, till.tokens.epoch), seqs, "each sale once, in order");
    assert_eq!(ledger.inbox_count(), seqs.len() as u64);
    ledger.assert_stock_adds_up();
    ledger.assert_dense();
}

/// Longest pause between seeing an upload on its way and killing the server, which takes about as long to answer it.
const INTO_UPLOAD_MS: u64 = 40;

/// Kills the server at random moments of uploads and starts it again.
struct Killer {
    /// Whether an upload is on its way: sent, and not answered yet.
    under_way: watch::Sender<bool>,
    is_up: watch::Receiver<bool>,
    killing: JoinHandle<Server>,
}

impl Killer {
    fn begin(mut server: Server) -> Self {
        let (under_way, mut amid) = watch::channel(false);
        let (up, is_up) = watch::channel(true);
        let killing = tokio::spawn(async move {
            let mut chance = Chance::seeded();
            for _ in 0..ROUNDS {
                // Neither is a wait for something: the moment of the kill is the chance that is tested.
                tokio::time::sleep(Duration::from_millis(20 + chance.below(180))).await;
                loop {
                    amid.wait_for(|is_amid| *is_amid).await.expect("the sender outlives the kills");
                    tokio::time::sleep(Duration::from_millis(chance.below(INTO_UPLOAD_MS))).await;
                    if *amid.borrow_and_update() {
                        break;
                    }
                }
                up.send_replace(false);
                server.kill().await;
                server.restart().await;
                up.send_replace(true);
            }
            server
        });
        Self { under_way, is_up, killing }
    }

    fn has_ended(&self) -> bool {
        self.killing.is_finished()
    }

    /// The next try waits for the server, not for the clock.
    async fn until_up(&mut self) {
        // The sender is gone after the last round: then the server is up for good.
        let _ = self.is_up.wait_for(|up| *up).await;
    }

    async fn end(self) -> Server {
        self.killing.await.expect("the server starts again after each kill")
    }
}

/// The way to the server, which tells when an upload is on it.
struct Watched {
    inner: HttpTransport,
    under_way: watch::Sender<bool>,
}

impl Transport for Watched {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let upload = request.path.starts_with("/api/sync/sales");
        self.under_way.send_replace(upload);
        let answer = self.inner.send(request).await;
        self.under_way.send_replace(false);
        answer
    }
}
