//! Listens for the scanner on the whole document, before any field or button sees a key.
//!
//! Which keys are a scan is decided by `domain::scan` from the events' own timestamps. Here: keys in, and the marks that
//! the first keys of a scan left in a field taken back out.

use std::{cell::RefCell, rc::Rc};

use evertill_domain::scan::{Key, ScanDetector, ScanThresholds, Verdict};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventInit, HtmlInputElement, KeyboardEvent};

/// What a field held before a burst began to type into it.
struct Before {
    field: HtmlInputElement,
    text: String,
}

struct Ear {
    detector: ScanDetector,
    before: Option<Before>,
}

/// Calls `scanned` with each code and `typed` with each key that is not part of a scan, for the life of the view.
/// `typed` answers whether it used the key. A held Enter or Space counts once.
pub fn listen(
    thresholds: Signal<ScanThresholds>,
    scanned: impl Fn(String) + 'static,
    typed: impl Fn(&KeyboardEvent) -> bool + 'static,
) {
    let ear =
        Rc::new(RefCell::new(Ear { detector: ScanDetector::new(thresholds.get_untracked()), before: None }));
    Effect::new({
        let ear = Rc::clone(&ear);
        move |_| ear.borrow_mut().detector = ScanDetector::new(thresholds.get())
    });
    let on_key = Closure::<dyn Fn(KeyboardEvent)>::new(move |event: KeyboardEvent| {
        let verdict = ear.borrow_mut().hear(&event);
        match verdict {
            Some(Verdict::Scanned(code)) => {
                swallow(&event);
                scanned(code);
            }
            Some(Verdict::Scanning) => swallow(&event),
            Some(Verdict::Undecided | Verdict::Typed) | None => {
                let held = event.repeat() && matches!(event.key().as_str(), "Enter" | " ");
                if (held && !in_text_area(&event)) || typed(&event) {
                    swallow(&event);
                }
            }
        }
    });
    let document = document();
    let listener = on_key.as_ref().unchecked_ref::<js_sys::Function>().clone();
    drop(document.add_event_listener_with_callback_and_bool("keydown", &listener, true));
    let kept = StoredValue::new_local(on_key);
    on_cleanup(move || {
        drop(document.remove_event_listener_with_callback_and_bool("keydown", &listener, true));
        kept.dispose();
    });
}

impl Ear {
    /// `None` for keys that neither make nor break a burst.
    fn hear(&mut self, event: &KeyboardEvent) -> Option<Verdict> {
        let name = event.key();
        let mut letters = name.chars();
        let key = match (letters.next(), letters.next()) {
            _ if event.ctrl_key() || event.alt_key() || event.meta_key() || event.is_composing() => {
                Key::Other
            }
            (Some(letter), None) => Key::Character(letter),
            _ => match name.as_str() {
                "Enter" | "Tab" => Key::End,
                // Scanners hold Shift for capitals.
                "Shift" | "CapsLock" => return None,
                _ => Key::Other,
            },
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "microseconds since the page began fit"
        )]
        let at_us = (event.time_stamp() * 1_000.0) as u64;
        let verdict = self.detector.key(key, at_us);
        match &verdict {
            Verdict::Undecided if self.detector.burst().chars().count() == 1 => self.remember(event),
            Verdict::Scanning => self.undo(),
            Verdict::Scanned(_) | Verdict::Typed => self.before = None,
            Verdict::Undecided => {}
        }
        Some(verdict)
    }

    fn remember(&mut self, event: &KeyboardEvent) {
        let field = document()
            .active_element()
            .or_else(|| event.target().and_then(|target| target.dyn_into().ok()))
            .and_then(|element| element.dyn_into::<HtmlInputElement>().ok());
        self.before = field.map(|field| Before { text: field.value(), field });
    }

    /// Takes out of the field what the first keys of a scan typed into it.
    fn undo(&mut self) {
        if let Some(Before { field, text }) = self.before.take() {
            field.set_value(&text);
            let init = EventInit::new();
            init.set_bubbles(true);
            if let Ok(input) = Event::new_with_event_init_dict("input", &init) {
                drop(field.dispatch_event(&input));
            }
        }
    }
}

fn swallow(event: &KeyboardEvent) {
    event.prevent_default();
    event.stop_immediate_propagation();
}

fn in_text_area(event: &KeyboardEvent) -> bool {
    event.target().is_some_and(|target| target.has_type::<web_sys::HtmlTextAreaElement>())
}
