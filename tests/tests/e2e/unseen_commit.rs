//! A commit that came through and that nobody saw: the till says "not saved", and trying again finds the same sale.

use evertill_tests::{
    browser::Browser,
    server::Server,
    till_page::{TillPage, by},
};

/// The next sale's transaction completes and is reported as aborted; from then on the database does not answer, until
/// `storageBack` is called.
const UNSEEN: &str = "(() => {
    const begin = IDBDatabase.prototype.transaction;
    let gone = false;
    window.storageBack = () => { IDBDatabase.prototype.transaction = begin; };
    IDBDatabase.prototype.transaction = function (stores, mode, options) {
        if (gone) throw new DOMException('The database is gone.', 'UnknownError');
        const transaction = begin.call(this, stores, mode, options);
        if (mode === 'readwrite' && [].concat(stores).includes('journal')) {
            gone = true;
            transaction.addEventListener('complete', () => transaction.onabort?.(new Event('abort')));
            Object.defineProperty(transaction, 'oncomplete', { set() {} });
        }
        return transaction;
    };
})()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_whose_commit_nobody_saw_is_made_once() {
    let server = Server::start_demo().await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    let products = server.ledger().piece_products(1);
    till.until_synced().await;

    // The cashier tries again the moment the database is back.
    fail_to_see(&till, &products[0].0).await;
    let again = format!("storageBack(); document.querySelector('{}').click()", by("not-saved-again"));
    till.page.eval::<()>(&again).await.expect("again");
    till.shown_as_paid(0).await;
    till.new_sale().await;

    // Nobody presses anything: the till finds out by itself.
    fail_to_see(&till, &products[0].0).await;
    till.page.eval::<()>("storageBack()").await.expect("the database is back");
    till.shown_as_paid(0).await;
    till.new_sale().await;

    // Nor from the payment, to which the cashier had gone back.
    fail_to_see(&till, &products[0].0).await;
    till.page.click(&by("not-saved-back")).await;
    till.page.until_shown(&by("take-back")).await;
    till.page.eval::<()>("storageBack()").await.expect("the database is back");
    till.shown_as_paid(0).await;
    till.new_sale().await;

    till.until_synced().await;
    let ledger = server.ledger();
    assert_eq!(ledger.seqs("T1", 1), [1, 2, 3]);
    assert_eq!(ledger.sold_milli(&products[0].0), 3000);
    ledger.assert_stock_adds_up();
    browser.finish().await;
    server.close().await;
}

/// A sale that is on the disk while the screen says that it is not.
async fn fail_to_see(till: &TillPage, sku: &str) {
    till.add(sku).await;
    till.page.click(&by("pay")).await;
    till.page.until_shown(&by("cash-exact")).await;
    till.page.eval::<()>(UNSEEN).await.expect("the database can be broken");
    till.page.click(&by("cash-exact")).await;
    till.page.until_shown(&by("not-saved")).await;
}
