//! The offline engine of a till: it commits sales to the journal, sends what waits, and reads what changed.
//!
//! Pure but for its ports: the same code runs in the page, in the service worker, in the simulator and in
//! native tests. It never sees web-sys, tokio, sqlx or leptos.

pub mod catalogue;
pub mod engine;
pub mod ports;
pub mod rows;
mod small;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod till;
