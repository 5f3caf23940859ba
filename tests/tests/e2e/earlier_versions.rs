//! What earlier versions wrote, this one opens: a data folder and a browser's database of each are kept under
//! `fixtures/`, with what must be found in them.

use evertill_tests::{
    browser::{Browser, Provoked},
    device_image,
    kept_version::KeptVersion,
    server::{Options, Server},
    till_page::{TillPage, by},
};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kept_version_opens_sells_and_syncs() {
    let versions = KeptVersion::all();
    assert!(!versions.is_empty(), "at least this version's own");
    for version in versions {
        opens(&version).await;
    }
}

async fn opens(version: &KeptVersion) {
    let expected = version.expected();
    let folder = tempfile::Builder::new().prefix("evertill-data-").tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    std::fs::write(data.join("evertill.db"), version.database()).expect("the copy can be written");
    let server = Server::start_in(folder, Options { demo: false, web: None }).await;
    assert_eq!(server.ledger().sale_count(), expected.booked);
    server.doctor().await;

    let browser = Browser::launch().await;
    // A document of the same origin that is not the app.
    browser.will_provoke([Provoked::NotTheApp]).await;
    let page = browser.open(&format!("{}/favicon.svg", server.url())).await;
    page.until("the picture is there", "document.readyState === 'complete'").await;
    device_image::restore(&page, &version.browser()).await;
    page.goto(&format!("{}/", server.url())).await;
    let till = TillPage::at(page).await;
    till.page.until_shown(&by("cart-line")).await;
    let cart: Vec<String> = till.lines().await.into_iter().map(|(sku, _)| sku).collect();
    assert_eq!(cart, expected.cart);
    assert_eq!(till.receipts().await, expected.receipts);
    // A till that was away for days may have journalled that since.
    let kept = till.journal().await.into_iter().filter(|row| row["entry"]["kind"] != "clock_suspect");
    assert_eq!(kept.count() as u64, expected.journal);
    let last = till.pay_exact().await;
    till.new_sale().await;
    assert!(!expected.receipts.contains(&last.receipt), "a number of its own");
    till.until_synced_within(Duration::from_secs(90)).await;
    assert_eq!(server.ledger().sale_count(), expected.booked + expected.waiting + 1);
    server.ledger().assert_dense();
    server.ledger().assert_stock_adds_up();
    browser.finish().await;
    server.close().await;
}
