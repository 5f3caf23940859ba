//! A real year of trade as carts: the sample's all-positive invoices by the rules of `tests/replay/README.md`.

use evertill_domain::{
    BusinessDate, Currency, Id, Quantity, Sale, TaxRate,
    business_day::DayRule,
    cart::{Cart, CartProduct},
    checkout::{CheckoutContext, checkout},
    id,
    sale::{Tender, TenderKind},
};
use evertill_protocol::Hash;
use flate2::read::GzDecoder;
use jiff::{civil::DateTime, tz::TimeZone};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    path::Path,
};

/// One invoice, ready to be rung up.
#[derive(Clone, Debug)]
pub struct Invoice {
    /// Its number in the sample.
    pub number: String,
    /// When it was completed, local time of the shop.
    pub completed: DateTime,
    /// Its lines in order.
    pub lines: Vec<InvoiceLine>,
}

/// One line of an invoice.
#[derive(Clone, Debug)]
pub struct InvoiceLine {
    /// The stock code, trimmed and in upper case.
    pub code: String,
    /// As the sample describes it.
    pub description: String,
    /// Pieces.
    pub pieces: i64,
    /// Pence, halves rounded up.
    pub price_minor: i64,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "InvoiceNo")]
    invoice: String,
    #[serde(rename = "StockCode")]
    code: String,
    #[serde(rename = "Description")]
    description: String,
    #[serde(rename = "Quantity")]
    quantity: i64,
    #[serde(rename = "InvoiceDate")]
    date: String,
    #[serde(rename = "UnitPrice")]
    price: String,
}

/// The invoices whose every line has a quantity above zero, in order of completion, then number.
pub fn invoices(file: &Path) -> Vec<Invoice> {
    let reader = File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in csv::Reader::from_reader(GzDecoder::new(reader)).deserialize::<Row>() {
        let row = row.expect("the committed sample is well-formed");
        rows.entry(row.invoice.clone()).or_default().push(row);
    }
    let mut invoices: Vec<Invoice> = rows
        .into_iter()
        .filter(|(_, rows)| rows.iter().all(|row| row.quantity > 0))
        .map(|(number, rows)| Invoice {
            number,
            completed: rows.iter().map(|row| moment(&row.date)).max().expect("an invoice has lines"),
            lines: rows.iter().map(line).collect(),
        })
        .collect();
    invoices.sort_by(|a, b| (a.completed, &a.number).cmp(&(b.completed, &b.number)));
    invoices
}

fn moment(text: &str) -> DateTime {
    text.parse().expect("dates of the sample are ISO 8601")
}

fn line(row: &Row) -> InvoiceLine {
    InvoiceLine {
        code: row.code.trim().to_uppercase(),
        description: row.description.trim().to_owned(),
        pieces: row.quantity,
        price_minor: pence(&row.price),
    }
}

/// Pounds with up to three decimals in pence, halves rounded up.
fn pence(text: &str) -> i64 {
    let (pounds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let tenths: i64 =
        format!("{pounds}{fraction:0<3}").parse().expect("a price of the sample has at most three decimals");
    (tenths + 5) / 10
}

/// A product as the catalogue has it.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its id.
    pub id: Id<id::Product>,
    /// Its name.
    pub name: String,
}

/// What turns invoices into sales: the outlet and its catalogue by upper-case code.
#[derive(Debug)]
pub struct Shop {
    /// Where it is sold.
    pub outlet: Id<id::Outlet>,
    /// The outlet's currency.
    pub currency: Currency,
    /// The outlet's day.
    pub day: DayRule,
    /// Whose local time the invoices tell.
    pub time_zone: TimeZone,
    /// The catalogue.
    pub catalogue: HashMap<String, Known>,
}

impl Shop {
    /// The invoice as the till would have sold it, with its business date.
    pub fn sale(&self, invoice: &Invoice) -> (Sale, BusinessDate) {
        let completed = invoice.completed.to_zoned(self.time_zone.clone()).expect("a time that existed");
        let completed_at_ms = completed.timestamp().as_millisecond();
        let mut cart = Cart::default();
        for line in &invoice.lines {
            let quantity = Quantity::from_units(line.pieces).expect("the sample's quantities fit");
            cart.add(self.product(line), quantity).expect("the sample's carts fit");
        }
        let total_minor = cart.totals().expect("a cart adds up").total_minor;
        let cash = Tender { kind: TenderKind::Cash, amount_minor: total_minor, reference: None };
        let context = CheckoutContext {
            outlet: self.outlet,
            cashier: None,
            currency: self.currency,
            opened_at_ms: completed_at_ms,
            completed_at_ms,
        };
        let tenders = if total_minor > 0 { vec![cash] } else { Vec::new() };
        let sale = checkout(&cart, tenders, context).expect("exact cash balances");
        (sale, self.day.date_at(completed_at_ms).expect("a date of our times"))
    }

    /// The product a code is sold under: the catalogue's, or one that the ERP does not know.
    pub fn product_id(&self, code: &str) -> Id<id::Product> {
        self.catalogue.get(code).map_or_else(|| unknown_product(code), |known| known.id)
    }

    fn product(&self, line: &InvoiceLine) -> CartProduct {
        let known = self.catalogue.get(&line.code);
        let name = match known {
            Some(known) => known.name.clone(),
            None if line.description.is_empty() => line.code.clone(),
            None => line.description.clone(),
        };
        CartProduct {
            id: self.product_id(&line.code),
            sku: line.code.clone(),
            name,
            unit_price_minor: line.price_minor,
            tax_rate: TaxRate::from_ppm(200_000).expect("a rate"),
            weighed: false,
        }
    }
}

/// An id that the ERP does not know, the same for a code each time.
fn unknown_product(code: &str) -> Id<id::Product> {
    let Hash(digest) = Hash::of(code.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Id::new(uuid::Builder::from_custom_bytes(bytes).into_uuid()).expect("a hash is not nil")
}

#[cfg(test)]
mod tests {
    use super::pence;

    #[test]
    fn prices_become_pence() {
        for (text, expected) in
            [("3.39", 339), ("0.001", 0), ("0.005", 1), ("12", 1200), ("1.5", 150), ("0.0", 0)]
        {
            assert_eq!(pence(text), expected, "{text}");
        }
    }
}
