//! Rows as every shipped version wrote them. A till opens what an earlier version left, so none of these files
//! ever changes: a new encoding gets the next version byte and a file of its own.
//!
//! To add one: write the test, run with `EVERTILL_WRITE_GOLDEN=1`, look at the file, commit it.

use core::fmt::Debug;
use evertill_domain::{
    Currency, Quantity, TaxRate,
    cart::{Cart, CartProduct},
    stock::StockPolicy,
};
use evertill_protocol::{
    Entry, Hash,
    body::{TenderKindV1, TenderV1},
    changes::{CategoryDoc, Included, OutletDoc, ProductDoc, TerminalDoc},
    terminal::Right,
    upload::Outcome,
};
use evertill_sync::{
    catalogue::rows::{
        CatalogueRow, CursorRow, Document, DocumentKind, Loading, Part, Record, decode_records,
        encode_records,
    },
    ports::Table,
    rows::{
        CarriedRow, Draft, FailedRow, HeadRow, Identity, JournalRow, JsonRow, OutboxRow, OutletRow, Position,
        Tokens, carried_key,
    },
    testing::shop::id,
};
use std::path::Path;
use uuid::Uuid;

fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A row is written as the file says, and the file is read as the row.
fn check<R: PartialEq + Debug>(name: &str, row: &R, encoded: &[u8], decode: impl Fn(&[u8]) -> R) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("EVERTILL_WRITE_GOLDEN").is_some() && !path.exists() {
        std::fs::create_dir_all(path.parent().expect("golden/ lies in tests/")).expect("a writable checkout");
        std::fs::write(&path, encoded).expect("a writable checkout");
    }
    let golden = golden(name);
    assert_eq!(decode(&golden), *row, "{name}: what was shipped is read otherwise");
    assert_eq!(golden, encoded, "{name}: rows are written otherwise than shipped");
}

fn check_json<R: JsonRow + PartialEq + Debug>(name: &str, row: &R) {
    check(name, row, &row.encode(), |bytes| R::decode(bytes).expect("a golden row can be read"));
}

fn rate() -> TaxRate {
    TaxRate::from_ppm(200_000).expect("20 % is a rate")
}

fn entry() -> Entry {
    Entry {
        seq: 4711,
        id: id(0x0190_0000_0000_7000_8000_0000_0000_0001),
        kind: "sale".into(),
        schema: 1,
        receipt: Some("2026-04-30-01".into()),
        business_date: "2026-04-30".parse().expect("a date"),
        prev: Hash([0x11; 32]),
        hash: Hash([0xab; 32]),
        body: "{\"note\":\"exact \\\"text\\\", Größe 5 £\"}".into(),
    }
}

#[test]
fn rows_of_the_journal() {
    check_json("journal-1.json", &JournalRow { entry: entry(), committed_at_ms: 1_777_536_000_123 });
    check_json("outbox-1.json", &OutboxRow { queued_at_ms: 1_777_536_000_123, refusals: 3 });
    let failed = FailedRow {
        outcome: Outcome::Quarantined,
        code: Some("arithmetic".into()),
        reference: Some("17".into()),
        since_ms: 1,
        sent_at_ms: 2,
        held_by_erp: true,
        settled: false,
    };
    check_json("failed-1.json", &failed);
    let head = HeadRow {
        seq: 4711,
        hash: Hash([0xab; 32]),
        date: "2026-04-30".parse().expect("a date"),
        acked_through: 4700,
        durable_through: 4500,
    };
    check_json("head-1.json", &head);
    let carried = CarriedRow { entry: entry(), imported_at_ms: 5 };
    check_json("carried-1b.json", &carried);
    // 0.1.0 wrote a count that nobody kept.
    check("carried-1.json", &carried, &golden("carried-1.json"), |bytes| {
        CarriedRow::decode(bytes).expect("a golden row can be read")
    });
}

