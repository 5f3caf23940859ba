//! 10,000 sales that wait in IndexedDB, from the first upload until the last is synced on the device.

use crate::figure::{Better, Figure, median};
use base64::Engine as _;
use evertill_sync::{
    ports::Table,
    rows::{Identity, JsonRow as _, meta},
    testing::MemoryStore,
};
use evertill_tests::{
    browser::Browser, native_engine, native_till::NativeTill, server::Server, till_page::TillPage,
};
use serde_json::json;
use std::time::Duration;

const SALES: usize = 10_000;
const TURNS: usize = 3;
/// Sales that one upload carries at most (the protocol's limit).
const BATCH_MOST: usize = 500;
/// Rows that go into the page in one call.
const ROWS_AT_ONCE: usize = 1000;

/// Seconds, and the longest main-thread task while it went on.
pub async fn measure() -> Vec<Figure> {
    let (mut seconds, mut longest) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let (took, task) = drain().await;
        seconds.push(took);
        longest.push(task);
    }
    eprintln!("drain: {seconds:.2?} s, longest main-thread tasks {longest:.0?} ms (0: none over 50)");
    vec![
        Figure::plain("drain", median(&mut seconds), "s", Better::Lower, 2.0),
        Figure::plain(
            "drain_longest_task",
            longest.iter().copied().fold(0.0, f64::max),
            "ms",
            Better::Lower,
            50.0,
        ),
    ]
}

async fn drain() -> (f64, f64) {
    let mut server = Server::start_demo().await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    till.until_controlled().await;
    till.until_synced().await;
    // A second device lends its products' list; the sales are this browser's own.
    let lender = NativeTill::of(&server).await;
    let wares = lender.wares(60).await;
    server.stop().await;

    let rows = till.rows("meta").await;
    let identity = rows.iter().find(|(key, _)| key == meta::IDENTITY).map(|(_, value)| value.clone());
    let identity = Identity::decode(&identity.expect("the browser is enrolled")).expect("an identity");
    let mut enrolled = lender;
    enrolled.tokens.terminal = identity.terminal;
    enrolled.tokens.short_code.clone_from(&identity.short_code);
    enrolled.tokens.epoch = identity.epoch;
    enrolled.tokens.right = identity.right;
    let store = MemoryStore::new();
    native_engine::fill(&store, &enrolled, &wares, SALES).await;
    for table in [Table::Journal, Table::Ids, Table::Heads, Table::Counters, Table::Outbox] {
        put(&till, table, &store).await;
    }
    // The page starts afresh over its full outbox; the server is not there yet. Its start is over before it comes: how
    // long a start takes is a figure of its own.
    till.page.before_load(concat!(include_str!("calm.js"), include_str!("drain.js"))).await;
    till.page.reload().await;
    till.until_ready().await;
    till.until_pending(SALES as u64).await;
    // The service worker is woken by the same reload, and whoever is first sends. It gives up after a few attempts.
    till.page.until_within(Duration::from_mins(2), "it is this page that sends", "drained.refused > 0").await;
    till.page.until("the start is over", "database.calm()").await;
    server.restart().await;
    till.page.eval::<()>("void dispatchEvent(new Event('online'))").await.expect("the page is told");
    // Asked of the page alone: a look into the database would take its time from the drain.
    till.page.until_within(Duration::from_mins(3), "the outbox is empty", "drained.ended").await;
    till.until_synced().await;
    let (took_ms, longest_ms, uploads): (f64, f64, usize) = till
        .page
        .eval("new Promise((done) => setTimeout(() => done([drained.ended - drained.began, drained.longest, drained.uploads]), 100))")
        .await
        .expect("the page kept the time");
    assert!(
        uploads >= SALES / BATCH_MOST,
        "{uploads} uploads of this page: another one sent most of the sales"
    );
    assert_eq!(server.ledger().sale_count(), SALES as u64, "each sale once");
    browser.dismiss();
    server.stop().await;
    (took_ms / 1000.0, longest_ms)
}

/// Puts a table's rows into the browser's database, as its own code would have.
async fn put(till: &TillPage, table: Table, store: &MemoryStore) {
    let encoded = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    for rows in store.rows(table).chunks(ROWS_AT_ONCE) {
        let rows: Vec<(String, String)> =
            rows.iter().map(|(key, value)| (encoded(key), encoded(value))).collect();
        let script = format!(
            "(async (store, rows) => {{
                const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
                for (const {{ name }} of await indexedDB.databases()) {{
                    const db = await new Promise((done, fail) => {{
                        const opening = indexedDB.open(name);
                        opening.onsuccess = () => done(opening.result);
                        opening.onerror = () => fail(opening.error);
                    }});
                    if (db.objectStoreNames.contains(store)) await new Promise((done, fail) => {{
                        const transaction = db.transaction(store, 'readwrite');
                        transaction.oncomplete = done;
                        transaction.onabort = () => fail(transaction.error);
                        for (const [key, value] of rows) transaction.objectStore(store).put(bytes(value), bytes(key));
                    }});
                    db.close();
                }}
            }})({}, {})",
            json!(table.name()),
            json!(rows)
        );
        till.page.eval::<()>(&script).await.expect("the rows go in");
    }
}
