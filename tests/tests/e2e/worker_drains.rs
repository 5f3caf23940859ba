//! The service worker sends what waits on the browser's `sync` event, with no page open; where Background Sync is
//! denied, the page does it.

use evertill_tests::{
    browser::{Browser, Provoked},
    deadline::{until, until_true},
    demo_shop,
    server::Server,
    till_page::TillPage,
};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_event_empties_the_outbox_with_no_page_open() {
    let (mut server, browser, till) = demo_shop::with_a_till().await;
    till.until_controlled().await;
    let products = server.ledger().piece_products(2);
    browser.will_provoke([Provoked::NoConnection]).await;
    server.stop().await;
    till.sell(&[&products[0].0]).await;
    till.sell(&[&products[1].0]).await;
    till.until_pending(2).await;
    // A page that only watches the worker: it lies outside the app, and so does its session.
    let watcher = browser.open_blank().await;
    till.page.close().await;
    until_true("no page of the till is open", || async {
        let origin = server.url();
        browser.targets("page").await.iter().all(|(_, url)| !url.starts_with(&origin))
    })
    .await;
    server.restart().await;
    assert_eq!(server.ledger().sale_count(), 0, "nobody sent anything yet");

    let mut events = watcher.cdp().events();
    watcher.call("ServiceWorker.enable", json!({})).await.expect("service workers can be watched");
    let registration = until("the browser names its registration", || {
        let event = events.try_recv().ok();
        let origin = server.url();
        async move {
            let event = event?;
            let list = event.params["registrations"].as_array().cloned().unwrap_or_default();
            list.iter()
                .find(|one| one["scopeURL"].as_str().is_some_and(|scope| scope.starts_with(&origin)))
                .and_then(|one| one["registrationId"].as_str().map(ToOwned::to_owned))
        }
    })
    .await;
    let origin = format!("{}/", server.url());
    let params = json!({ "origin": origin, "registrationId": registration, "tag": "evertill-outbox", "lastChance": false });
    watcher.call("ServiceWorker.dispatchSyncEvent", params).await.expect("a sync event can be dispatched");
    until_true("the worker has sent both", || async { server.ledger().seqs("T1", 1) == [1, 2] }).await;
    assert_eq!(windows_of_the_worker(&browser, &server.url()).await, 0, "no page was there to send them");

    // The next page finds its outbox empty: the worker has stored the answer.
    let till = TillPage::open(&browser, &server.url()).await;
    till.until_synced().await;
    assert_eq!(server.ledger().inbox_count(), 2);
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_empties_the_outbox_too() {
    let (mut server, browser, till) = demo_shop::with_a_till().await;
    till.until_controlled().await;
    let products = server.ledger().piece_products(1);
    browser.will_provoke([Provoked::NoConnection]).await;
    server.stop().await;
    till.sell(&[&products[0].0]).await;
    till.until_pending(1).await;
    let sender = browser.open_blank().await;
    till.page.close().await;
    server.restart().await;
    browser.will_provoke([Provoked::NotTheApp]).await;
    // Of the same origin, but not the app: so it cannot be the page that sends.
    sender.goto(&format!("{}/api/openapi.json", server.url())).await;
    let answer: String = sender
        .eval(
            "navigator.serviceWorker.ready.then((registration) => new Promise((done) => {
                const { port1, port2 } = new MessageChannel();
                port1.onmessage = ({ data }) => done(data.type);
                registration.active.postMessage({ type: 'drain' }, [port2]);
            }))",
        )
        .await
        .expect("the worker answers");
    assert_eq!(answer, "drained");
    assert_eq!(server.ledger().seqs("T1", 1), [1]);
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_background_sync_is_denied_the_page_sends() {
    let mut server = Server::start_demo().await;
    let browser = Browser::launch().await;
    browser.permit(&server.url(), "background-sync", "denied").await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    till.until_controlled().await;
    let refused: bool = till
        .page
        .eval("navigator.serviceWorker.ready.then((r) => r.sync.register('probe')).then(() => false, () => true)")
        .await
        .expect("it answers");
    assert!(refused, "Background Sync is denied in this browser");
    let products = server.ledger().piece_products(1);
    browser.will_provoke([Provoked::NoConnection]).await;
    server.stop().await;
    till.sell(&[&products[0].0]).await;
    till.until_pending(1).await;
    server.restart().await;
    till.until_synced_within(Duration::from_secs(70)).await;
    assert_eq!(server.ledger().seqs("T1", 1), [1]);
    browser.finish().await;
    server.close().await;
}

/// Pages of the origin that are open, as the worker itself sees them.
async fn windows_of_the_worker(browser: &Browser, origin: &str) -> usize {
    let workers = browser.targets("service_worker").await;
    let (worker, _) =
        workers.iter().find(|(_, url)| url.starts_with(origin)).expect("the worker that sent is there");
    let count =
        "self.clients.matchAll({ type: 'window', includeUncontrolled: true }).then((all) => all.length)";
    browser.session(worker).await.eval(count).await.expect("a worker knows its pages")
}
