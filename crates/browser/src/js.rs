//! What page and service worker have in common and web-sys does not offer in a form for both: timers, clock,
//! randomness, `navigator`, and numbers as JavaScript has them.

use crate::oneshot;
use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(run: &JsValue, milliseconds: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);

    #[wasm_bindgen(thread_local_v2, js_name = navigator)]
    static NAVIGATOR: JsValue;
    #[wasm_bindgen(thread_local_v2, js_name = crypto)]
    static CRYPTO: JsValue;

    type Crypto;
    #[wasm_bindgen(method, js_name = getRandomValues)]
    fn get_random_values(this: &Crypto, bytes: &js_sys::Uint8Array) -> JsValue;
}

/// `navigator`, in a page or in a worker.
pub(crate) fn navigator() -> JsValue {
    NAVIGATOR.with(Clone::clone)
}

/// A property that is there, neither undefined nor null.
pub(crate) fn property(of: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(of, &JsValue::from_str(name)).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// A plain object with these properties.
pub(crate) fn object(properties: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in properties {
        // A plain object takes any property.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}

/// Milliseconds UTC by the device's clock.
pub(crate) fn now_ms() -> i64 {
    whole(js_sys::Date::now())
}

/// Random bits from the browser's generator.
pub(crate) fn random() -> u128 {
    let mut random = [0; 16];
    fill_with_random(&mut random);
    u128::from_be_bytes(random)
}

/// Fills at most 64 KiB with random bits: the browser gives no more at once.
pub(crate) fn fill_with_random(bytes: &mut [u8]) {
    let random = js_sys::Uint8Array::new_with_length(u32::try_from(bytes.len()).unwrap_or(0));
    CRYPTO.with(|crypto| crypto.unchecked_ref::<Crypto>().get_random_values(&random));
    bytes.copy_from_slice(&random.to_vec());
}

/// A JavaScript number that counts something.
#[expect(clippy::cast_possible_truncation, reason = "counts and times lie far below 2^53; `as` saturates")]
pub(crate) fn whole(number: f64) -> i64 {
    number as i64
}

/// A count as JavaScript has it.
#[expect(clippy::cast_precision_loss, reason = "counts and times lie far below 2^53")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

/// What the browser says an error is: its name and its message.
pub(crate) fn error_text(error: &JsValue) -> String {
    let name = property(error, "name").and_then(|name| name.as_string());
    let message = property(error, "message").and_then(|message| message.as_string());
    match (name, message) {
        (Some(name), Some(message)) => format!("{name}: {message}"),
        (Some(text), None) | (None, Some(text)) => text,
        (None, None) => error.as_string().unwrap_or_else(|| "an error without a name".to_owned()),
    }
}

/// A timer that runs something once, unless it is dropped before.
pub(crate) struct Timer {
    handle: JsValue,
    _run: Closure<dyn FnMut()>,
}

impl Timer {
    /// Runs it after about this long.
    pub(crate) fn after(milliseconds: u64, run: impl FnOnce() + 'static) -> Self {
        let run = Closure::once(run);
        // Longer than 2^31 − 1 ms would fire at once.
        let handle = set_timeout(run.as_ref(), number(milliseconds.min(0x7fff_ffff)));
        Self { handle, _run: run }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.handle);
    }
}

/// Comes back after about this long.
pub(crate) async fn sleep(milliseconds: u64) {
    let (done, waiting) = oneshot::channel();
    let _timer = Timer::after(milliseconds, move || done.send(()));
    let _ = waiting.await;
}
