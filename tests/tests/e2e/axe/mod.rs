//! Every screen passes axe-core without a serious finding: light and dark, on a laptop and on a phone; and on the phone
//! nothing sticks out of it sideways, whichever way the shop's language is written.

mod pages;
mod selling;
mod threshold;
mod trouble;

use evertill_tests::{browser::Page, surroundings};
use serde::Deserialize;
use serde_json::json;

const AXE: &str = include_str!("../../../vendor/axe.min.js");
const SCHEMES: [&str; 2] = ["light", "dark"];
/// Width and height of the reference laptop and the reference phone.
const SIZES: [(u32, u32); 2] = [(1280, 800), (390, 844)];

#[derive(Debug, Deserialize)]
struct Finding {
    id: String,
    impact: Option<String>,
    help: String,
    nodes: Vec<String>,
}

/// Looks at screens as they are shown and keeps what is serious, so that one run names everything.
#[derive(Debug, Default)]
struct Looks {
    findings: Vec<String>,
    screens: u32,
}

impl Looks {
    /// Looks at what this page shows now, in each scheme and size. The page is left light and large.
    async fn at(&mut self, page: &Page, screen: &str) {
        // Through the debugger, so that the page's own policy stays as strict as it is.
        let load = format!("void (window.axe || (() => {{ {AXE} }})())");
        page.eval::<()>(&load).await.expect("axe loads");
        for scheme in SCHEMES {
            for size in SIZES {
                show(page, scheme, size).await;
                let name = format!("{screen}, {scheme}, {} wide", size.0);
                page.picture(&format!("axe {name}")).await;
                self.findings.extend(findings(page).await.into_iter().map(|one| format!("{name}: {one}")));
            }
        }
        show(page, SCHEMES[0], SIZES[1]).await;
        for direction in ["ltr", "rtl"] {
            let turn = format!("void (document.documentElement.dir = {direction:?})");
            page.eval::<()>(&turn).await.expect("the page can be turned");
            let name = format!("{screen}, {direction}, {} wide", SIZES[1].0);
            page.picture(&format!("axe {name}")).await;
            self.findings.extend(sticking_out(page).await.into_iter().map(|one| format!("{name}: {one}")));
        }
        page.eval::<()>("void (document.documentElement.dir = 'ltr')").await.expect("and turned back");
        show(page, SCHEMES[0], SIZES[0]).await;
        self.screens += 1;
    }

    /// Nothing serious was found on any of them.
    fn end(self) {
        assert!(self.screens > 0, "nothing was looked at");
        let pictures = surroundings::artefacts();
        assert!(
            self.findings.is_empty(),
            "pictures in {}; {} findings:\n{}",
            pictures.display(),
            self.findings.len(),
            self.findings.join("\n")
        );
    }
}

async fn show(page: &Page, scheme: &str, (width, height): (u32, u32)) {
    // Nothing is judged in the middle of a movement.
    let media = json!({ "features": [
        { "name": "prefers-color-scheme", "value": scheme }, { "name": "prefers-reduced-motion", "value": "reduce" },
    ] });
    page.call("Emulation.setEmulatedMedia", media).await.expect("a scheme can be chosen");
    let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
    page.call("Emulation.setDeviceMetricsOverride", screen).await.expect("a screen can be chosen");
    let drawn = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))";
    page.until("the page is drawn anew", drawn).await;
}

async fn findings(page: &Page) -> Vec<String> {
    let found: Vec<Finding> = page
        .eval(
            "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map((one) => ({
                id: one.id, impact: one.impact, help: one.help,
                nodes: one.nodes.slice(0, 4).map((node) => node.html.slice(0, 160) + ' — ' + (node.any[0]?.message ?? '')),
            })))",
        )
        .await
        .expect("axe runs");
    let serious = |one: &Finding| matches!(one.impact.as_deref(), Some("serious" | "critical"));
    found
        .into_iter()
        .filter(serious)
        .map(|one| format!("{} ({}): {:?}", one.id, one.help, one.nodes))
        .collect()
}

/// What lies beyond the sides of the screen, or in a part of it that would have to be moved sideways to be read. A row of
/// pills is moved so on purpose, and what is there for screen readers alone has no size to see.
async fn sticking_out(page: &Page) -> Vec<String> {
    page.eval(
        "(() => {
            const unseen = (one) => {
                const box = one.getBoundingClientRect();
                return box.width <= 1 || box.height <= 1;
            };
            const clips = (one) => one.matches('.pills') || unseen(one) && getComputedStyle(one).overflow !== 'visible';
            const hidden = (one) => one && (clips(one) || hidden(one.parentElement));
            return [...document.querySelectorAll('body, body *')]
                .filter((one) => {
                    if (unseen(one) || hidden(one.parentElement)) return false;
                    const { left, right } = one.getBoundingClientRect();
                    const moves = ['auto', 'scroll'].includes(getComputedStyle(one).overflowX) && !one.matches('.pills');
                    return left < -1 || right > innerWidth + 1 || (moves && one.scrollWidth > one.clientWidth + 1);
                })
                .slice(0, 4)
                .map((one) => {
                    const { left, right } = one.getBoundingClientRect();
                    const room = `${left} to ${right}, ${one.scrollWidth} of ${one.clientWidth}`;
                    return `sticks out (${room}): ${one.outerHTML.slice(0, 160)}`;
                });
        })()",
    )
    .await
    .expect("the page can be measured")
}

/// Opens a page of the till by its address, and waits until it has loaded what it shows.
async fn go(page: &Page, path: &str) {
    let origin: String = page.eval("location.origin").await.expect("a page has an origin");
    page.goto(&format!("{origin}{path}")).await;
    page.until(
        &format!("{path} has loaded what it shows"),
        &format!(
            "location.pathname === {path:?} && !document.querySelector('#start, [aria-busy=\"true\"]')
             && document.querySelector('main')?.innerText.trim().length > 0"
        ),
    )
    .await;
}
