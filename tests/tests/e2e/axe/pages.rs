//! The pages beside the till, with what they open.

use super::{Looks, go};
use crate::further_terminals::{launch_for, named};
use evertill_tests::{
    browser::{Browser, Provoked},
    server::Server,
    till_page::{TillPage, by},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_passes_axe() {
    let server = Server::start_demo().await;
    // Under a name, so that a code comes with its QR.
    let origin = named(&server.url());
    let browser = launch_for(&origin).await;
    let till = TillPage::enrol(&browser, &server.link_over(&origin).await).await;
    let (page, mut looks) = (&till.page, Looks::default());
    till.sell(&[&server.ledger().piece_products(1)[0].0]).await;
    till.until_synced().await;
    for path in ["/products", "/sales", "/sync", "/cases", "/kit", "/no-such-page", "/sales/unknown"] {
        go(page, path).await;
        looks.at(page, path).await;
    }
    go(page, "/sales").await;
    page.click(&by("tab-outlet")).await;
    page.until_shown(&by("outlet-sale-row")).await;
    looks.at(page, "the whole shop's sales").await;
    page.click(&format!("{} a", by("outlet-sale-row"))).await;
    page.until_shown(&by("reprint")).await;
    looks.at(page, "one sale").await;
    go(page, "/settings").await;
    page.click(&by("terminal-code-new")).await;
    page.until_shown(".qr svg path").await;
    looks.at(page, "settings with a code").await;
    looks.end();
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_layer_over_products_passes_axe() {
    let server = Server::start_demo().await;
    let browser = Browser::launch().await;
    browser.will_provoke([Provoked::Status(400)]).await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    let (page, mut looks) = (&till.page, Looks::default());
    go(page, "/products").await;
    page.click(&by("product-new")).await;
    page.click(&by("product-save")).await;
    page.until_shown("[role=dialog] [role=alert]").await;
    looks.at(page, "a new product that will not do").await;
    page.press("Escape").await;
    for (button, layer) in [("product-edit", "a product"), ("product-stock", "stock")] {
        page.click(&by(button)).await;
        page.until_shown("[role=dialog]").await;
        looks.at(page, layer).await;
        page.press("Escape").await;
        page.until_gone("[role=dialog]").await;
    }
    page.click(&by("product-import")).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("bad.csv");
    let heads = "sku,name,barcodes,category,price_minor,tax_rate_ppm,weighed,opening_stock_milli";
    std::fs::write(&file, format!("{heads}\nNEW-1,Vase,,Home,cheap,200000,false,0\n")).expect("a file");
    page.choose_file("#import-file", &file).await;
    page.until_shown(&by("bad-rows")).await;
    looks.at(page, "an import with a bad row").await;
    looks.end();
    browser.finish().await;
    server.close().await;
}
