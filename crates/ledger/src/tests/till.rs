//! A till that writes a well-formed journal, and an ERP that knows it.

use crate::memory::{Erp, Refused};
use evertill_domain::{Currency, Id, Quantity, TaxRate, id, stock::StockPolicy};
use evertill_protocol::{
    Entry, Hash, PROTOCOL,
    body::{LineV1, SaleV1, TaxV1, TenderKindV1, TenderV1},
    chain::GENESIS,
    changes::{OutletDoc, ProductDoc},
    upload::{Outcome, Upload, UploadAnswer},
};
use uuid::Uuid;

pub(super) const DAY_MS: i64 = 24 * 60 * 60 * 1000;
pub(super) const OPENING_MILLI: i64 = 100_000;

pub(super) fn terminal(number: u128) -> Id<id::Terminal> {
    Id::new(Uuid::from_u128(0x7e00 + number)).expect("not nil")
}

pub(super) fn product(number: u128) -> Id<id::Product> {
    Id::new(Uuid::from_u128(0x9000 + number)).expect("not nil")
}

pub(super) fn outlet() -> Id<id::Outlet> {
    Id::new(Uuid::from_u128(0x0e)).expect("not nil")
}

pub(super) fn product_doc(number: u128, price_minor: i64) -> ProductDoc {
    ProductDoc {
        sku: format!("S{number}"),
        name: format!("Product {number}"),
        barcodes: Vec::new(),
        category: None,
        price_minor,
        tax_rate_ppm: rate(),
        weighed: false,
    }
}

fn rate() -> TaxRate {
    TaxRate::from_ppm(200_000).expect("a rate")
}

/// An ERP with T1 and T2 and three products at 250, of each a hundred.
pub(super) fn erp() -> Erp {
    let doc = OutletDoc {
        name: "Shop".into(),
        currency: gbp(),
        locale: "en-GB".into(),
        time_zone: "Europe/London".into(),
        tzif: String::new(),
        cutoff_hour: 0,
        default_tax_rate_ppm: rate(),
        stock_policy: StockPolicy::Warn,
        address: Vec::new(),
        tax_id: None,
    };
    let mut erp = Erp::new(Uuid::from_u128(0xfeed), outlet(), doc);
    for number in 1..=3 {
        erp.put_product(product(number), product_doc(number, 250));
        erp.move_stock(product(number), OPENING_MILLI);
    }
    erp.enrol(terminal(1), 0);
    erp.enrol(terminal(2), 0);
    erp
}

fn gbp() -> Currency {
    "GBP".parse().expect("a currency")
}

/// A till: writes entries one behind the other.
#[derive(Clone, Debug)]
pub(super) struct Till {
    pub(super) terminal: Id<id::Terminal>,
    pub(super) epoch: u32,
    pub(super) entries: Vec<Entry>,
    salt: u128,
}

impl Till {
    pub(super) fn new(number: u128) -> Self {
        Self { terminal: terminal(number), epoch: 1, entries: Vec::new(), salt: number << 64 }
    }

    /// A copy of its storage that goes on by itself.
    pub(super) fn cloned(&self) -> Self {
        Self { salt: self.salt + (1 << 32), ..self.clone() }
    }

    /// Sells so many pieces of a product at 250.
    pub(super) fn sell(&mut self, product_number: u128, pieces: i64) -> Entry {
        self.write(body(product_number, pieces, 250))
    }

    /// Journals this body.
    pub(super) fn write(&mut self, body: String) -> Entry {
        let seq = self.entries.len() as u64 + 1;
        let prev = self.entries.last().map_or(GENESIS, |entry| entry.hash);
        let mut entry = Entry {
            seq,
            id: Id::new(Uuid::from_u128(self.salt + u128::from(seq))).expect("not nil"),
            kind: "sale".into(),
            schema: 1,
            receipt: Some(format!("2026-04-30-{seq:02}")),
            business_date: "2026-04-30".parse().expect("a date"),
            prev,
            hash: GENESIS,
            body,
        };
        self.seal(&mut entry);
        self.entries.push(entry.clone());
        entry
    }

