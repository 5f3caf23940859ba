//! Golden files and hash vectors: what version 1 of the protocol looks like on the wire, byte for byte.
//!
//! A failing test here means that a till in the field would no longer be understood. Do not update a file;
//! add a new schema or protocol version with files of its own.

use evertill_domain::{
    Id, Quantity, TaxRate,
    cart::{Cart, CartProduct},
    checkout::{CheckoutContext, checkout},
    sale::{Tender, TenderKind},
};
use evertill_protocol::{
    Entry, Hash, Kind, body,
    chain::{GENESIS, Link},
    problem::Problem,
    upload::{Upload, UploadAnswer},
};
use std::{fs, path::Path};
use uuid::Uuid;

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn id<Kind>(number: u128) -> Id<Kind> {
    Id::new(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 + number)).expect("not nil")
}

/// The example of the specification: three bags at 2.08, 7.00 in cash.
fn example_body() -> String {
    let mut cart = Cart::default();
    let product = CartProduct {
        id: id(3),
        sku: "85099B".into(),
        name: "Jumbo bag red retrospot".into(),
        unit_price_minor: 208,
        tax_rate: TaxRate::from_ppm(200_000).expect("a rate"),
        weighed: false,
    };
    cart.add(product, Quantity::from_milli(3000)).expect("fits");
    let context = CheckoutContext {
        outlet: id(1),
        cashier: None,
        currency: "GBP".parse().expect("a currency"),
        opened_at_ms: 1_777_545_600_000,
        completed_at_ms: 1_777_545_660_000,
    };
    let cash = Tender { kind: TenderKind::Cash, amount_minor: 700, reference: None };
    body::encode_sale(&checkout(&cart, vec![cash], context).expect("balances"))
}

fn example_entry(seq: u64, prev: Hash) -> Entry {
    let body = example_body();
    let business_date = "2026-04-30".parse().expect("a date");
    let receipt = format!("2026-04-30-{seq:02}");
    let link = Link {
        terminal: id(2),
        epoch: 1,
        seq,
        id: id(100 + u128::from(seq)),
        kind: Kind::Sale.as_str(),
        schema: body::SALE_SCHEMA,
        receipt: Some(&receipt),
        business_date,
        body: &body,
        prev,
    };
    let hash = link.hash();
    Entry {
        seq,
        id: link.id,
        kind: link.kind.to_owned(),
        schema: link.schema,
        receipt: Some(receipt.clone()),
        business_date,
        prev,
        hash,
        body,
    }
}

#[test]
fn the_body_of_a_sale_is_byte_for_byte_schema_1() {
    let text = golden("sale-1.json");
    assert_eq!(example_body(), text.trim_end());
    assert!(body::decode_sale(1, text.trim_end()).is_ok());
}

#[test]
fn a_chain_of_two_hashes_as_published() {
    let first = example_entry(1, GENESIS);
    let second = example_entry(2, first.hash);
    let published = golden("chain-1.txt");
    assert_eq!(format!("{}\n{}\n", first.hash, second.hash), published);
    assert_eq!(second.computed_hash(id(2), 1), second.hash);
}

#[test]
fn every_field_is_covered_by_the_hash() {
    let entry = example_entry(1, GENESIS);
    let changed: [Entry; 7] = [
        Entry { seq: 2, ..entry.clone() },
        Entry { id: id(9), ..entry.clone() },
        Entry { kind: "sal".into(), ..entry.clone() },
        Entry { schema: 2, ..entry.clone() },
        Entry { receipt: None, ..entry.clone() },
        Entry { business_date: "2026-05-01".parse().expect("a date"), ..entry.clone() },
        Entry { body: entry.body.replace("208", "209"), ..entry.clone() },
    ];
    for other in changed {
        assert_ne!(other.computed_hash(id(2), 1), entry.hash, "{other:?}");
    }
    assert_ne!(entry.computed_hash(id(8), 1), entry.hash);
    assert_ne!(entry.computed_hash(id(2), 2), entry.hash);
    assert_ne!(Entry { prev: Hash([1; 32]), ..entry.clone() }.computed_hash(id(2), 1), entry.hash);
}

#[test]
fn an_upload_and_its_answer_keep_their_names() {
    let first = example_entry(1, GENESIS);
    let upload = Upload {
        protocol: 1,
        terminal: id(2),
        epoch: 1,
        batch: Uuid::from_u128(7),
        sent_at: 1_777_545_700_000,
        head: 1,
        acked_through: 0,
        pending: 1,
        oldest_age_s: 40,
        lost: vec![(4801, 4803)],
        entries: vec![first],
    };
    assert_eq!(serde_json::to_string_pretty(&upload).expect("JSON"), golden("upload-1.json").trim_end());
    let answer: UploadAnswer = serde_json::from_str(&golden("answer-1.json")).expect("readable");
    assert_eq!(serde_json::to_string_pretty(&answer).expect("JSON"), golden("answer-1.json").trim_end());
}

#[test]
fn unknown_fields_are_ignored_in_envelopes_and_refused_in_bodies() {
    let with_more =
        golden("upload-1.json").replacen("\"protocol\"", "\"later\": {\"a\": 1}, \"protocol\"", 1);
    assert!(serde_json::from_str::<Upload>(&with_more).is_ok());
    let body = example_body().replacen("\"outlet\"", "\"later\": 1, \"outlet\"", 1);
    assert_eq!(body::decode_sale(1, &body).expect_err("refused").code(), "body");
    assert_eq!(body::decode_sale(2, &example_body()).expect_err("refused").code(), "body");
}

#[test]
fn bodies_that_do_not_add_up_say_so() {
    for (from, to, code) in [
        ("\"total_minor\":624", "\"total_minor\":625", "arithmetic"),
        ("\"change_minor\":76", "\"change_minor\":75", "arithmetic"),
        ("\"gross_minor\":624,\"discount", "\"gross_minor\":623,\"discount", "arithmetic"),
        ("\"quantity_milli\":3000", "\"quantity_milli\":-3000", "body"),
        ("\"quantity_milli\":3000", "\"quantity_milli\":3e3", "body"),
        ("\"quantity_milli\":3000", "\"quantity_milli\":\"3000\"", "body"),
        ("\"unit_price_minor\":208", "\"unit_price_minor\":99999999999999999999", "body"),
        ("\"currency\":\"GBP\"", "\"currency\":\"gbp\"", "body"),
        ("\"kind\":\"cash\"", "\"kind\":\"barter\"", "body"),
        ("\"tax_rate_ppm\":200000", "\"tax_rate_ppm\":1000001", "body"),
        ("\"cashier\":null", "\"cashier\":\"00000000-0000-0000-0000-000000000000\"", "body"),
    ] {
        let body = example_body();
        assert!(body.contains(from), "{from}");
        let error = body::decode_sale(1, &body.replacen(from, to, 1)).expect_err(to);
        assert_eq!(error.code(), code, "{to}: {error}");
    }
}

#[test]
fn a_problem_leaves_out_what_it_does_not_say() {
    let problem = Problem {
        kind: "https://evertill.example/problems/unauthorized".into(),
        title: "Not logged in".into(),
        status: 401,
        code: "unauthorized".into(),
        ..Problem::default()
    };
    let text = serde_json::to_string(&problem).expect("JSON");
    assert!(!text.contains("detail") && !text.contains("rows"), "{text}");
}
