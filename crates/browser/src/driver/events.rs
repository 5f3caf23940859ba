//! The ERP's stream of news, read by streaming `fetch` with the token in a header, only by the tab that sends.
//! It says that there is something new and nothing else; polling works without it.

use super::Driver;
use crate::{http::Call, js::Timer};
use core::cell::{Cell, RefCell};
use evertill_sync::engine::Wake;
use js_sys::{Reflect, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

/// The ERP says at least something this often; a stream that is silent for longer is dead.
const SILENT_MOST_MS: u64 = 50_000;
/// What a line of news begins with; other lines keep the connection alive.
const NEWS: &[u8] = b"data:";

/// Whether a stream is being read.
#[derive(Default)]
pub(super) struct Events {
    reading: Cell<bool>,
    stop: RefCell<Option<AbortController>>,
}

impl Events {
    /// Ends the stream, if one is read.
    pub(super) fn stop(&self) {
        if let Some(controller) = self.stop.borrow_mut().take() {
            controller.abort();
        }
    }
}

impl Driver {
    /// Reads the stream until it ends, unless that is done already. The next complete round opens it again.
    pub(super) fn follow_events(&self) {
        if self.0.events.reading.replace(true) {
            return;
        }
        let driver = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            driver.read_events().await;
            driver.0.events.stop.replace(None);
            driver.0.events.reading.set(false);
        });
    }

    async fn read_events(&self) -> Option<()> {
        let token = self.access_token().await?;
        let controller = AbortController::new().ok()?;
        self.0.events.stop.replace(Some(controller.clone()));
        let call = Call {
            method: "GET",
            path: "/api/events",
            bearer: Some(&token),
            content_type: "",
            if_match: None,
            body: None,
            timeout_ms: 0,
        };
        let watchdog = Rc::new(RefCell::new(Some(silence_ends(&controller))));
        let response = call.open(&controller).await.ok()?;
        if response.status() != 200 {
            return None;
        }
        let reader: ReadableStreamDefaultReader = response.body()?.get_reader().unchecked_into();
        loop {
            let part: JsValue = JsFuture::from(reader.read()).await.ok()?;
            watchdog.replace(Some(silence_ends(&controller)));
            if Reflect::get(&part, &JsValue::from_str("done")).ok()?.is_truthy() {
                return None;
            }
            if !self.0.lease.is_held() {
                controller.abort();
                return None;
            }
            let bytes = Uint8Array::new(&Reflect::get(&part, &JsValue::from_str("value")).ok()?).to_vec();
            if bytes.windows(NEWS.len()).any(|window| window == NEWS) {
                self.ring(Wake::Changed);
            }
        }
    }
}

fn silence_ends(controller: &AbortController) -> Timer {
    let controller = controller.clone();
    Timer::after(SILENT_MOST_MS, move || controller.abort())
}
