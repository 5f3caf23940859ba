//! The engine against an ERP that answers by script: each rule of the protocol's upload and pull on its own. What
//! happens when many things go wrong at once is the simulator's.

use evertill_protocol::{Entry, outbox_file::OutboxFile};
use evertill_sync::{
    catalogue::refresh,
    engine::{Attention, Engine, Options, Round, Wake},
    ports::{Request, Response, Surroundings, Table, Transport, TransportError, Write},
    rows::{FailedRow, HeadRow, Identity, JsonRow, OutboxRow, Position, meta},
    testing::{FixedSurroundings, MemoryStore, run_ready, shop},
    till::{LocalEntry, Till},
};
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

const NOW_MS: i64 = 1_777_536_000_000;
const FEED: &str = "00000000-0000-0000-0000-00000000feed";

/// Answers an upload, given the parsed request.
type Answer = Box<dyn Fn(&Value) -> Response>;

/// What the ERP will say, and what it was asked.
#[derive(Clone, Default)]
struct Script {
    uploads: Rc<RefCell<VecDeque<Answer>>>,
    seen: Rc<RefCell<Vec<Value>>>,
    paths: Rc<RefCell<Vec<String>>>,
    pull: Rc<RefCell<Option<Response>>>,
    /// What a snapshot holds.
    items: Rc<RefCell<Vec<Value>>>,
    /// Whether the ERP's stock lacks what it acknowledged.
    forgets: Rc<Cell<bool>>,
}

impl Transport for Script {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.paths.borrow_mut().push(request.path.clone());
        if request.path == "/api/terminals/token" {
            let mut tokens = shop::tokens(1, 2);
            "renewed".clone_into(&mut tokens.access_token);
            return Ok(response(200, &serde_json::to_value(tokens).expect("tokens are JSON")));
        }
        if request.path.starts_with("/api/sync/snapshot") {
            let items = self.items.borrow().clone();
            let page = json!({ "feed": FEED, "cursor": "c0", "items": items, "next": null });
            return Ok(response(200, &page));
        }
        if request.path.starts_with("/api/sync/changes") {
            let included =
                if self.forgets.get() { json!([]) } else { json!([{ "epoch": 1, "seqs": [[1, 999]] }]) };
            let page =
                json!({ "feed": FEED, "changes": [], "next": "c1", "more": false, "included": included });
            return Ok(self.pull.borrow().clone().unwrap_or_else(|| response(200, &page)));
        }
        let body: Value = serde_json::from_str(&request.body.unwrap_or_default()).expect("an upload is JSON");
        self.seen.borrow_mut().push(body.clone());
        let next = self.uploads.borrow_mut().pop_front();
        Ok(next.map_or_else(|| accept(&body), |answer| answer(&body)))
    }
}

fn response(status: u16, body: &Value) -> Response {
    Response {
        status,
        content_type: Some("application/json".to_owned()),
        retry_after: None,
        body: body.to_string().into_bytes(),
    }
}

fn problem(status: u16, code: &str) -> Response {
    response(status, &json!({ "type": "t", "title": "t", "status": status, "code": code }))
}

/// A valid answer with this outcome for each entry, and these directives.
fn answer(body: &Value, outcome: &str, code: Option<&str>, directives: &Value) -> Response {
    let entries = body["entries"].as_array().cloned().unwrap_or_default();
    let results: Vec<Value> = entries
        .iter()
        .map(|entry| json!({ "seq": entry["seq"], "id": entry["id"], "outcome": outcome, "code": code, "ref": "1" }))
        .collect();
    let have = json!({ "contiguous": body["head"], "max": body["head"], "missing": [] });
    let answer = json!({ "batch": body["batch"], "server_time": NOW_MS, "results": results, "have": have,
        "durable_through": 0, "directives": directives });
    response(200, &answer)
}

fn accept(body: &Value) -> Response {
    answer(body, "accepted", None, &json!({}))
}

struct Shop {
    store: MemoryStore,
    till: Till<MemoryStore>,
    script: Script,
    engine: Engine<MemoryStore, Script, Rc<FixedSurroundings>>,
    clock: Rc<FixedSurroundings>,
}

fn shop_with(sales: u32) -> Shop {
    let store = MemoryStore::new();
    let clock = Rc::new(FixedSurroundings::new(NOW_MS, 3));
    let till = run_ready(shop::enrolled(Rc::new(store.clone()), 1, 1, NOW_MS));
    let script = Script::default();
    let options = Options { visible: true, ..Options::default() };
    let engine = Engine::new(Rc::new(store.clone()), script.clone(), Rc::clone(&clock), options);
    let shop = Shop { store, till, script, engine, clock };
    shop.sell(1, sales);
    shop
}

impl Shop {
    fn sell(&self, first: u32, count: u32) {
        for number in first..first + count {
            let sale = shop::prepared(shop::id(u128::from(number)), NOW_MS);
            run_ready(self.till.complete_sale(sale, &*self.clock)).expect("a sale commits");
        }
    }

    fn will_answer(&self, answer: impl Fn(&Value) -> Response + 'static) {
        self.script.uploads.borrow_mut().push_back(Box::new(answer));
    }

    fn round(&self, wake: Wake) -> Round {
        self.clock.advance(2_000);
        run_ready(self.engine.round(wake))
    }

    /// How many entries each upload had.
    fn batches(&self) -> Vec<usize> {
        let seen = self.script.seen.borrow();
        seen.iter().map(|body| body["entries"].as_array().map_or(0, Vec::len)).collect()
    }

    fn waiting(&self) -> usize {
        self.store.rows(Table::Outbox).len()
    }

    fn failed(&self) -> Vec<FailedRow> {
        let rows = self.store.rows(Table::Failed);
        rows.iter().map(|(_, value)| FailedRow::decode(value).expect("a failed row")).collect()
    }

