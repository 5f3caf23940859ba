//! What a browser must offer before a device may become a till.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::words::threshold as say;

/// The names of what is missing here; empty when a till can be made of this browser.
pub fn missing() -> Vec<&'static str> {
    let Some(window) = web_sys::window() else { return vec![say::MISSING_SECURE] };
    let navigator: JsValue = window.navigator().into();
    let has = |object: &JsValue, name: &str| {
        Reflect::get(object, &name.into()).is_ok_and(|value| !value.is_undefined() && !value.is_null())
    };
    let mut missing = Vec::new();
    if !window.is_secure_context() {
        missing.push(say::MISSING_SECURE);
    }
    if !has(&navigator, "serviceWorker") {
        missing.push(say::MISSING_WORKER);
    }
    if !has(&navigator, "locks") {
        missing.push(say::MISSING_LOCKS);
    }
    if !has(&window, "indexedDB") {
        missing.push(say::MISSING_STORE);
    }
    missing
}
