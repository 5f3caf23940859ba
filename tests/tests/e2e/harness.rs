//! What the other tests lean on must itself be true.

use evertill_tests::{
    browser::{Browser, Provoked},
    deadline::until_true,
    demo_shop, processes,
    proxy::{Fault, Proxy},
};

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

    let mark = browser.profile().display().to_string();
    assert!(processes::tree(0, &mark).len() > 2, "a browser is several processes");
    browser.kill().await;
    assert!(processes::tree(0, &mark).is_empty());
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_page_or_its_worker_complains_about_is_heard() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    till.until_controlled().await;
    let workers = browser.targets("service_worker").await;
    assert_eq!(workers.len(), 1, "{workers:?}");
    let worker = browser.session(&workers[0].0).await;
    for (place, page) in [("page", &till.page), ("worker", &worker)] {
        for (what, script, words) in [
            ("a console error", "void console.error('spilt milk')", "spilt milk"),
            ("an exception", "void setTimeout(() => { throw new Error('spilt milk') })", "spilt milk"),
            ("a promise", "void Promise.reject(new Error('spilt milk'))", "spilt milk"),
            (
                "the policy",
                "fetch('https://spilt.milk/').then(() => {}, () => {})",
                "Content Security Policy",
            ),
        ] {
            page.eval::<()>(script).await.expect("it can complain");
            until_true(&format!("{what} of the {place} is heard"), || async {
                browser.hear_out().await;
                browser.take_complaints().iter().any(|one| one.text.contains(words))
            })
            .await;
        }
    }
    browser.hear_out().await;
    browser.take_complaints();

    // What a test announces is excused from then on; the same thing a moment before is not.
    let ask = "fetch('/api/no-such-thing').then(() => {})";
    till.page.eval::<()>(ask).await.expect("it can ask");
    browser.will_provoke([Provoked::Status(404)]).await;
    till.page.eval::<()>(ask).await.expect("it can ask");
    browser.hear_out().await;
    let complaints = browser.take_complaints();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].text.contains("404"), "{complaints:?}");
    browser.finish().await;
    server.close().await;
}