    fn seqs(&self, table: Table) -> Vec<u64> {
        self.store.keys(table).iter().filter_map(|key| Position::from_key(key)).map(|at| at.seq).collect()
    }

    /// Bit rot in one row.
    fn rot(&self, table: Table, key: &[u8]) {
        self.store.tamper(vec![Write::Put(table, key.to_vec(), b"\x01{ rot".to_vec())]);
    }

    fn head(&self) -> HeadRow {
        let rows = self.store.rows(Table::Heads);
        HeadRow::decode(&rows.first().expect("one head").1).expect("a head")
    }

    fn identity(&self) -> Identity {
        run_ready(self.till.identity()).expect("readable").expect("enrolled")
    }
}

#[test]
fn what_waits_is_sent_in_growing_batches_and_acknowledged() {
    let shop = shop_with(200);
    let round = shop.round(Wake::Start);
    assert_eq!(shop.batches(), [50, 100, 50]);
    assert!(round.complete && round.delivered == 200 && round.reached == Some(true), "{round:?}");
    assert_eq!((shop.waiting(), shop.head().acked_through, shop.head().durable_through), (0, 200, 0));
    let first = shop.script.seen.borrow()[0].clone();
    assert_eq!(first["protocol"], 1);
    assert_eq!(first["head"], 200);
    assert_eq!(first["acked_through"], 0);
    let sent: Entry = serde_json::from_value(first["entries"][0].clone()).expect("an entry");
    assert_eq!(sent.hash, sent.computed_hash(shop.identity().terminal, 1), "the bytes are the frozen ones");
}

#[test]
fn what_was_gathered_ahead_is_sent_only_behind_a_batch_that_left_as_a_whole() {
    let shop = shop_with(130);
    shop.will_answer(|body| {
        let accepted = accept(body);
        let mut all: Value = serde_json::from_slice(&accepted.body).expect("JSON");
        all["results"][6]["outcome"] = "retry".into();
        response(200, &all)
    });
    shop.round(Wake::Start);
    let seqs = |upload: usize| {
        let seen = shop.script.seen.borrow();
        let entries = seen[upload]["entries"].as_array().cloned().unwrap_or_default();
        entries.iter().filter_map(|entry| entry["seq"].as_u64()).collect::<Vec<u64>>()
    };
    assert_eq!(seqs(1), (51..=130).collect::<Vec<u64>>());
    assert_eq!((shop.waiting(), shop.head().acked_through), (1, 6));
    shop.clock.advance(60_000);
    shop.round(Wake::Timer);
    assert_eq!(shop.batches(), [50, 80, 1]);
    assert_eq!(seqs(2), [7]);
    assert_eq!((shop.waiting(), shop.head().acked_through), (0, 130));
}

#[test]
fn a_sale_made_while_the_last_batch_is_on_its_way_goes_with_the_same_round() {
    let shop = shop_with(60);
    shop.will_answer(accept);
    let (till, clock) = (shop.till.clone(), Rc::clone(&shop.clock));
    shop.will_answer(move |body| {
        let sale = shop::prepared(shop::id(1000), NOW_MS);
        run_ready(till.complete_sale(sale, &*clock)).expect("a sale commits");
        accept(body)
    });
    let round = shop.round(Wake::Start);
    assert_eq!(shop.batches().iter().sum::<usize>(), 61);
    assert!(round.complete && shop.waiting() == 0, "{round:?}");
}

#[test]
fn a_till_that_sells_without_a_pause_still_reads_what_changed() {
    let shop = shop_with(1);
    for number in 0..40_u32 {
        let (till, clock) = (shop.till.clone(), Rc::clone(&shop.clock));
        shop.will_answer(move |body| {
            let sale = shop::prepared(shop::id(1000 + u128::from(number)), NOW_MS);
            run_ready(till.complete_sale(sale, &*clock)).expect("a sale commits");
            accept(body)
        });
    }
    shop.round(Wake::NewSale);
    let paths = shop.script.paths.borrow();
    let first_read = paths.iter().position(|path| path.starts_with("/api/sync/changes"));
    assert!(first_read.is_some_and(|place| place < 20), "{paths:?}");
}

#[test]
fn each_start_greets_every_epoch_that_has_entries() {
    let shop = shop_with(2);
    shop.round(Wake::Start);
    let again = Engine::new(
        Rc::new(shop.store.clone()),
        shop.script.clone(),
        Rc::clone(&shop.clock),
        Options::default(),
    );
    shop.script.seen.borrow_mut().clear();
    run_ready(again.round(Wake::Start));
    assert_eq!(shop.batches(), [0], "one empty upload");
    assert_eq!(shop.script.seen.borrow()[0]["acked_through"], 2);
}

#[test]
fn an_entry_on_which_the_erp_fails_keeps_back_no_more_than_itself_and_what_is_behind_it() {
    let shop = shop_with(12);
    for _ in 0..40 {
        shop.will_answer(|body| {
            let entries = body["entries"].as_array().cloned().unwrap_or_default();
            let fails = entries.iter().any(|entry| entry["seq"] == 8);
            if fails { problem(500, "internal") } else { accept(body) }
        });
    }
    for _ in 0..10 {
        shop.clock.advance(60_000);
        shop.round(Wake::Timer);
    }
    assert_eq!(shop.head().acked_through, 7);
    assert_eq!(shop.failed().len(), 0, "a 5xx counts against no entry");
}

