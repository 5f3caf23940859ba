//! The catalogue: products and their categories.
//!
//! Guarantees: an article code names one product, whatever its case; a barcode scans as one product; a change is
//! made on the version it was decided on; an import is taken whole or not at all; each change is in the feed of
//! the transaction that made it.

mod catalogue;
mod csv_file;
mod import;
mod paging;
mod progress;
mod routes;
mod store;

pub use catalogue::{ImportError, NewProduct, import};
pub use csv_file::{ROWS_MAX, parse, refused};
pub use progress::{Imports, Progress};
pub use routes::routes;
