//! The tab's title and its address say what is shown, and neither keeps a code.

use evertill_tests::{
    browser::{Browser, Page, Provoked},
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_till_that_opens_a_link_again_has_the_address_of_what_it_shows() {
    let server = Server::start_demo().await;
    let browser = Browser::launch().await;
    let link = server.link().await;
    let till = TillPage::enrol(&browser, &link).await;
    let page = &till.page;
    for path in ["/enrol", "/setup", "/setup/"] {
        page.goto(&format!("{}{path}", server.url())).await;
        till.until_ready().await;
        assert_eq!(address(page).await, "/", "{path}");
    }
    for path in ["enrol", "setup"] {
        page.goto(&format!("{}/{path}#code=AB12-CD34", server.url())).await;
        page.until_says(&by("already"), "This browser is terminal T1 already").await;
        assert_eq!(address(page).await, "/enrol", "{path}");
        page.until("the code is in the field", "document.querySelector('#code').value === 'AB12-CD34'").await;
        assert_eq!(title(page).await, "Make this device a till · Evertill");
        page.reload().await;
        till.until_ready().await;
        assert_eq!(address(page).await, "/", "there is nothing left to say");
    }

    // A code that another device has used up is of no use in the address either; one that could not be asked about is.
    let other = Browser::launch().await;
    other.will_provoke([Provoked::Status(410)]).await;
    let page = other.open(&link).await;
    page.until_says("[role=alert]", "Another device has used this code").await;
    assert_eq!(address(&page).await, "/enrol");
    for browser in [browser, other] {
        browser.finish().await;
    }
    server.close().await;
}

async fn address(page: &Page) -> String {
    page.eval("location.pathname + location.hash").await.expect("the page has an address")
}

async fn title(page: &Page) -> String {
    page.eval("document.title").await.expect("the page has a title")
}