#[test]
fn a_broken_entry_is_found_by_halving_and_holds_nobody_else_up() {
    let shop = shop_with(40);
    for _ in 0..60 {
        shop.will_answer(|body| {
            let entries = body["entries"].as_array().cloned().unwrap_or_default();
            if entries.iter().any(|entry| entry["seq"] == 17) {
                problem(400, "malformed")
            } else {
                accept(body)
            }
        });
    }
    let round = shop.round(Wake::Start);
    assert_eq!(shop.waiting(), 1, "only the broken one is left");
    assert!(round.complete);
    assert_eq!(shop.head().acked_through, 16);
    for _ in 0..20 {
        shop.clock.advance(60_000);
        shop.round(Wake::Timer);
    }
    assert_eq!(shop.waiting(), 0);
    let failed = shop.failed();
    assert_eq!(failed.len(), 1);
    assert!(!failed[0].held_by_erp, "the ERP has nothing of it");
    let status = run_ready(shop.till.queue_status()).expect("the queue is counted");
    assert_eq!(status.oldest_ms, Some(failed[0].since_ms), "it is unsent, and has an age");
    assert_eq!(shop.head().acked_through, 16, "a refused entry is not acknowledged");
}

#[test]
fn a_proxy_that_takes_nothing_is_not_asked_once_per_entry() {
    let shop = shop_with(40);
    for _ in 0..200 {
        shop.will_answer(|_| response(413, &json!({})));
    }
    let round = shop.round(Wake::Start);
    assert_eq!(shop.batches(), [40, 20, 10, 5, 2, 1, 1, 1], "halved, then three alone");
    assert!(!round.complete && round.next_attempt_in_ms.is_some_and(|wait| wait <= 1000));
    shop.script.uploads.borrow_mut().clear();
    shop.clock.advance(60_000);
    shop.round(Wake::Timer);
    assert_eq!((shop.waiting(), shop.failed().len()), (0, 0));
}

#[test]
fn what_the_erp_keeps_unbooked_is_sent_again_hourly_until_it_is_settled() {
    let shop = shop_with(3);
    shop.will_answer(|body| answer(body, "quarantined", Some("arithmetic"), &json!({})));
    shop.round(Wake::Start);
    assert_eq!((shop.waiting(), shop.failed().len(), shop.head().acked_through), (0, 3, 3));
    shop.script.seen.borrow_mut().clear();
    shop.round(Wake::Visible);
    assert!(shop.batches().is_empty(), "not before an hour has passed");
    shop.clock.advance(3_600_000);
    shop.will_answer(|body| answer(body, "duplicate", Some("settled"), &json!({})));
    shop.round(Wake::Timer);
    assert_eq!(shop.batches(), [3]);
    assert!(shop.failed().iter().all(|row| row.settled));
    shop.round(Wake::SyncNow);
    assert_eq!(shop.batches(), [3], "what is settled is not sent any more");
}

#[test]
fn a_released_entry_becomes_synced() {
    let shop = shop_with(1);
    shop.will_answer(|body| answer(body, "conflict", Some("seq"), &json!({})));
    shop.round(Wake::Start);
    assert_eq!(shop.failed().len(), 1);
    shop.will_answer(|body| answer(body, "duplicate", None, &json!({})));
    shop.round(Wake::SyncNow);
    assert!(shop.failed().is_empty() && shop.waiting() == 0);
}

#[test]
fn a_restored_erp_gets_everything_again() {
    let shop = shop_with(5);
    shop.round(Wake::Start);
    shop.sell(6, 1);
    shop.will_answer(|body| answer(body, "accepted", None, &json!({ "resend_from": 3 })));
    shop.script.seen.borrow_mut().clear();
    shop.round(Wake::NewSale);
    assert_eq!(shop.batches(), [1, 4]);
    assert_eq!((shop.waiting(), shop.head().acked_through), (0, 6));
}

#[test]
fn a_restored_erp_shows_in_its_stock_even_if_the_cursor_still_fits() {
    let shop = shop_with(3);
    shop.script.forgets.set(true);
    shop.will_answer(accept);
    shop.will_answer(|body| answer(body, "accepted", None, &json!({ "resend_from": 1 })));
    shop.round(Wake::Start);
    assert_eq!(shop.batches(), [3, 0, 3], "asked, then sent again");
    shop.script.seen.borrow_mut().clear();
    shop.round(Wake::Changed);
    assert!(shop.batches().is_empty(), "the same finding is asked about once");
}

#[test]
fn what_is_gone_is_named_lost() {
    let shop = shop_with(5);
    shop.round(Wake::Start);
    let gone: Vec<_> = shop.store.rows(Table::Journal).into_iter().skip(1).take(2).collect();
    let writes = gone.into_iter().map(|(key, _)| Write::Delete(Table::Journal, key));
    shop.store.tamper(writes.collect());
    shop.sell(6, 1);
    shop.will_answer(|body| answer(body, "accepted", None, &json!({ "resend_from": 2 })));
    shop.script.seen.borrow_mut().clear();
    shop.round(Wake::NewSale);
    let seen = shop.script.seen.borrow();
    assert_eq!(seen[1]["lost"], json!([[2, 3]]));
    let seqs: Vec<_> =
        seen[1]["entries"].as_array().expect("entries").iter().map(|e| e["seq"].clone()).collect();
    assert_eq!(seqs, [4, 5, 6]);
}

#[test]
fn what_was_named_lost_beside_a_rotten_entry_is_said_once() {
    let shop = shop_with(1);
    let (till, clock, store) = (shop.till.clone(), Rc::clone(&shop.clock), shop.store.clone());
    shop.will_answer(move |body| {
        // While the ERP asks for what it had before, the entry is gone here, and so is the one behind it, which waits.
        run_ready(till.complete_sale(shop::prepared(shop::id(2), NOW_MS), &*clock)).expect("a sale commits");
        let gone = store.keys(Table::Journal).into_iter().map(|key| Write::Delete(Table::Journal, key));
        store.tamper(gone.collect());
        answer(body, "accepted", None, &json!({ "resend_from": 1 }))
    });
    shop.round(Wake::Start);
    let asked = || shop.script.seen.borrow().iter().map(|body| body["lost"].clone()).collect::<Vec<_>>();
    assert_eq!(asked(), [json!([]), json!([[1, 2]])], "both in one range");
    for _ in 0..3 {
        shop.round(Wake::Visible);
    }
    assert_eq!(asked().len(), 2, "nothing is left to say");
}

