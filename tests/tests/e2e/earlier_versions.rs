//! What earlier versions wrote, this one opens: a data folder and a browser's database of each are kept under
//! `fixtures/`, with what must be found in them.

use evertill_tests::{
    browser::Browser,
    deadline::until_true,
    device_image,
    native_till::{NativeTill, http_client},
    server::{Options, Server},
    surroundings::workspace_root,
    till_page::{TillPage, by},
};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};
use uuid::Uuid;

/// What a fixture must show.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Expected {
    /// Booked sales in the data folder.
    booked: u64,
    /// Entries in the browser's journal, booked or not.
    journal: u64,
    /// Of these, how many still wait.
    waiting: u64,
    /// SKUs in the open cart.
    cart: Vec<String>,
    /// Receipt numbers of the journal, in order.
    receipts: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kept_version_opens_sells_and_syncs() {
    let mut versions: Vec<PathBuf> = std::fs::read_dir(workspace_root().join("tests/fixtures"))
        .expect("fixtures are kept")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("expected.json").is_file())
        .collect();
    versions.sort();
    assert!(!versions.is_empty(), "at least this version's own");
    for version in versions {
        opens(&version).await;
    }
}

async fn opens(version: &Path) {
    let expected: Expected = serde_json::from_reader(file(version, "expected.json")).expect("what to expect");
    let folder = tempfile::Builder::new().prefix("evertill-data-").tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    let mut database = Vec::new();
    GzDecoder::new(file(version, "evertill.db.gz")).read_to_end(&mut database).expect("gzip");
    std::fs::write(data.join("evertill.db"), database).expect("the copy can be written");
    let server = Server::start_in(folder, Options { demo: false, web: None }).await;
    assert_eq!(server.ledger().sale_count(), expected.booked);
    server.doctor().await;

    let mut image = String::new();
    GzDecoder::new(file(version, "browser.json.gz")).read_to_string(&mut image).expect("gzip");
    let image: Value = serde_json::from_str(&image).expect("an image");
    let browser = Browser::launch().await;
    // A document of the same origin that is not the app.
    let page = browser.open(&format!("{}/favicon.svg", server.url())).await;
    page.until("the picture is there", "document.readyState === 'complete'").await;
    device_image::restore(&page, &image).await;
    page.goto(&format!("{}/", server.url())).await;
    let till = TillPage::at(page).await;
    till.page.until_shown(&by("cart-line")).await;
    let cart: Vec<String> = till.lines().await.into_iter().map(|(sku, _)| sku).collect();
    assert_eq!(cart, expected.cart);
    assert_eq!(receipts(&till).await, expected.receipts);
    // A till that was away for days may have journalled that since.
    let kept = till.journal().await.into_iter().filter(|row| row["entry"]["kind"] != "clock_suspect");
    assert_eq!(kept.count() as u64, expected.journal);
    let last = till.pay_exact().await;
    till.new_sale().await;
    assert!(!expected.receipts.contains(&last.receipt), "a number of its own");
    till.until_synced_within(Duration::from_secs(90)).await;
    assert_eq!(server.ledger().sale_count(), expected.booked + expected.waiting + 1);
    server.ledger().assert_dense();
    server.ledger().assert_stock_adds_up();
    server.close().await;
}

/// Run by hand when a version is released:
/// `cargo test -p evertill-tests --test e2e keep_this_version -- --ignored`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes the fixture of this version; only when one is released"]
async fn keep_this_version() {
    let folder = workspace_root().join("tests/fixtures").join(concat!("v", env!("CARGO_PKG_VERSION")));
    std::fs::create_dir_all(&folder).expect("the fixture can be written");
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
    server.stop().await;
    till.sell(&["TEA", "TEA"]).await;
    till.sell(&["JAR"]).await;
    till.add("MUG").await;
    until_true("the cart is in the database", || async { till.rows("drafts").await.len() == 1 }).await;
    let waiting = till.rows("outbox").await.len() as u64;
    let receipts = receipts(&till).await;
    let mut image = device_image::take(&till.page).await;
    without_ballast(&mut image);
    write_gz(&folder.join("browser.json.gz"), image.to_string().as_bytes());
    let expected =
        Expected { booked, journal: receipts.len() as u64, waiting, cart: vec!["MUG".to_owned()], receipts };
    let text = serde_json::to_string_pretty(&expected).expect("JSON");
    std::fs::write(folder.join("expected.json"), text + "\n").expect("the fixture can be written");
    // Stopped cleanly, so the write-ahead log is in the file.
    write_gz(
        &folder.join("evertill.db.gz"),
        &std::fs::read(server.data().join("evertill.db")).expect("the database"),
    );
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

async fn receipts(till: &TillPage) -> Vec<String> {
    let journal = till.journal().await;
    journal.iter().filter_map(|row| row["entry"]["receipt"].as_str().map(ToOwned::to_owned)).collect()
}

fn file(version: &Path, name: &str) -> File {
    File::open(version.join(name)).unwrap_or_else(|error| panic!("{}/{name}: {error}", version.display()))
}

fn write_gz(path: &Path, bytes: &[u8]) {
    let mut encoder =
        GzEncoder::new(File::create(path).expect("the fixture can be written"), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("the fixture can be written");
}
