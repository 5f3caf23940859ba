//! A device whose clock jumped: that is journalled and asked about once, and stops nobody.

use evertill_tests::{
    demo_shop,
    till_page::{TillPage, by},
};

/// From now on the pages of this browser believe that it is five days later.
const FIVE_DAYS_ON: &str = "{ const real = Date.now; Date.now = () => real() + 5 * 86_400_000; }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumped_is_journalled_and_asked_about_once_and_stops_nobody() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let products = server.ledger().piece_products(1);
    let sku = products[0].0.as_str();
    till.sell(&[sku]).await;
    till.until_synced().await;
    assert_eq!(suspicions(&till).await, 0);

    let page = till.page;
    page.before_load(FIVE_DAYS_ON).await;
    page.goto(&format!("{}/", server.url())).await;
    let till = TillPage::at(page).await;
    till.page.until_shown(&by("clock-right")).await;
    assert_eq!(suspicions(&till).await, 1);
    // Nobody has answered, and selling goes on; waking again asks and journals nothing more.
    let later = till.sell(&[sku]).await;
    let woken = "['focus', 'pageshow'].forEach((name) => window.dispatchEvent(new Event(name)));
                 document.dispatchEvent(new Event('visibilitychange'))";
    till.page.eval::<serde_json::Value>(woken).await.expect("events can be sent");
    let again = till.sell(&[sku]).await;
    assert_ne!(later.receipt, again.receipt);
    assert_eq!((suspicions(&till).await, till.page.count(&by("clock-right")).await), (1, 1));
    till.page.click(&by("clock-right")).await;
    till.page.until_gone(&by("clock-right")).await;

    let page = till.page;
    page.goto(&format!("{}/", server.url())).await;
    let till = TillPage::at(page).await;
    till.sell(&[sku]).await;
    assert_eq!((suspicions(&till).await, till.page.count(&by("clock-right")).await), (1, 0), "asked once");
    till.until_synced().await;
    let ledger = server.ledger();
    assert_eq!(
        ledger.count("SELECT count(*) FROM inbox WHERE kind = 'clock_suspect' AND state = 'booked'"),
        1
    );
    assert_eq!(ledger.sale_count(), 4);
    ledger.assert_dense();
    browser.finish().await;
    server.close().await;
}

/// How often the journal of this browser doubts the clock.
async fn suspicions(till: &TillPage) -> usize {
    till.journal().await.iter().filter(|row| row["entry"]["kind"] == "clock_suspect").count()
}
