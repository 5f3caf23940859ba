//! `fetch` as the engine's way to the ERP, in page and worker: bounded in time, never cached, never redirected.

use crate::{js, js::Timer};
use evertill_sync::ports::{Request, Response, Transport, TransportError};
use js_sys::{Promise, Uint8Array};
use std::{cell::Cell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestCache, RequestCredentials, RequestInit, RequestRedirect};

#[wasm_bindgen]
extern "C" {
    // In a page and in a worker alike; web-sys has it as a method of either.
    #[wasm_bindgen(js_name = fetch)]
    fn fetch(path: &str, init: &RequestInit) -> Promise;
}

/// The browser's `fetch`, to the origin that the app came from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fetch;

/// A request as the app's own calls make it; the engine's is a narrower one.
pub(crate) struct Call<'call> {
    pub(crate) method: &'call str,
    pub(crate) path: &'call str,
    pub(crate) bearer: Option<&'call str>,
    pub(crate) content_type: &'call str,
    pub(crate) if_match: Option<&'call str>,
    pub(crate) body: Option<&'call str>,
    pub(crate) timeout_ms: u32,
}

/// An answer with its `ETag`.
pub(crate) struct Answer {
    pub(crate) response: Response,
    pub(crate) etag: Option<String>,
}

impl Transport for Fetch {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let call = Call {
            method: request.method,
            path: &request.path,
            bearer: request.bearer.as_deref(),
            content_type: "application/json",
            if_match: None,
            body: request.body.as_deref(),
            timeout_ms: request.timeout_ms,
        };
        Ok(call.send().await?.response)
    }
}

impl Call<'_> {
    /// Sends and waits for the whole answer; the time-out covers the body too.
    pub(crate) async fn send(self) -> Result<Answer, TransportError> {
        let timed_out = Rc::new(Cell::new(false));
        let controller = AbortController::new().map_err(|error| unreachable(&error))?;
        let _timer = Timer::after(u64::from(self.timeout_ms), {
            let (controller, timed_out) = (controller.clone(), Rc::clone(&timed_out));
            move || {
                timed_out.set(true);
                controller.abort();
            }
        });
        self.exchange(&controller)
            .await
            .map_err(|error| if timed_out.get() { TransportError::Timeout } else { error })
    }

    async fn exchange(&self, controller: &AbortController) -> Result<Answer, TransportError> {
        let response = self.open(controller).await?;
        let header = |name: &str| response.headers().get(name).ok().flatten();
        let buffer = response.array_buffer().map_err(|error| unreachable(&error))?;
        let buffer = JsFuture::from(buffer).await.map_err(|error| unreachable(&error))?;
        Ok(Answer {
            etag: header("etag"),
            response: Response {
                status: response.status(),
                content_type: header("content-type"),
                retry_after: header("retry-after"),
                body: Uint8Array::new(&buffer).to_vec(),
            },
        })
    }

    /// Sends and waits for the answer's head; its body is still on the way.
    pub(crate) async fn open(
        &self,
        controller: &AbortController,
    ) -> Result<web_sys::Response, TransportError> {
        let headers = Headers::new().map_err(|error| unreachable(&error))?;
        let set = |name: &str, value: &str| headers.set(name, value).map_err(|error| unreachable(&error));
        set("accept", "application/json")?;
        if let Some(token) = self.bearer {
            set("authorization", &format!("Bearer {token}"))?;
        }
        if let Some(etag) = self.if_match {
            set("if-match", etag)?;
        }
        let init = RequestInit::new();
        init.set_method(self.method);
        init.set_cache(RequestCache::NoStore);
        init.set_credentials(RequestCredentials::SameOrigin);
        // A captive portal redirects; following it would take its page for an answer.
        init.set_redirect(RequestRedirect::Manual);
        init.set_signal(Some(&controller.signal()));
        if let Some(body) = self.body {
            set("content-type", self.content_type)?;
            // As bytes: a text would be decoded on the way out of wasm and encoded again on the way to the network.
            init.set_body(&Uint8Array::from(body.as_bytes()));
        }
        init.set_headers(&headers);
        let answered = JsFuture::from(fetch(self.path, &init)).await.map_err(|error| unreachable(&error))?;
        let response: web_sys::Response = answered.unchecked_into();
        if response.status() == 0 {
            return Err(TransportError::Unreachable("the network answered with a redirect".to_owned()));
        }
        Ok(response)
    }
}

fn unreachable(error: &JsValue) -> TransportError {
    TransportError::Unreachable(js::error_text(error))
}
