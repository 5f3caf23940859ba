//! The catalogue as the till uses it, over the in-memory store.

use super::{
    Catalogue, refresh, refresh_sold,
    rows::{CatalogueRow, CursorRow, Document, DocumentKind, Loading, Part, Record, encode_records},
};
use crate::{
    ports::{Decision, Durability, Store, Table, Write},
    rows::{HeadRow, JournalRow, JsonRow, Position, meta},
    testing::{MemoryStore, run_ready},
};
use core::cell::RefCell;
use evertill_domain::{Id, Quantity, TaxRate, id};
use evertill_protocol::{
    Entry, Hash,
    changes::{Included, ProductDoc},
};
use uuid::Uuid;

fn product(number: u128, name: &str) -> Record {
    let doc = ProductDoc {
        // One with marks in it, as suppliers write them.
        sku: if number == 5 { "A-50/X1".to_owned() } else { format!("SKU{number:03}a") },
        name: name.to_owned(),
        barcodes: vec![format!("200000{number:07}")],
        category: Some(if name.contains("mug") { "Kitchen" } else { "Home" }.to_owned()),
        price_minor: 100,
        tax_rate_ppm: TaxRate::ZERO,
        weighed: false,
    };
    Record { id: Uuid::from_u128(number), version: 1, document: Document::Product(doc) }
}

fn stock(number: u128, version: u64, on_hand_milli: i64) -> Record {
    Record { id: Uuid::from_u128(number), version, document: Document::Stock { on_hand_milli } }
}

fn id(number: u128) -> Id<id::Product> {
    Id::new(Uuid::from_u128(number)).expect("not nil")
}

struct Device {
    store: MemoryStore,
    catalogue: RefCell<Catalogue>,
}

impl Device {
    fn new() -> Self {
        Self { store: MemoryStore::default(), catalogue: RefCell::default() }
    }

    fn write(&self, writes: Vec<Write>) {
        let written = self
            .store
            .transact(Durability::Relaxed, &Table::ALL, Vec::new(), |_| Decision::Commit(writes, ()));
        run_ready(written).expect("written");
    }

    fn catalogue_row(&self, row: &CatalogueRow) {
        self.write(vec![Write::Put(Table::Meta, meta::CATALOGUE.to_vec(), row.encode())]);
    }

    fn cursor(&self, as_of_ms: i64, included: &[(u64, u64)]) {
        let row = CursorRow {
            feed: Uuid::from_u128(9),
            cursor: as_of_ms.to_string(),
            as_of_ms: Some(as_of_ms),
            included: vec![Included { epoch: 1, seqs: included.to_vec() }],
            resync: false,
        };
        self.write(vec![Write::Put(Table::Meta, meta::CURSOR.to_vec(), row.encode())]);
    }

    fn chunk(&self, part: Part, generation: u32, number: u32, records: &[Record]) {
        self.write(vec![Write::Put(
            Table::Chunks,
            part.chunk_key(generation, number),
            encode_records(records),
        )]);
    }

    fn change(&self, part: Part, number: u64, records: &[Record]) {
        self.write(vec![Write::Put(Table::Overlay, part.overlay_key(number), encode_records(records))]);
    }

    fn sale(&self, seq: u64, product: u128, quantity_milli: i64) {
        let date = "2026-04-30".parse().expect("a date");
        let body = format!(
            "{{\"lines\":[{{\"product\":\"{}\",\"quantity_milli\":{quantity_milli},\"name\":\"x\"}}]}}",
            Uuid::from_u128(product)
        );
        let entry = Entry {
            seq,
            id: Id::new(Uuid::from_u128(1000 + u128::from(seq))).expect("not nil"),
            kind: "sale".to_owned(),
            schema: 1,
            receipt: None,
            business_date: date,
            prev: Hash::of(b""),
            hash: Hash::of(b""),
            body,
        };
        let head = HeadRow { seq, hash: Hash::of(b""), date, acked_through: 0, durable_through: 0 };
        self.write(vec![
            Write::Put(
                Table::Journal,
                Position { epoch: 1, seq }.key(),
                JournalRow { entry, committed_at_ms: 0 }.encode(),
            ),
            Write::Put(Table::Heads, 1_u32.to_be_bytes().to_vec(), head.encode()),
        ]);
    }

    fn refresh(&self) {
        run_ready(refresh(&self.catalogue, &self.store, |_| ())).expect("refreshed");
    }

    fn found(&self, query: &str) -> Vec<String> {
        let catalogue = self.catalogue.borrow();
        let found = catalogue.search(query, None, 10);
        found.iter().filter_map(|at| catalogue.product(*at)).map(|product| product.name.to_owned()).collect()
    }

