//! The server has committed, and the till never hears of it: no second sale.

use evertill_tests::{
    browser::{Browser, Provoked},
    proxy::{Fault, Proxy},
    server::Server,
    till_page::TillPage,
};
use std::time::Duration;

const UPLOAD: &str = "/api/sync/sales";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_lost_after_commit_makes_no_second_sale() {
    check(vec![Fault::LoseAnswer, Fault::LoseAnswer]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_an_answer_a_portal_and_errors_make_no_second_sale() {
    check(vec![
        Fault::HalfAnswer,
        Fault::Portal,
        Fault::Status(502, None),
        Fault::Status(503, Some("1".to_owned())),
        Fault::LoseRequest,
    ])
    .await;
}

async fn check(faults: Vec<Fault>) {
    let server = Server::start_demo().await;
    let proxy = Proxy::before(&server.address()).await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link_over(&proxy.url()).await).await;
    let products = server.ledger().piece_products(2);
    till.sell(&[&products[0].0]).await;
    till.until_synced().await;

    browser.will_provoke([Provoked::NoConnection, Provoked::Status(502), Provoked::Status(503)]);
    let before = proxy.seen(UPLOAD);
    let count = faults.len();
    proxy.next(UPLOAD, faults);
    till.sell(&[&products[1].0]).await;
    till.sell(&[&products[0].0, &products[1].0]).await;
    till.until_synced_within(Duration::from_mins(2)).await;
    assert!(proxy.seen(UPLOAD) > before + count, "each fault was met and then overcome");

    let ledger = server.ledger();
    assert_eq!(ledger.seqs("T1", 1), [1, 2, 3]);
    assert_eq!(ledger.inbox_count(), 3, "nothing was kept twice");
    ledger.assert_stock_adds_up();
    ledger.assert_dense();
    assert!(ledger.open_cases().is_empty(), "{:?}", ledger.open_cases());
    browser.finish().await;
    server.close().await;
}