#[test]
fn an_entry_whose_rows_rotted_is_named_lost_again_to_a_restored_erp() {
    for gone in [false, true] {
        let shop = shop_with(3);
        let key = Position { epoch: 1, seq: 2 }.key();
        if gone {
            shop.store.tamper(vec![Write::Delete(Table::Journal, key)]);
        } else {
            shop.rot(Table::Journal, &key);
        }
        shop.round(Wake::Start);
        assert_eq!(shop.script.seen.borrow()[0]["lost"], json!([[2, 2]]));
        shop.script.seen.borrow_mut().clear();
        shop.sell(4, 1);
        shop.will_answer(|body| answer(body, "accepted", None, &json!({ "resend_from": 1 })));
        shop.round(Wake::NewSale);
        assert_eq!(shop.batches(), [1, 3], "gone: {gone}");
        assert_eq!(shop.script.seen.borrow()[1]["lost"], json!([[2, 2]]), "gone: {gone}");
        let shown: Vec<Option<String>> = shop.failed().into_iter().map(|row| row.code).collect();
        assert_eq!(shown, [Some("unreadable".to_owned())], "people still see it; gone: {gone}");
        assert_eq!((shop.waiting(), shop.head().acked_through), (0, 4));
        shop.round(Wake::SyncNow);
        assert_eq!(shop.batches(), [1, 3], "it is not asked for once more; gone: {gone}");
    }
}

#[test]
fn a_forked_epoch_is_left_and_drained() {
    let shop = shop_with(52);
    shop.will_answer(|body| answer(body, "accepted", None, &json!({ "new_epoch": true })));
    let round = shop.round(Wake::Start);
    let sent = || -> Vec<(u64, Vec<u64>)> {
        let seqs = |body: &Value| {
            let entries = body["entries"].as_array().cloned().unwrap_or_default();
            entries.iter().filter_map(|entry| entry["seq"].as_u64()).collect()
        };
        let seen = shop.script.seen.borrow();
        seen.iter().map(|body| (body["epoch"].as_u64().unwrap_or(0), seqs(body))).collect()
    };
    assert!(round.changed.identity && round.complete);
    assert_eq!(shop.identity().epoch, 2);
    assert_eq!(sent(), [(1, (1..=50).collect()), (1, vec![51, 52])], "the old epoch is drained as it is");
    assert_eq!((shop.waiting(), shop.head().acked_through), (0, 52));
    shop.sell(53, 1);
    shop.script.seen.borrow_mut().clear();
    shop.will_answer(|body| answer(body, "accepted", None, &json!({ "new_epoch": true })));
    shop.round(Wake::NewSale);
    assert_eq!(sent()[0], (2, vec![1]));
}

#[test]
fn what_the_erp_says_of_an_epoch_that_was_left_starts_no_other() {
    let shop = shop_with(2);
    shop.will_answer(|body| answer(body, "accepted", None, &json!({ "new_epoch": true })));
    shop.round(Wake::Start);
    shop.script.seen.borrow_mut().clear();
    let renewals = || shop.script.paths.borrow().iter().filter(|path| path.contains("token")).count();
    let before = renewals();
    let queued = OutboxRow { queued_at_ms: NOW_MS, refusals: 0 }.encode();
    shop.store.tamper(vec![Write::Put(Table::Outbox, Position { epoch: 1, seq: 2 }.key(), queued)]);
    shop.will_answer(|body| answer(body, "duplicate", None, &json!({ "new_epoch": true })));
    shop.round(Wake::Visible);
    assert_eq!(shop.script.seen.borrow()[0]["epoch"], 1);
    assert_eq!((shop.waiting(), renewals(), shop.identity().epoch), (0, before, 2));
}

#[test]
fn an_erp_that_asks_for_a_pause_gets_it() {
    let shop = shop_with(60);
    shop.will_answer(|body| answer(body, "accepted", None, &json!({ "pause_ms": 90_000 })));
    let round = shop.round(Wake::Start);
    assert_eq!((shop.batches(), round.next_attempt_in_ms), (vec![50], Some(90_000)));
    shop.round(Wake::NewSale);
    assert_eq!(shop.batches(), [50], "a new sale does not cut it short");
    shop.clock.advance(90_000);
    shop.will_answer(|body| answer(body, "accepted", None, &json!({ "pause_ms": 3_600_000 })));
    assert_eq!(shop.round(Wake::Timer).next_attempt_in_ms, Some(300_000), "300 s at most");
    assert_eq!(shop.waiting(), 0);
}

