//! A shop that does not sell below stock: refused at the till with what is wanted and what is there, never for what was
//! sold already.

use evertill_domain::stock::StockPolicy;
use evertill_protocol::upload::Outcome;
use evertill_tests::{
    browser::Browser,
    corner_shop,
    native_till::{NativeTill, Wares},
    server::{Options, Server},
    till_page::{TillPage, by},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_stock_blocks_the_till_refuses_and_a_synced_sale_is_booked() {
    let server = Server::start(Options { demo: false, web: None }).await;
    let mut other = corner_shop::set_up(&server, StockPolicy::Block).await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.further_link().await).await;
    let (page, said) = (&till.page, by("scan-status"));

    // By the step, and as a number typed: no more than the twenty that are there.
    till.add("MUG").await;
    page.until_says(&by("line-stock"), "20").await;
    set_quantity(&till, "21").await;
    page.until_says(&said, "Mug with a robin").await;
    page.until_says(&said, "21 wanted, 20 left").await;
    set_quantity(&till, "20").await;
    till.until_quantity(20_000).await;
    page.click(&by("qty-plus")).await;
    page.until_says(&said, "21 wanted, 20 left").await;
    assert_eq!(till.lines().await, [("MUG".to_owned(), 20_000)], "the sale is unchanged");

    // On a phone the cart covers the search; it is said all the same.
    let phone = json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true });
    page.call("Emulation.setDeviceMetricsOverride", phone).await.expect("a phone's screen");
    page.click(&by("show-sale")).await;
    page.click(&by("qty-plus")).await;
    let seen = "[...document.querySelectorAll('[role=alert], [role=status] *')].some((one) => {
        // It lets taps through, so that it is in nobody's way; for this look it does not.
        one.style.pointerEvents = 'auto';
        const box = one.getBoundingClientRect();
        const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        return one.innerText.includes('21 wanted, 20 left') && hit && one.contains(hit);
    })";
    page.until("it is said where it can be seen", seen).await;
    page.call("Emulation.clearDeviceMetricsOverride", json!({})).await.expect("the usual screen");

    // Another till sells one of them meanwhile: it is booked, and this one refuses to take the money.
    let mug = other.wares(3).await.into_iter().find(|ware| ware.sku == "MUG");
    let mug = mug.expect("the shop sells mugs");
    book_elsewhere(&mut other, &mug).await;
    page.until_says(&by("cart-line"), "only 19 left").await;
    page.click(&by("pay")).await;
    page.until_says(&said, "20 wanted, 19 left").await;
    assert_eq!(page.count(&by("sheet-pay")).await, 0, "no money is taken");
    set_quantity(&till, "19").await;
    till.until_quantity(19_000).await;
    till.pay_exact().await;
    till.new_sale().await;
    till.until_synced().await;

    // None is left: no more at the till, but what another one sold below stock is booked, and named by a case.
    page.fill(&by("search"), "MUG").await;
    page.click(&format!("{}[data-sku=MUG]", by("tile"))).await;
    page.until_says(&said, "1 wanted, 0 left").await;
    assert!(till.lines().await.is_empty());
    book_elsewhere(&mut other, &mug).await;
    let ledger = server.ledger();
    assert_eq!(ledger.on_hand_milli("MUG"), -1000);
    assert_eq!(ledger.open_cases().get("oversell"), Some(&1), "{:?}", ledger.open_cases());
    ledger.assert_stock_adds_up();
    browser.finish().await;
    server.close().await;
}

async fn book_elsewhere(till: &mut NativeTill, ware: &Wares) {
    let sale = till.sell(std::slice::from_ref(ware), 1_777_500_000_000);
    let answer = till.upload(vec![sale]).await.expect("an answer");
    assert_eq!(answer.results[0].outcome, Outcome::Accepted);
}

async fn set_quantity(till: &TillPage, text: &str) {
    till.page.fill(&by("qty-input"), text).await;
    till.page.press("Enter").await;
}
