//! No space left at the moment of a sale: no receipt, a clear screen, the cart intact; and it succeeds once there is.

use evertill_tests::{
    deadline::{until, until_true},
    demo_shop,
    till_page::{TillPage, by},
};
use serde_json::json;
use std::{cell::Cell, time::Duration};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_shows_no_receipt_and_loses_no_cart() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let products = server.ledger().piece_products(2);
    till.sell(&[&products[0].0]).await;
    till.until_synced().await;
    till.add(&products[0].0).await;
    till.add(&products[1].0).await;
    let lines = till.lines().await;

    fill_up(&till).await;
    till.page.click(&by("pay")).await;
    till.page.click(&by("cash-exact")).await;
    till.page.until_shown(&by("not-saved")).await;
    assert_eq!(till.page.count(&by("paid")).await, 0, "nothing is shown as paid");
    assert_eq!(browser.paid().len(), 1);
    // What the ERP has may have been given up for room; the sale that is not saved must have left nothing.
    assert_eq!(till.page.count(&by("receipt")).await, 0, "no receipt");
    assert!(till.journal().await.iter().all(|row| row["entry"]["seq"] != 2), "nothing was written");
    till.page.picture("not-saved").await;

    lift_quota(&till).await;
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
    fill_up(&till).await;
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
    lift_quota(&till).await;
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reserve_is_given_up_for_a_sale_and_without_it_freed_space_is_taken() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    till.until_controlled().await;
    let products = server.ledger().piece_products(2);
    till.sell(&[&products[0].0]).await;
    till.until_synced().await;
    until_true("the reserve is there", || async { till.row_count("ballast").await > 0 }).await;
    // What fills the disk is not the till's, but of its origin.
    till.page.eval::<()>(&format!("({FILL})()")).await.expect("the disk can be filled");

    // A kilobyte is left: too little for a sale, whose transaction is the first that needs more.
    leave_room(&till, 1024).await;
    till.add(&products[1].0).await;
    till.pay_exact().await;
    assert_eq!(till.page.count(&by("not-saved")).await, 0);
    assert_eq!(till.row_count("ballast").await, 0, "the reserve made room");
    till.new_sale().await;
    till.page.click(&by("nav-sync")).await;
    let said =
        format!("document.querySelector({:?})?.textContent.includes('Used up')", by("storage-ballast"));
    till.page.until("the reserve's absence is shown", &said).await;
    till.page.click(&by("nav-sell")).await;
    till.until_synced().await;
    assert_eq!(server.ledger().seqs("T1", 1), [1, 2]);

    // The same again, with no reserve left.
    till.add(&products[0].0).await;
    till.add(&products[1].0).await;
    let lines = till.lines().await;
    leave_room(&till, 0).await;
    till.page.click(&by("pay")).await;
    till.page.click(&by("cash-exact")).await;
    till.page.until_shown(&by("not-saved")).await;
    assert_eq!(till.page.count(&by("paid")).await + till.page.count(&by("receipt")).await, 0, "no receipt");
    assert_eq!(browser.paid().len(), 2);
    assert_eq!(till.lines().await, lines, "the cart is as it was");
    // Somebody deletes something; the quota stays.
    till.page.eval::<()>(&format!("({FREE})()")).await.expect("space can be freed");
    till.page.click(&by("not-saved-again")).await;
    till.shown_as_paid(0).await;
    till.new_sale().await;
    till.until_synced().await;
    let ledger = server.ledger();
    assert_eq!(ledger.seqs("T1", 1), [1, 2, 3]);
    assert_eq!((ledger.sold_milli(&products[0].0), ledger.sold_milli(&products[1].0)), (2000, 2000));
    browser.finish().await;
    server.close().await;
}

/// Four megabytes that no compression makes smaller.
const FILL: &str = "async () => {
    const opening = indexedDB.open('filler', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('filler');
    const database = await new Promise((done) => { opening.onsuccess = () => done(opening.result); });
    const transaction = database.transaction('filler', 'readwrite');
    for (let row = 0; row < 64; row += 1) {
        transaction.objectStore('filler').put(crypto.getRandomValues(new Uint8Array(65_536)), row);
    }
    await new Promise((done, fail) => { transaction.oncomplete = done; transaction.onabort = fail; });
    database.close();
}";
const FREE: &str = "() => new Promise((done, fail) => {
    const deleting = indexedDB.deleteDatabase('filler');
    deleting.onsuccess = () => done(null);
    deleting.onerror = fail;
})";

/// Bytes that the origin uses.
async fn usage(till: &TillPage) -> u64 {
    till.page
        .eval("navigator.storage.estimate().then(({ usage }) => usage)")
        .await
        .expect("the browser tells")
}

/// The device is full from now on, whatever is deleted on it.
pub async fn fill_up(till: &TillPage) {
    set_quota(till, Some(1)).await;
    until_fits(till, false).await;
}

/// Leaves the origin room for so many bytes more than it uses.
///
/// For up to half a minute the browser remembers how much space was left, and what is written meanwhile counts, be it
/// only to find out whether it still remembers: megabytes in hundreds of small writes, more than the reserve, until the
/// database's log is tidied up and they are gone again. So everything is refused first, and what is used is measured once
/// nothing is written, nothing remembered and nothing tidied up any more.
async fn leave_room(till: &TillPage, bytes: u64) {
    fill_up(till).await;
    let last = Cell::new(None);
    let used = until("what is used stays the same", || async {
        let now = usage(till).await;
        (last.replace(Some(now)) == Some(now)).then_some(now)
    })
    .await;
    set_quota(till, Some(used + bytes)).await;
}

/// There is space as before.
pub async fn lift_quota(till: &TillPage) {
    set_quota(till, None).await;
    until_fits(till, true).await;
}

async fn set_quota(till: &TillPage, bytes: Option<u64>) {
    let origin: String = till.page.eval("location.origin").await.expect("a page has an origin");
    let mut params = json!({ "origin": origin });
    if let Some(bytes) = bytes {
        params["quotaSize"] = bytes.into();
    }
    till.page.call("Storage.overrideQuotaForOrigin", params).await.expect("the quota can be set");
}

/// Waits until two kilobytes fit, or do not.
async fn until_fits(till: &TillPage, expected: bool) {
    let fits = format!(
        "(async () => {{
            const opening = indexedDB.open('probe', 1);
            opening.onupgradeneeded = () => opening.result.createObjectStore('probe');
            const database = await new Promise((done) => {{
                opening.onsuccess = () => done(opening.result);
                opening.onerror = () => done(null);
            }});
            if (!database) return !{expected};
            const fits = await new Promise((done) => {{
                const transaction = database.transaction('probe', 'readwrite');
                transaction.oncomplete = () => done(true);
                transaction.onabort = () => done(false);
                transaction.objectStore('probe').put(new Uint8Array(2_000), 1);
            }});
            database.close();
            return fits === {expected};
        }})()"
    );
    till.page.until_within(Duration::from_secs(90), "the browser acts on the quota", &fits).await;
}
