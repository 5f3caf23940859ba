//! How long the catalogue in memory takes with 100,000 products: to build, and to answer a key.
//! `cargo run --release -p evertill-sync --features testing --example catalogue_timing`

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it prints what a clock says")]

use core::cell::RefCell;
use evertill_domain::TaxRate;
use evertill_protocol::changes::ProductDoc;
use evertill_sync::{
    catalogue::{
        Catalogue, refresh,
        rows::{CatalogueRow, Document, Part, Record, encode_records},
    },
    ports::{Decision, Durability, Store, Table, Write},
    rows::{JsonRow, meta},
    testing::{MemoryStore, run_ready},
};
use std::time::Instant;
use uuid::Uuid;

const PRODUCTS: u128 = 100_000;
const WORDS: [&str; 40] = [
    "white",
    "hanging",
    "heart",
    "light",
    "holder",
    "metal",
    "lantern",
    "cream",
    "cupid",
    "coat",
    "hanger",
    "knitted",
    "union",
    "flag",
    "hot",
    "water",
    "bottle",
    "red",
    "woolly",
    "set",
    "babushka",
    "nesting",
    "boxes",
    "glass",
    "star",
    "frosted",
    "hand",
    "warmer",
    "jack",
    "polka",
    "dot",
    "assorted",
    "colour",
    "bird",
    "ornament",
    "poppy",
    "playhouse",
    "bedroom",
    "christmas",
    "wreath",
];

fn record(number: u128) -> Record {
    let at = number as usize;
    let word = |step: usize| WORDS[(at / step + at * 7) % WORDS.len()];
    let doc = ProductDoc {
        sku: format!("{}{}", 10_000 + number, if at.is_multiple_of(3) { "A" } else { "" }),
        name: format!("{} {} {} no {}", word(1), word(41), word(1681), number),
        barcodes: vec![format!("2{number:012}")],
        category: Some(word(9000).to_owned()),
        price_minor: 208,
        tax_rate_ppm: TaxRate::from_ppm(200_000).expect("a rate"),
        weighed: false,
    };
    Record {
        id: Uuid::from_u128(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1),
        version: 1,
        document: Document::Product(doc),
    }
}

fn main() {
    let store = MemoryStore::default();
    let records: Vec<Record> = (1..=PRODUCTS).map(record).collect();
    let mut writes: Vec<Write> = records
        .chunks(1000)
        .enumerate()
        .map(|(number, records)| {
            let key = Part::Catalogue.chunk_key(1, u32::try_from(number).expect("few"));
            Write::Put(Table::Chunks, key, encode_records(records))
        })
        .collect();
    let row = CatalogueRow { generation: 1, newest_generation: 1, ..Default::default() };
    writes.push(Write::Put(Table::Meta, meta::CATALOGUE.to_vec(), row.encode()));
    let written =
        store.transact(Durability::Relaxed, &Table::ALL, Vec::new(), |_| Decision::Commit(writes, ()));
    run_ready(written).expect("written");

    let catalogue = RefCell::new(Catalogue::default());
    let begun = Instant::now();
    run_ready(refresh(&catalogue, &store, |_| ())).expect("loaded");
    println!("built in {:?}: {} products", begun.elapsed(), catalogue.borrow().len());

    let queries = [
        "w",
        "wh",
        "whi",
        "white",
        "white h",
        "white heart l",
        "chrsitmas",
        "zzzzzz",
        "99",
        "1234",
        "2000000",
        "ight",
        "o",
        "no 5",
    ];
    for query in queries {
        let begun = Instant::now();
        let found = catalogue.borrow().search(query, None, 60).len();
        println!("{query:>16} {found:>4} in {:?}", begun.elapsed());
    }
    let begun = Instant::now();
    let found = catalogue.borrow().by_code("2000000099999").is_some();
    println!("scan {found} in {:?}", begun.elapsed());
}
