//! Keeps what this version writes, for every later one to open: `cargo run -p evertill-tests --bin keep_version`, once,
//! when a version is released (or an issue is finished: with a name for that state) and `cargo xtask test` has built it. A real browser sells, synced and not, in front of a
//! real server; the test `every_kept_version_opens_sells_and_syncs` opens what is kept.

use evertill_domain::stock::StockPolicy;
use evertill_tests::{
    browser::{Browser, Provoked},
    corner_shop,
    deadline::until_true,
    device_image,
    kept_version::{Expected, KeptVersion},
    server::{Options, Server},
    till_page::TillPage,
};
use serde_json::{Value, json};
use std::process::ExitCode;

#[tokio::main]
#[expect(clippy::print_stderr, reason = "a program for a developer's terminal")]
async fn main() -> ExitCode {
    let version = KeptVersion::this(std::env::args().nth(1).as_deref());
    if version.is_kept() {
        eprintln!("This version is kept already; what a version wrote is never written again.");
        return ExitCode::FAILURE;
    }
    keep(&version).await;
    ExitCode::SUCCESS
}

async fn keep(version: &KeptVersion) {
    let mut server = Server::start(Options { demo: false, web: None }).await;
    corner_shop::set_up(&server, StockPolicy::Warn).await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.further_link().await).await;
    till.sell(&["TEA", "MUG"]).await;
    till.sell(&["MUG"]).await;
    till.until_synced().await;
    till.until_controlled().await;
    let booked = server.ledger().sale_count();
    browser.will_provoke([Provoked::NoConnection]).await;
    server.stop().await;
    till.sell(&["TEA", "TEA"]).await;
    till.sell(&["JAR"]).await;
    till.add("MUG").await;
    until_true("the cart is in the database", || async { till.rows("drafts").await.len() == 1 }).await;
    let waiting = till.rows("outbox").await.len() as u64;
    let receipts = till.receipts().await;
    let mut image = device_image::take(&till.page).await;
    without_ballast(&mut image);
    // Stopped cleanly, so the write-ahead log is in the file.
    let database = std::fs::read(server.data().join("evertill.db")).expect("the database");
    let expected =
        Expected { booked, journal: receipts.len() as u64, waiting, cart: vec!["MUG".to_owned()], receipts };
    browser.finish().await;
    version.keep(&database, &image, &expected);
    server.close().await;
}

/// Two megabytes of random bytes are worth nothing to a later version.
fn without_ballast(image: &mut Value) {
    let databases = image.as_array_mut().into_iter().flatten();
    let stores = databases.filter_map(|database| database["stores"].as_array_mut()).flatten();
    for store in stores.filter(|store| store["name"] == "ballast") {
        store["rows"] = json!([]);
    }
}
