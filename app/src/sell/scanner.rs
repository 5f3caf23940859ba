//! Listens for the scanner on the whole document, before any field or button sees a key.
//!
//! Which keys are a scan is decided by `domain::scan` from the events' own timestamps. Here: keys in, and the marks that
//! the first keys of a scan left in a field or an amount taken back out.

use std::{cell::RefCell, rc::Rc, time::Duration};

use crate::reactive::prelude::*;
use evertill_domain::scan::{Key, ScanDetector, ScanThresholds, Verdict};
use leptos::prelude::use_context;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventInit, HtmlInputElement, KeyboardEvent, KeyboardEventInit};

use crate::widgets::keypad::{pad_key, pressed};

/// What a burst began to type into, and what that held before.
#[derive(Clone)]
enum Before {
    Field(HtmlInputElement, String),
    Amount(RwSignal<i64>, i64),
}

/// The amount that the keyboard's digits go into while it is asked for: no field, so a listener must be told of it.
#[derive(Clone, Copy)]
pub struct TypedAmount(StoredValue<Option<RwSignal<i64>>>);

impl TypedAmount {
    /// For the views below this owner, and for what listens in them.
    pub fn provide() {
        provide_context(TypedAmount(StoredValue::new(None)));
    }

    /// From now on digits go into `amount_minor`, as long as it lives.
    pub fn goes_into(amount_minor: RwSignal<i64>) {
        if let Some(typed) = use_context::<TypedAmount>() {
            typed.0.set_value(Some(amount_minor));
        }
    }
}

/// Whether the newest key came so soon after another that both may belong to a scan.
#[derive(Clone, Copy)]
pub struct Haste(StoredValue<bool>);

impl Haste {
    /// Whether it did.
    pub fn now(self) -> bool {
        self.0.get_value()
    }
}

struct Ear {
    detector: ScanDetector,
    before: Option<Before>,
    amount: Option<TypedAmount>,
    /// When the newest key was a character, by its event; `None` after any other.
    character_ms: Option<f64>,
    /// Keys of a burst that were kept from what has the focus, in case no scan comes of them.
    kept: Vec<String>,
    /// All of that burst, also what was typed and taken out again.
    kept_burst: String,
    /// Counts keys, so that a wait knows whether more came.
    heard: u64,
    gap_ms: u32,
    replaying: bool,
    haste: Haste,
}

/// A burst that has had no key for so long after the longest pause of a scan was typing, by something very fast.
const GIVE_UP: Duration = Duration::from_millis(90);
/// An end key so soon after the last character of a burst is the scanner's, however slow it is with it.
const END_MS: f64 = 250.0;
/// A wait that ends so much later than asked for ended on a busy main thread: its keys may still be on their way.
const LATE_MS: f64 = 40.0;

/// Hears the keys that are `heeded`. Calls `scanned` with each code and `typed` with each key that is not part of a scan, for the life of the view.
/// `typed` answers whether it used the key; it is also told whether that is an Enter or Space that came at a scanner's
/// pace after other keys, though they made no scan. A held Enter or Space counts once. What answers to keys in a field
/// may ask for [`Haste`].
pub fn listen(
    thresholds: Signal<ScanThresholds>,
    heeded: impl Fn(&KeyboardEvent) -> bool + 'static,
    scanned: impl Fn(String) + 'static,
    typed: impl Fn(&KeyboardEvent, bool) -> bool + 'static,
) -> Haste {
    let now = thresholds.get_untracked();
    let haste = Haste(StoredValue::new(false));
    let ear = Rc::new(RefCell::new(Ear {
        detector: ScanDetector::new(now),
        before: None,
        amount: use_context(),
        character_ms: None,
        kept: Vec::new(),
        kept_burst: String::new(),
        heard: 0,
        gap_ms: now.gap_ms,
        replaying: false,
        haste,
    }));
    Effect::new({
        let ear = Rc::clone(&ear);
        move |_| {
            let now = thresholds.get();
            let mut ear = ear.borrow_mut();
            ear.detector = ScanDetector::new(now);
            ear.gap_ms = now.gap_ms;
        }
    });
    let on_key = Closure::<dyn Fn(KeyboardEvent)>::new(move |event: KeyboardEvent| {
        if !heeded(&event) {
            return;
        }
        let hurried = !ear.borrow().replaying && ear.borrow_mut().presses_in_haste(&event);
        let verdict = if ear.borrow().replaying { None } else { ear.borrow_mut().hear(&event) };
        if matches!(verdict, Some(Verdict::Undecided | Verdict::Typed)) {
            // This key belongs to no scan, and so neither did those before it: they come first.
            give_back(&ear);
            ear.borrow_mut().begin(verdict.as_ref());
        }
        match verdict {
            Some(Verdict::Scanned(code)) => {
                swallow(&event);
                scanned(code);
            }
            Some(Verdict::Scanning) => {
                swallow(&event);
                give_up_later(&ear);
            }
            Some(Verdict::Undecided | Verdict::Typed) | None => {
                let held = event.repeat() && matches!(event.key().as_str(), "Enter" | " ");
                if (held && !in_text_area(&event)) || typed(&event, hurried) {
                    swallow(&event);
                } else {
                    // The key may have moved the focus to the search and lands there.
                    ear.borrow_mut().remember_where_it_lands();
                }
            }
        }
    });
    let document = document();
    let listener = on_key.as_ref().unchecked_ref::<js_sys::Function>().clone();
    drop(document.add_event_listener_with_callback_and_bool("keydown", &listener, true));
    let kept = StoredValue::new(on_key);
    on_cleanup(move || {
        drop(document.remove_event_listener_with_callback_and_bool("keydown", &listener, true));
        kept.dispose();
    });
    haste
}

