//! Two tabs of one terminal, a duplicated tab, and fingers that are too quick.

use crate::money_taken::pay_part_by_card;
use evertill_tests::{
    deadline::{until, until_true},
    demo_shop,
    till_page::{TillPage, by},
};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_that_sell_at_once_share_one_dense_journal() {
    let (server, browser, one) = demo_shop::with_a_till().await;
    let two = TillPage::open(&browser, &server.url()).await;
    one.start_selling().await;
    two.start_selling().await;
    until_true("both tabs sold a few dozen", || async { browser.paid().len() >= 40 }).await;
    let (sold_one, sold_two) = (one.stop_selling().await, two.stop_selling().await);
    assert!(sold_one > 5 && sold_two > 5, "both sold: {sold_one} and {sold_two}");
    one.until_synced_within(Duration::from_mins(1)).await;
    two.until_synced_within(Duration::from_mins(1)).await;
    let ledger = server.ledger();
    ledger.assert_dense();
    ledger.assert_stock_adds_up();
    assert_eq!(ledger.sale_count(), u64::from(sold_one + sold_two));
    let mut paid = browser.paid();
    paid.sort();
    paid.dedup();
    assert_eq!(paid.len() as u64, ledger.sale_count(), "each sale was shown under a number of its own");
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_duplicated_tab_starts_a_cart_of_its_own_and_no_goods_go_unrecorded() {
    let (server, browser, one) = demo_shop::with_a_till().await;
    let products = server.ledger().piece_products(2);
    one.add(&products[0].0).await;
    one.until_draft_kept().await;
    one.page.eval::<()>("void window.open(location.href)").await.expect("a copy of the tab opens");
    let copy = until("the copy of the tab is there", || async {
        let targets = browser.targets("page").await;
        let origin = server.url();
        targets
            .into_iter()
            .find(|(id, url)| id != one.page.target() && url.starts_with(&origin))
            .map(|(id, _)| id)
    })
    .await;
    let two = TillPage::at(browser.attach(&copy).await).await;
    assert!(two.lines().await.is_empty(), "the cart belongs to the first tab alone: {:?}", two.lines().await);
    two.sell(&[&products[1].0]).await;
    assert_eq!(one.lines().await.len(), 1, "the first tab's cart is as it was");
    one.pay_exact().await;
    one.until_synced_within(Duration::from_mins(1)).await;
    two.until_synced_within(Duration::from_mins(1)).await;
    let ledger = server.ledger();
    assert_eq!(ledger.seqs("T1", 1), [1, 2]);
    assert_eq!((ledger.sold_milli(&products[0].0), ledger.sold_milli(&products[1].0)), (1000, 1000));
    ledger.assert_stock_adds_up();
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tab_that_is_loaded_again_keeps_its_cart_with_money_while_another_finishes_a_sale() {
    let (server, browser, one) = demo_shop::with_a_till().await;
    let two = TillPage::open(&browser, &server.url()).await;
    let products = server.ledger().piece_products(2);
    one.add(&products[0].0).await;
    pay_part_by_card(&one, "SLIP 1").await;
    let (key, _) = one.rows("drafts").await.remove(0);
    let lock = format!("draft:{}", uuid::Uuid::from_slice(&key).expect("a sale's id"));
    let (lines, due) = (one.lines().await, one.page.text(&by("due")).await);
    two.add(&products[1].0).await;

    // Between two documents nobody holds the cart. Once the other tab has looked, the first one's app runs again.
    one.page.goto("about:blank").await;
    let free = format!("navigator.locks.request('{lock}', {{ ifAvailable: true }}, (lock) => lock !== null)");
    two.page.until("the first tab is between two documents", &free).await;
    let comes_back = format!(
        "(() => {{
            const look = navigator.locks.query.bind(navigator.locks);
            window.looks = 0;
            navigator.locks.query = async () => {{
                const seen = await look();
                if (++window.looks === 1)
                    navigator.locks.request('{lock}', () => new Promise((leave) => window.leave = leave));
                return seen;
            }};
        }})()"
    );
    two.page.eval::<()>(&comes_back).await.expect("the locks can be looked at");
    two.pay_exact().await;
    two.page.until("it looked, and saw that the tab is there", "window.looks >= 2").await;
    two.page.eval::<()>("window.leave()").await.expect("the lock was held");
    one.page.goto(&server.url()).await;
    one.until_ready().await;
    one.page.until_shown(&by("sheet-pay")).await;
    assert!(one.page.text(".tenders").await.contains("SLIP 1"));
    assert_eq!((one.lines().await, one.page.text(&by("due")).await), (lines, due));
    two.new_sale().await;
    assert!(two.lines().await.is_empty(), "{:?}", two.lines().await);

    one.page.click(&by("cash-exact")).await;
    one.shown_as_paid(0).await;
    one.until_synced().await;
    let ledger = server.ledger();
    assert_eq!(ledger.seqs("T1", 1), [1, 2]);
    assert_eq!((ledger.sold_milli(&products[0].0), ledger.sold_milli(&products[1].0)), (1000, 1000));
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pay_clicked_twice_enter_held_and_a_scans_tail_make_one_sale_each() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let products = server.ledger().piece_products(3);
    let ledger = server.ledger();

    // A double click on Pay opens the sheet once and takes no money: the second click hits nothing that pays.
    till.add(&products[0].0).await;
    till.page.click_times(&by("pay"), 2).await;
    // A double click on Exact is one sale, and its second click does not start the next one's payment.
    till.page.click_times(&by("cash-exact"), 2).await;
    till.page.until_shown(&by("receipt-number")).await;
    till.new_sale().await;
    till.until_synced().await;
    assert_eq!(ledger.seqs("T1", 1), [1]);

    // Enter held down on Exact: its repeats reach neither Print nor a second sale.
    till.add(&products[1].0).await;
    till.page.click(&by("pay")).await;
    till.page.until_shown(&by("cash-exact")).await;
    till.page
        .eval::<()>(&format!("document.querySelector('{}').focus()", by("cash-exact")))
        .await
        .expect("focus");
    till.page.hold("Enter", 30).await;
    until_true("the second sale is booked", || async { ledger.seqs("T1", 1) == [1, 2] }).await;
    if till.page.count(&by("new-sale")).await > 0 {
        till.new_sale().await;
    }

    // A scan while Pay has the focus: its Enter belongs to the scan.
    till.add(&products[1].0).await;
    let barcode = ledger.barcode(&products[2].0).expect("the demo's products have barcodes");
    till.page.eval::<()>(&format!("document.querySelector('{}').focus()", by("pay"))).await.expect("focus");
    till.page.scan(&barcode).await;
    till.page.until_shown(&format!("{}[data-sku=\"{}\"]", by("cart-line"), products[2].0)).await;
    assert_eq!(till.page.count(&by("sheet-pay")).await, 0, "the scan's Enter did not press Pay");
    till.pay_exact().await;
    till.until_synced().await;
    assert_eq!(ledger.seqs("T1", 1), [1, 2, 3]);
    assert_eq!(ledger.sold_milli(&products[2].0), 1000);
    ledger.assert_stock_adds_up();
    browser.finish().await;
    server.close().await;
}