/// A page that was open while another one got the next version of the app.
#[test]
fn what_a_later_version_wrote_is_left_alone_and_sales_are_sent() {
    let item = |kind: &str, doc: Value| json!({ "kind": kind, "id": FEED, "version": 1, "doc": doc });
    let category = json!({ "name": "Lamps" });
    let stock = json!({ "product": FEED, "on_hand_milli": 7_000 });
    let rows = [meta::CURSOR, meta::CATALOGUE, meta::OUTLET].map(|key| (Table::Meta, key.to_vec()));
    for (table, key) in rows {
        let shop = shop_with(1);
        *shop.script.items.borrow_mut() =
            vec![item("category", category.clone()), item("stock", stock.clone())];
        shop.round(Wake::Start);
        // Not JSON at all, for all that this version knows.
        shop.store.tamper(vec![Write::Put(table, key.clone(), b"\x02what the next version keeps".to_vec())]);
        let before =
            [Table::Meta, Table::Chunks, Table::Overlay, Table::Staged].map(|table| shop.store.rows(table));
        shop.sell(2, 1);
        shop.clock.advance(60_000);
        let asked = shop.script.paths.borrow().len();
        for wake in [Wake::NewSale, Wake::SyncNow, Wake::Timer] {
            let round = shop.round(wake);
            assert_eq!((round.trouble, round.attention), (None, Some(Attention::Update)), "{key:?}");
            shop.clock.advance(60_000);
        }
        assert_eq!(shop.waiting(), 0, "{key:?}: sales are sent");
        let read = shop.script.paths.borrow()[asked..]
            .iter()
            .any(|path| path.contains("changes") || path.contains("snapshot"));
        assert!(!read, "{key:?}: nothing is read that could not be kept");
        run_ready(shop.till.load_again()).expect("the database answers");
        let after =
            [Table::Meta, Table::Chunks, Table::Overlay, Table::Staged].map(|table| shop.store.rows(table));
        let row = |rows: &[Vec<(Vec<u8>, Vec<u8>)>; 4]| rows[0].iter().find(|(at, _)| at == &key).cloned();
        assert_eq!(row(&after), row(&before), "{key:?}");
        assert_eq!(after[1..], before[1..], "{key:?}");
    }
}

#[test]
fn a_chunk_of_a_later_version_is_told_apart_from_one_that_rotted() {
    let shop = shop_with(0);
    let doc = json!({ "name": "Lamps" });
    *shop.script.items.borrow_mut() =
        vec![json!({ "kind": "category", "id": FEED, "version": 1, "doc": doc })];
    shop.round(Wake::Start);
    let chunk = shop.store.keys(Table::Chunks).swap_remove(0);
    for (value, damaged, newer) in [
        (&b"\x02\x01"[..], false, true),
        (b"\x01\x01", true, false),
        (b"\xf1\x01", true, false),
        (b"", true, false),
    ] {
        shop.store.tamper(vec![Write::Put(Table::Chunks, chunk.clone(), value.to_vec())]);
        let seen =
            run_ready(refresh(&RefCell::default(), &shop.store, |_| ())).expect("the rest can be read");
        assert_eq!((seen.damaged, seen.newer), (damaged, newer), "{value:?}");
    }
}

#[test]
fn an_erp_that_wants_a_newer_app_still_takes_uploads_and_is_not_read() {
    let shop = shop_with(1);
    let newer = evertill_protocol::PROTOCOL + 1;
    shop.will_answer(move |body| answer(body, "accepted", None, &json!({ "min_protocol": newer })));
    let round = shop.round(Wake::Start);
    assert_eq!((shop.waiting(), round.attention), (0, Some(Attention::Update)));
    assert!(
        !shop.script.paths.borrow().iter().any(|path| path.contains("changes") || path.contains("snapshot"))
    );
    shop.sell(2, 1);
    let round = shop.round(Wake::NewSale);
    assert_eq!((shop.waiting(), round.attention, round.complete), (0, None, true), "the ERP takes it back");
}

#[test]
fn a_revoked_terminal_drains_and_pulls_nothing() {
    let shop = shop_with(60);
    for _ in 0..2 {
        shop.will_answer(|body| answer(body, "quarantined", Some("revoked"), &json!({ "revoked": true })));
    }
    let round = shop.round(Wake::Start);
    assert_eq!(round.attention, Some(Attention::Revoked));
    assert_eq!((shop.waiting(), shop.failed().len()), (0, 60));
    assert!(shop.identity().revoked);
    assert!(
        !shop.script.paths.borrow().iter().any(|path| path.contains("changes") || path.contains("snapshot"))
    );
    let sale = shop::prepared(shop::id(999), NOW_MS);
    assert!(run_ready(shop.till.complete_sale(sale, &*shop.clock)).is_err(), "it sells no more");
}

#[test]
fn an_expired_token_is_renewed_once_and_the_queue_stays() {
    let shop = shop_with(1);
    shop.will_answer(|_| problem(401, "unauthorized"));
    shop.will_answer(|_| problem(401, "unauthorized"));
    let round = shop.round(Wake::Start);
    assert_eq!(shop.waiting(), 1);
    assert!(!round.complete);
    let renewals = shop.script.paths.borrow().iter().filter(|path| path.contains("token")).count();
    assert_eq!(renewals, 1);
    shop.round(Wake::SyncNow);
    assert_eq!(shop.waiting(), 0);
}

#[test]
fn an_epoch_that_was_never_issued_waits_for_a_person() {
    let shop = shop_with(2);
    shop.will_answer(|_| problem(409, "epoch"));
    let round = shop.round(Wake::Start);
    assert_eq!(round.attention, Some(Attention::EnrolAgain));
    assert_eq!(shop.waiting(), 2);
    assert_eq!(shop.batches(), [2], "it is not asked again at once");
}

#[test]
fn an_app_that_is_too_old_still_sends() {
    let shop = shop_with(1);
    shop.round(Wake::Start);
    *shop.script.pull.borrow_mut() = Some(problem(426, "update"));
    shop.sell(2, 1);
    let round = shop.round(Wake::NewSale);
    assert_eq!((round.attention, shop.waiting()), (Some(Attention::Update), 0));
}

#[test]
fn a_busy_erp_says_when() {
    let shop = shop_with(1);
    shop.will_answer(|_| Response { retry_after: Some("120".to_owned()), ..problem(503, "busy") });
    assert_eq!(shop.round(Wake::Start).next_attempt_in_ms, Some(120_000));
    shop.round(Wake::NewSale);
    assert_eq!(shop.batches(), [1], "a new sale does not push a busy ERP");
    shop.clock.advance(120_000);
    shop.round(Wake::Timer);
    assert_eq!(shop.waiting(), 0);
}