#[test]
fn rows_of_the_device() {
    let identity = Identity {
        terminal: id(7),
        short_code: "T2".into(),
        epoch: 3,
        outlet: id(9),
        right: Right::Owner,
        revoked: false,
    };
    check_json("identity-1.json", &identity);
    let tokens = Tokens {
        access: "a.b.c".into(),
        access_until_ms: 1_777_536_900_000,
        refresh: "d.e.f".into(),
        ask: Some(Uuid::from_u128(5)),
    };
    check_json("tokens-1.json", &tokens);
    let doc = OutletDoc {
        name: "Corner shop".into(),
        currency: "GBP".parse::<Currency>().expect("a currency"),
        locale: "en-GB".into(),
        time_zone: "Europe/London".into(),
        tzif: "VFppZg==".into(),
        cutoff_hour: 4,
        default_tax_rate_ppm: rate(),
        stock_policy: StockPolicy::Block,
        address: vec!["1 High Street".into()],
        tax_id: Some("GB 1".into()),
    };
    check_json("outlet-1.json", &OutletRow { version: 2, doc });
    let mut cart = Cart::default();
    let product = CartProduct {
        id: id(11),
        sku: "A-1".into(),
        name: "Apples".into(),
        unit_price_minor: 208,
        tax_rate: rate(),
        weighed: true,
    };
    cart.add(product, Quantity::from_milli(412)).expect("a small cart");
    // 0.1.0 kept no tenders; a cart without any is still written as it was.
    let draft = Draft { id: id(12), opened_at_ms: 1, changed_at_ms: 2, cart, tenders: Vec::new() };
    check_json("draft-1.json", &draft);
    let charged =
        TenderV1 { kind: TenderKindV1::Card, amount_minor: 50, reference: Some("TERMINAL 4711".into()) };
    let cash = TenderV1 { kind: TenderKindV1::Cash, amount_minor: 20, reference: None };
    check_json("draft-1b.json", &Draft { tenders: vec![charged, cash], ..draft });
}

#[test]
fn rows_of_the_catalogue() {
    let product = ProductDoc {
        sku: "A-1".into(),
        name: "Apples, Gala".into(),
        barcodes: vec!["2000000000015".into()],
        category: Some("Fruit".into()),
        price_minor: 208,
        tax_rate_ppm: rate(),
        weighed: true,
    };
    let documents = [
        Document::Product(product),
        Document::Category(CategoryDoc { name: "Fruit".into() }),
        Document::Terminal(TerminalDoc { short_code: "T1".into(), revoked: true }),
        Document::Stock { on_hand_milli: -1_500 },
        Document::Gone(DocumentKind::Product),
    ];
    let records: Vec<Record> = (1..)
        .zip(documents)
        .map(|(number, document)| Record { id: Uuid::from_u128(number), version: 812, document })
        .collect();
    check("records-1.bin", &records, &encode_records(&records), |bytes| {
        decode_records(bytes).expect("golden records can be read")
    });
    let loading = Loading {
        generation: 4,
        feed: Uuid::from_u128(1),
        cursor: "c".into(),
        after: "a".into(),
        next_chunk: 2,
        next_stock_chunk: 1,
        loaded: 4000,
        total: 100_000,
    };
    let row = CatalogueRow {
        generation: 3,
        stock_generation: 2,
        stock_waiting: Some(3),
        newest_generation: 4,
        overlay_next: 9,
        overlay_rows: [1, 2],
        overlay_records: [10, 20],
        staged_next: 5,
        loading: Some(loading),
    };
    check_json("catalogue-1.json", &row);
    let cursor = CursorRow {
        feed: Uuid::from_u128(1),
        cursor: "opaque".into(),
        as_of_ms: Some(1_777_536_000_123),
        included: vec![Included { epoch: 1, seqs: vec![(1, 4710), (4712, 4713)] }],
        resync: false,
    };
    check_json("cursor-1.json", &cursor);
}

/// Keys and names under which every version finds the rows of every other.
#[test]
fn keys_and_tables() {
    let position = Position { epoch: 0x0102_0304, seq: 0x0506_0708_090a_0b0c };
    assert_eq!(position.key(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    assert_eq!(Part::Catalogue.chunk_key(1, 2), [0, 0, 0, 1, 0, 0, 0, 2]);
    assert_eq!(Part::Stock.chunk_key(1, 2), [0, 0, 0, 1, 0x80, 0, 0, 2]);
    assert_eq!(Part::Stock.overlay_key(3), [1, 0, 0, 0, 0, 0, 0, 0, 3]);
    let carried = carried_key(id(1), position, Hash([7; 32]));
    assert_eq!((carried.len(), carried[15], carried[16], carried[28]), (60, 1, 1, 7));
    let names = Table::ALL.map(Table::name);
    let shipped = [
        "meta", "drafts", "journal", "ids", "outbox", "failed", "heads", "counters", "carried", "chunks",
        "overlay", "staged", "ballast",
    ];
    assert_eq!(names, shipped);
}
