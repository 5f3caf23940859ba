//! What the other tests lean on must itself be true.

use evertill_tests::{
    browser::Browser,
    processes,
    proxy::{Fault, Proxy},
};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scans_keys_carry_their_own_timestamps_and_a_killed_browser_leaves_no_process() {
    let proxy = Proxy::before("127.0.0.1:9").await;
    proxy.always("/", Fault::Portal);
    let mut browser = Browser::launch().await;
    let page = browser.open(&proxy.url()).await;
    page.until("the page is there", "document.title === 'Welcome'").await;
    page.eval::<()>(
        "void (window.keys = [], addEventListener('keydown', (e) => keys.push([e.key, e.timeStamp])))",
    )
    .await
    .expect("a listener can be added");
    page.scan("5012345").await;
    page.type_slowly("abc").await;
    page.until("all keys arrived", "keys.length === 11").await;
    let keys: Vec<(String, f64)> = page.eval("keys").await.expect("the keys");
    let gaps: Vec<f64> = keys.windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
    assert!(gaps[..7].iter().all(|gap| *gap < 10.0), "a scanner's keys: {gaps:?}");
    assert!(gaps[8..].iter().all(|gap| *gap > 60.0), "a person's keys: {gaps:?}");

    page.eval::<Value>("console.error('spilt milk')").await.expect("it can complain");
    page.until("a turn of the event loop", "true").await;
    assert!(browser.complaints().iter().any(|complaint| complaint.text.contains("spilt milk")));

    let mark = browser.profile().display().to_string();
    assert!(processes::tree(0, &mark).len() > 2, "a browser is several processes");
    browser.kill().await;
    assert!(processes::tree(0, &mark).is_empty());
}
