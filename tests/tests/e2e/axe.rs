//! Every screen passes axe-core without a serious finding, complains of nothing, and breaks no policy.

use evertill_tests::{
    browser::{Browser, Page},
    server::{Options, Server},
    till_page::{TillPage, by},
};
use serde::Deserialize;
use serde_json::json;

const AXE: &str = include_str!("../../vendor/axe.min.js");
const PAGES: &[&str] = &["/", "/products", "/sales", "/sync", "/cases", "/settings", "/kit", "/no-such-page"];

#[derive(Debug, Deserialize)]
struct Finding {
    id: String,
    impact: Option<String>,
    help: String,
    nodes: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_screen_passes_axe_in_light_and_dark() {
    let server = Server::start_demo().await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    let products = server.ledger().piece_products(2);
    let mut findings = Vec::new();
    for scheme in ["light", "dark"] {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        till.page.call("Emulation.setEmulatedMedia", features).await.expect("a scheme can be chosen");
        for path in PAGES {
            go(&till.page, path).await;
            findings.extend(look(&till.page, &format!("{scheme} {path}")).await);
        }
        go(&till.page, "/").await;
        till.add(&products[0].0).await;
        till.add(&products[1].0).await;
        findings.extend(look(&till.page, &format!("{scheme} cart")).await);
        till.page.click(&by("pay")).await;
        till.page.until_shown(&by("cash-exact")).await;
        findings.extend(look(&till.page, &format!("{scheme} pay")).await);
        till.page.click(&by("cash-exact")).await;
        till.page.until_shown(&by("receipt-number")).await;
        findings.extend(look(&till.page, &format!("{scheme} paid")).await);
        till.new_sale().await;
    }
    assert!(findings.is_empty(), "{findings:#?}");
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_threshold_passes_axe() {
    let server = Server::start(Options { demo: false, web: None }).await;
    let browser = Browser::launch().await;
    let page = browser.open(&server.link().await).await;
    page.until_shown(&by("open-shop")).await;
    let mut findings = look(&page, "set up").await;
    let page = browser.open(&format!("{}/", server.url())).await;
    page.until(
        "the app says that this browser is no terminal yet",
        "document.querySelector('main, [role=main]')",
    )
    .await;
    findings.extend(look(&page, "not enrolled").await);
    assert!(findings.is_empty(), "{findings:#?}");
    browser.finish().await;
    server.close().await;
}

async fn go(page: &Page, path: &str) {
    let origin: String = page.eval("location.origin").await.expect("a page has an origin");
    page.goto(&format!("{origin}{path}")).await;
    page.until(
        &format!("{path} is there"),
        &format!("location.pathname === {path:?} && !document.querySelector('#start') && document.querySelector('main')"),
    )
    .await;
    page.until(
        &format!("{path} has loaded what it shows"),
        "!document.querySelector('[aria-busy=\"true\"]') && document.querySelector('main').innerText.trim().length > 0",
    )
    .await;
}

async fn look(page: &Page, screen: &str) -> Vec<String> {
    page.picture(&format!("screen {screen}")).await;
    // Through the debugger, so that the page's own policy stays as strict as it is.
    page.eval::<()>(&format!("void (() => {{ {AXE} }})()")).await.expect("axe loads");
    let found: Vec<Finding> = page
        .eval(
            "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map((one) => ({
                id: one.id, impact: one.impact, help: one.help,
                nodes: one.nodes.slice(0, 4).map((node) => node.html.slice(0, 160) + ' — ' + (node.any[0]?.message ?? '')),
            })))",
        )
        .await
        .expect("axe runs");
    let serious = |one: &Finding| matches!(one.impact.as_deref(), Some("serious" | "critical"));
    found
        .into_iter()
        .filter(serious)
        .map(|one| format!("{screen}: {} ({}): {:?}", one.id, one.help, one.nodes))
        .collect()
}
