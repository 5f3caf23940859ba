//! The till itself, from the search to the receipt.

use super::{Looks, go};
use evertill_tests::{demo_shop, till_page::by};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_of_a_sale_passes_axe() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let products = server.ledger().piece_products(2);
    let (page, mut looks) = (&till.page, Looks::default());
    go(page, "/").await;
    looks.at(page, "till").await;
    page.fill(&by("search"), "no such thing").await;
    page.until_gone(&format!("{}:not([hidden])", by("tile"))).await;
    looks.at(page, "nothing found").await;
    page.fill(&by("search"), "").await;
    page.scan("4006381333931").await;
    page.until_says(&by("scan-status"), "Unknown barcode").await;
    looks.at(page, "an unknown barcode").await;
    till.add(&products[0].0).await;
    till.add(&products[1].0).await;
    looks.at(page, "cart").await;
    page.click(".keys-button").await;
    page.until_shown("[role=dialog]").await;
    looks.at(page, "keys").await;
    page.press("Escape").await;
    page.until_gone("[role=dialog]").await;

    page.click(&by("pay")).await;
    page.until_shown(&by("cash-exact")).await;
    looks.at(page, "payment").await;
    page.click(&by("split")).await;
    page.until_shown(&by("amount")).await;
    looks.at(page, "a split payment").await;
    page.press("5").await;
    page.click(&by("split-card")).await;
    page.until_shown(&by("card-reference")).await;
    looks.at(page, "a card").await;
    page.fill(&by("card-reference"), "0815").await;
    page.click(&by("card-take")).await;
    page.until_shown(&by("take-back")).await;
    looks.at(page, "a payment partly taken").await;
    page.click(&by("cash-exact")).await;
    page.until_shown(&by("receipt-number")).await;
    looks.at(page, "paid").await;
    till.new_sale().await;

    // A sale that the device did not keep: every write of it is broken off.
    till.add(&products[0].0).await;
    page.eval::<()>(
        "void (() => {
            const begin = IDBDatabase.prototype.transaction;
            IDBDatabase.prototype.transaction = function (...wanted) {
                const begun = begin.apply(this, wanted);
                if (begun.mode === 'readwrite' && begun.objectStoreNames.contains('journal')) {
                    queueMicrotask(() => begun.abort());
                }
                return begun;
            };
        })()",
    )
    .await
    .expect("writes can be broken off");
    page.click(&by("pay")).await;
    page.click(&by("cash-exact")).await;
    page.until_shown(&by("not-saved")).await;
    looks.at(page, "not saved").await;
    looks.end();
    browser.finish().await;
    server.close().await;
}

/// On a phone the sale covers the products.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sale_on_a_phone_passes_axe() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let (page, mut looks) = (&till.page, Looks::default());
    till.add(&server.ledger().piece_products(1)[0].0).await;
    super::show(page, "light", super::SIZES[1]).await;
    page.click(&by("show-sale")).await;
    page.until_shown(&by("pay")).await;
    looks.at(page, "the sale on a phone").await;
    looks.end();
    browser.finish().await;
    server.close().await;
}