#[test]
fn entries_of_another_till_travel_under_its_name() {
    let other = shop_with(2);
    let file = run_ready(other.till.export_outbox(NOW_MS)).expect("exported").text;
    let mut file: OutboxFile = serde_json::from_str(&file).expect("a file");
    let carrier = shop_with(0);
    file.terminal = shop::tokens(2, 1).terminal;
    let text = serde_json::to_string(&file).expect("a file");
    for _ in 0..2 {
        run_ready(carrier.till.import_outbox(&text, NOW_MS)).expect("imported");
    }
    carrier.will_answer(|_| problem(404, "unknown_terminal"));
    carrier.round(Wake::Start);
    assert_eq!(carrier.store.rows(Table::Carried).len(), 2, "it stays queued");
    carrier
        .will_answer(|body| answer(body, "accepted", None, &json!({ "revoked": true, "new_epoch": true })));
    carrier.round(Wake::SyncNow);
    assert!(carrier.store.rows(Table::Carried).is_empty());
    let seen = carrier.script.seen.borrow();
    assert_eq!(seen[1]["terminal"], json!(file.terminal));
    assert_eq!((&seen[1]["head"], &seen[1]["acked_through"]), (&json!(0), &json!(0)));
    let identity = carrier.identity();
    assert!(!identity.revoked && identity.epoch == 1, "a carrier obeys nothing but a pause");
}

#[test]
fn an_entry_that_is_refused_again_and_again_is_set_aside_for_a_person() {
    let shop = shop_with(1);
    for _ in 0..8 {
        shop.will_answer(|body| answer(body, "retry", None, &json!({})));
        shop.clock.advance(60_000);
        shop.round(Wake::Timer);
    }
    assert_eq!((shop.waiting(), shop.failed().len()), (0, 1));
    let refusals = |row: &FailedRow| (row.held_by_erp, row.settled);
    assert_eq!(refusals(&shop.failed()[0]), (false, false));
    shop.round(Wake::SyncNow);
    assert!(shop.failed().is_empty(), "it is accepted in the end");
}

#[test]
fn nothing_is_asked_of_a_browser_that_is_no_terminal() {
    let script = Script::default();
    let clock = FixedSurroundings::new(NOW_MS, 1);
    let engine = Engine::new(Rc::new(MemoryStore::new()), script.clone(), clock, Options::default());
    assert_eq!(run_ready(engine.round(Wake::Start)).next_attempt_in_ms, None);
    assert!(script.paths.borrow().is_empty());
}

#[test]
fn a_row_of_the_outbox_whose_entry_rotted_is_named_lost_and_shown() {
    let shop = shop_with(3);
    let (key, _) = shop.store.rows(Table::Journal).remove(1);
    shop.rot(Table::Journal, &key);
    let look = |sent: bool| {
        let queue = run_ready(shop.till.queue_page(None, 10)).expect("the queue is shown");
        let journal = run_ready(shop.till.journal_page(None, 10)).expect("the sales are shown");
        let unreadable = |page: &[LocalEntry]| page.iter().position(|entry| entry.row.is_none());
        assert_eq!((queue.len(), unreadable(&queue)), if sent { (1, Some(0)) } else { (3, Some(1)) });
        assert_eq!((journal.len(), unreadable(&journal)), (3, Some(1)));
        let file = run_ready(shop.till.export_outbox(NOW_MS)).expect("the others are saved");
        assert_eq!((file.entries, file.unreadable), if sent { (0, 0) } else { (2, 1) });
        assert_eq!(
            run_ready(shop.till.check_exported(&file.text)).map(|checked| checked.entries()),
            Ok(file.entries)
        );
        let catalogue = RefCell::default();
        assert!(run_ready(refresh(&catalogue, &shop.store, |_| {})).is_ok(), "stock is shown");
    };
    look(false);
    shop.round(Wake::Start);
    assert_eq!(shop.script.seen.borrow()[0]["lost"], json!([[2, 2]]));
    assert_eq!((shop.waiting(), shop.failed().len()), (0, 1));
    assert_eq!(shop.failed()[0].code.as_deref(), Some("unreadable"));
    look(true);
}

#[test]
fn a_document_that_cannot_be_read_is_named_and_stops_no_upload() {
    let shop = shop_with(1);
    shop.round(Wake::Start);
    let change = json!({ "kind": "product", "id": FEED, "version": 2, "op": "put", "doc": { "sku": 7 } });
    let page = json!({ "feed": FEED, "changes": [change], "next": "c2", "more": false, "included": [] });
    *shop.script.pull.borrow_mut() = Some(response(200, &page));
    shop.sell(2, 1);
    let round = shop.round(Wake::NewSale);
    assert_eq!((shop.waiting(), round.complete), (0, false));
    let trouble = round.trouble.expect("people see why prices do not arrive").to_string();
    assert!(trouble.contains("document from the ERP cannot be read: product"), "{trouble}");
    *shop.script.pull.borrow_mut() = None;
    let round = shop.round(Wake::SyncNow);
    assert_eq!((round.trouble, round.complete), (None, true));
}

#[test]
fn a_head_that_rotted_is_set_right_and_stops_no_upload() {
    let shop = shop_with(3);
    let head = shop.head();
    let (key, _) = shop.store.rows(Table::Heads).remove(0);
    shop.rot(Table::Heads, &key);
    assert_eq!(run_ready(shop.till.queue_status()).expect("the queue is counted").pending, 3);
    let round = shop.round(Wake::Start);
    assert_eq!((round.trouble, round.complete, shop.waiting()), (None, true, 0));
    assert_eq!(shop.head(), HeadRow { acked_through: 3, ..head });
}

