//! Money that was taken before the sale is complete: it survives the page, and no sale forgets it.

use evertill_tests::{
    browser::Browser,
    deadline::until_true,
    server::Server,
    till_page::{TillPage, by},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_taken_for_a_part_survives_a_reload_and_is_in_the_sale() {
    let server = Server::start_demo().await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    let products = server.ledger().piece_products(2);
    till.add(&products[0].0).await;
    till.add(&products[1].0).await;
    let (lines, total_minor) = (till.lines().await, till.total_minor().await);
    assert!(total_minor > 5, "more than the part that the card pays");

    till.page.click(&by("pay")).await;
    till.page.click(&by("split")).await;
    till.page.until_shown(&by("amount")).await;
    till.page.press("5").await;
    till.page.click(&by("split-card")).await;
    till.page.fill(&by("card-reference"), "SLIP 0815").await;
    till.page.click(&by("card-take")).await;
    till.page.until_shown(&by("take-back")).await;
    let due = till.page.text(&by("due")).await;
    until_true("the card is in the database", || async {
        let drafts = till.rows("drafts").await;
        drafts.iter().any(|(_, value)| String::from_utf8_lossy(value).contains("SLIP 0815"))
    })
    .await;

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
    until_true("the goods are in the database", || async { till.rows("drafts").await.len() == 1 }).await;
    till.page.reload().await;
    till.until_ready().await;
    till.page.until_shown(&by("cart-line")).await;
    assert_eq!(till.page.count(&by("sheet-pay")).await, 0);
    browser.finish().await;
    server.close().await;
}
