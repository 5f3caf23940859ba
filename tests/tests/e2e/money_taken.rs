//! Money that was taken before the sale is complete: it survives the page, and no sale forgets it.

use crate::quota::{fill_up, lift_quota};
use evertill_tests::{
    deadline::until_true,
    demo_shop,
    till_page::{TillPage, by},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_taken_for_a_part_survives_a_reload_and_is_in_the_sale() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let products = server.ledger().piece_products(2);
    till.add(&products[0].0).await;
    till.add(&products[1].0).await;
    let (lines, total_minor) = (till.lines().await, till.total_minor().await);
    assert!(total_minor > 5, "more than the part that the card pays");

    pay_part_by_card(&till, "SLIP 0815").await;
    let due = till.page.text(&by("due")).await;

    till.page.reload().await;
    till.until_ready().await;
    till.page.until_shown(&by("sheet-pay")).await;
    assert_eq!(till.page.text(&by("due")).await, due);
    assert!(till.page.text(".tenders").await.contains("SLIP 0815"));
    assert_eq!(till.lines().await, lines);
    // It is not forgotten on the way out either.
    till.page.press("Escape").await;
    till.page.until_shown(&by("sheet-pay")).await;

    till.page.click(&by("cash-exact")).await;
    till.shown_as_paid(total_minor).await;
    till.new_sale().await;
    till.until_synced().await;
    let ledger = server.ledger();
    assert_eq!(ledger.seqs("T1", 1), [1]);
    let both = "SELECT count(*) FROM inbox WHERE body LIKE '%SLIP 0815%' AND body LIKE '%\"cash\"%'";
    assert_eq!(ledger.count(both), 1, "one sale with both tenders");

    // The next sale knows nothing of it.
    till.add(&products[0].0).await;
    till.until_draft_kept().await;
    till.page.reload().await;
    till.until_ready().await;
    till.page.until_shown(&by("cart-line")).await;
    assert_eq!(till.page.count(&by("sheet-pay")).await, 0);
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_that_was_given_back_on_a_full_device_does_not_come_again() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let products = server.ledger().piece_products(1);
    till.add(&products[0].0).await;
    let lines = till.lines().await;
    pay_part_by_card(&till, "SLIP 0816").await;

    fill_up(&till).await;
    till.page.click(&by("take-back")).await;
    till.page.until_says(&by("money-unkept"), "could not keep what was taken or given back").await;
    till.page.press("Escape").await;
    till.page.until_gone(&by("sheet-pay")).await;
    let said = format!("!!document.querySelector('{} [role=alert]')", ".ribbon");
    till.page.until("it is said on every page", &said).await;
    lift_quota(&till).await;
    till.page.until("it is kept, with no further change", &format!("!({said})")).await;
    assert!(!is_kept(&till, "SLIP 0816").await);
    till.page.reload().await;
    till.until_ready().await;
    till.page.until_shown(&by("cart-line")).await;
    assert_eq!(till.page.count(&by("sheet-pay")).await, 0, "the card was given back");
    assert_eq!(till.lines().await, lines);
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_completes_the_payment_stands_when_the_sale_cannot_be_made() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let products = server.ledger().piece_products(1);
    till.add(&products[0].0).await;
    let total_minor = till.total_minor().await;
    till.page.click(&by("pay")).await;
    till.page.click(&by("card")).await;
    till.page.fill(&by("card-reference"), "SLIP 0817").await;
    // In the year 287,000 no business date can be told.
    let clock = "window.rightNow = Date.now; Date.now = () => 9e15; null";
    till.page.eval::<Option<()>>(clock).await.expect("the clock can be set");
    till.page.click(&by("card-take")).await;
    till.page.until_says(".tenders", "SLIP 0817").await;
    assert_eq!(till.page.count(&by("paid")).await, 0);
    until_true("it is in the database", || is_kept(&till, "SLIP 0817")).await;
    till.page.eval::<Option<()>>("Date.now = window.rightNow; null").await.expect("the clock can be set");
    till.page.click(&by("cash-exact")).await;
    till.shown_as_paid(total_minor).await;
    till.until_synced().await;
    let ledger = server.ledger();
    assert_eq!(ledger.count("SELECT count(*) FROM inbox WHERE body LIKE '%SLIP 0817%'"), 1);
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_tabs_that_died_with_money_both_customers_are_served() {
    let (server, mut browser, one) = demo_shop::with_a_till().await;
    one.until_controlled().await;
    let two = TillPage::open(&browser, &server.url()).await;
    let products = server.ledger().piece_products(2);
    one.add(&products[0].0).await;
    pay_part_by_card(&one, "SLIP 1").await;
    two.add(&products[1].0).await;
    pay_part_by_card(&two, "SLIP 2").await;
    browser.kill().await;
    browser.start().await;

    let till = TillPage::open(&browser, &server.url()).await;
    let finish_sale = async || {
        till.page.until_shown(&by("sheet-pay")).await;
        let tenders = till.page.text(".tenders").await;
        till.page.click(&by("cash-exact")).await;
        till.shown_as_paid(0).await;
        till.new_sale().await;
        tenders
    };
    let mut slips = [finish_sale().await, finish_sale().await];
    slips.sort();
    assert!(slips[0].contains("SLIP 1") && slips[1].contains("SLIP 2"), "{slips:?}");
    till.page.until_gone(&by("sheet-pay")).await;
    assert!(till.lines().await.is_empty());
    till.until_synced().await;
    let ledger = server.ledger();
    assert_eq!(ledger.seqs("T1", 1), [1, 2]);
    assert_eq!((ledger.sold_milli(&products[0].0), ledger.sold_milli(&products[1].0)), (1000, 1000));
    browser.finish().await;
    server.close().await;
}

/// Pays five of the smallest unit by card, and waits until that is on the disk.
pub async fn pay_part_by_card(till: &TillPage, reference: &str) {
    till.page.click(&by("pay")).await;
    till.page.click(&by("split")).await;
    till.page.until_shown(&by("amount")).await;
    till.page.press("5").await;
    till.page.click(&by("split-card")).await;
    till.page.fill(&by("card-reference"), reference).await;
    till.page.click(&by("card-take")).await;
    till.page.until_shown(&by("take-back")).await;
    until_true("the card is in the database", || is_kept(till, reference)).await;
}

/// Whether a kept cart holds this card.
async fn is_kept(till: &TillPage, reference: &str) -> bool {
    let drafts = till.rows("drafts").await;
    drafts.iter().any(|(_, value)| String::from_utf8_lossy(value).contains(reference))
}