#[test]
fn a_head_that_cannot_be_set_right_stops_no_other_epoch() {
    let shop = shop_with(2);
    let next = shop.head();
    let (key, _) = shop.store.rows(Table::Heads).remove(0);
    shop.rot(Table::Heads, &key);
    for key in shop.store.keys(Table::Journal) {
        shop.rot(Table::Journal, &key);
    }
    shop.store.tamper(vec![Write::Put(Table::Heads, 2_u32.to_be_bytes().to_vec(), next.encode())]);
    let round = shop.round(Wake::Start);
    assert_eq!(round.trouble, None);
    let epochs: Vec<u64> =
        shop.script.seen.borrow().iter().filter_map(|body| body["epoch"].as_u64()).collect();
    assert!(epochs.contains(&2), "{epochs:?}");
}

#[test]
fn a_device_that_fails_is_not_asked_in_a_circle() {
    let shop = shop_with(1);
    shop.rot(Table::Meta, meta::IDENTITY);
    let waits: Vec<u64> = (0..10)
        .map(|_| {
            shop.clock.advance(400_000);
            let round = shop.round(Wake::Timer);
            assert!(round.trouble.is_some(), "it is said");
            round.next_attempt_in_ms.expect("there is a next time")
        })
        .collect();
    assert!(waits.iter().sum::<u64>() > 10_000, "{waits:?}");
}

#[test]
fn what_rotted_of_the_catalogue_comes_from_the_erp_again() {
    let shop = shop_with(1);
    let outlet = json!({ "name": "Demo", "currency": "GBP", "locale": "en-GB", "time_zone": "UTC", "tzif": "",
        "cutoff_hour": 0, "default_tax_rate_ppm": 200_000, "stock_policy": "warn" });
    let product = json!({ "sku": "1", "name": "Lamp", "barcodes": [], "category": null, "price_minor": 100,
        "tax_rate_ppm": 200_000, "weighed": false });
    let stock = json!({ "product": FEED, "on_hand_milli": 7_000 });
    let item = |kind: &str, doc: &Value| json!({ "kind": kind, "id": FEED, "version": 1, "doc": doc });
    *shop.script.items.borrow_mut() =
        vec![item("outlet", &outlet), item("product", &product), item("stock", &stock)];
    shop.round(Wake::Start);

    let meta_rows = [meta::CURSOR, meta::CATALOGUE, meta::OUTLET].map(|key| (Table::Meta, key.to_vec()));
    let chunks: Vec<_> = shop.store.keys(Table::Chunks).into_iter().map(|key| (Table::Chunks, key)).collect();
    assert_eq!(chunks.len(), 2, "one of products, one of stock");
    // As a page holds it that stays open over all of this.
    let page = RefCell::default();
    let shown = || run_ready(refresh(&page, &shop.store, |_| ()));
    shown().expect("the catalogue can be read");
    for (turn, (table, key)) in (2_u64..).zip(meta_rows.into_iter().chain(chunks.clone())) {
        // A snapshot gives its chunks fresh keys: the one of the same part is meant.
        let part = |key: &[u8]| chunks.iter().position(|(_, chunk)| chunk[..1] == key[..1]);
        let key = match table {
            Table::Chunks => shop.store.keys(table).swap_remove(part(&key).expect("a part's chunk")),
            _ => key,
        };
        shop.rot(table, &key);
        shop.sell(u32::try_from(shop.head().seq).expect("few sales") + 1, 1);
        let refreshed = run_ready(refresh(&RefCell::default(), &shop.store, |_| ()));
        if refreshed.is_ok_and(|refreshed| refreshed.damaged) {
            run_ready(shop.till.load_again()).expect("it is noted");
        }
        for wake in [Wake::SyncNow, Wake::Timer] {
            shop.clock.advance(60_000);
            let round = shop.round(wake);
            assert_eq!((round.trouble, shop.waiting()), (None, 0), "{table:?} {key:?}: sales are sent");
        }
        let seen = RefCell::default();
        let refreshed = run_ready(refresh(&seen, &shop.store, |_| ())).expect("the catalogue can be read");
        assert!(!refreshed.damaged, "{table:?} {key:?}");
        assert_eq!(seen.borrow().len(), 1, "{table:?} {key:?}: the product is there");
        // A price that changes behind the snapshot reaches the page that was open all the time.
        let mut dearer = product.clone();
        dearer["price_minor"] = json!(100 * turn);
        let change = json!({ "kind": "product", "id": FEED, "version": turn, "op": "put", "doc": dearer });
        let included = json!([{ "epoch": 1, "seqs": [[1, 999]] }]);
        let news =
            json!({ "feed": FEED, "changes": [change], "next": "c2", "more": false, "included": included });
        *shop.script.pull.borrow_mut() = Some(response(200, &news));
        shop.clock.advance(60_000);
        shop.round(Wake::Timer);
        *shop.script.pull.borrow_mut() = None;
        shown().expect("the catalogue can be read");
        let at = page.borrow().by_code("1").expect("the product is there");
        let price = page.borrow().product(at).expect("a product").price_minor;
        assert_eq!(price, i64::try_from(100 * turn).expect("small"), "{table:?} {key:?}");
        let outlet = run_ready(shop.till.outlet()).expect("the outlet can be read").expect("an outlet");
        assert_eq!(outlet.doc.name, "Demo");
    }
}

