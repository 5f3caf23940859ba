//! The Products page: files that are taken whole or not at all, two people at one product, and no network.

use evertill_tests::{
    browser::{Browser, Provoked},
    proxy::{Fault, Proxy},
    server::Server,
    till_page::{TillPage, by},
};
use std::time::Duration;

const HEADS: &str = "sku,name,barcodes,category,price_minor,tax_rate_ppm,weighed,opening_stock_milli";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_file_imports_nothing_and_names_each_row_and_a_good_one_all() {
    let server = Server::start_demo().await;
    let proxy = Proxy::before(&server.address()).await;
    let browser = Browser::launch().await;
    browser.will_provoke([Provoked::Status(400)]).await;
    let till = TillPage::enrol(&browser, &server.link_over(&proxy.url()).await).await;
    let (page, ledger) = (&till.page, server.ledger());
    let before = ledger.count("SELECT count(*) FROM products");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("products.csv");
    page.click(&by("nav-products")).await;
    page.click(&by("product-import")).await;

    let good = "NEW-1,Blue vase,,Home,1250,200000,false,7000";
    let bad = [",Nameless code,,Home,100,200000,false,0", "NEW-2,Red vase,,Home,cheap,200000,false,0"];
    std::fs::write(&file, format!("{HEADS}\n{good}\n{}\n{}\n", bad[0], bad[1])).expect("a file");
    page.choose_file("#import-file", &file).await;
    page.until_says("[role=alert]", "2 faults were found, so nothing was imported").await;
    let rows: Vec<Vec<String>> = page
        .eval(&format!(
            "[...document.querySelectorAll('{} tbody tr')].map((row) => [...row.cells].map((cell) => cell.innerText.trim()))",
            by("bad-rows")
        ))
        .await
        .expect("a table");
    let places: Vec<(&str, &str)> = rows.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    assert_eq!(places, [("3", "sku"), ("4", "price_minor")], "{rows:?}");
    assert!(rows.iter().all(|row| row[2].len() > 5), "each with its reason: {rows:?}");
    assert_eq!(ledger.count("SELECT count(*) FROM products"), before, "nothing was half-imported");

    // The corrected file is taken, and how long it lasts is shown.
    std::fs::write(&file, format!("{HEADS}\n{good}\nNEW-2,Red vase,,Home,1350,200000,false,0\n"))
        .expect("a file");
    proxy.next("/api/products/import", [Fault::Late(Duration::from_secs(1))]);
    page.choose_file("#import-file", &file).await;
    page.until_says(&by("progress"), "Importing 2 rows from products.csv").await;
    page.until_says("[role=status]", "2 new, 0 changed").await;
    page.click(&by("import-done")).await;
    page.fill(&by("products-search"), "NEW-1").await;
    page.until_says(&format!("{}[data-sku='NEW-1'] {}", by("product-row"), by("on-hand")), "7").await;
    assert_eq!(ledger.on_hand_milli("NEW-1"), 7000);
    assert_eq!(ledger.count("SELECT count(*) FROM products"), before + 2);
    // And it is sold a moment later.
    page.click(&by("nav-sell")).await;
    till.add("NEW-1").await;
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_that_somebody_else_changed_meanwhile_is_never_overwritten_unseen() {
    let server = Server::start_demo().await;
    let browser = Browser::launch().await;
    browser.will_provoke([Provoked::Status(412)]).await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    let sku = server.ledger().piece_products(1).remove(0).0;
    let here = till.page;
    let there = browser.open(&format!("{}/products", server.url())).await;
    here.click(&by("nav-products")).await;
    for page in [&here, &there] {
        page.fill(&by("products-search"), &sku).await;
        page.click(&format!("{}[data-sku='{sku}'] {}", by("product-row"), by("product-edit"))).await;
    }
    there.fill("#p-name", "Renamed there").await;
    there.click(&by("product-save")).await;
    there.until_gone("[role=dialog]").await;

    here.fill("#p-price", "7.77").await;
    here.click(&by("product-save")).await;
    here.until_says("[role=dialog] [role=status]", "It is now: Renamed there").await;
    let price = format!("SELECT price_minor FROM products WHERE sku = '{sku}'");
    assert_ne!(server.ledger().count(&price), 777, "theirs stands until somebody has seen it");
    here.click(&by("take-theirs")).await;
    here.until("their name is in the form", "document.querySelector('#p-name').value === 'Renamed there'")
        .await;
    here.fill("#p-price", "7.77").await;
    here.click(&by("product-save")).await;
    here.until_gone("[role=dialog]").await;
    here.until_says(&format!("{}[data-sku='{sku}']", by("product-row")), "Renamed there").await;
    assert_eq!(server.ledger().count(&price), 777);
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_network_the_products_page_says_so_and_comes_back() {
    let mut server = Server::start_demo().await;
    let browser = Browser::launch().await;
    browser.will_provoke([Provoked::NoConnection]).await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    till.until_controlled().await;
    let page = &till.page;
    page.click(&by("nav-products")).await;
    page.until_shown(&by("product-row")).await;
    page.click(&by("product-stock")).await;
    server.stop().await;
    // In the middle of something: it is said there, and nothing typed is lost.
    page.fill("#m-quantity", "5").await;
    page.click(&by("movement-book")).await;
    let offline = "Products are kept in the ERP, which cannot be reached just now. Selling goes on";
    page.until_says("[role=dialog] [role=alert]", offline).await;
    page.until("what was typed stands", "document.querySelector('#m-quantity').value === '5'").await;
    page.reload().await;
    page.until_says("[role=status]", offline).await;
    for button in ["product-new", "product-import"] {
        page.until(
            &format!("{button} is not offered"),
            &format!("document.querySelector('{}').disabled", by(button)),
        )
        .await;
    }
    server.restart().await;
    page.click(&by("again")).await;
    page.until_shown(&by("product-row")).await;
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_is_closed_before_the_answer_comes_is_saved_all_the_same() {
    let server = Server::start_demo().await;
    let proxy = Proxy::before(&server.address()).await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link_over(&proxy.url()).await).await;
    let page = &till.page;
    let products = server.ledger().piece_products(2);
    page.click(&by("nav-products")).await;
    let row = |sku: &str| format!("{}[data-sku='{sku}']", by("product-row"));
    let open = async |sku: &str| {
        page.fill(&by("products-search"), sku).await;
        page.click(&format!("{} {}", row(sku), by("product-edit"))).await;
        page.until_shown("#p-name").await;
    };

    open(&products[0].0).await;
    page.fill("#p-name", "Slow teapot").await;
    proxy.next("/api/products/", [Fault::Late(Duration::from_secs(2))]);
    page.click(&by("product-save")).await;
    page.press("Escape").await;
    page.until_gone("#p-name").await;
    // Another form is open by then: it is not the one that was saved.
    open(&products[1].0).await;
    page.fill("#p-name", "Half typed").await;
    page.until_says(".toasts", "Saved").await;
    let typed: String =
        page.eval("document.querySelector('#p-name').value").await.expect("the form is there");
    assert_eq!(typed, "Half typed");
    page.press("Escape").await;
    page.fill(&by("products-search"), &products[0].0).await;
    page.until_says(&row(&products[0].0), "Slow teapot").await;
    browser.finish().await;
    server.close().await;
}
