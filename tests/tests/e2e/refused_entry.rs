//! One entry that the ERP cannot book, among others: seen with its reason where its sale and its queue are shown, and as a
//! case; it holds nothing else up, and a person settles it.

use evertill_tests::{
    browser::Provoked,
    demo_shop,
    till_page::{TillPage, by},
};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_entry_says_why_on_every_screen_until_a_person_settled_it() {
    let (server, line, browser, till) = demo_shop::with_a_till_on_a_line().await;
    let products = server.ledger().piece_products(3);
    browser.will_provoke([Provoked::NoConnection]).await;
    line.cut();
    for (sku, _) in &products {
        till.sell(&[sku]).await;
    }
    till.until_pending(3).await;
    change_what_was_sold(&till, 2).await;
    line.heal();

    // The entries before and after it arrive; it needs a person.
    let page = &till.page;
    page.click(&by("nav-sync")).await;
    page.click(&by("sync-now")).await;
    let why = "it was changed on the way; the ERP keeps what arrived";
    let queued = format!("{}[data-seq='2'][data-state=Failed]", by("queue-row"));
    page.until_says(&queued, why).await;
    page.until(
        "nothing else waits",
        &format!("document.querySelectorAll('{}').length === 1", by("queue-row")),
    )
    .await;
    page.until_says(&by("sync-chip"), "1 needs attention").await;
    let ledger = server.ledger();
    assert_eq!((ledger.seqs("T1", 1), ledger.inbox_count()), (vec![1, 3], 3));
    page.click(&by("nav-sales")).await;
    let sold = |seq: u64, state: &str| format!("{}[data-seq='{seq}'][data-state={state}]", by("sale-row"));
    page.until_says(&sold(2, "Failed"), why).await;
    page.until_shown(&sold(1, "Synced")).await;
    page.until_shown(&sold(3, "Synced")).await;

    // Its case, and the end of it.
    page.click(&by("nav-cases")).await;
    let case = format!("{}[data-kind=quarantine]", by("case"));
    page.until_says(&case, "T1, entry 2").await;
    page.click(&format!("{case} summary")).await;
    page.until_says(&format!("{case} .evidence"), "hash").await;
    page.fill(&format!("{case} input"), "Counted: it was sold as the receipt says, and booked by hand.")
        .await;
    page.click(&format!("{case} {}", by("case-settle"))).await;
    page.until_gone(&case).await;
    page.click(&by("nav-sync")).await;
    page.click(&by("sync-now")).await;
    page.until_gone(&queued).await;
    page.click(&by("nav-sales")).await;
    page.until_shown(&sold(2, "Settled")).await;
    assert_eq!(ledger.seqs("T1", 1), [1, 3], "settled is not booked");
    ledger.assert_stock_adds_up();
    browser.finish().await;
    server.close().await;
}

/// Another total in the stored bytes of one entry, which its hash does not cover.
async fn change_what_was_sold(till: &TillPage, seq: u64) {
    for (key, value) in till.rows("journal").await {
        let mut row: Value = serde_json::from_slice(&value[1..]).expect("a row is JSON after its version");
        if row["entry"]["seq"] == seq {
            let body = row["entry"]["body"].as_str().expect("a body is text");
            row["entry"]["body"] = body.replace("\"quantity_milli\":1000", "\"quantity_milli\":9000").into();
            let mut changed = vec![value[0]];
            serde_json::to_writer(&mut changed, &row).expect("JSON fits into memory");
            assert_ne!(changed, value, "it was changed");
            till.overwrite("journal", &key, &changed).await;
        }
    }
}
