//! No space left at the moment of a sale: no receipt, a clear screen, the cart intact; and it succeeds once there is.

use evertill_tests::{
    browser::Browser,
    server::Server,
    till_page::{TillPage, by},
};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_shows_no_receipt_and_loses_no_cart() {
    let server = Server::start_demo().await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    let products = server.ledger().piece_products(2);
    till.sell(&[&products[0].0]).await;
    till.until_synced().await;
    till.add(&products[0].0).await;
    till.add(&products[1].0).await;
    let lines = till.lines().await;

    override_quota(&till, Some(1)).await;
    till.page.click(&by("pay")).await;
    till.page.click(&by("cash-exact")).await;
    till.page.until_shown(&by("not-saved")).await;
    assert_eq!(till.page.count(&by("paid")).await, 0, "nothing is shown as paid");
    assert_eq!(browser.paid().len(), 1);
    // What the ERP has may have been given up for room; the sale that is not saved must have left nothing.
    assert_eq!(till.page.count(&by("receipt")).await, 0, "no receipt");
    assert!(till.journal().await.iter().all(|row| row["entry"]["seq"] != 2), "nothing was written");
    till.page.picture("not-saved").await;

    override_quota(&till, None).await;
    till.page.click(&by("not-saved-again")).await;
    till.shown_as_paid(0).await;
    till.new_sale().await;
    assert!(till.lines().await.is_empty(), "the cart was {lines:?} and is paid");
    till.until_synced().await;
    let ledger = server.ledger();
    assert_eq!(ledger.seqs("T1", 1), [1, 2]);
    assert_eq!((ledger.sold_milli(&products[0].0), ledger.sold_milli(&products[1].0)), (2000, 1000));

    // The same, but the cashier goes back instead: what was given stands until it is given back, and the cart is as
    // it was.
    till.add(&products[1].0).await;
    let lines = till.lines().await;
    override_quota(&till, Some(1)).await;
    till.page.click(&by("pay")).await;
    till.page.click(&by("cash-exact")).await;
    till.page.until_shown(&by("not-saved")).await;
    till.page.click(&by("not-saved-back")).await;
    till.page.until_gone(&by("not-saved")).await;
    assert_eq!(till.page.count(&by("take-back")).await, 1, "the cash that was given");
    till.page.press("Escape").await;
    till.page.until_shown(&by("sheet-pay")).await;
    till.page.click(&by("take-back")).await;
    till.page.until_gone(&by("take-back")).await;
    till.page.press("Escape").await;
    till.page.until_gone(&by("sheet-pay")).await;
    assert_eq!(till.lines().await, lines);
    override_quota(&till, None).await;
    browser.finish().await;
    server.close().await;
}

/// Sets the origin's quota, or lifts it, and waits until the browser acts on it: it remembers for a while how much
/// space was left.
async fn override_quota(till: &TillPage, bytes: Option<u64>) {
    let origin: String = till.page.eval("location.origin").await.expect("a page has an origin");
    let mut params = json!({ "origin": origin });
    if let Some(bytes) = bytes {
        params["quotaSize"] = bytes.into();
    }
    till.page.call("Storage.overrideQuotaForOrigin", params).await.expect("the quota can be set");
    let fits = format!(
        "(async () => {{
            const opening = indexedDB.open('probe', 1);
            opening.onupgradeneeded = () => opening.result.createObjectStore('probe');
            const database = await new Promise((done) => {{
                opening.onsuccess = () => done(opening.result);
                opening.onerror = () => done(null);
            }});
            if (!database) return {0};
            const fits = await new Promise((done) => {{
                const transaction = database.transaction('probe', 'readwrite');
                transaction.oncomplete = () => done(true);
                transaction.onabort = () => done(false);
                transaction.objectStore('probe').put(new Uint8Array(20_000), 1);
            }});
            database.close();
            return fits === {0};
        }})()",
        bytes.is_none()
    );
    till.page.until_within(Duration::from_secs(90), "the browser acts on the quota", &fits).await;
}
