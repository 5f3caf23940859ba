//! Version N becomes N + 1 with sales in the outbox and a cart open, in one tab and in two.

use evertill_tests::{
    browser::{Browser, Provoked},
    proxy::{Fault, Proxy},
    server::{Options, Server},
    surroundings,
    till_page::{TillPage, by},
};
use serde_json::Value;
use std::time::Duration;

const UPLOAD: &str = "/api/sync/sales";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_loses_neither_outbox_nor_cart_and_mixes_no_assets() {
    let mut server = Server::start(Options { demo: true, web: Some(surroundings::web()) }).await;
    let proxy = Proxy::before(&server.address()).await;
    let mut browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link_over(&proxy.url()).await).await;
    till.until_controlled().await;
    let products = server.ledger().piece_products(3);
    let old = version(&till).await;
    browser.will_provoke([Provoked::NoConnection, Provoked::Status(502), Provoked::Status(503)]).await;
    server.stop().await;
    till.sell(&[&products[0].0]).await;
    till.sell(&[&products[1].0]).await;
    till.add(&products[2].0).await;
    till.until_draft_kept().await;

    // The server comes back with the next version, but takes no upload: the outbox stays full over the update.
    proxy.always(UPLOAD, Fault::Status(503, None));
    server.serve_web(&surroundings::web_next());
    server.restart().await;
    look_for_update(&till).await;
    assert_eq!(version(&till).await, old, "an open tab keeps its version");
    assert_eq!(till.lines().await.len(), 1, "and its cart");
    till.sell_what_is_open_and(&products[0].0).await;
    till.add(&products[2].0).await;
    till.until_draft_kept().await;
    let before = kept(&till).await;
    assert_eq!((before.outbox.len(), before.journal.len()), (3, 3), "all three sales wait");

    // A restart of the browser activates it whatever the cart holds.
    browser.close().await;
    browser.start().await;
    let till = TillPage::open(&browser, &proxy.url()).await;
    till.page.until_shown(&by("cart-line")).await;
    until_version_other_than(&till, &old).await;
    assert_one_version(&till).await;
    assert_eq!(till.lines().await.len(), 1, "the cart is there");
    assert_eq!(kept(&till).await, before, "the journal, what waits and the draft are there, byte by byte");
    till.pay_exact().await;
    till.new_sale().await;
    proxy.heal();
    till.until_synced_within(Duration::from_secs(90)).await;
    let ledger = server.ledger();
    assert_eq!(ledger.seqs("T1", 1), [1, 2, 3, 4]);
    ledger.assert_dense();
    ledger.assert_stock_adds_up();
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_waits_for_the_tab_that_sells_and_then_takes_both() {
    let mut server = Server::start(Options { demo: true, web: Some(surroundings::web()) }).await;
    let browser = Browser::launch().await;
    let busy = TillPage::enrol(&browser, &server.link().await).await;
    busy.until_controlled().await;
    let idle = TillPage::open(&browser, &server.url()).await;
    let products = server.ledger().piece_products(2);
    let old = version(&busy).await;
    browser.will_provoke([Provoked::NoConnection]).await;
    server.stop().await;
    server.serve_web(&surroundings::web_next());
    server.restart().await;
    busy.add(&products[0].0).await;
    busy.until_draft_kept().await;
    look_for_update(&idle).await;
    server.stop().await;
    // Something waits to be sent, and a payment is open.
    idle.sell(&[&products[1].0]).await;
    idle.until_pending(1).await;
    busy.page.click(&by("pay")).await;
    busy.page.until_shown(&by("cash-exact")).await;

    idle.page.click(&by("nav-settings")).await;
    idle.page.click(&by("settings-update-now")).await;
    idle.page.until("that it waits is said", "document.body.innerText.includes('The update waits')").await;
    assert_eq!(busy.page.count(&by("update-now")).await, 0, "who sells is not asked");
    busy.page.until_shown(&by("cash-exact")).await;
    // Even a tab that is loaded afresh meanwhile is whole and of the old version, and has its cart.
    busy.page.reload().await;
    busy.until_ready().await;
    busy.page.until_shown(&by("cart-line")).await;
    for till in [&busy, &idle] {
        assert_eq!(version(till).await, old);
        assert_eq!(strangers(till).await, [] as [String; 0], "loaded, but of another version");
    }

    busy.pay_exact().await;
    busy.new_sale().await;
    let before = kept(&busy).await;
    assert_eq!((before.outbox.len(), before.journal.len(), before.drafts.len()), (2, 2, 0));
    idle.page.click(&by("settings-update-now")).await;
    for till in [&busy, &idle] {
        until_version_other_than(till, &old).await;
        till.until_ready().await;
        assert_one_version(till).await;
    }
    assert_eq!(kept(&busy).await, before, "nothing is lost");
    server.restart().await;
    for till in [&busy, &idle] {
        till.until_synced_within(Duration::from_secs(90)).await;
    }
    let ledger = server.ledger();
    assert_eq!(ledger.seqs("T1", 1), [1, 2]);
    ledger.assert_stock_adds_up();
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_version_registered_anew_is_no_update() {
    let server = Server::start_demo().await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    till.page
        .before_load(&format!(
            "new MutationObserver(() => {{ window.offered ||= !!document.querySelector('{}'); }})
                .observe(document, {{ childList: true, subtree: true }})",
            by("update-now")
        ))
        .await;
    for round in 1..=3 {
        till.until_controlled().await;
        till.page
            .eval::<Value>(
                "navigator.serviceWorker.getRegistration().then((r) => r.unregister()).then(() => null)",
            )
            .await
            .expect("a worker can be thrown out");
        till.page.reload().await;
        till.until_ready().await;
        till.until_controlled().await;
        till.page.click(&by("nav-settings")).await;
        till.page.until_says(&by("update-state"), "This is the newest version").await;
        let offered: bool = till.page.eval("!!window.offered").await.expect("the page counts");
        assert!(!offered, "round {round}: the version that runs was offered as a new one");
    }
    browser.finish().await;
    server.close().await;
}

/// What an update must not touch, as it lies in the database.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    journal: Rows,
    outbox: Rows,
    drafts: Rows,
}

