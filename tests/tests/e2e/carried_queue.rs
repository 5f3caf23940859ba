//! The queue as a file: saved on a till that cannot reach the ERP, taken in by one that can; and leaving a terminal,
//! which is refused while something exists only there.

use evertill_protocol::hex;
use evertill_tests::{
    browser::{Browser, Page, Provoked},
    deadline::until,
    demo_shop,
    server::Server,
    till_page::{TillPage, by},
};
use serde_json::Value;
use std::path::{Path, PathBuf};

const CHECK: &str = "#outbox-check";
const IMPORT: &str = "#outbox-import";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_travels_in_a_file_and_only_then_its_till_may_be_left() {
    let mut server = Server::start_demo().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stranded = Browser::launch().await;
    stranded.will_provoke([Provoked::NoConnection]).await;
    stranded.save_to(folder.path()).await;
    let till = TillPage::enrol(&stranded, &server.link().await).await;
    till.until_controlled().await;
    let (link, products) = (server.further_link().await, server.ledger().piece_products(2));
    server.stop().await;
    till.sell(&[&products[0].0]).await;
    till.sell(&[&products[0].0, &products[1].0]).await;
    till.until_pending(2).await;

    let page = &till.page;
    page.click(&by("nav-sync")).await;
    leave(page).await;
    page.until_says("[role=alert]", "Refused while sales have not arrived").await;
    page.click(&by("outbox-export")).await;
    let file = saved(folder.path()).await;
    page.until_says("[role=status]", "2 entries").await;

    // Another file proves nothing.
    let other = folder.path().join("other.json");
    std::fs::write(&other, "{\"format\": \"something else\"}").expect("a file can be written");
    page.choose_file(CHECK, &other).await;
    page.until_says("[role=alert]", "That file will not do").await;
    leave(page).await;
    page.until_says("[role=alert]", "Refused while sales have not arrived").await;
    page.choose_file(CHECK, &file).await;
    page.until_says("[role=status]", "The file holds everything that has not arrived").await;
    leave(page).await;
    page.until_shown(&by("enrol")).await;
    assert!(till.journal().await.is_empty(), "the terminal is forgotten");

    // A till that reaches the ERP takes the file, and a second time does no harm.
    server.restart().await;
    page.reload().await;
    page.until_says("[role=status]", "T1").await;
    stranded.finish().await;
    let carrier = Browser::launch().await;
    let till = TillPage::enrol(&carrier, &link).await;
    let page = &till.page;
    page.click(&by("nav-sync")).await;
    page.choose_file(IMPORT, &other).await;
    page.until_says("[role=alert]", "The file was not taken").await;
    for _ in 0..2 {
        page.choose_file(IMPORT, &file).await;
        page.until_says("[role=status]", "2 entries of T1 are queued here").await;
        till.until_synced().await;
        assert_eq!(server.ledger().seqs("T1", 1), [1, 2], "once each");
        page.reload().await;
    }
    server.ledger().assert_stock_adds_up();

    // With nothing waiting, a terminal is left at the second press.
    leave(page).await;
    page.until_shown(&by("enrol")).await;
    carrier.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_keeps_what_it_cannot_tell_and_says_so() {
    let mut server = Server::start_demo().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let browser = Browser::launch().await;
    browser.will_provoke([Provoked::NoConnection]).await;
    browser.save_to(folder.path()).await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    let products = server.ledger().piece_products(2);
    server.stop().await;
    till.sell(&[&products[0].0]).await;
    till.sell(&[&products[1].0]).await;
    till.until_pending(2).await;
    let journal = till.rows("journal").await;
    let (first, row) = &journal[0];
    till.overwrite("journal", first, &row[..row.len() / 2]).await;

    let page = &till.page;
    page.click(&by("nav-sync")).await;
    page.click(&by("outbox-export")).await;
    page.until_says("[role=alert]", "1 entry saved to the file").await;
    page.until_says("[role=alert]", "1 entry is damaged on this device, cannot be read any more").await;
    let file = std::fs::read(saved(folder.path()).await).expect("it can be read");
    let file: Value = serde_json::from_slice(&file).expect("a queue file is JSON");
    let seqs: Vec<&Value> =
        file["epochs"].as_array().into_iter().flatten().map(|epoch| &epoch["entries"]).collect();
    assert_eq!(seqs.len(), 1);
    assert_eq!(seqs[0].as_array().map(|entries| (entries.len(), &entries[0]["seq"])), Some((1, &2.into())));

    assert_eq!(
        file["unreadable"][0]["value"],
        Value::from(hex::encode(&row[..row.len() / 2])),
        "as it was found"
    );

    // With nothing else to save, that is what the file is for.
    let (second, row) = &journal[1];
    till.overwrite("journal", second, &row[..row.len() / 2]).await;
    page.click(&by("outbox-export")).await;
    page.until_says("[role=alert]", "What cannot be read is in the file. 2 entries are damaged").await;

    // The ERP is told which, and a person looks.
    server.restart().await;
    page.click(&by("sync-now")).await;
    for seq in [1, 2] {
        page.until_shown(&format!("{}[data-seq='{seq}'][data-state=Failed]", by("queue-row"))).await;
    }
    assert_eq!(server.ledger().sale_count(), 0);
    assert!(!server.ledger().open_cases().is_empty(), "the loss is named");
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_sale_that_cannot_be_read_is_left_behind_only_in_a_file() {
    let (server, browser, till) = demo_shop::with_a_till().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    browser.save_to(folder.path()).await;
    till.add(&server.ledger().piece_products(1)[0].0).await;
    till.until_draft_kept().await;
    let (_, row) = till.rows("drafts").await.remove(0);
    let rotten = &row[..row.len() / 2];
    till.overwrite("drafts", &[7; 16], rotten).await;

    let page = &till.page;
    page.click(&by("nav-sync")).await;
    for _ in 0..2 {
        leave(page).await;
        page.until_says("[role=alert]", "1 open sale cannot be read, and money may have been taken").await;
        page.until_says(&by("leave"), "Leave this terminal").await;
    }
    page.click(&by("outbox-export")).await;
    page.until_says("[role=status]", "1 open sale cannot be read; what is left of it is in the file").await;
    let file = saved(folder.path()).await;
    let text = std::fs::read_to_string(&file).expect("it can be read");
    assert!(text.contains(&hex::encode(rotten)), "{text}");
    page.choose_file(CHECK, &file).await;
    page.until_says("[role=status]", "The file holds everything that has not arrived").await;
    leave(page).await;
    page.until_shown(&by("enrol")).await;
    assert!(till.rows("drafts").await.is_empty(), "the terminal is forgotten");
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_erp_does_not_take_is_listed_and_given_back_as_a_file() {
    let mut server = Server::start_demo().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let owner = Browser::launch().await;
    owner.will_provoke([Provoked::NoConnection]).await;
    owner.save_to(folder.path()).await;
    let till = TillPage::enrol(&owner, &server.link().await).await;
    till.until_controlled().await;
    let (link, product) = (server.further_link().await, server.ledger().piece_products(1).remove(0));
    server.stop().await;
    till.sell(&[&product.0]).await;
    till.until_pending(1).await;
    till.page.click(&by("nav-sync")).await;
    till.page.click(&by("outbox-export")).await;
    let text = std::fs::read_to_string(saved(folder.path()).await).expect("it can be read");
    let mut file: Value = serde_json::from_str(&text).expect("a queue file is JSON");
    file["terminal"] = "0198a1b2-0000-7000-8000-000000000001".into();
    let strange = folder.path().join("strange.txt");
    std::fs::write(&strange, file.to_string()).expect("a file can be written");
    server.restart().await;
    till.page.click(&by("sync-now")).await;
    till.until_synced().await;

    // Who may ask the ERP for its terminals is told at once.
    till.page.choose_file(IMPORT, &strange).await;
    till.page.until_says("[role=alert]", "the ERP knows no terminal with the number in it").await;
    assert_eq!(till.row_count("carried").await, 0);
    owner.finish().await;

    let given = tempfile::tempdir().expect("a temporary folder");
    let carrier = Browser::launch().await;
    carrier.will_provoke([Provoked::Status(404)]).await;
    carrier.save_to(given.path()).await;
    let till = TillPage::enrol(&carrier, &link).await;
    let page = &till.page;
    page.click(&by("nav-sync")).await;
    page.choose_file(IMPORT, &strange).await;
    page.until_says("[role=status]", "1 entry of T1 is queued here").await;
    page.until_says(&by("carried"), "1 entry of").await;
    page.until_says(&by("carried"), "The ERP has not taken them yet").await;
    page.picture("carried").await;
    page.click(&by("carried-save")).await;
    let back = saved(given.path()).await;
    page.choose_file("#carried-check", &back).await;
    page.until_gone(&by("carried")).await;
    let kept: Value =
        serde_json::from_slice(&std::fs::read(back).expect("it can be read")).expect("a queue file is JSON");
    assert_eq!(kept["epochs"], file["epochs"], "it holds what was brought");
    assert_eq!(till.row_count("carried").await, 0);
    leave(page).await;
    page.until_shown(&by("enrol")).await;
    carrier.finish().await;
    server.close().await;
}

/// Presses and confirms.
async fn leave(page: &Page) {
    // What the page looks up stands above the button, and comes a moment later.
    page.until_shown(&by("storage-persisted")).await;
    page.click(&by("leave")).await;
    page.until_says(&by("leave"), "Leave and forget").await;
    page.click(&by("leave")).await;
}

/// The file that the browser saved, once it is whole.
async fn saved(folder: &Path) -> PathBuf {
    until("the file is saved", || async {
        let files = std::fs::read_dir(folder).expect("the folder is there").flatten();
        files.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|kind| kind == "json"))
    })
    .await
}
