//! Further terminals from the page: a code and its QR, a second browser that may only sell, and taking it out of use.

use crate::camera::text_of_code;
use evertill_tests::{
    browser::{Browser, Provoked},
    proxy::Proxy,
    server::Server,
    till_page::{TillPage, by},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_till_is_enrolled_by_code_sells_only_and_is_revoked() {
    let server = Server::start_demo().await;
    // By a name, as another device would come: for this computer alone there is nothing to scan.
    let line = Proxy::before(&server.address()).await;
    let (owners, others) = (named(&server.url()), named(&line.url()));
    let owner = launch_for(&owners).await;
    let till = TillPage::enrol(&owner, &server.link_over(&owners).await).await;
    let page = &till.page;
    page.click(&by("nav-settings")).await;
    page.click(&by("terminal-code-new")).await;
    page.until_shown(".qr svg path").await;
    page.until_says(".pair code", &format!("{owners}/enrol#code=")).await;
    // What a camera finds is the link that stands beside it, on a dark screen too.
    for scheme in ["light", "dark"] {
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        page.call("Emulation.setEmulatedMedia", media).await.expect("a scheme can be chosen");
        assert_eq!(text_of_code(&owner, page, ".qr").await, page.text(".pair code").await, "{scheme}");
    }
    let code = page.text(&by("terminal-code-value")).await;

    // The second browser may sell, and is offered nothing that an owner does.
    let other = launch_for(&others).await;
    other.will_provoke([Provoked::NoConnection, Provoked::Status(403)]).await;
    let second = TillPage::enrol(&other, &format!("{others}/enrol#code={code}")).await;
    let products = server.ledger().piece_products(2);
    second.sell(&[&products[0].0]).await;
    second.until_synced().await;
    assert_eq!(server.ledger().seqs("T2", 1), [1]);
    for (place, there) in
        [("products", by("product-row")), ("cases", by("page-cases")), ("settings", by("about"))]
    {
        second.page.click(&by(&format!("nav-{place}"))).await;
        second.page.until_shown(&there).await;
        for action in [
            "product-new",
            "product-import",
            "product-edit",
            "product-stock",
            "case-settle",
            "terminal-code-new",
            "terminal-revoke",
        ] {
            assert_eq!(second.page.count(&by(action)).await, 0, "{action} on {place} is the owner's");
        }
    }
    second.page.until_says(&by("page-settings"), "Only the shop's first terminal may do this.").await;

    // Revoked while a sale waits on it: it stops selling, what it sold arrives, and both sides say so.
    second.page.click(&by("nav-sell")).await;
    line.cut();
    second.sell(&[&products[1].0]).await;
    second.until_pending(1).await;
    page.reload().await;
    let row = format!("{}[data-code=T2]", by("terminal-row"));
    page.click(&format!("{row} {}", by("terminal-revoke"))).await;
    page.until_says(&row, "Revoke this terminal?").await;
    page.click(&format!("{row} {}", by("terminal-revoke"))).await;
    page.until_says(&row, "Revoked").await;
    line.heal();
    second.page.until_says("[role=alert]", "revoked").await;
    second.page.click(&by("nav-sync")).await;
    second.page.click(&by("sync-now")).await;
    let failed = format!("{}[data-seq='2'][data-state=Failed]", by("queue-row"));
    second.page.until_says(&failed, "this terminal was revoked").await;
    second.page.click(&by("nav-sales")).await;
    second.page.until_says(&format!("{}[data-seq='2']", by("sale-row")), "Failed").await;
    second.page.click(&by("nav-sell")).await;
    second.page.fill(&by("search"), &products[0].0).await;
    second.page.click(&format!("{}[data-sku='{}']", by("tile"), products[0].0)).await;
    second
        .page
        .until("it takes no money", &format!("document.querySelector('{}').disabled", by("pay")))
        .await;

    // The owner releases what came late; the till hears of it.
    page.click(&by("nav-cases")).await;
    page.click(&by("case-release")).await;
    page.until_says(&by("page-cases"), "Nothing needs you").await;
    assert_eq!(server.ledger().seqs("T2", 1), [1, 2]);
    second.page.click(&by("nav-sync")).await;
    second.page.click(&by("sync-now")).await;
    second.page.until_gone(&failed).await;
    second.until_synced().await;
    other.finish().await;
    owner.finish().await;
    server.close().await;
}

/// The origin under a name.
pub fn named(origin: &str) -> String {
    origin.replace("localhost", "shop.example")
}

/// A browser that takes this origin for a safe one, as it would over HTTPS.
pub async fn launch_for(origin: &str) -> Browser {
    Browser::launch_with(&[
        "--host-resolver-rules=MAP shop.example 127.0.0.1",
        &format!("--unsafely-treat-insecure-origin-as-secure={origin}"),
    ])
    .await
}
