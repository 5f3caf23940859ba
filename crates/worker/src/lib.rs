//! The sync engine as a module of its own. The service worker calls [`drain`] at the browser's `sync` event and at
//! messages. A page calls [`drive`] once, then says what happens in it.

use evertill_browser::{Report, driver};
use std::cell::OnceCell;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

thread_local! {
    /// The driver of the page that this copy of the module works for.
    static DRIVER: OnceCell<driver::Driver> = const { OnceCell::new() };
}

fn driver() -> Option<driver::Driver> {
    DRIVER.with(|driver| driver.get().cloned())
}

/// Sends what waits in this browser's outbox. A rejection asks the browser to wake the worker again.
#[wasm_bindgen]
pub async fn drain(last_chance: bool) -> Result<(), JsValue> {
    evertill_browser::worker::drain(last_chance).await.map_err(|why| JsValue::from_str(&why))
}

/// Works for this page from now on; `tell` is called with the text of each [`Report`]. A second call changes nothing.
#[wasm_bindgen]
pub fn drive(tell: js_sys::Function) {
    let tell = move |report: &Report| {
        // An error of the page is the page's to notice (`evertillDriver` in `public/start.js`).
        let _ = tell.call1(&JsValue::UNDEFINED, &JsValue::from_str(&report.text()));
    };
    DRIVER.with(|driver| {
        driver.get_or_init(|| driver::start(tell));
    });
}

/// A sale was committed in this page.
#[wasm_bindgen]
pub fn sold() {
    if let Some(driver) = driver() {
        driver.sold();
    }
}

/// A person wants everything sent now.
#[wasm_bindgen(js_name = syncNow)]
pub fn sync_now() {
    if let Some(driver) = driver() {
        driver.sync_now();
    }
}

/// Sees to it that this access token is replaced, if the ERP gives another one.
#[wasm_bindgen]
pub async fn renew(access: String) {
    if let Some(driver) = driver() {
        driver.renew(&access).await;
    }
}
