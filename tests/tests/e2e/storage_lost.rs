//! A browser that lost its storage, and a browser that is not fit to be a till: both are said plainly.

use evertill_tests::{
    browser::{Browser, Provoked},
    demo_shop,
    server::Server,
    till_page::{TillPage, by},
};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn storage_that_was_evicted_is_said_and_the_terminal_goes_on_in_a_new_epoch() {
    let (server, proxy, browser, till) = demo_shop::with_a_till_on_a_line().await;
    let products = server.ledger().piece_products(1);
    till.sell(&[&products[0].0]).await;
    till.until_synced().await;
    browser.will_provoke([Provoked::NoConnection]).await;
    proxy.cut();
    till.sell(&[&products[0].0]).await;
    till.until_pending(1).await;

    let page = till.page;
    page.goto("about:blank").await;
    page.until("the till is left", "location.href === 'about:blank'").await;
    let lost = json!({ "origin": proxy.url(), "storageTypes": "indexeddb" });
    page.call("Storage.clearDataForOrigin", lost).await.expect("storage can be taken away");
    proxy.heal();
    page.goto(&format!("{}/", proxy.url())).await;
    let named =
        "['storage was emptied', 'terminal T1'].every((words) => document.body.innerText.includes(words))";
    page.until("the loss is named, and whose it is", named).await;
    assert_eq!(page.count(&by("pay")).await, 0, "nothing can be sold before it is enrolled again");

    let code = server.last_word(&["terminal", "code"]).await;
    page.goto(&format!("{}/enrol#code={code}", proxy.url())).await;
    let till = TillPage::at(page).await;
    till.add(&products[0].0).await;
    till.pay_exact().await;
    // The day is counted anew, and the epoch's letter tells the two first receipts apart.
    let receipt = till.page.text(&by("receipt")).await;
    assert!(receipt.contains("T1b"), "{receipt}");
    till.new_sale().await;
    till.until_synced_within(Duration::from_mins(1)).await;
    let ledger = server.ledger();
    assert_eq!((ledger.seqs("T1", 1), ledger.seqs("T1", 2)), (vec![1], vec![1]), "T1 goes on in epoch 2");
    // The same terminal, not another of that name, and a chain of its own from 32 zero bytes.
    assert_eq!(ledger.count("SELECT count(*) FROM terminals WHERE kind = 'till' AND epoch = 2"), 1);
    assert_eq!(ledger.count("SELECT count(*) FROM terminals WHERE kind = 'till'"), 1);
    assert_eq!(ledger.count("SELECT count(*) FROM terminals WHERE kind = 'till' AND right = 'owner'"), 1);
    assert_eq!(ledger.count("SELECT count(DISTINCT terminal) FROM inbox"), 1);
    let begins =
        "SELECT count(*) FROM inbox WHERE epoch = 2 AND seq = 1 AND prev = zeroblob(32) AND hash = computed";
    assert_eq!(ledger.count(begins), 1, "the new epoch begins a chain");
    let case = "SELECT count(*) FROM cases WHERE kind = 'epoch_ended' AND epoch = 1
                AND evidence ->> 'contiguous' = 1 AND evidence ->> 'head' = 1";
    assert_eq!(
        ledger.count(case),
        1,
        "it says through which seq the ERP has it and what head was last reported"
    );
    assert_eq!(
        ledger.open_cases().get("epoch_ended"),
        Some(&1),
        "the loss has a case: {:?}",
        ledger.open_cases()
    );
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outside_a_secure_context_the_app_explains_and_does_not_enrol() {
    let server = Server::start_demo().await;
    let browser = Browser::launch_with(&["--host-resolver-rules=MAP shop.example 127.0.0.1"]).await;
    browser.will_provoke([Provoked::InsecureOrigin]).await;
    let origin = server.url().replace("localhost", "shop.example");
    let page = browser.open(&server.link_over(&origin).await).await;
    page.until_shown(&by("insecure")).await;
    assert_eq!(page.count(&by("enrol")).await, 0, "there is nothing to enrol with");
    assert_eq!(server.ledger().count("SELECT count(*) FROM terminals WHERE kind = 'till'"), 0);
    browser.finish().await;
    server.close().await;
}