type Rows = Vec<(Vec<u8>, Vec<u8>)>;

async fn kept(till: &TillPage) -> Kept {
    Kept {
        journal: till.rows("journal").await,
        outbox: till.rows("outbox").await,
        drafts: till.rows("drafts").await,
    }
}

/// Has the browser look for a newer version, and waits until it is complete.
async fn look_for_update(till: &TillPage) {
    till.page
        .eval::<Value>("navigator.serviceWorker.ready.then((r) => r.update()).then(() => null)")
        .await
        .expect("the browser looks for an update");
    till.page
        .until("the next version waits", "navigator.serviceWorker.getRegistration().then((r) => !!r.waiting)")
        .await;
}

const VERSION: &str = "document.querySelector('meta[name=\"evertill-version\"]').content";

async fn version(till: &TillPage) -> String {
    till.page.eval(VERSION).await.expect("the page names its version")
}

async fn until_version_other_than(till: &TillPage, old: &str) {
    till.page.until("the new version runs", &format!("{VERSION} !== {old:?}")).await;
}

/// Page, worker and cache are of one version, and everything that was loaded is in that version's list.
async fn assert_one_version(till: &TillPage) {
    let names = "caches.keys().then((names) => names.filter((name) => name.startsWith('evertill-')))";
    let names: Vec<String> = till.page.eval(names).await.expect("the caches can be listed");
    assert_eq!(names, [format!("evertill-{}", version(till).await)], "the old version's files went");
    assert_eq!(strangers(till).await, [] as [String; 0], "loaded, but of another version");
}

/// What this page loaded although its version has no such file.
async fn strangers(till: &TillPage) -> Vec<String> {
    let script = format!(
        "(async () => {{
            const cache = await caches.open('evertill-' + {VERSION});
            const kept = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
            return performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname)
                .filter((path) => path.startsWith('/assets/') && !kept.has(path));
        }})()"
    );
    till.page.eval(&script).await.expect("the caches can be read")
}
