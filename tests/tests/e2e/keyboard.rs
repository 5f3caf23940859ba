//! One whole sale by keyboard alone.

use evertill_tests::{browser::Page, demo_shop, till_page::by};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_by_keyboard_alone() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let products = server.ledger().piece_products(1);
    tab_to(&till.page, &by("search")).await;
    till.page.type_slowly(&products[0].0).await;
    till.page.until_shown(&format!("{}[data-sku=\"{}\"]", by("tile"), products[0].0)).await;
    tab_to(&till.page, &format!("{}[data-sku=\"{}\"]", by("tile"), products[0].0)).await;
    till.page.press("Enter").await;
    till.page.until_shown(&by("cart-line")).await;
    tab_to(&till.page, &by("qty-plus")).await;
    till.page.press("Enter").await;
    till.until_quantity(2000).await;
    tab_to(&till.page, &by("pay")).await;
    till.page.press("Enter").await;
    till.page.until_shown(&by("sheet-pay")).await;
    tab_to(&till.page, &by("cash-exact")).await;
    till.page.press("Enter").await;
    till.page.until_shown(&by("receipt-number")).await;
    till.page
        .until("New sale has the focus", &format!("document.activeElement?.matches('{}')", by("new-sale")))
        .await;
    till.page.press("Enter").await;
    till.page.until_gone(&by("paid")).await;
    till.until_synced().await;
    assert_eq!(server.ledger().sold_milli(&products[0].0), 2000);
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_amount_of_twelve_digits_can_be_typed_and_read() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let products = server.ledger().piece_products(1);
    till.add(&products[0].0).await;
    till.page.click(&by("pay")).await;
    till.page.click(&by("cash-other")).await;
    till.page.until_shown(&by("amount")).await;
    for _ in 0..14 {
        till.page.press("9").await;
    }
    for (width, height) in [(390, 844), (1280, 800)] {
        let screen =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        till.page.call("Emulation.setDeviceMetricsOverride", screen).await.expect("a screen can be chosen");
        till.page.until_says(&by("amount"), "9,999,999,999.99").await;
        let fits = format!(
            "(() => {{
                const box = document.querySelector('{}');
                const range = document.createRange();
                range.selectNodeContents(box);
                const [text, frame] = [range.getBoundingClientRect(), box.getBoundingClientRect()];
                return text.left >= frame.left && text.right <= frame.right && frame.right <= innerWidth;
            }})()",
            by("amount")
        );
        till.page.until("the amount is inside its box, and that on the screen", &fits).await;
        till.page.picture(&format!("twelve-digits-{width}")).await;
    }
    browser.finish().await;
    server.close().await;
}

/// Tab until the element has the focus; it must be visible where it is.
async fn tab_to(page: &Page, selector: &str) {
    for _ in 0..120 {
        let there = format!("!!document.activeElement?.matches({selector:?})");
        if page.eval::<bool>(&there).await.expect("the page has a focus") {
            return;
        }
        page.press("Tab").await;
    }
    let picture = page.picture("tab-to").await;
    panic!("Tab never reached {selector}; picture: {picture}");
}
