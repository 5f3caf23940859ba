//! What wakes the engine from outside: the network, the page coming into view. `navigator.onLine` only hints, so going
//! offline is not listened to.

use super::{Device, Wake, engine::is_visible};
use core::cell::RefCell;
use wasm_bindgen::{JsCast, closure::Closure};

/// Listeners that live as long as the device.
#[derive(Default)]
pub(super) struct Listeners(RefCell<Vec<Closure<dyn FnMut()>>>);

impl Device {
    /// Listens from now on.
    pub(super) fn listen_for_wake_ups(&self) {
        let Some(window) = web_sys::window() else { return };
        for (event, wake) in [("online", Wake::Online), ("pageshow", Wake::Visible), ("focus", Wake::Visible)]
        {
            self.listen(&window, event, move |device| {
                if wake == Wake::Online {
                    // Streams of the old network may hang for long.
                    device.0.events.stop();
                }
                device.nudge(wake);
            });
        }
        if let Some(document) = window.document() {
            self.listen(&document, "visibilitychange", |device| {
                let visible = is_visible();
                device.0.engine.set_visible(visible);
                if visible {
                    device.nudge(Wake::Visible);
                }
            });
        }
    }

    fn listen(&self, target: &web_sys::EventTarget, event: &str, heard: impl Fn(Device) + 'static) {
        let weak = std::rc::Rc::downgrade(&self.0);
        let listener = Closure::<dyn FnMut()>::new(move || {
            if let Some(inner) = weak.upgrade() {
                heard(Device(inner));
            }
        });
        if target.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref()).is_ok() {
            self.0.listeners.0.borrow_mut().push(listener);
        }
    }
}
