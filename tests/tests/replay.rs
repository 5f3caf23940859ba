//! A real year of trade, through the real engine and a real server: totals per month, per product and in all
//! equal what an independent script worked out (`tests/replay/`). Replayed a second time, nothing changes.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use evertill_sync::{
    engine::{Engine, Options, Wake},
    ports::{Surroundings, fresh_id},
    testing::MemoryStore,
    till::{PreparedSale, Till},
};
use evertill_tests::{
    ledger::{By, Ledger, Traded},
    native_engine::{HttpTransport, Native},
    native_till::NativeTill,
    replay::{Invoice, Known, Shop, invoices},
    server::Server,
    surroundings::workspace_root,
};
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    rc::Rc,
};

/// The members of `tests/replay/expected.json` that the ERP must show.
#[derive(Deserialize)]
struct Expected {
    total: Traded,
    months: BTreeMap<String, Traded>,
    products: BTreeMap<String, Traded>,
    codes_not_in_catalogue: BTreeMap<String, u64>,
}

#[tokio::test]
async fn a_real_year_arrives_to_the_penny_and_only_once() {
    let folder = workspace_root().join("tests/replay");
    let text = fs::read_to_string(folder.join("expected.json")).expect("the expected figures are committed");
    let expected: Expected = serde_json::from_str(&text).expect("the expected figures are JSON");
    let invoices = invoices(&folder.join("invoices.csv.gz"));
    assert_eq!(invoices.len() as u64, expected.total.sales, "both read the same invoices as sales");

    let server = Server::start_demo().await;
    let code = server.link().await.split("code=").nth(1).expect("the link carries a code").to_owned();
    let enrolled = NativeTill::enrol(&server.url(), &code).await;
    let (till, store) = till(&enrolled).await;
    drain(&store, &server).await;
    let shop = shop(&till, &enrolled).await;
    for invoice in &invoices {
        sell(&till, &shop, invoice).await;
    }
    let year = till.export_outbox(Native.now_ms()).await.expect("exported");
    drain(&store, &server).await;
    assert_eq!(till.queue_status().await.expect("a status").pending, 0);
    assert_books(&server.ledger(), &shop, &expected);

    // Once more, carried by another terminal from the file that was written before the first upload.
    let kept = server.ledger().inbox_count();
    let (carrier, carrier_store) = self::till(&NativeTill::of(&server).await).await;
    let imported = carrier.import_outbox(&year.text, Native.now_ms()).await.expect("imported");
    assert_eq!(imported.added as u64, expected.total.sales, "every sale travels again");
    drain(&carrier_store, &server).await;
    assert_eq!(carrier.queue_status().await.expect("a status").carried, 0);
    assert_eq!(server.ledger().inbox_count(), kept, "nothing new is kept");
    assert_books(&server.ledger(), &shop, &expected);
    server.doctor().await;
    server.close().await;
}

async fn till(enrolled: &NativeTill) -> (Till<MemoryStore>, MemoryStore) {
    let store = MemoryStore::new();
    let till = Till::new(Rc::new(store.clone()));
    till.keep_tokens(&enrolled.tokens, Native.now_ms()).await.expect("kept");
    (till, store)
}

/// Runs the engine until nothing is left to send or to read.
async fn drain(store: &MemoryStore, server: &Server) {
    let transport = HttpTransport::to(&server.url());
    let engine = Engine::new(Rc::new(store.clone()), transport, Native, Options::default());
    let round = engine.round(Wake::SyncNow).await;
    assert!(round.complete, "{round:?}");
}

/// The outlet as the engine pulled it, and the catalogue's codes and names.
async fn shop(till: &Till<MemoryStore>, enrolled: &NativeTill) -> Shop {
    let outlet = till.outlet().await.expect("readable").expect("the first pull brought the outlet").doc;
    let mut catalogue = HashMap::new();
    let mut after = String::new();
    loop {
        let page = enrolled.get(&format!("/api/products?limit=200{after}")).await;
        for item in page["items"].as_array().expect("a page has items") {
            let id = item["id"].as_str().and_then(|id| id.parse().ok()).expect("a product has an id");
            let text = |field: &str| item[field].as_str().expect("a product has its texts").to_owned();
            catalogue.insert(text("sku").to_uppercase(), Known { id, name: text("name") });
        }
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    let tzif = BASE64_STANDARD.decode(&outlet.tzif).expect("the zone's data is base64");
    let time_zone = TimeZone::tzif(&outlet.time_zone, &tzif).expect("the outlet's time zone is readable");
    let day = outlet.day_rule();
    Shop { outlet: enrolled.tokens.outlet, currency: outlet.currency, day, time_zone, catalogue }
}

async fn sell(till: &Till<MemoryStore>, shop: &Shop, invoice: &Invoice) {
    let (sale, date) = shop.sale(invoice);
    let prepared = PreparedSale::new(fresh_id(&Native), &sale, date).expect("the sample's sales are short");
    till.complete_sale(prepared, &Native).await.expect("committed");
}

fn assert_books(ledger: &Ledger, shop: &Shop, expected: &Expected) {
    assert_eq!(ledger.traded(By::All).remove(""), Some(expected.total), "in all");
    assert_eq!(ledger.traded(By::Month), expected.months, "per month");
    let mut booked = ledger.traded(By::Product);
    for (code, traded) in &expected.products {
        let id = shop.product_id(code);
        assert_eq!(booked.remove(&id.uuid().simple().to_string()).as_ref(), Some(traded), "{code}");
        assert_eq!(
            expected.codes_not_in_catalogue.contains_key(code),
            !shop.catalogue.contains_key(code),
            "{code}"
        );
    }
    assert!(booked.is_empty(), "products that were not expected: {booked:?}");
    ledger.assert_dense();
    ledger.assert_stock_adds_up();
}
