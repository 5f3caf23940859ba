//! Documents of one level whose struct has two, as they stand on the wire.
//!
//! Serde reads a flattened field through a copy of the document that can hold any value there is. A till would download
//! that, and the reader of fractions with its table, for two documents without a fraction.

use crate::{
    api::{ProductCreate, ProductRow, SaleDetail, SaleRow},
    body::SaleV1,
};
use evertill_domain::{BusinessDate, Currency, Id, id, product::ProductFields};
use serde::Deserialize;

/// A [`ProductRow`] on the wire.
#[derive(Deserialize)]
pub(crate) struct ProductWire {
    id: Id<id::Product>,
    sku: String,
    name: String,
    #[serde(default)]
    barcodes: Vec<String>,
    #[serde(default)]
    category: Option<String>,
    price_minor: i64,
    tax_rate_ppm: u32,
    #[serde(default)]
    weighed: bool,
    version: u64,
    on_hand_milli: i64,
}

impl From<ProductWire> for ProductRow {
    fn from(wire: ProductWire) -> Self {
        let ProductWire { sku, name, barcodes, category, price_minor, tax_rate_ppm, weighed, .. } = wire;
        let fields = ProductFields { sku, name, barcodes, category, price_minor, tax_rate_ppm, weighed };
        Self { id: wire.id, fields, version: wire.version, on_hand_milli: wire.on_hand_milli }
    }
}

/// A [`ProductCreate`] on the wire: read on one level, a fault in it has a place that can be named.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductCreateWire {
    #[serde(default)]
    id: Option<Id<id::Product>>,
    sku: String,
    name: String,
    #[serde(default)]
    barcodes: Vec<String>,
    #[serde(default)]
    category: Option<String>,
    price_minor: i64,
    tax_rate_ppm: u32,
    #[serde(default)]
    weighed: bool,
}

impl From<ProductCreateWire> for ProductCreate {
    fn from(wire: ProductCreateWire) -> Self {
        let ProductCreateWire { id, sku, name, barcodes, category, price_minor, tax_rate_ppm, weighed } =
            wire;
        let fields = ProductFields { sku, name, barcodes, category, price_minor, tax_rate_ppm, weighed };
        Self { id, fields }
    }
}

/// A [`SaleDetail`] on the wire.
#[derive(Deserialize)]
pub(crate) struct SaleWire {
    id: Id<id::Entry>,
    terminal: String,
    receipt: Option<String>,
    business_date: BusinessDate,
    completed_at: i64,
    booked_at: i64,
    currency: Currency,
    total_minor: i64,
    line_count: u32,
    epoch: u32,
    seq: u64,
    hash: crate::Hash,
    sale: SaleV1,
}

impl From<SaleWire> for SaleDetail {
    fn from(wire: SaleWire) -> Self {
        let SaleWire { id, terminal, receipt, business_date, completed_at, booked_at, currency, .. } = wire;
        let SaleWire { total_minor, line_count, epoch, seq, hash, sale, .. } = wire;
        let row = SaleRow {
            id,
            terminal,
            receipt,
            business_date,
            completed_at,
            booked_at,
            currency,
            total_minor,
            line_count,
        };
        Self { row, epoch, seq, hash, sale }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        api::{ProductRow, SaleDetail},
        json,
    };

    const PRODUCT: &str = r#"{"id":"00000000-0000-0000-0000-000000000007","sku":"85123A","name":"White heart","barcodes":["2085123000010"],"category":null,"price_minor":295,"tax_rate_ppm":200000,"weighed":false,"version":3,"on_hand_milli":-1000}"#;
    const SALE: &str = r#"{"id":"00000000-0000-0000-0000-000000000009","terminal":"T1","receipt":"T1-260430-0001","business_date":"2026-04-30","completed_at":1777550400000,"booked_at":1777550401000,"currency":"GBP","total_minor":295,"line_count":1,"epoch":1,"seq":4,"hash":"0000000000000000000000000000000000000000000000000000000000000000","sale":{"outlet":"00000000-0000-0000-0000-000000000008","cashier":null,"currency":"GBP","opened_at":1777550390000,"completed_at":1777550400000,"lines":[],"taxes":[],"tenders":[],"change_minor":0,"rounding_minor":0,"total_minor":295}}"#;

    #[test]
    fn what_is_written_on_one_level_is_read_again() {
        let product: ProductRow = json::read(PRODUCT.as_bytes()).expect("a product");
        assert_eq!(json::write(&product), PRODUCT);
        let sale: SaleDetail = json::read(SALE.as_bytes()).expect("a sale");
        let again: SaleDetail = json::read(json::write(&sale).as_bytes()).expect("the same sale");
        assert_eq!(sale, again);
        assert_eq!((sale.row.total_minor, sale.seq), (295, 4));
    }
}
