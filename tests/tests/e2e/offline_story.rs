//! The main job, as one story: sell with the network cut, arrive in the ERP exactly once.

use evertill_tests::{
    browser::{Browser, Provoked},
    server::Server,
    till_page::{TillPage, by},
};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sales_made_offline_and_over_a_restart_arrive_once_and_in_order() {
    let mut server = Server::start_demo().await;
    let mut browser = Browser::launch().await;
    let products = server.ledger().piece_products(4);
    let skus: Vec<&str> = products.iter().map(|(sku, _)| sku.as_str()).collect();
    let opening: Vec<i64> = skus.iter().map(|sku| server.ledger().on_hand_milli(sku)).collect();

    let till = TillPage::enrol(&browser, &server.link().await).await;
    let mut shown = Vec::new();
    for sku in &skus[..3] {
        shown.push(till.sell(&[sku]).await);
    }
    till.until_synced().await;
    assert_eq!(server.ledger().seqs("T1", 1), [1, 2, 3]);
    till.until_controlled().await;

    browser.will_provoke([Provoked::NoConnection]).await;
    server.stop().await;
    till.page.reload().await;
    till.until_ready().await;
    shown.push(till.sell(&[skus[0], skus[1]]).await);
    shown.push(till.sell(&[skus[0], skus[0]]).await);
    for sku in &skus[1..4] {
        shown.push(till.sell(&[sku]).await);
    }
    till.until_pending(5).await;
    till.add(skus[2]).await;
    let lines = till.lines().await;
    let stock = shown_stock(&till, skus[0]).await;
    assert_eq!(stock, Some(opening[0] / 1000 - 4), "stock falls the moment a sale commits");
    // The draft is kept at each change; the browser is closed only once it is in the database.
    till.until_draft_kept().await;
    browser.close().await;

    browser.start().await;
    let till = TillPage::open(&browser, &server.url()).await;
    till.page.until_shown(&by("cart-line")).await;
    assert_eq!(till.lines().await, lines, "the open cart came back");
    till.until_pending(5).await;
    let receipts = till.receipts().await;
    let expected: Vec<String> = shown.iter().map(|shown| number(&shown.receipt)).collect();
    assert_eq!(receipts, expected, "the journal holds what the screen showed, in order");
    assert_eq!(shown_stock(&till, skus[0]).await, stock);

    server.restart().await;
    till.until_synced_within(Duration::from_secs(90)).await;
    let ledger = server.ledger();
    assert_eq!(ledger.seqs("T1", 1), [1, 2, 3, 4, 5, 6, 7, 8], "all of them, once, in order");
    let booked: Vec<(String, i64)> =
        ledger.sales().into_iter().map(|sale| (sale.receipt, sale.total_minor)).collect();
    let expected: Vec<(String, i64)> =
        shown.iter().map(|shown| (number(&shown.receipt), shown.total_minor)).collect();
    assert_eq!(booked, expected);
    for (sku, opening, sold) in [
        (skus[0], opening[0], 4000),
        (skus[1], opening[1], 3000),
        (skus[2], opening[2], 2000),
        (skus[3], opening[3], 1000),
    ] {
        assert_eq!(ledger.on_hand_milli(sku), opening - sold, "{sku}");
    }
    ledger.assert_stock_adds_up();
    ledger.assert_dense();
    // The cart that was open all the time can still be paid, and the ninth follows the eighth.
    let last = till.pay_exact().await;
    till.until_synced().await;
    assert_eq!(server.ledger().seqs("T1", 1).last(), Some(&9));
    assert_ne!(number(&last.receipt), number(&shown[7].receipt));
    browser.finish().await;
    server.close().await;
}

/// The receipt number alone, without a terminal's name before it.
pub fn number(shown: &str) -> String {
    shown.split_whitespace().last().unwrap_or_default().to_owned()
}

/// How many pieces the product's tile says are there.
async fn shown_stock(till: &TillPage, sku: &str) -> Option<i64> {
    till.page.fill(&by("search"), sku).await;
    let place = format!("{}[data-sku=\"{sku}\"]", by("tile"));
    till.page.until_shown(&place).await;
    // Stock is read from the database after the products: a tile shows it a moment later.
    let stock = format!("{place} .foot span:last-child");
    till.page
        .until(
            "the tile shows its stock",
            &format!("/[0-9]/.test(document.querySelector({stock:?})?.textContent)"),
        )
        .await;
    let words = till.page.text(&stock).await;
    till.page.fill(&by("search"), "").await;
    let number: String =
        words.chars().skip_while(|c| !c.is_ascii_digit() && *c != '-' && *c != '−').collect();
    let end =
        number.find(|c: char| !c.is_ascii_digit() && !matches!(c, ',' | '-' | '−')).unwrap_or(number.len());
    number[..end].replace(',', "").replace('−', "-").parse().ok()
}
