//! Nothing jumps: a page that needs a scrollbar has its content where one has it that needs none. Nothing is cut without
//! a word, neither a list nor an amount.

use evertill_tests::{
    browser::Browser,
    demo_shop,
    server::Server,
    till_page::{TillPage, by},
};
use serde_json::json;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_is_cut_says_so_where_it_ends() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let page = &till.page;
    page.fill(&by("search"), "s").await;
    page.until_says(".hits", "first 500").await;
    let to_the_end =
        "(() => { const tiles = document.querySelector('.tiles'); tiles.scrollTop = tiles.scrollHeight; })()";
    page.eval::<()>(to_the_end).await.expect("tiles scroll");
    page.until_says(&by("tiles-end"), "Only the first 500 are shown. Type more to find the others.").await;
    let seen = "(() => {
        const end = document.querySelector('[data-testid=tiles-end]').getBoundingClientRect();
        const tiles = document.querySelector('.tiles').getBoundingClientRect();
        const last = Math.max(...[...document.querySelectorAll('.tile:not([hidden])')].map((tile) => tile.getBoundingClientRect().bottom));
        return last <= end.top && end.bottom <= tiles.bottom;
    })()";
    page.until("it stands below the last tile", seen).await;
    page.fill(&by("search"), "spaceboy").await;
    page.until_says(".hits", "found").await;
    page.until_gone(&by("tiles-end")).await;
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_of_millions_fits_the_screen() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    till.add(&server.ledger().piece_products(1)[0].0).await;
    till.page.press("*").await;
    till.page.insert("999999").await;
    till.page.press("Enter").await;
    till.until_quantity(999_999_000).await;
    for (width, height) in [(1280, 800), (1024, 768), (390, 844)] {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        till.page
            .call("Emulation.setDeviceMetricsOverride", screen)
            .await
            .expect("a screen can have any size");
        let inside = "[...document.querySelectorAll('.sum .num, .sum .pay, .cart-line .gross, .cart-bar b, .line-remove')]
            .filter((part) => part.checkVisibility() && part.offsetParent)
            .every((part) => {
                const [{ left, right }, around] = [part.getBoundingClientRect(), part.parentElement.getBoundingClientRect()];
                return left >= around.left - 0.5 && right <= Math.min(around.right, innerWidth) + 0.5;
            })";
        till.page.until(&format!("all of it is seen on {width} x {height}"), inside).await;
    }

    till.page.press("F4").await;
    till.page.until_shown(&by("cash-exact")).await;
    written_inside(&till, "pay", ".pay-sheet .due b, .notes .button > *").await;
    browser.finish().await;
    server.close().await;
}

/// On each screen, what is written in these parts lies inside the box around it and on no other's words.
async fn written_inside(till: &TillPage, name: &str, parts: &str) {
    for (width, height) in [(1280, 800), (820, 1180), (390, 844)] {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        till.page
            .call("Emulation.setDeviceMetricsOverride", screen)
            .await
            .expect("a screen can have any size");
        let inside = format!(
            "(() => {{
                const boxes = [...document.querySelectorAll({parts:?})].map((part) => {{
                    const range = document.createRange();
                    range.selectNodeContents(part);
                    return [range.getBoundingClientRect(), part.closest('.button, .due, .change, .receipt').getBoundingClientRect()];
                }});
                const apart = (one, other) => one.right <= other.left + 0.5 || other.right <= one.left + 0.5
                    || one.bottom <= other.top + 2 || other.bottom <= one.top + 2;
                return boxes.length > 0
                    && boxes.every(([text, around]) => text.left >= around.left - 0.5 && text.right <= around.right + 0.5)
                    && boxes.every(([text], at) => boxes.slice(at + 1).every(([other]) => apart(text, other)));
            }})()"
        );
        till.page.picture(&format!("millions-{name}-{width}")).await;
        till.page.until(&format!("{name} is readable on {width} x {height}"), &inside).await;
    }
}
