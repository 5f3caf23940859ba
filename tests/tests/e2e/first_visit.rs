//! A first visit must leave a till that opens without a network, however bad the line was, and a page that its worker
//! answers, however the page and the worker raced.

use evertill_tests::{
    browser::{Browser, Provoked},
    demo_shop,
    proxy::{Fault, Proxy},
    server::Server,
    till_page::TillPage,
};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_visit_on_a_bad_line_ends_with_a_till_that_opens_offline() {
    let server = Server::start_demo().await;
    let proxy = Proxy::before(&server.address()).await;
    let browser = Browser::launch().await;
    browser.will_provoke([Provoked::FalseFiles, Provoked::NoConnection]).await;
    // None of these is needed to show the till, all of them to keep it: the script, the list, the list's files.
    proxy.next("/service-worker.js", [Fault::LoseRequest, Fault::LoseRequest]);
    proxy.next("/precache.js", [Fault::Portal]);
    // Six icons are asked for twice in an attempt: the first attempt keeps none, a later one the rest.
    let icons = [Fault::Portal, Fault::HalfAnswer, Fault::Status(502, None), Fault::LoseRequest];
    proxy.next("/icons/", icons.into_iter().cycle().take(16));
    let till = TillPage::enrol(&browser, &server.link_over(&proxy.url()).await).await;
    till.until_controlled().await;
    let icons: Vec<String> = till
        .page
        .eval(
            "(async () => {
                const [name] = await caches.keys();
                const kept = await (await caches.open(name)).matchAll();
                return kept.filter((answer) => answer.url.includes('/icons/')).map((answer) => answer.headers.get('content-type'));
            })()",
        )
        .await
        .expect("the cache can be read");
    assert_eq!(icons.len(), 6, "each icon is kept");
    assert!(icons.iter().all(|kind| kind.starts_with("image/")), "and no portal's page instead: {icons:?}");
    let travelled = proxy.seen("/assets/evertill-app.");
    assert_eq!(
        travelled, 2,
        "the app's two files travelled once, for the page; no attempt began from nothing"
    );

    proxy.cut();
    till.page.reload().await;
    till.until_ready().await;
    let products = server.ledger().piece_products(1);
    till.sell(&[&products[0].0]).await;
    till.until_pending(1).await;
    proxy.heal();
    till.until_synced_within(Duration::from_secs(90)).await;
    assert_eq!(server.ledger().seqs("T1", 1), [1]);
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_till_sells_without_its_engine_and_sends_once_that_has_loaded() {
    let server = Server::start_demo().await;
    let proxy = Proxy::before(&server.address()).await;
    let browser = Browser::launch().await;
    browser.will_provoke([Provoked::NoEngine(502)]).await;
    // The service worker has an engine of its own.
    browser.permit(&proxy.url(), "background-sync", "denied").await;
    let till = TillPage::enrol(&browser, &server.link_over(&proxy.url()).await).await;
    let products = server.ledger().piece_products(1);
    till.sell(&[&products[0].0]).await;
    till.until_synced().await;

    // Neither cache may help: the engine is asked for over the line.
    proxy.always("/assets/evertill-worker", Fault::Status(502, None));
    till.page.call("Network.enable", json!({})).await.expect("enabled");
    till.page.call("Network.setBypassServiceWorker", json!({ "bypass": true })).await.expect("passed");
    till.page.call("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await.expect("disabled");
    till.page.reload().await;
    till.until_ready().await;
    till.sell(&[&products[0].0]).await;
    till.until_pending(1).await;
    till.page.goto(&format!("{}/sync", proxy.url())).await;
    till.page.until_says("main", "could not be loaded").await;
    assert_eq!(server.ledger().seqs("T1", 1), [1], "nothing but the engine sends");

    proxy.heal();
    till.page.click("[data-testid=sync-now]").await;
    till.until_synced().await;
    till.page
        .until(
            "nothing is said of it any more",
            "!document.querySelector('main').innerText.includes('could not be loaded')",
        )
        .await;
    assert_eq!(server.ledger().seqs("T1", 1), [1, 2]);
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_its_worker_missed_is_answered_after_all() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    till.until_controlled().await;
    // A reload by force passes the worker, as the page after enrolment does that was loaded while the worker claimed.
    till.page.before_load("window.beganUnanswered = navigator.serviceWorker.controller === null").await;
    till.page.eval::<()>("void (window.evertillOld = true)").await.expect("the page runs scripts");
    till.page.call("Page.reload", json!({ "ignoreCache": true })).await.expect("the page reloads");
    till.page
        .until("the page is a new one", "window.evertillOld === undefined && 'beganUnanswered' in window")
        .await;
    assert!(
        till.page.eval::<bool>("beganUnanswered").await.expect("the page was asked"),
        "the worker was passed"
    );
    till.until_controlled().await;
    till.until_ready().await;
    assert!(till.page.eval::<bool>("beganUnanswered").await.expect("it did not reload"), "the same page");
    browser.finish().await;
    server.close().await;
}
