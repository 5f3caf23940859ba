//! Stock: movements that are only ever added, and on-hand as their sum.
//!
//! Guarantees: a movement is booked once per id, however often it is sent; on-hand and the feed change in the
//! transaction that adds the movement.

mod routes;
mod store;

pub use routes::routes;
pub use store::{Movement, book, rebuild};