    fn left(&self, number: u128) -> Option<i64> {
        self.catalogue.borrow().shown_stock(id(number)).map(|stock| stock.left().milli())
    }
}

fn shop() -> Device {
    let device = Device::new();
    device.chunk(
        Part::Catalogue,
        1,
        0,
        &[product(1, "White hanging heart"), product(2, "Red tea mug"), product(3, "Mug, blue")],
    );
    device.chunk(
        Part::Catalogue,
        1,
        1,
        &[product(4, "Christmas wreath"), product(5, "Heart of wicker small"), product(6, "Smug cat")],
    );
    device.catalogue_row(&CatalogueRow { generation: 1, newest_generation: 1, ..Default::default() });
    device.refresh();
    device
}

#[test]
fn search_answers_as_a_cashier_expects() {
    let device = shop();
    for (query, expected) in [
        ("mug", &["Mug, blue", "Red tea mug", "Smug cat"][..]),
        ("MUG B", &["Mug, blue"]),
        ("heart", &["Heart of wicker small", "White hanging heart"]),
        ("hea whi", &["White hanging heart"]),
        ("chrsitmas", &["Christmas wreath"]),
        ("christmas tree", &[]),
        ("sku004", &["Christmas wreath"]),
        ("SKU004A", &["Christmas wreath"]),
        ("2000000000005", &["Heart of wicker small"]),
        ("A-5", &["Heart of wicker small"]),
        ("a-50 ", &["Heart of wicker small"]),
        ("a-50/x1", &["Heart of wicker small"]),
        ("a 5", &["Heart of wicker small"]),
        ("a-6", &[]),
        ("zzz", &[]),
        ("🍕🍕", &[]),
        ("*", &[]),
        (
            "",
            &[
                "Christmas wreath",
                "Heart of wicker small",
                "Mug, blue",
                "Red tea mug",
                "Smug cat",
                "White hanging heart",
            ],
        ),
    ] {
        assert_eq!(device.found(query), expected, "{query}");
    }
    let catalogue = device.catalogue.borrow();
    assert_eq!(catalogue.categories(), ["Home", "Kitchen"]);
    assert_eq!(catalogue.search("", Some("Kitchen"), 10).len(), 2);
    assert_eq!(catalogue.search("", Some("Garden"), 10).len(), 0);
    assert_eq!(catalogue.search("", None, 2).len(), 2);
    let heart = catalogue.by_code("2000000000001").and_then(|at| catalogue.cart_product(at));
    assert_eq!(heart.map(|product| product.id), Some(id(1)));
    assert_eq!(catalogue.by_code("sku002A"), catalogue.by_id(id(2)));
    assert_eq!(catalogue.by_code("200000000000"), None);
}

#[test]
fn changes_replace_what_they_change() {
    let device = shop();
    let renamed = Record { version: 2, ..product(2, "Green tea cup") };
    let stale = Record { version: 1, ..product(2, "An older answer") };
    let gone = Record { id: Uuid::from_u128(4), version: 5, document: Document::Gone(DocumentKind::Product) };
    device.change(Part::Catalogue, 0, &[renamed, gone]);
    device.change(Part::Catalogue, 4, &[stale, product(7, "Wreath of holly")]);
    device.refresh();
    assert_eq!(device.catalogue.borrow().len(), 6);
    assert_eq!(device.found("tea"), ["Green tea cup"]);
    assert_eq!(device.found("wreath"), ["Wreath of holly"]);
    assert_eq!(device.catalogue.borrow().by_code("SKU004a"), None);
    assert!(device.catalogue.borrow().by_id(id(4)).is_none());
    // A new generation takes the place of all that.
    device.chunk(Part::Catalogue, 2, 0, &[product(8, "Only this")]);
    device.write(vec![
        Write::DeleteRange(Table::Overlay, Part::Catalogue.overlay_keys(0)),
        Write::DeleteRange(Table::Chunks, Part::Catalogue.chunk_keys(1)),
    ]);
    device.catalogue_row(&CatalogueRow { generation: 2, newest_generation: 2, ..Default::default() });
    device.refresh();
    assert_eq!(device.found(""), ["Only this"]);
    assert_eq!(device.catalogue.borrow().categories(), ["Home"]);
}

