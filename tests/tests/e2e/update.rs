//! Version N becomes N + 1 with sales in the outbox and a cart open.

use evertill_tests::{
    browser::{Browser, Provoked},
    deadline::until_true,
    server::{Options, Server},
    surroundings,
    till_page::{TillPage, by},
};
use serde_json::Value;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_loses_neither_outbox_nor_cart_and_mixes_no_assets() {
    let mut server = Server::start(Options { demo: true, web: Some(surroundings::web()) }).await;
    let mut browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    till.until_controlled().await;
    let products = server.ledger().piece_products(3);
    let old = version(&till).await;
    browser.will_provoke([Provoked::NoConnection]);
    server.stop().await;
    till.sell(&[&products[0].0]).await;
    till.sell(&[&products[1].0]).await;
    till.add(&products[2].0).await;
    until_true("the cart is in the database", || async { till.rows("drafts").await.len() == 1 }).await;

    // The server comes back with the next version, but cannot be uploaded to: the outbox stays full over the update.
    server.serve_web(&surroundings::web_next());
    server.restart().await;
    till.page
        .eval::<Value>("navigator.serviceWorker.ready.then((r) => r.update()).then(() => null)")
        .await
        .expect("the browser looks for an update");
    till.page
        .until("the next version waits", "navigator.serviceWorker.getRegistration().then((r) => !!r.waiting)")
        .await;
    assert_eq!(version(&till).await, old, "an open tab keeps its version");
    assert_eq!(till.lines().await.len(), 1, "and its cart");
    server.stop().await;
    till.sell_what_is_open_and(&products[0].0).await;
    till.add(&products[2].0).await;
    until_true("the cart is in the database", || async { till.rows("drafts").await.len() == 1 }).await;
    let journal = till.journal().await.len();

    // A restart of the browser activates it whatever the cart holds.
    browser.close().await;
    browser.start().await;
    let till = TillPage::open(&browser, &server.url()).await;
    till.page.until_shown(&by("cart-line")).await;
    till.page.until("the new version runs", &format!("{VERSION} !== {old:?}")).await;
    assert_one_version(&till).await;
    assert_eq!(till.lines().await.len(), 1, "the cart is there");
    assert_eq!(till.journal().await.len(), journal, "the journal is there");
    till.pay_exact().await;
    till.new_sale().await;
    server.restart().await;
    till.until_synced_within(Duration::from_secs(90)).await;
    let ledger = server.ledger();
    ledger.assert_dense();
    ledger.assert_stock_adds_up();
    assert_eq!(ledger.sale_count(), journal as u64 + 1);
    browser.finish().await;
    server.close().await;
}

const VERSION: &str = "document.querySelector('meta[name=\"evertill-version\"]').content";

async fn version(till: &TillPage) -> String {
    till.page.eval(VERSION).await.expect("the page names its version")
}

/// Page, worker and cache are of one version, and everything that was loaded is in that version's list.
async fn assert_one_version(till: &TillPage) {
    let strangers: Vec<String> = till
        .page
        .eval(&format!(
            "(async () => {{
                const names = (await caches.keys()).filter((name) => name.startsWith('evertill-'));
                if (names.length !== 1 || names[0] !== 'evertill-' + {VERSION}) return ['caches: ' + names.join()];
                const kept = new Set((await (await caches.open(names[0])).keys()).map((r) => new URL(r.url).pathname));
                return performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname)
                    .filter((path) => path.startsWith('/assets/') && !kept.has(path));
            }})()"
        ))
        .await
        .expect("the caches can be read");
    assert!(strangers.is_empty(), "loaded, but of another version: {strangers:?}");
}
