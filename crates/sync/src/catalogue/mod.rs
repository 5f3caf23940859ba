//! The catalogue on the device: how the ERP's documents lie in the database, and what is made of them in memory.

pub mod rows;

use evertill_domain::{Id, TaxRate, cart::CartProduct, id, stock::ShownStock};

/// A product's place in the catalogue, valid until the next change of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductIndex(u32);

/// A product as views show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProductView<'catalogue> {
    /// The product.
    pub id: Id<id::Product>,
    /// Article code.
    pub sku: &'catalogue str,
    /// Name.
    pub name: &'catalogue str,
    /// Its category's name, if it has one.
    pub category: Option<&'catalogue str>,
    /// Unit price, minor units, tax included.
    pub price_minor: i64,
    /// Tax rate.
    pub tax_rate: TaxRate,
    /// Sold by weight or measure.
    pub weighed: bool,
}

/// Products, search and shown stock.
#[derive(Debug, Default)]
pub struct Catalogue {}

impl Catalogue {
    /// How many products there are now.
    pub fn len(&self) -> usize {
        0
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        true
    }
    /// Whether everything kept on this device is in memory.
    pub fn is_complete(&self) -> bool {
        true
    }
    /// Names of the categories that have a product, in order.
    pub fn categories(&self) -> Vec<&str> {
        Vec::new()
    }
    /// The best `limit` products for a query, best first; with an empty query in order of name.
    pub fn search(&self, _query: &str, _category: Option<&str>, _limit: usize) -> Vec<ProductIndex> {
        Vec::new()
    }
    /// The product with this barcode or, failing that, this very article code.
    pub fn by_code(&self, _code: &str) -> Option<ProductIndex> {
        None
    }
    /// The product with this id.
    pub fn by_id(&self, _id: Id<id::Product>) -> Option<ProductIndex> {
        None
    }
    /// The product at this place.
    pub fn product(&self, _at: ProductIndex) -> Option<ProductView<'_>> {
        None
    }
    /// The product at this place as it goes into a cart.
    pub fn cart_product(&self, _at: ProductIndex) -> Option<CartProduct> {
        None
    }
    /// Its stock as far as this till knows; `None` before the ERP told any.
    pub fn shown_stock(&self, _id: Id<id::Product>) -> Option<ShownStock> {
        None
    }
}
