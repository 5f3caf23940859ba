//! Networks that lie: a captive portal before everything, `navigator.onLine` wrong both ways, a flapping line.

use evertill_tests::{
    browser::{Browser, Provoked},
    demo_shop,
    proxy::{Fault, Proxy},
    server::Server,
    till_page::TillPage,
};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_captive_portal_selling_goes_on_and_the_way_out_is_found() {
    let (server, proxy, browser, till) = demo_shop::with_a_till_on_a_line().await;
    till.until_controlled().await;
    let products = server.ledger().piece_products(2);
    proxy.always("/", Fault::Portal);
    till.page.reload().await;
    till.until_ready().await;
    till.sell(&[&products[0].0]).await;
    till.sell(&[&products[1].0]).await;
    till.until_pending(2).await;
    assert_eq!(server.ledger().sale_count(), 0);
    proxy.heal();
    till.until_synced_within(Duration::from_secs(90)).await;
    assert_eq!(server.ledger().seqs("T1", 1), [1, 2]);
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_browser_says_about_the_network_is_only_a_hint() {
    let server = Server::start_demo().await;
    let proxy = Proxy::before(&server.address()).await;
    let browser = Browser::launch().await;
    let page = browser.open_blank().await;
    page.before_load(
        "Object.defineProperty(Navigator.prototype, 'onLine', { get: () => window.claimsOnline ?? false })",
    )
    .await;
    page.goto(&server.link_over(&proxy.url()).await).await;
    let till = TillPage::at(page).await;
    let products = server.ledger().piece_products(2);
    // It says offline, and the network is there.
    till.sell(&[&products[0].0]).await;
    till.until_synced_within(Duration::from_secs(70)).await;
    // It says online, and there is no network.
    till.page.eval::<()>("void (window.claimsOnline = true)").await.expect("it can claim");
    browser.will_provoke([Provoked::NoConnection]).await;
    proxy.cut();
    till.sell(&[&products[1].0]).await;
    till.until_pending(1).await;
    proxy.heal();
    till.until_synced_within(Duration::from_secs(90)).await;
    assert_eq!(server.ledger().seqs("T1", 1), [1, 2]);
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_comes_and_goes_loses_and_doubles_nothing() {
    let (server, proxy, browser, till) = demo_shop::with_a_till_on_a_line().await;
    let products = server.ledger().piece_products(3);
    browser.will_provoke([Provoked::NoConnection]).await;
    for turn in 0..6 {
        if turn % 2 == 0 {
            proxy.cut();
        } else {
            proxy.heal();
        }
        till.sell(&[&products[turn % 3].0]).await;
    }
    proxy.heal();
    till.until_synced_within(Duration::from_secs(90)).await;
    let ledger = server.ledger();
    assert_eq!(ledger.seqs("T1", 1), [1, 2, 3, 4, 5, 6]);
    ledger.assert_stock_adds_up();
    browser.finish().await;
    server.close().await;
}
