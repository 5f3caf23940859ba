//! The browser's promise to wake the worker when a network returns. A bonus that Chromium alone has: it tries three
//! times, minutes apart, and forgets; so it is asked for again at each start, after each sale and each failed attempt.

use crate::js;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The name the service worker listens for.
const TAG: &str = "evertill-outbox";

/// Asks for it; nothing happens where it does not exist or is denied.
pub(crate) fn register(registration: &JsValue) {
    let Some(manager) = js::property(registration, "sync") else { return };
    wasm_bindgen_futures::spawn_local(async move {
        let Some(register) = js::property(&manager, "register") else { return };
        let Ok(register) = register.dyn_into::<js_sys::Function>() else { return };
        if let Ok(promise) = register.call1(&manager, &JsValue::from_str(TAG)) {
            // Denied by permission: the page sends by itself anyway.
            let _ = JsFuture::from(promise.unchecked_into::<js_sys::Promise>()).await;
        }
    });
}
