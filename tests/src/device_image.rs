//! The till's whole database in a browser as one JSON document, and back: how a version's data is kept for later ones.

use crate::browser::Page;
use serde_json::Value;

/// Everything that the page's origin keeps in IndexedDB: `[{name, version, stores: [{name, rows: [[key, value]]}]}]`,
/// keys and values as base64.
pub async fn take(page: &Page) -> Value {
    let script = format!("({}).take()", include_str!("device_image.js"));
    page.eval(&script).await.expect("the databases can be read")
}

/// Puts such a document into an origin that has no database yet.
pub async fn restore(page: &Page, image: &Value) {
    let script = format!("({}).restore({image})", include_str!("device_image.js"));
    page.eval::<()>(&script).await.expect("the databases can be written");
}
