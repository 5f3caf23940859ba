//! Receipts on paper: 80 mm wide, as long as they are, and never by themselves unless that was switched on.

use evertill_tests::{
    browser::{Browser, Page},
    deadline::until_true,
    server::Server,
    till_page::{TillPage, by},
};
use serde_json::json;

/// CSS defines an inch as 96 px, PDF as 72 points.
const PX_PER_MM: f64 = 96.0 / 25.4;
const POINTS_PER_MM: f64 = 72.0 / 25.4;
/// Left white below the last line.
const TAIL_MM: f64 = 6.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_print_on_a_roll_and_by_themselves_only_where_that_is_switched_on() {
    let server = Server::start_demo().await;
    let browser = Browser::launch().await;
    let page = browser.open_blank().await;
    page.before_load("window.asked = 0; window.print = () => { asked += 1 }").await;
    page.goto(&server.link().await).await;
    let till = TillPage::at(page).await;
    let (page, products) = (&till.page, server.ledger().piece_products(6));

    till.add(&products[0].0).await;
    let first = till.pay_exact().await;
    let short_mm = check_paper(page, &by("print"), 1).await;
    till.new_sale().await;

    // More lines, more paper; and still only when asked.
    for (sku, _) in &products {
        till.add(sku).await;
    }
    till.pay_exact().await;
    let long_mm = check_paper(page, &by("print"), 2).await;
    assert!(long_mm > short_mm + 10.0, "five lines more than {short_mm} mm: {long_mm} mm");
    till.new_sale().await;

    // A copy says that it is one.
    page.click(&by("nav-sales")).await;
    page.click(&format!("{} a[href^='/sales/']", by("sale-row"))).await;
    page.until_says(&by("receipt"), "COPY").await;
    check_paper(page, &by("reprint"), 3).await;

    // Switched on, it asks once for each sale, also after a reload.
    page.click(&by("nav-settings")).await;
    page.click(".check input").await;
    until_true("it is in the database", || async {
        till.rows("meta").await.iter().any(|(key, _)| String::from_utf8_lossy(key).contains("auto_print"))
    })
    .await;
    page.goto(&format!("{}/", server.url())).await;
    till.until_ready().await;
    till.add(&products[0].0).await;
    let last = till.pay_exact().await;
    page.until("it printed by itself", "asked === 1").await;
    assert_ne!(last.receipt, first.receipt);
    end_of_print(page).await;
    till.new_sale().await;
    assert_eq!(asked(page).await, 1, "once");
    browser.finish().await;
    server.close().await;
}

/// Nothing was printed before the press; then one page of 80 mm comes, as long as the receipt. Answers its length.
async fn check_paper(page: &Page, button: &str, time: u32) -> f64 {
    assert_eq!(asked(page).await, time - 1, "nothing prints by itself");
    page.click(button).await;
    page.until("the print dialog was asked for", &format!("asked === {time}")).await;
    let height_px: f64 =
        page.eval("document.querySelector('.print-root .receipt').offsetHeight || document.querySelector('main .receipt, [role=dialog] .receipt').offsetHeight")
            .await
            .expect("a receipt has a height");
    let expected_mm = (height_px / PX_PER_MM + TAIL_MM).ceil();
    let pdf =
        page.call("Page.printToPDF", json!({ "preferCSSPageSize": true, "printBackground": true })).await;
    let pdf = pdf.expect("a page prints");
    let boxes = media_boxes(pdf["data"].as_str().unwrap_or_default());
    assert_eq!(boxes.len(), 1, "one piece of paper: {boxes:?}");
    let (width_mm, height_mm) = (boxes[0].0 / POINTS_PER_MM, boxes[0].1 / POINTS_PER_MM);
    assert!((width_mm - 80.0).abs() < 0.5, "{width_mm} mm wide");
    assert!((height_mm - expected_mm).abs() < 1.0, "{height_mm} mm long instead of {expected_mm}");
    end_of_print(page).await;
    height_mm
}

async fn asked(page: &Page) -> u32 {
    page.eval("asked").await.expect("the page counts")
}

/// What the browser says once the dialog is closed.
async fn end_of_print(page: &Page) {
    page.eval::<()>("void dispatchEvent(new Event('afterprint'))").await.expect("the page hears it");
    page.until_gone(".print-root").await;
}

/// Width and height of every page of a PDF, in points.
fn media_boxes(base64_text: &str) -> Vec<(f64, f64)> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(base64_text).expect("base64");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let boxes = text.split("/MediaBox").skip(1).filter_map(|rest| {
        let inside = rest.split_once('[')?.1.split_once(']')?.0;
        let numbers: Vec<f64> = inside.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        Some((*numbers.get(2)?, *numbers.get(3)?))
    });
    boxes.collect()
}