#[test]
fn the_first_catalogue_is_searchable_while_it_comes() {
    let device = Device::new();
    let loading = |next_chunk| CatalogueRow {
        newest_generation: 1,
        loading: Some(Loading {
            generation: 1,
            feed: Uuid::from_u128(9),
            cursor: "c".to_owned(),
            after: "a".to_owned(),
            next_chunk,
            next_stock_chunk: 0,
            loaded: 1,
            total: 2,
        }),
        ..Default::default()
    };
    device.chunk(Part::Catalogue, 1, 0, &[product(1, "First")]);
    device.catalogue_row(&loading(1));
    device.refresh();
    assert_eq!((device.found("fir").len(), device.catalogue.borrow().is_complete()), (1, false));
    device.chunk(Part::Catalogue, 1, 1, &[product(2, "Second")]);
    device.catalogue_row(&loading(2));
    device.refresh();
    assert_eq!(device.found("sec").len(), 1);
    device.catalogue_row(&CatalogueRow { generation: 1, newest_generation: 1, ..Default::default() });
    device.refresh();
    assert_eq!((device.catalogue.borrow().len(), device.catalogue.borrow().is_complete()), (2, true));
}

#[test]
fn shown_stock_counts_each_sale_once() {
    let device = shop();
    device.sale(1, 1, 2000);
    device.refresh();
    assert_eq!(device.left(1), None, "the ERP told nothing yet");
    device.chunk(Part::Stock, 1, 0, &[stock(1, 1, 10_000), stock(2, 1, 3000)]);
    device.catalogue_row(&CatalogueRow {
        generation: 1,
        stock_generation: 1,
        newest_generation: 1,
        ..Default::default()
    });
    device.cursor(100, &[]);
    device.refresh();
    assert_eq!((device.left(1), device.left(2)), (Some(8000), Some(3000)));
    // A sale, here or in another tab, counts at once and only once.
    device.sale(2, 1, 1000);
    assert_eq!(run_ready(refresh_sold(&device.catalogue, &device.store)), Ok(true));
    assert_eq!(run_ready(refresh_sold(&device.catalogue, &device.store)), Ok(false));
    assert_eq!(device.left(1), Some(7000));
    device.refresh();
    assert_eq!(device.left(1), Some(7000));
    // The ERP booked the first and says so together with its stock.
    device.change(Part::Stock, 0, &[stock(1, 2, 8000)]);
    device.cursor(200, &[(1, 1)]);
    device.refresh();
    assert_eq!(device.left(1), Some(7000));
    device.change(Part::Stock, 1, &[stock(1, 3, 7000)]);
    device.cursor(300, &[(1, 2)]);
    device.refresh();
    let shown = device.catalogue.borrow().shown_stock(id(1)).expect("known");
    assert_eq!((shown.left().milli(), shown.sold_here, shown.as_of_ms), (7000, Quantity::ZERO, Some(300)));
}

/// The index finds exactly what comparing every word would find.
#[test]
fn the_index_agrees_with_looking_at_every_product() {
    use evertill_domain::search::{Closeness, closeness, fold, words};
    let parts = ["red", "retro", "spotted", "spot", "t-light", "holder", "of", "set", "hearts", "heart"];
    let names: Vec<String> = (0..3000_usize)
        .map(|number| {
            let part = |at: usize| parts[(number / at + number) % parts.len()];
            format!("{} {} {}", part(1), part(7), part(31))
        })
        .collect();
    let device = Device::new();
    for (number, names) in names.chunks(1000).enumerate() {
        let first = number * 1000;
        let records: Vec<Record> =
            names.iter().enumerate().map(|(at, name)| product((first + at + 1) as u128, name)).collect();
        device.chunk(Part::Catalogue, 1, u32::try_from(number).expect("few"), &records);
    }
    device.catalogue_row(&CatalogueRow { generation: 1, newest_generation: 1, ..Default::default() });
    device.refresh();
    let catalogue = device.catalogue.borrow();
    let browsed = catalogue.search("", None, usize::MAX);
    let browsed: Vec<String> =
        browsed.iter().filter_map(|at| catalogue.product(*at)).map(|product| fold(product.name)).collect();
    assert!(browsed.is_sorted() && browsed.len() == names.len());
    for query in ["r", "re", "red", "spot", "pot", "holder red", "ligh set", "hearts of", "xx", "re re"] {
        let expected = names
            .iter()
            .filter(|name| {
                let (name, query) = (fold(name), fold(query));
                words(&query).all(|query| {
                    words(&name).any(|word| closeness(query, word).is_some_and(|it| it > Closeness::Slip))
                })
            })
            .count();
        let found = catalogue.search(query, None, usize::MAX).len();
        assert_eq!(found, expected, "{query}");
    }
}
