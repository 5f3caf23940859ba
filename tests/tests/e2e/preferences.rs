//! How a device likes to be used: kept in its database, taken over from where 0.1.0 kept it, still there after a reload
//! and after the terminal was left. What cannot be kept is said to hold until the page ends.

use evertill_tests::{
    browser::Provoked,
    deadline::until_true,
    demo_shop,
    till_page::{TillPage, by},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn preferences_move_into_the_database_and_outlive_reload_and_terminal() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let earlier = "Object.entries({ theme: 'dark', sound: 'off', auto_print: 'on', scan_gap_ms: '90',
        scan_characters_min: '99' }).forEach(([name, text]) => localStorage.setItem(`evertill.${name}`, text))";
    till.page.eval::<()>(earlier).await.expect("what 0.1.0 kept");
    till.page.reload().await;
    till.until_ready().await;
    until_true("the database holds them", || async { kept(&till).await.len() == 4 }).await;
    assert_eq!(
        kept(&till).await,
        ["auto_print=on", "scan_characters_min=99", "scan_gap_ms=90", "sound=off"].map(String::from)
    );
    // The theme alone stays where the first paint can read it.
    till.page.until("the rest left", "Object.keys(localStorage).join() === 'evertill.theme'").await;
    assert_eq!(settings(&till).await, "dark on off 90 4", "99 characters are out of bounds");

    till.page.fill("#scan-gap", "45").await;
    until_true("the change is kept", || async { kept(&till).await.contains(&"scan_gap_ms=45".to_owned()) })
        .await;
    till.page.reload().await;
    till.until_ready().await;
    assert_eq!(settings(&till).await, "dark on off 45 4");

    till.page.click(&by("nav-sync")).await;
    till.until_synced().await;
    // An attempt under way when the terminal is left asks without a token.
    browser.will_provoke([Provoked::Status(401)]).await;
    till.page.click(&by("leave")).await;
    till.page.click(&by("leave")).await;
    till.page.until_shown("#code").await;
    till.page.until("it was left, not lost", "!!document.querySelector('.notice')").await;
    let said = till.page.text(".notice").await;
    assert!(said.contains("T1") && !said.contains("emptied"), "{said}");
    assert!(kept(&till).await.contains(&"sound=off".to_owned()));
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_full_disk_does_not_keep_is_told_and_kept_once_there_is_room() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    assert_eq!(settings(&till).await, " off on 35 4", "as delivered");
    let unkept = by("unkept-again");
    assert_eq!(till.page.count(&unkept).await, 0);

    till.page.eval::<()>(FILL).await.expect("it can be refused");
    till.page.click("label.check").await;
    till.page.until_shown(&unkept).await;
    till.page.fill("#scan-gap", "45").await;
    let choose = "(() => {
        const list = document.querySelector('#theme');
        list.value = 'dark';
        list.dispatchEvent(new Event('change', { bubbles: true }));
    })()";
    till.page.eval::<()>(choose).await.expect("it can be chosen");
    until_true("both cards say it", || async { till.page.count(&unkept).await == 2 }).await;
    assert_eq!(settings(&till).await, "dark on on 45 4", "it holds in this page");
    assert_eq!(kept(&till).await, [""; 0]);

    till.page.eval::<()>(FREE).await.expect("it can be allowed");
    till.page.click(&unkept).await;
    until_true("the database keeps what waited", || async { till.page.count(&unkept).await == 1 }).await;
    assert_eq!(kept(&till).await, ["auto_print=on", "scan_characters_min=4", "scan_gap_ms=45"]);
    till.page.click(&unkept).await;
    till.page.until_gone(&unkept).await;
    till.page.reload().await;
    till.until_ready().await;
    assert_eq!(settings(&till).await, "dark on on 45 4");
    browser.finish().await;
    server.close().await;
}

/// From now on there is no room, as the browser says it.
const FILL: &str = "(() => {
    window.room = [IDBObjectStore.prototype.put, Storage.prototype.setItem];
    const full = () => { throw new DOMException('full', 'QuotaExceededError'); };
    [IDBObjectStore.prototype.put, Storage.prototype.setItem] = [full, full];
})()";
const FREE: &str = "(() => { [IDBObjectStore.prototype.put, Storage.prototype.setItem] = window.room; })()";

/// What lies in the database, `name=text`, in order.
async fn kept(till: &TillPage) -> Vec<String> {
    let rows = till.rows("meta").await;
    let named = rows.iter().filter_map(|(key, value)| {
        let name = key.strip_prefix(b"preference:")?;
        Some(format!("{}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(value.get(1..)?)))
    });
    named.collect()
}

/// What Settings shows: theme, printing by itself, sound, the scanner's two thresholds.
async fn settings(till: &TillPage) -> String {
    till.page.click(&by("nav-settings")).await;
    till.page.until_shown("#scan-gap").await;
    let shown = "[document.documentElement.dataset.theme,
        ...[...document.querySelectorAll('.check input')].slice(0, 2).map((box) => box.checked ? 'on' : 'off'),
        document.querySelector('#scan-gap').value, document.querySelector('#scan-least').value].join(' ')";
    till.page.eval(shown).await.expect("the page shows them")
}
