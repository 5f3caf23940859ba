//! The sync engine as the service worker runs it: one function, called at the browser's `sync` event and at messages.

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// Sends what waits in this browser's outbox. A rejection asks the browser to wake the worker again.
#[wasm_bindgen]
pub async fn drain(last_chance: bool) -> Result<(), JsValue> {
    evertill_browser::worker::drain(last_chance).await.map_err(|why| JsValue::from_str(&why))
}
