//! The catalogue on the device: how the ERP's documents lie in the database, and what is made of them in memory.
//!
//! [`Catalogue`] holds every product in a few large columns (about 200 bytes a product with its index), built chunk
//! by chunk so that no step holds up the screen, and searchable from the first chunk on. Products are appended and
//! never moved: a changed one is appended anew and its old place marked dead.

pub mod rows;

mod index;
mod load;
mod products;
mod search;
mod sold;
mod stock;

pub use load::{Refreshed, refresh, refresh_sold};
pub use products::{ProductIndex, ProductView};

use evertill_domain::{Id, Quantity, cart::CartProduct, id, stock::ShownStock};
use index::Segment;
use products::Products;
use std::collections::BTreeMap;
use stock::Stock;

/// Products, search and shown stock.
#[derive(Debug, Default)]
pub struct Catalogue {
    products: Products,
    segments: Vec<Segment>,
    stock: Stock,
    loaded: load::Loaded,
}

impl Catalogue {
    /// How many products there are now.
    pub fn len(&self) -> usize {
        self.products.live()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether everything kept on this device is in memory.
    pub fn is_complete(&self) -> bool {
        self.loaded.complete
    }

    /// Names of the categories that have a product, in order.
    pub fn categories(&self) -> Vec<&str> {
        self.products.categories()
    }

    /// The product with this barcode or, failing that, this very article code.
    pub fn by_code(&self, code: &str) -> Option<ProductIndex> {
        let code = code.trim();
        let newest_first = || self.segments.iter().rev();
        let live = |at: &ProductIndex| self.products.is_live(*at);
        newest_first()
            .find_map(|segment| segment.with_barcode(code).find(live))
            .or_else(|| newest_first().find_map(|segment| segment.with_sku(code).find(live)))
    }

    /// The product with this id.
    pub fn by_id(&self, id: Id<id::Product>) -> Option<ProductIndex> {
        self.products.by_id(id.to_bytes())
    }

    /// The product at this place.
    pub fn product(&self, at: ProductIndex) -> Option<ProductView<'_>> {
        self.products.view(at)
    }

    /// The product at this place as it goes into a cart.
    pub fn cart_product(&self, at: ProductIndex) -> Option<CartProduct> {
        let product = self.products.view(at)?;
        Some(CartProduct {
            id: product.id,
            sku: product.sku.to_owned(),
            name: product.name.to_owned(),
            unit_price_minor: product.price_minor,
            tax_rate: product.tax_rate,
            weighed: product.weighed,
        })
    }

    /// Its stock as far as this till knows; `None` before the ERP told any.
    pub fn shown_stock(&self, id: Id<id::Product>) -> Option<ShownStock> {
        self.stock.shown(id)
    }

    /// What was sold here and the ERP's stock does not contain, per product.
    pub fn sold_here(&self) -> &BTreeMap<Id<id::Product>, Quantity> {
        self.stock.sold_here()
    }
}

#[cfg(test)]
mod tests;
