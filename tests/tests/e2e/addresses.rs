//! The tab's title and its address say what is shown, and neither keeps a code.

use evertill_tests::{
    browser::{Browser, Page},
    server::Server,
    till_page::{TillPage, by},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_page_has_its_title_and_is_told_to_who_does_not_see_it() {
    let server = Server::start_demo().await;
    let browser = Browser::launch().await;
    let page = TillPage::enrol(&browser, &server.link().await).await.page;
    assert_eq!(address(&page).await, "/", "the code went with its link");
    page.until("the till is named", "document.title === 'Sell · Penny Lane Gifts'").await;
    assert_eq!(page.text(&by("arrived")).await, "", "a title is read out by itself where a page is opened");
    for (link, name) in [
        ("nav-products", "Products"),
        ("nav-sales", "Sales"),
        ("nav-sync", "Sync"),
        ("nav-cases", "Cases"),
        ("nav-settings", "Settings"),
        ("nav-sell", "Sell"),
    ] {
        page.click(&by(link)).await;
        page.until(name, &format!("document.title === '{name} · Penny Lane Gifts'")).await;
        page.until(
            &format!("{name} is told"),
            &format!("document.querySelector('{}').textContent === '{name}'", by("arrived")),
        )
        .await;
    }
    browser.finish().await;
    server.close().await;
}

async fn address(page: &Page) -> String {
    page.eval("location.pathname + location.hash").await.expect("the page has an address")
}