    /// Gives an entry the hash that it should have.
    pub(super) fn seal(&self, entry: &mut Entry) {
        entry.hash = entry.computed_hash(self.terminal, self.epoch);
    }

    pub(super) fn upload<E>(&self, entries: Vec<E>) -> Upload<E> {
        Upload {
            protocol: PROTOCOL,
            terminal: self.terminal,
            epoch: self.epoch,
            batch: Uuid::from_u128(1),
            sent_at: 0,
            head: self.entries.len() as u64,
            acked_through: 0,
            pending: 0,
            oldest_age_s: 0,
            lost: Vec::new(),
            entries,
        }
    }

    /// Sends these entries.
    pub(super) fn send(&self, erp: &mut Erp, entries: &[Entry], now_ms: i64) -> UploadAnswer {
        send(erp, self.terminal, &self.upload(entries.to_vec()), now_ms).expect("taken")
    }

    /// Sends one entry and answers outcome and code.
    pub(super) fn outcome(&self, erp: &mut Erp, entry: &Entry) -> (Outcome, Option<String>) {
        let answer = self.send(erp, std::slice::from_ref(entry), 0);
        let result = answer.results.first().expect("one entry, one outcome");
        assert_eq!((result.seq, result.id), (entry.seq, entry.id.uuid()), "the outcome names its entry");
        (result.outcome, result.code.clone())
    }
}

pub(super) fn send(
    erp: &mut Erp,
    caller: Id<id::Terminal>,
    upload: &Upload,
    now_ms: i64,
) -> Result<UploadAnswer, Refused> {
    erp.upload(caller, &serde_json::to_vec(upload).expect("is JSON"), now_ms)
}

/// A body that adds up: so many pieces of one product, paid in cash.
pub(super) fn body(product_number: u128, pieces: i64, price_minor: i64) -> String {
    sale_text(&sale(product_number, pieces, price_minor))
}

pub(super) fn sale_text(sale: &SaleV1) -> String {
    serde_json::to_string(sale).expect("is JSON")
}

pub(super) fn sale(product_number: u128, pieces: i64, price_minor: i64) -> SaleV1 {
    let quantity = Quantity::from_units(pieces).expect("fits");
    let total = quantity.times_price_minor(price_minor).expect("fits");
    let tax = rate().contained_in(total).expect("fits");
    SaleV1 {
        outlet: outlet(),
        cashier: None,
        opened_at: 1,
        completed_at: 2,
        currency: gbp(),
        lines: vec![LineV1 {
            line: 1,
            product: product(product_number),
            sku: format!("S{product_number}"),
            name: format!("Product {product_number}"),
            quantity_milli: quantity.milli(),
            unit_price_minor: price_minor,
            gross_minor: total,
            discount_minor: 0,
            tax_rate_ppm: rate(),
            tax_minor: tax,
        }],
        taxes: vec![TaxV1 { rate_ppm: rate(), net_minor: total - tax, tax_minor: tax, gross_minor: total }],
        tenders: vec![TenderV1 { kind: TenderKindV1::Cash, amount_minor: total, reference: None }],
        change_minor: 0,
        rounding_minor: 0,
        total_minor: total,
    }
}

/// Whatever happened: on-hand is the sum of movements, and one id has one sale.
pub(super) fn check_books(erp: &Erp) {
    for number in 1..=3 {
        let product = product(number);
        let moved = erp.movements().iter().filter(|movement| movement.product == product);
        assert_eq!(erp.on_hand(product), moved.map(|movement| movement.quantity_milli).sum::<i64>());
    }
    let mut ids: Vec<_> = erp.sales().iter().map(|sale| sale.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), erp.sales().len(), "one id, one sale");
    for (at, row) in erp.inbox().iter().enumerate() {
        assert_eq!(row.kept.reference, at as u64 + 1, "references are dense");
    }
}

pub(super) fn flip(hash: Hash) -> Hash {
    let mut bytes = hash.0;
    bytes[7] ^= 1;
    Hash(bytes)
}
