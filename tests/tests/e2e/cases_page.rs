//! What needs a person, settled by a person: from the page, with a note, and by nobody who may only sell.

use evertill_tests::{demo_shop, native_till::NativeTill, till_page::by};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_are_released_and_settled_with_a_note_from_the_page() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let (page, ledger) = (&till.page, server.ledger());

    // A sale at another price than today's, and one of a till that was revoked meanwhile.
    let mut other = NativeTill::of(&server).await;
    let mut wares = other.wares(1).await;
    let honest = other.sell(&wares, 1_777_500_000_000);
    wares[0].price_minor += 100;
    let dear = other.sell(&wares, 1_777_500_001_000);
    other.upload(vec![honest, dear]).await.expect("an answer");
    wares[0].price_minor -= 100;
    assert!(server.run(&["terminal", "revoke", "T2"]).await.status.success());
    let late = other.sell(&wares, 1_777_500_002_000);
    other.upload(vec![late]).await.expect("an answer");
    assert_eq!(ledger.sale_count(), 2, "what a revoked till sends waits for a person");

    page.click(&by("nav-cases")).await;
    let case = |kind: &str| format!("{}[data-kind={kind}]", by("case"));
    // Without a note nothing is settled.
    let settle = format!("{} {}", case("old_price"), by("case-settle"));
    page.click(&settle).await;
    page.until_says(&format!("{} [role=alert]", case("old_price")), "Say in a few words").await;
    page.fill(&format!("{} input", case("old_price")), "The old label was still on it.").await;
    page.click(&settle).await;
    page.until_gone(&case("old_price")).await;
    // Released, it is booked as it is.
    page.until_says(&case("quarantine"), "T2, entry 3").await;
    page.click(&format!("{} summary", case("quarantine"))).await;
    page.until_says(&format!("{} .evidence", case("quarantine")), "\"").await;
    page.click(&format!("{} {}", case("quarantine"), by("case-release"))).await;
    page.until_gone(&case("quarantine")).await;
    assert_eq!(ledger.seqs("T2", 1), [1, 2, 3]);
    assert!(ledger.open_cases().is_empty(), "{:?}", ledger.open_cases());
    page.until_says(&by("page-cases"), "Nothing needs you").await;

    // Both are found again, with what was said.
    page.click(&by("tab-settled")).await;
    page.until_says(&case("old_price"), "The old label was still on it.").await;
    page.click(&by("tab-released")).await;
    page.until_shown(&case("quarantine")).await;
    ledger.assert_stock_adds_up();
    browser.finish().await;
    server.close().await;
}
