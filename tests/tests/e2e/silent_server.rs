//! A server that takes a request and does not answer: the pages that need it say at once that they wait, and in the end
//! that nothing came.

use evertill_tests::{
    browser::Browser,
    proxy::{Fault, Proxy},
    server::Server,
    till_page::{TillPage, by},
};

const FETCHING: &str = "Fetching this from the ERP";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_is_blank_while_the_server_does_not_answer() {
    let server = Server::start_demo().await;
    let proxy = Proxy::before(&server.address()).await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link_over(&proxy.url()).await).await;
    let products = server.ledger().piece_products(1);
    till.sell(&[&products[0].0]).await;
    till.until_synced().await;
    let other = Browser::launch().await;
    let stranger = TillPage::enrol(&other, &server.further_link().await).await;
    stranger.sell(&[&products[0].0]).await;
    stranger.until_synced().await;
    let journal = stranger.journal().await;
    let elsewhere = journal[0]["entry"]["id"].as_str().expect("an entry has an id");
    other.finish().await;

    till.until_controlled().await;
    for path in ["/api/products", "/api/sales", "/api/cases"] {
        proxy.always(path, Fault::StallRequest);
    }
    let open = async |path: &str| browser.open(&format!("{}{path}", proxy.url())).await;
    let (sales, sale) = (open("/sales").await, open(&format!("/sales/{elsewhere}")).await);
    sales.click(&by("tab-outlet")).await;
    let (products, cases) = (till.page, open("/cases").await);
    products.click(&by("nav-products")).await;
    let pages = [
        (&products, "Products are kept in the ERP, which cannot be reached"),
        (&cases, "Cases are kept in the ERP, which cannot be reached"),
        (&sales, "sales come from the ERP, which cannot be reached"),
        (&sale, "sales come from the ERP, which cannot be reached"),
    ];
    for (page, _) in pages {
        page.until_says("[role=status]", FETCHING).await;
    }
    for (page, words) in pages {
        page.until_says("[role=status]", words).await;
        assert_eq!(page.count(&by("fetching")).await, 0, "it is no longer waited for");
    }
    // Asked again, it is waited for again; and what comes then is shown.
    products.click(&by("again")).await;
    products.until_says("[role=status]", FETCHING).await;
    proxy.heal();
    for (page, _) in &pages[1..] {
        page.click(&by("again")).await;
    }
    sales.until_shown(&by("outlet-sale-row")).await;
    sale.until_shown(&by("receipt")).await;
    cases.until_says(&by("page-cases"), "Nothing needs you").await;
    // Nobody has to wait for the end of it: the page can be left and come back to.
    products.click(&by("nav-sell")).await;
    products.click(&by("nav-products")).await;
    products.until_shown(&by("product-row")).await;
    browser.finish().await;
    server.close().await;
}
