//! A scanner is told from a person by the keys' own timestamps, however late and bunched a busy main thread gets them.

use evertill_tests::{
    demo_shop,
    till_page::{TillPage, by},
};

/// Keeps the main thread busy from now on: a task of 120 ms, a moment for everything else, the next task.
const BUSY: &str = "void (window.evertillBusy = { tasks: 0, timer: setInterval(() => {
    const end = performance.now() + 120;
    while (performance.now() < end);
    evertillBusy.tasks += 1;
}, 10) })";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_a_busy_main_thread_a_scan_is_a_scan_and_typing_is_typing() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let ledger = server.ledger();
    let products = ledger.piece_products(2);
    let barcodes: Vec<String> = products
        .iter()
        .map(|(sku, _)| ledger.barcode(sku).expect("the demo's products have barcodes"))
        .collect();
    till.page.eval::<()>(BUSY).await.expect("the page can be kept busy");

    // Into the search field, which would take the digits of somebody who types.
    focus(&till, "search").await;
    till.page.scan(&barcodes[0]).await;
    till.page.until_shown(&format!("{}[data-sku=\"{}\"]", by("cart-line"), products[0].0)).await;
    assert_eq!(till.lines().await, [(products[0].0.clone(), 1000)], "once");
    assert_eq!(search(&till).await, "", "nothing of it was typed");

    // With Pay in focus, whose Enter it would be.
    focus(&till, "pay").await;
    till.page.scan(&barcodes[1]).await;
    till.page.until_shown(&format!("{}[data-sku=\"{}\"]", by("cart-line"), products[1].0)).await;
    let both = [(products[0].0.clone(), 1000), (products[1].0.clone(), 1000)];
    let mut lines = till.lines().await;
    lines.sort();
    assert_eq!(lines, both);
    assert_eq!(till.page.count(&by("sheet-pay")).await, 0, "the scan's Enter did not press Pay");

    // The same digits by hand, delivered just as late: they are text, and no goods.
    focus(&till, "search").await;
    till.page.type_slowly(&barcodes[0]).await;
    till.page.until("the digits are in the field", &format!("{} === {:?}", SEARCH, barcodes[0])).await;
    let mut lines = till.lines().await;
    lines.sort();
    assert_eq!(lines, both, "typing adds nothing");

    // A burst that is no scan, with slow keys behind it before anybody could give up waiting: nothing is lost.
    till.page.fill(&by("search"), "").await;
    focus(&till, "search").await;
    let keys =
        [('1', 0), ('2', 4), ('3', 8), ('4', 12), ('5', 16), ('6', 20), ('7', 400), ('8', 800), ('9', 1200)];
    till.page.type_at(&keys).await;
    till.page.until("all of them are in the field", &format!("{SEARCH} === '123456789'")).await;

    let tasks: u32 =
        till.page.eval("(clearInterval(evertillBusy.timer), evertillBusy.tasks)").await.expect("a count");
    assert!(tasks > 10, "the main thread was busy: {tasks} tasks");
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goods_are_scanned_from_any_page_and_a_code_goes_into_the_field_that_is_open_for_it() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let ledger = server.ledger();
    let (sku, _) = ledger.piece_products(1).remove(0);
    let barcode = ledger.barcode(&sku).expect("the demo's products have barcodes");

    // Sync has the focus on a button that the scan's Enter would press.
    till.page.click(&by("nav-sync")).await;
    till.page.until_shown(&by("leave")).await;
    focus(&till, "leave").await;
    till.page.scan(&barcode).await;
    till.page.until_shown(&format!("{}[data-sku=\"{sku}\"]", by("cart-line"))).await;
    assert_eq!(till.lines().await, [(sku.clone(), 1000)], "once, on the till");

    // In the list's search it is looked for, and not sold.
    till.page.click(&by("nav-products")).await;
    till.page.until_shown(&by("products-search")).await;
    focus(&till, "products-search").await;
    till.page.scan(&barcode).await;
    till.page
        .until(
            "it is in the field",
            &format!("document.querySelector({:?}).value === {barcode:?}", by("products-search")),
        )
        .await;
    till.page.click(&by("nav-sell")).await;
    till.page.until_shown(&by("cart-line")).await;
    assert_eq!(till.lines().await, [(sku, 1000)]);
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_while_money_is_taken_types_no_amount_and_confirms_nothing() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let (sku, _) = server.ledger().piece_products(1).remove(0);
    till.add(&sku).await;
    till.page.click(&by("pay")).await;

    till.page.click(&by("cash-other")).await;
    let empty = amount(&till).await;
    scanned_in_vain(&till).await;
    assert_eq!(amount(&till).await, empty, "nothing of it on the empty pad");
    for (filled, back) in [("cash-other", "Escape"), ("split", "Escape")] {
        till.page.press(back).await;
        till.page.click(&by(filled)).await;
        till.page.until_shown(&by("amount")).await;
        till.page.type_at(&[('1', 0), ('0', 200), ('0', 400), ('0', 600)]).await;
        till.page.until("the amount is there", &format!("{AMOUNT}.includes('10.00')")).await;
        let before = amount(&till).await;
        scanned_in_vain(&till).await;
        assert_eq!(amount(&till).await, before, "the amount of {filled} is what was typed");
    }

    // A code too short for a scan is typed, but its Enter is still no person's.
    till.page.press("Escape").await;
    till.page.click(&by("cash-other")).await;
    till.page.until_shown(&by("amount")).await;
    till.page.scan_every("999", 10).await;
    till.page.until("it is typed", &format!("{AMOUNT}.includes('9.99')")).await;
    till.page.press("Escape").await;
    focus(&till, "cash-exact").await;
    till.page.scan_every("999", 10).await;
    till.page.click(&by("card")).await;
    focus(&till, "card-reference").await;
    scanned_in_vain(&till).await;
    let reference: String = till
        .page
        .eval("document.querySelector('[data-testid=\"card-reference\"]').value")
        .await
        .expect("the reference has a value");
    assert_eq!(reference, "");
    assert_eq!(till.page.count(&by("paid")).await, 0);
    assert_eq!(till.row_count("journal").await, 0, "nothing was booked");

    // A slip of a person's fingers is asked about, and a second Enter books nothing.
    till.page.press("Escape").await;
    till.page.click(&by("cash-other")).await;
    till.page.until_shown(&by("amount")).await;
    let nines: Vec<_> = (0..9).map(|place| ('9', place * 200)).collect();
    till.page.type_at(&nines).await;
    till.page.press("Enter").await;
    till.page.until_shown(&by("doubt-again")).await;
    till.page.picture("doubtful-change").await;
    till.page
        .until(
            "the way back has the focus",
            &format!("document.activeElement.matches({:?})", by("doubt-again")),
        )
        .await;
    till.page.press("Enter").await;
    till.page.until_shown(&by("amount")).await;
    assert_eq!(amount(&till).await, empty);
    till.page.press("Escape").await;
    till.page.click(&by("cash-exact")).await;
    till.page.until_shown(&by("paid")).await;
    browser.finish().await;
    server.close().await;
}

const AMOUNT: &str = "document.querySelector('[data-testid=\"amount\"] span').textContent";

async fn amount(till: &TillPage) -> String {
    till.page.until_shown(&by("amount")).await;
    till.page.eval(AMOUNT).await.expect("the pad shows an amount")
}

/// A scan in the middle of a payment, once it was said that it adds nothing.
async fn scanned_in_vain(till: &TillPage) {
    till.page
        .eval::<()>("void document.querySelectorAll('.toast').forEach((toast) => toast.dataset.old = 1)")
        .await
        .expect("toasts can be told apart");
    till.page.scan_every("4006381333931", 10).await;
    till.page.until_shown(".toast:not([data-old])").await;
}

const SEARCH: &str = "document.querySelector('[data-testid=\"search\"]').value";

async fn search(till: &TillPage) -> String {
    till.page.eval(SEARCH).await.expect("the search field has a value")
}

async fn focus(till: &TillPage, testid: &str) {
    let script = format!("void document.querySelector({:?}).focus()", by(testid));
    till.page.eval::<()>(&script).await.expect("it takes the focus");
}
