//! Nothing jumps: a page that needs a scrollbar has its content where one has it that needs none.

use evertill_tests::{
    browser::Browser,
    server::Server,
    till_page::{TillPage, by},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scrollbar_moves_nothing() {
    let server = Server::start_demo().await;
    let browser = Browser::launch().await;
    let page = TillPage::enrol(&browser, &server.link().await).await.page;
    let mut places = Vec::new();
    for (link, shown, scrolls) in [
        ("nav-settings", "terminal-row", true),
        ("nav-cases", "page-cases", false),
        ("nav-products", "product-row", true),
    ] {
        page.click(&by(link)).await;
        page.until_shown(&by(shown)).await;
        let script = "(() => {
            const page = document.querySelector('.page');
            return [page.scrollHeight > page.clientHeight, document.querySelector('.page-in').getBoundingClientRect().left];
        })()";
        let (scrolled, left): (bool, f64) = page.eval(script).await.expect("a page has a place");
        assert_eq!(scrolled, scrolls, "{link}");
        places.push(left);
    }
    let width: f64 = page
        .eval("(() => { const page = document.querySelector('.page'); return page.offsetWidth - page.clientWidth; })()")
        .await
        .expect("a page has a width");
    assert!(width > 0.0, "scrollbars take room in this browser");
    assert!(places.iter().all(|left| (left - places[0]).abs() < 0.1), "{places:?}");
    browser.finish().await;
    server.close().await;
}
