//! Keeps what this version writes, for every later one to open: `cargo run -p evertill-tests --bin keep_version`, once,
//! when a version is released and `cargo xtask test` has built it. A real browser sells, synced and not, in front of a
//! real server; the test `every_kept_version_opens_sells_and_syncs` opens what is kept.

use evertill_tests::{
    browser::{Browser, Provoked},
    deadline::until_true,
    device_image,
    kept_version::{Expected, KeptVersion},
    native_till::{NativeTill, http_client},
    server::{Options, Server},
    till_page::TillPage,
};
use serde_json::{Value, json};
use std::process::ExitCode;
use uuid::Uuid;

#[tokio::main]
#[expect(clippy::print_stderr, reason = "a program for a developer's terminal")]
async fn main() -> ExitCode {
    let version = KeptVersion::this();
    if version.is_kept() {
        eprintln!("This version is kept already; what a version wrote is never written again.");
        return ExitCode::FAILURE;
    }
    keep(&version).await;
    ExitCode::SUCCESS
}

async fn keep(version: &KeptVersion) {
    let mut server = Server::start(Options { demo: false, web: None }).await;
    set_up(&server).await;
    let code = server.last_word(&["terminal", "code"]).await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &format!("{}/enrol#code={code}", server.url())).await;
    till.sell(&["TEA", "MUG"]).await;
    till.sell(&["MUG"]).await;
    till.until_synced().await;
    till.until_controlled().await;
    let booked = server.ledger().sale_count();
    browser.will_provoke([Provoked::NoConnection]);
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

async fn set_up(server: &Server) {
    let link = server.link().await;
    let code = link.rsplit('=').next().unwrap_or_default();
    let csv = "sku,name,barcodes,category,price_minor,tax_rate_ppm,weighed,opening_stock_milli\n\
               TEA,Earl Grey tea,2000000000015,Food,350,0,false,50000\n\
               MUG,Mug with a robin,2000000000022,Kitchen,799,200000,false,20000\n\
               JAR,Jam jar,2000000000039,Kitchen,120,200000,false,30000\n\
               CHEESE,Cheddar,2000000000046,Food,1290,0,true,8500\n";
    let device = Uuid::now_v7();
    let request = json!({
        "code": code, "device": device, "name": "The Corner Shop", "currency": "GBP", "locale": "en-GB",
        "time_zone": "Europe/London", "default_tax_rate_ppm": 200_000, "start_with": { "csv": csv },
    });
    let url = format!("http://{}/api/setup", server.address());
    let answer = http_client().post(url).json(&request).send().await.expect("the server answers");
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    let owner = NativeTill::enrol_as(&format!("http://{}", server.address()), code, device).await;
    assert_eq!(owner.tokens.short_code, "T1");
}
