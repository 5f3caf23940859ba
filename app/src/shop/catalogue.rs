//! The catalogue in memory, as the till searches it.

use evertill_domain::{Id, cart::CartProduct, id, stock::ShownStock};
use evertill_sync::catalogue::ProductIndex;

use super::Shop;

/// More hits than anybody scrolls through; typing one more letter is shorter.
const HITS_MAX: usize = 500;
/// More tiles than anybody scrolls through; a shop of this size is browsed whole.
const BROWSE_MAX: usize = 5_000;

/// How many products are shown for a query at most (docs/decisions/0017).
pub fn shown_most(query: &str) -> usize {
    if query.trim().is_empty() { BROWSE_MAX } else { HITS_MAX }
}

/// What a tile is made of.
pub struct Shown {
    /// Article code.
    pub sku: String,
    /// Name.
    pub name: String,
    /// Category, empty if it has none.
    pub category: String,
    /// Unit price, minor units.
    pub price_minor: i64,
    /// Stock, as far as this till knows.
    pub stock: Option<ShownStock>,
}

impl Shop {
    /// Products for a query, best first; without one, all of the category by name. At most one more than
    /// [`shown_most`]: it tells that there are more.
    pub fn search(self, query: &str, category: Option<&str>) -> Vec<ProductIndex> {
        let most = shown_most(query) + 1;
        self.device.with_value(|device| device.catalogue().borrow().search(query, category, most))
    }

    /// How many products can be found.
    pub fn catalogue_len(self) -> usize {
        self.catalogue_turn.track();
        self.device.with_value(|device| device.catalogue().borrow().len())
    }

    /// Names of the categories.
    pub fn categories(self) -> Vec<String> {
        self.catalogue_turn.track();
        self.device.with_value(|device| {
            device.catalogue().borrow().categories().into_iter().map(str::to_owned).collect()
        })
    }

    /// The product with this barcode or article code, as it goes into a cart.
    pub fn by_barcode(self, code: &str) -> Option<CartProduct> {
        self.device.with_value(|device| {
            let catalogue = device.catalogue();
            let catalogue = catalogue.borrow();
            catalogue.cart_product(catalogue.by_code(code)?)
        })
    }

    /// The product at a place, as it goes into a cart.
    pub fn product(self, at: ProductIndex) -> Option<CartProduct> {
        self.device.with_value(|device| device.catalogue().borrow().cart_product(at))
    }

    /// What the tile of a product is made of.
    pub fn shown(self, at: ProductIndex) -> Option<Shown> {
        self.device.with_value(|device| {
            let catalogue = device.catalogue();
            let catalogue = catalogue.borrow();
            let product = catalogue.product(at)?;
            Some(Shown {
                sku: product.sku.to_owned(),
                name: product.name.to_owned(),
                category: product.category.unwrap_or_default().to_owned(),
                price_minor: product.price_minor,
                stock: catalogue.shown_stock(product.id),
            })
        })
    }

    /// Stock of a product, as far as this till knows; follows it.
    pub fn stock(self, product: Id<id::Product>) -> Option<ShownStock> {
        self.stock_turn.track();
        self.device.with_value(|device| device.catalogue().borrow().shown_stock(product))
    }

    /// Runs the caller again when products changed.
    pub fn follow_catalogue(self) {
        self.catalogue_turn.track();
    }

    /// Runs the caller again when stock changed.
    pub fn follow_stock(self) {
        self.stock_turn.track();
    }
}
