//! A terminal whose credentials the ERP no longer takes: people read what to do for as long as it is so, and sell on.

use evertill_sync::rows::{JsonRow as _, Tokens, meta};
use evertill_tests::{
    browser::{Browser, Provoked},
    server::Server,
    till_page::{TillPage, by},
};

const WORDS: &str = "[...document.querySelectorAll('.ribbon .notice')].some((one) => one.textContent.includes('no longer takes this terminal'))";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_that_must_log_in_again_says_so_until_it_did() {
    let server = Server::start_demo().await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    till.until_controlled().await;
    till.until_synced().await;
    let products = server.ledger().piece_products(1);
    browser.will_provoke([Provoked::Status(401)]).await;
    let strange =
        Tokens { access: "gone".to_owned(), access_until_ms: 0, refresh: "gone".to_owned(), ask: None };
    till.overwrite("meta", meta::TOKENS, &strange.encode()).await;
    till.sell(&[&products[0].0]).await;
    till.page.until("it is said", WORDS).await;
    // Each of these makes the engine look, too early for another attempt.
    for turn in ["focus", "pageshow", "focus"] {
        till.page.eval::<()>(&format!("void dispatchEvent(new Event({turn:?}))")).await.expect("it is told");
        till.page
            .eval::<()>(
                "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))",
            )
            .await
            .expect("it draws");
        assert!(till.page.eval::<bool>(WORDS).await.expect("the page looks"), "gone after {turn}");
    }
    till.sell(&[&products[0].0]).await;
    assert_eq!(till.pending().await, 2, "selling goes on");
    assert!(till.page.eval::<bool>(WORDS).await.expect("the page looks"), "gone after a sale");
    till.page.click(&by("nav-sync")).await;
    till.page.until("it is said on every page", WORDS).await;
    browser.finish().await;
    server.close().await;
}