impl Ear {
    /// Whether this is an Enter or Space that came as soon after a character as a scanner's keys do.
    fn presses_in_haste(&mut self, event: &KeyboardEvent) -> bool {
        let key = event.key();
        let at_ms = event.time_stamp();
        let within_ms = if self.kept.is_empty() { f64::from(self.gap_ms) } else { END_MS };
        let soon = self.character_ms.is_some_and(|before_ms| at_ms - before_ms <= within_ms);
        if !matches!(key.as_str(), "Shift" | "CapsLock") {
            self.character_ms = (key.chars().count() == 1).then_some(at_ms);
        }
        soon && matches!(key.as_str(), "Enter" | " ")
    }

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
        self.heard += 1;
        let first = self.detector.burst().chars().count() == 1;
        self.haste.0.set_value(match verdict {
            Verdict::Undecided => !first,
            Verdict::Scanning => true,
            Verdict::Scanned(_) | Verdict::Typed => false,
        });
        match &verdict {
            Verdict::Undecided | Verdict::Typed => {}
            Verdict::Scanning => {
                if self.kept.is_empty() {
                    self.undo();
                }
                if matches!(key, Key::Character(_)) {
                    self.kept.push(name);
                }
                self.detector.burst().clone_into(&mut self.kept_burst);
            }
            Verdict::Scanned(_) => {
                self.before = None;
                self.kept.clear();
            }
        }
        Some(verdict)
    }

    /// Makes ready for the burst that this key may begin, or for the next one.
    fn begin(&mut self, verdict: Option<&Verdict>) {
        match verdict {
            Some(Verdict::Undecided) if self.detector.burst().chars().count() == 1 => self.remember(),
            Some(Verdict::Typed) => self.before = None,
            _ => {}
        }
    }

    fn remember(&mut self) {
        let field =
            document().active_element().and_then(|element| element.dyn_into::<HtmlInputElement>().ok());
        let amount = || {
            let amount = self.amount.and_then(|typed| typed.0.try_get_value().flatten())?;
            Some(Before::Amount(amount, amount.try_get_untracked()?))
        };
        self.before = field.map(|field| Before::Field(field.clone(), field.value())).or_else(amount);
    }

    fn remember_where_it_lands(&mut self) {
        if self.before.is_none() && self.detector.burst().chars().count() == 1 {
            self.remember();
        }
    }

    /// Takes out again what the first keys of a scan typed.
    fn undo(&mut self) {
        match &self.before {
            Some(Before::Field(field, text)) if field.value() != *text => fill(field, text),
            Some(Before::Amount(amount, before)) if amount.try_get_untracked() != Some(*before) => {
                amount.try_update(|amount| *amount = *before);
            }
            _ => {}
        }
    }
}

/// If nothing more comes of the burst, its keys were typed after all and reach what has the focus.
fn give_up_later(ear: &Rc<RefCell<Ear>>) {
    let heard = ear.borrow().heard;
    let wait = GIVE_UP + Duration::from_millis(u64::from(ear.borrow().gap_ms));
    let ear = Rc::clone(ear);
    let due = js_sys::Date::now() + wait.as_secs_f64() * 1_000.0;
    set_timeout(
        move || {
            if ear.borrow().heard != heard || ear.borrow().kept.is_empty() {
                return;
            }
            if js_sys::Date::now() - due > LATE_MS {
                give_up_later(&ear);
            } else {
                give_back(&ear);
            }
        },
        wait,
    );
}

/// Hands what was kept to where it was typed.
fn give_back(ear: &Rc<RefCell<Ear>>) {
    let (burst, kept, before) = {
        let mut ear = ear.borrow_mut();
        if ear.kept.is_empty() {
            return;
        }
        ear.replaying = true;
        ear.haste.0.set_value(false);
        // What was there before stays known: the rest of a scan may still come, with the timestamps of one.
        (std::mem::take(&mut ear.kept_burst), std::mem::take(&mut ear.kept), ear.before.clone())
    };
    if let Some(Before::Field(field, text)) = before {
        fill(&field, &format!("{text}{burst}"));
    } else if let Some(Before::Amount(amount, before)) = before {
        let keys = burst.chars().filter_map(|key| pad_key(key.encode_utf8(&mut [0; 4])));
        amount.try_update(|amount| *amount = keys.fold(before, pressed));
    } else if let Some(target) = document().active_element() {
        for key in kept {
            let init = KeyboardEventInit::new();
            init.set_key(&key);
            init.set_bubbles(true);
            init.set_cancelable(true);
            if let Ok(event) = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init) {
                drop(target.dispatch_event(&event));
            }
        }
    }
    ear.borrow_mut().replaying = false;
}

/// Puts `text` into a field as if it had been typed.
fn fill(field: &HtmlInputElement, text: &str) {
    field.set_value(text);
    let init = EventInit::new();
    init.set_bubbles(true);
    if let Ok(input) = Event::new_with_event_init_dict("input", &init) {
        drop(field.dispatch_event(&input));
    }
}

fn swallow(event: &KeyboardEvent) {
    event.prevent_default();
    event.stop_immediate_propagation();
}

fn in_text_area(event: &KeyboardEvent) -> bool {
    event.target().is_some_and(|target| target.has_type::<web_sys::HtmlTextAreaElement>())
}
