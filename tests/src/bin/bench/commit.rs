//! From Pay to `complete`: the till's own code with checkout, encoding and hash, against the same requests in
//! plain JavaScript, in turns on one page.

use crate::figure::{Better, Figure, median, percentile};
use evertill_tests::{browser::Browser, server::Server, till_page::TillPage};
use serde_json::json;

const SALES: usize = 2000;
/// One call's share, so that no script runs for minutes.
const AT_ONCE: usize = 250;

/// p95 of both.
pub async fn measure() -> Vec<Figure> {
    let mut server = Server::start_demo().await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    till.until_controlled().await;
    // Offline, as a sale must be able to be; and no upload writes beside the two that are compared.
    server.stop().await;
    // Nothing moves on the screen, so that between two sales there is nothing to wait out.
    let still = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
    till.page.call("Emulation.setEmulatedMedia", still).await.expect("motion can be switched off");
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    let mut requests = Vec::new();
    while ours.len() < SALES {
        let script = format!("({})({AT_ONCE})", include_str!("commit.js"));
        let (some, bare, asked): (Vec<f64>, Vec<f64>, Vec<String>) =
            till.page.eval(&script).await.expect("the page sells");
        ours.extend(some);
        plain.extend(bare);
        requests = asked;
        till.page.reload().await;
        till.until_ready().await;
    }
    eprintln!(
        "pay to complete, p50: {:.2} ms, plain {:.2} ms; requests: {}",
        median(&mut ours),
        median(&mut plain),
        requests.join(", ")
    );
    browser.dismiss();
    let both = (percentile(&mut ours, 0.95), percentile(&mut plain, 0.95));
    vec![Figure::against("pay_to_complete_p95", both, "ms", Better::Lower, 1.3)]
}