/// What is left of eight sales, after the fifth was left waiting, the third quarantined and the sixth settled by a
/// person, the second rotted, and `days` went by. A backup of the ERP holds what is up to `durable_through`.
fn kept_after(days: i64, durable_through: u64) -> Vec<u64> {
    let shop = shop_with(8);
    let outcome = |seq: u64| match seq {
        3 => ("quarantined", Value::Null),
        5 => ("retry", Value::Null),
        6 => ("duplicate", json!("settled")),
        _ => ("accepted", Value::Null),
    };
    let answer = move |body: &Value| {
        let entries = body["entries"].as_array().cloned().unwrap_or_default();
        let result = |entry: &Value| {
            let (outcome, code) = outcome(entry["seq"].as_u64().expect("a seq"));
            json!({ "seq": entry["seq"], "id": entry["id"], "outcome": outcome, "code": code,
                "retry_after_ms": 300_000 })
        };
        let results: Vec<Value> = entries.iter().map(result).collect();
        let have = json!({ "contiguous": 8, "max": 8, "missing": [] });
        response(
            200,
            &json!({ "batch": body["batch"], "server_time": NOW_MS, "results": results, "have": have,
            "durable_through": durable_through, "directives": {} }),
        )
    };
    for _ in 0..3 {
        shop.will_answer(answer);
    }
    shop.round(Wake::Start);
    if shop.seqs(Table::Journal).contains(&2) {
        shop.rot(Table::Journal, &Position { epoch: 1, seq: 2 }.key());
    }
    shop.clock.advance(days * 86_400_000);
    shop.round(Wake::Timer);
    assert_eq!(shop.failed().len(), if shop.seqs(Table::Journal).contains(&6) { 2 } else { 1 });
    shop.seqs(Table::Journal)
}

#[test]
fn acknowledged_history_goes_after_90_days_or_with_a_backup_whatever_lies_between() {
    assert_eq!(kept_after(89, 0), [1, 2, 3, 4, 5, 6, 7, 8], "not before 90 days");
    assert_eq!(
        kept_after(90, 0),
        [3, 5, 8],
        "what waits, needs a person or is the newest stays, and stops nothing"
    );
    assert_eq!(kept_after(0, 4), [3, 5, 6, 7, 8], "sooner where a backup holds it");
    assert_eq!(kept_after(0, 8), [3, 5, 8]);
}

#[test]
fn history_that_the_shown_stock_does_not_count_yet_stays() {
    let shop = shop_with(3);
    shop.script.forgets.set(true);
    shop.round(Wake::Start);
    shop.clock.advance(91 * 86_400_000);
    shop.round(Wake::Timer);
    assert_eq!(shop.seqs(Table::Journal), [1, 2, 3]);
}

#[test]
fn a_clock_that_was_ahead_for_one_sale_keeps_no_other_history() {
    let shop = shop_with(2);
    shop.clock.advance(400 * 86_400_000);
    shop.sell(3, 1);
    shop.clock.advance(-400 * 86_400_000);
    shop.sell(4, 2);
    shop.round(Wake::Start);
    shop.clock.advance(91 * 86_400_000);
    shop.round(Wake::Timer);
    assert_eq!(shop.seqs(Table::Journal), [3, 5], "it goes when its own time has come; the newest stays");
}

#[test]
fn rotten_rows_of_outbox_and_failures_hold_nobody_up() {
    let shop = shop_with(3);
    let (key, _) = shop.store.rows(Table::Outbox).remove(1);
    shop.rot(Table::Outbox, &key);
    let status = run_ready(shop.till.queue_status()).expect("the queue is counted");
    assert_eq!((status.pending, status.oldest_ms), (3, Some(NOW_MS)));
    shop.will_answer(|body| answer(body, "quarantined", Some("arithmetic"), &json!({})));
    shop.round(Wake::Start);
    assert_eq!((shop.waiting(), shop.failed().len()), (0, 3), "all three were sent");
    let (key, _) = shop.store.rows(Table::Failed).remove(1);
    shop.rot(Table::Failed, &key);
    assert_eq!(run_ready(shop.till.queue_status()).map(|status| status.failed), Ok(3));
    assert_eq!(run_ready(shop.till.queue_page(None, 10)).map(|page| page.len()), Ok(3));
    shop.will_answer(|body| answer(body, "quarantined", Some("arithmetic"), &json!({})));
    shop.round(Wake::NewSale);
    assert_eq!(shop.batches(), [3, 1], "the rotten one is asked about at once");
    assert!(shop.failed().iter().all(|row| row.held_by_erp), "and its row is mended");
}

#[test]
fn outbox_rows_count_their_refusals() {
    let shop = shop_with(1);
    shop.will_answer(|body| answer(body, "retry", None, &json!({})));
    shop.round(Wake::Start);
    let rows = shop.store.rows(Table::Outbox);
    assert_eq!(OutboxRow::decode(&rows[0].1).expect("a row").refusals, 1);
    assert!(shop.store.rows(Table::Meta).iter().any(|(key, _)| key == meta::CURSOR), "the pull went on");
    assert!(shop.clock.now_ms() > NOW_MS);
}

#[test]
fn what_an_upload_carries_is_in_what_it_says_waits() {
    let shop = shop_with(2);
    shop.will_answer(|body| answer(body, "quarantined", Some("arithmetic"), &json!({})));
    shop.round(Wake::Start);
    assert_eq!((shop.waiting(), shop.failed().len()), (0, 2));
    shop.sell(3, 3);
    shop.will_answer(|body| answer(body, "retry", None, &json!({})));
    shop.will_answer(|body| answer(body, "quarantined", Some("arithmetic"), &json!({})));
    shop.round(Wake::SyncNow);
    let seen = shop.script.seen.borrow();
    let counts: Vec<_> = seen
        .iter()
        .map(|upload| (upload["entries"].as_array().map_or(0, Vec::len), upload["pending"].as_u64()))
        .collect();
    // The server takes what it then has off `pending`: three must be left when the two failed ones came again.
    assert!(counts.contains(&(3, Some(3))) && counts.contains(&(2, Some(5))), "{counts:?}");
}
