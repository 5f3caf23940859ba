//! Journal entries as the views read them.

use evertill_protocol::{Entry, Kind, body::SaleV1, json};

/// The sale in an entry; `None` for other kinds, and for bodies that this version cannot read.
pub fn sale_of(entry: &Entry) -> Option<SaleV1> {
    if entry.kind != Kind::Sale.as_str() {
        return None;
    }
    json::read(entry.body.as_bytes()).ok()
}
