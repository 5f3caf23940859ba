//! The demo shop: a real shop's catalogue, for looking around and for tests.

use crate::{
    db::Db,
    products::{self, ImportError, NewProduct, Progress},
    setup,
};
use evertill_domain::{
    TaxRate,
    product::{Product, ProductFields},
};

/// The catalogue, as CSV. See `server/demo/README.md` for its source and licence.
pub const CATALOGUE: &[u8] = include_bytes!("../demo/products.csv");

/// Why the demo shop could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] crate::db::DbError),
    /// The catalogue could not be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The database failed.
    #[error(transparent)]
    Sqlite(#[from] sqlx::Error),
}

/// The catalogue at a shop's own tax rate: the file has that of the shop it came from.
pub fn taxed(catalogue: Vec<NewProduct>, rate: TaxRate) -> Vec<NewProduct> {
    let at_rate = |row: NewProduct| {
        let fields = ProductFields { tax_rate_ppm: rate.ppm(), ..row.product.into_fields() };
        NewProduct {
            product: Product::new(fields).expect("a product at another valid rate is a product"),
            ..row
        }
    };
    catalogue.into_iter().map(at_rate).collect()
}

/// Makes the demo shop if there is no shop; changes nothing otherwise. Answers whether it made one.
pub async fn make_if_empty(db: &Db, now_ms: i64) -> Result<bool, DemoError> {
    let mut tx = db.write().await?;
    if setup::outlet(&mut tx).await?.is_some() {
        return Ok(false);
    }
    let doc = setup::demo().check().expect("the demo shop's fields hold");
    let catalogue = products::parse(CATALOGUE, &Progress::default()).map_err(ImportError::Rows)?;
    setup::create(&mut tx, &doc, catalogue, now_ms).await?;
    tx.commit().await?;
    Ok(true)
}
