//! What screens show when something went wrong: no network, a revoked till, entries that failed, cases.

use super::{Looks, go};
use evertill_tests::{
    browser::{Browser, Provoked},
    proxy::Proxy,
    server::Server,
    till_page::{TillPage, by},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_screen_of_something_wrong_passes_axe() {
    let server = Server::start_demo().await;
    let line = Proxy::before(&server.address()).await;
    let browser = Browser::launch().await;
    browser.will_provoke([Provoked::NoConnection, Provoked::Status(403)]).await;
    let owner = Browser::launch().await;
    let desk = TillPage::enrol(&owner, &server.link().await).await;
    let further = server.further_link().await.replace(&server.url(), &line.url());
    let till = TillPage::enrol(&browser, &further).await;
    till.until_controlled().await;
    let (page, mut looks) = (&till.page, Looks::default());

    // Offline, with sales that wait.
    line.cut();
    till.sell(&[&server.ledger().piece_products(1)[0].0]).await;
    till.until_pending(1).await;
    page.until(
        "the chip says so",
        &format!("document.querySelector('{}').dataset.state === 'offline'", by("sync-chip")),
    )
    .await;
    for path in ["/", "/products", "/cases", "/settings"] {
        go(page, path).await;
        looks.at(page, &format!("{path} offline")).await;
    }
    go(page, "/sync").await;
    page.until_shown(&by("storage-persisted")).await;
    page.click(&by("leave")).await;
    page.click(&by("leave")).await;
    page.until_shown("#outbox-check").await;
    looks.at(page, "a refused leave").await;

    // Revoked, with a sale that the ERP holds for a person.
    assert!(server.run(&["terminal", "revoke", "T2"]).await.status.success());
    line.heal();
    page.click(&by("sync-now")).await;
    page.until_shown(&format!("{}[data-state=Failed]", by("queue-row"))).await;
    looks.at(page, "a failed entry on Sync").await;
    page.click(&by("nav-sales")).await;
    page.until_shown(&format!("{}[data-state=Failed]", by("sale-row"))).await;
    looks.at(page, "a failed entry on Sales").await;
    page.click(&format!("{} a", by("sale-row"))).await;
    page.until_shown(&by("reprint")).await;
    looks.at(page, "a failed sale").await;

    // And what its owner sees of it.
    let page = &desk.page;
    go(page, "/cases").await;
    page.click(&format!("{} summary", by("case"))).await;
    page.click(&by("case-settle")).await;
    page.until_shown(&format!("{} [role=alert]", by("case"))).await;
    looks.at(page, "an open case").await;
    page.click(&by("case-release")).await;
    page.until_gone(&by("case")).await;
    page.click(&by("tab-released")).await;
    page.until_shown(&by("case")).await;
    looks.at(page, "a closed case").await;
    looks.end();
    owner.finish().await;
    browser.finish().await;
    server.close().await;
}
