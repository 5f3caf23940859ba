//! A shop of one's own: from a CSV file or the demo catalogue; and from nothing: the set-up form, the first product, its stock, and a sale by weight that is paid
//! in two parts.

use evertill_tests::{
    browser::{Browser, Page, Provoked},
    server::{Options, Server},
    till_page::{TillPage, by},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_is_set_up_stocked_and_sells_by_weight_for_card_and_cash() {
    let server = Server::start(Options { demo: false, web: None }).await;
    let browser = Browser::launch().await;
    let page = browser.open(&server.link().await).await;
    for (field, text) in [
        ("shop-name", "Bäckerei Nord"),
        ("currency", "EUR"),
        ("tax", "7"),
        ("locale", "de-DE"),
        ("zone", "Europe/Berlin"),
    ] {
        page.fill(&format!("#{field}"), text).await;
    }
    page.click("input[name=start][value=empty]").await;
    page.click(&by("open-shop")).await;
    page.until("the till stands open", "document.body.dataset.ready === 'till'").await;

    page.click(&by("nav-products")).await;
    page.click(&by("product-new")).await;
    for (field, text) in [("p-name", "Bananen"), ("p-sku", "OBST-1"), ("p-price", "1,99"), ("p-tax", "7")] {
        page.fill(&format!("#{field}"), text).await;
    }
    page.click(".check input").await;
    page.click(&by("product-save")).await;
    page.until_shown(&by("product-row")).await;
    page.click(&by("product-stock")).await;
    page.fill("#m-quantity", "12,5").await;
    page.click(&by("movement-book")).await;
    page.until_gone("[role=dialog]").await;
    assert_eq!(server.ledger().on_hand_milli("OBST-1"), 12_500);

    page.click(&by("nav-sell")).await;
    let till = TillPage::at(page).await;
    till.add("OBST-1").await;
    till.page.fill(&by("qty-input"), "0,412").await;
    till.page.press("Enter").await;
    till.until_quantity(412).await;
    assert_eq!(till.total_minor().await, 82, "0.412 × 1.99, rounded half away from zero");

    till.page.click(&by("pay")).await;
    till.page.click(&by("split")).await;
    till.page.until_shown(&by("amount")).await;
    for digit in ["5", "0"] {
        till.page.press(digit).await;
    }
    till.page.click(&by("split-card")).await;
    till.page.fill(&by("card-reference"), "TERMINAL 4711").await;
    till.page.click(&by("card-take")).await;
    till.page.click(&by("cash-exact")).await;
    till.shown_as_paid(82).await;
    till.new_sale().await;
    till.until_synced().await;

    let ledger = server.ledger();
    assert_eq!(ledger.sold_milli("OBST-1"), 412);
    assert_eq!(ledger.on_hand_milli("OBST-1"), 12_088);
    ledger.assert_stock_adds_up();
    assert_eq!(ledger.open_cases().len(), 0);
    let sent = "SELECT count(*) FROM inbox WHERE body LIKE '%TERMINAL 4711%' AND body LIKE '%EUR%'";
    assert_eq!(ledger.count(sent), 1, "the card's reference travelled with the sale");
    server.doctor().await;
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_starts_with_its_own_file_once_every_row_will_do() {
    let server = Server::start(Options { demo: false, web: None }).await;
    let browser = Browser::launch().await;
    browser.will_provoke([Provoked::Status(400)]).await;
    let page = browser.open(&server.link().await).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("products.csv");
    // The file is read a moment after it was chosen, so the button is pressed until it was.
    let open_with = async |rows: &str, until: &str| {
        std::fs::write(&file, format!("sku;name;price_minor;tax_rate_ppm;opening_stock_milli\n{rows}"))
            .expect("a file");
        page.choose_file("#csv", &file).await;
        let press = format!("document.querySelector('{}')?.click()", by("open-shop"));
        page.until("the file is answered", &format!("({press}, {until})")).await;
    };
    page.fill("#shop-name", "Bäckerei Nord").await;
    page.click("input[name=start][value=csv]").await;
    let refused = format!("document.querySelector('{}')", by("bad-rows"));
    open_with("A-1;Brot;295;70000;3000\n;Ohne Nummer;100;70000;0\n", &refused).await;
    page.until_says("[role=alert]", "1 fault was found, so nothing was imported").await;
    page.until_says(&by("bad-rows"), "sku").await;
    open_with(
        "A-1;Brot;295;70000;3000\nA-2;Brötchen;45;70000;40000\n",
        "document.body.dataset.ready === 'till'",
    )
    .await;
    stands_open(page, &server).await;
    assert_eq!(server.ledger().count("SELECT count(*) FROM products"), 2);
    assert_eq!(server.ledger().on_hand_milli("A-2"), 40_000);
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_starts_with_the_demo_catalogue_at_its_own_tax_rate() {
    let server = Server::start(Options { demo: false, web: None }).await;
    let browser = Browser::launch().await;
    let page = browser.open(&server.link().await).await;
    // What is wrong is shown, wherever the button stands.
    page.click(&by("open-shop")).await;
    page.until_says("[role=alert]", "This is needed.").await;
    page.until("its field has the focus", "document.activeElement.id === 'shop-name'").await;
    page.insert("The Corner Shop").await;
    page.fill("#tax", "12.5").await;
    page.click(&by("open-shop")).await;
    stands_open(page, &server).await;
    let ledger = server.ledger();
    assert!(ledger.count("SELECT count(*) FROM products") > 3_000);
    assert_eq!(ledger.count("SELECT count(*) FROM products WHERE tax_rate_ppm <> 125000"), 0);
    browser.finish().await;
    server.close().await;
}

/// Everything that the ERP has can be sold here.
async fn stands_open(page: Page, server: &Server) {
    let till = TillPage::at(page).await;
    let products = server.ledger().count("SELECT count(*) FROM products");
    let all = format!("document.querySelector('[data-catalogue]').dataset.catalogue === '{products}'");
    till.page.until("all products can be sold", &all).await;
}
