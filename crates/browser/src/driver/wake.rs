//! What wakes the engine from outside: the network, the page coming into view. `navigator.onLine` only hints, so going
//! offline is not listened to.

use super::Driver;
use core::cell::RefCell;
use evertill_sync::engine::Wake;
use std::rc::Rc;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::VisibilityState;

/// Listeners that live as long as the driver.
#[derive(Default)]
pub(super) struct Listeners(RefCell<Vec<Closure<dyn FnMut()>>>);

impl Driver {
    /// Listens from now on.
    pub(super) fn listen_for_wake_ups(&self) {
        let Some(window) = web_sys::window() else { return };
        for (event, wake) in [("online", Wake::Online), ("pageshow", Wake::Visible), ("focus", Wake::Visible)]
        {
            self.listen(&window, event, move |driver| {
                if wake == Wake::Online {
                    // Streams of the old network may hang for long.
                    driver.0.events.stop();
                }
                driver.nudge(wake);
            });
        }
        if let Some(document) = window.document() {
            self.listen(&document, "visibilitychange", |driver| {
                let visible = is_visible();
                driver.0.engine.set_visible(visible);
                if visible {
                    driver.nudge(Wake::Visible);
                }
            });
        }
    }

    fn listen(&self, target: &web_sys::EventTarget, event: &str, heard: impl Fn(Driver) + 'static) {
        let weak = Rc::downgrade(&self.0);
        let listener = Closure::<dyn FnMut()>::new(move || {
            if let Some(inner) = weak.upgrade() {
                heard(Driver(inner));
            }
        });
        if target.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref()).is_ok() {
            self.0.listeners.0.borrow_mut().push(listener);
        }
    }
}

/// Whether somebody can see this page.
pub(super) fn is_visible() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| document.visibility_state() == VisibilityState::Visible)
}
