//! The sync engine beside the app: loads its module, wakes it, and shows what it reports.
//!
//! The engine is a module of its own, the one that the service worker runs (docs/decisions/0016). The till sells without
//! it: while it is loading, and if it does not load.

use super::Device;
use crate::{
    Notice, js,
    js::Timer,
    notice::Word,
    oneshot::{self, Sender},
    report::{Outcome, Report},
};
use core::cell::{Cell, RefCell};
use evertill_sync::engine::{Attention, Progress};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

/// The function of `start.js` that starts a driver in the engine's module.
const START: &str = "evertillDriver";
/// How long after a module that did not load the next try; doubled each time up to the most.
const LOAD_AGAIN_MS: u64 = 1_000;
/// See [`LOAD_AGAIN_MS`].
const LOAD_AGAIN_MS_MAX: u64 = 15_000;
/// What people read while it does not load.
const NOT_LOADED: &str = "the part of the app that talks to the shop’s server could not be loaded";
/// How long a call that needs the engine waits for it to be loaded.
const LOADED_WITHIN_MS: u64 = 20_000;
/// The catalogue in memory follows a load at most this often.
const LOADING_SHOWN_EVERY_MS: i64 = 300;
/// What is only looked at now and then: ballast, a newer version of the app.
const CHORES_EVERY_MS: i64 = 30 * 60_000;

#[wasm_bindgen]
extern "C" {
    /// The engine's module, at work for this page: the functions of `evertill-worker`.
    type Handle;
    #[wasm_bindgen(method)]
    fn sold(this: &Handle);
    #[wasm_bindgen(method, js_name = syncNow)]
    fn sync_now(this: &Handle);
    #[wasm_bindgen(method)]
    fn renew(this: &Handle, access: &str) -> js_sys::Promise;
}

/// The engine as this page has it.
#[derive(Default)]
pub(super) struct EngineModule {
    handle: RefCell<Option<Handle>>,
    /// Calls that wait for it.
    waiting: RefCell<Vec<Sender<()>>>,
    /// Cuts the wait before the next try to load it short.
    load_again: RefCell<Option<Sender<()>>>,
    loading_shown_ms: Cell<i64>,
    chores_done_ms: Cell<i64>,
    /// A load that views were told of: how many documents it has.
    loading: Cell<Option<u64>>,
    attention: Cell<Option<Attention>>,
    /// Whether this page met rows of a later version.
    outdated: Cell<bool>,
    trouble: RefCell<Option<String>>,
}

impl Device {
    /// Sends and reads everything now, because a person asks.
    pub fn sync_now(&self) {
        if let Some(engine) = &*self.0.engine.handle.borrow() {
            engine.sync_now();
        } else if let Some(bell) = self.0.engine.load_again.borrow_mut().take() {
            // It looks as soon as it is there.
            bell.send(());
        }
    }

    /// Says that a sale was committed in this page.
    pub(super) fn sold(&self) {
        if let Some(engine) = &*self.0.engine.handle.borrow() {
            engine.sold();
        }
    }

    /// What only a person can mend; as of the last [`Notice::Identity`].
    pub fn attention(&self) -> Option<Attention> {
        let outdated = self.0.engine.outdated.get().then_some(Attention::Update);
        self.0.engine.attention.get().or(outdated)
    }

    /// Notes that rows of the catalogue are a later version's, which this one cannot read.
    pub(super) fn note_outdated(&self) {
        if !self.0.engine.outdated.replace(true) {
            self.tell(Notice::Identity);
        }
    }

    /// Why the last attempt stopped on this device itself: a database that does not answer, a row or document that
    /// cannot be read. As of the last [`Notice::Queue`].
    pub fn trouble(&self) -> Option<String> {
        self.0.engine.trouble.borrow().clone()
    }

    /// Sees to it that this access token is replaced, if the ERP gives another one. `None` if there is no engine.
    pub(super) async fn renew(&self, access: &str) -> Option<()> {
        if self.0.engine.handle.borrow().is_none() {
            let (sender, loaded) = oneshot::channel();
            self.0.engine.waiting.borrow_mut().push(sender);
            let (alarm, over) = oneshot::channel();
            let _timer = Timer::after(LOADED_WITHIN_MS, move || alarm.send(()));
            oneshot::either(loaded, over).await;
            // This one waits no longer.
            self.0.engine.waiting.borrow_mut().retain(Sender::is_awaited);
        }
        let renewing = self.0.engine.handle.borrow().as_ref().map(|engine| engine.renew(access))?;
        JsFuture::from(renewing).await.ok().map(|_| ())
    }

    /// Loads the engine and starts it. A page that is not the app's own, as in tests, has none.
    pub(super) async fn start_engine(self) {
        let Some(start) = js::property(&js_sys::global(), START) else { return };
        let start: js_sys::Function = start.unchecked_into();
        let inner = Rc::downgrade(&self.0);
        let tell = Closure::<dyn Fn(String)>::new(move |text: String| {
            if let (Some(inner), Some(report)) = (inner.upgrade(), Report::from_text(&text)) {
                Device(inner).heard_report(report);
            }
        });
        // It is called for the life of the page.
        let tell = tell.into_js_value();
        let mut wait_ms = LOAD_AGAIN_MS;
        loop {
            let started = start.call1(&JsValue::UNDEFINED, &tell);
            if let Ok(promise) = started
                && let Ok(engine) = JsFuture::from(promise.unchecked_into::<js_sys::Promise>()).await
            {
                self.note_trouble(None);
                self.0.engine.handle.replace(Some(engine.unchecked_into()));
                for waiting in self.0.engine.waiting.take() {
                    waiting.send(());
                }
                return;
            }
            self.note_trouble(Some(NOT_LOADED.to_owned()));
            let (bell, rung) = oneshot::channel();
            self.0.engine.load_again.replace(Some(bell));
            let (alarm, over) = oneshot::channel();
            let _timer = Timer::after(wait_ms, move || alarm.send(()));
            oneshot::either(rung, over).await;
            wait_ms = (wait_ms * 2).min(LOAD_AGAIN_MS_MAX);
        }
    }

    fn heard_report(&self, report: Report) {
        match report {
            Report::Progress(progress) => self.heard_progress(progress),
            Report::Round(outcome) => self.note_outcome(outcome),
        }
    }

    fn heard_progress(&self, progress: Progress) {
        self.note_link(true);
        match progress {
            Progress::Sent { .. } => {
                self.tell(Notice::Queue);
                self.0.channel.say(Word::Queue);
            }
            Progress::Loading { loaded, total } => {
                self.0.engine.loading.set(Some(total.max(loaded)));
                self.tell(Notice::Progress { loaded, total });
                let now_ms = js::now_ms();
                if (now_ms - self.0.engine.loading_shown_ms.get()).abs() >= LOADING_SHOWN_EVERY_MS {
                    self.0.engine.loading_shown_ms.set(now_ms);
                    self.refresh_catalogue();
                }
            }
        }
    }

    fn note_trouble(&self, trouble: Option<String>) {
        if *self.0.engine.trouble.borrow() != trouble {
            self.0.engine.trouble.replace(trouble);
            self.tell(Notice::Queue);
        }
    }

    /// What a round changed, told to the views and to the other tabs.
    fn note_outcome(&self, outcome: Outcome) {
        let attempted = outcome.attempted();
        let Outcome { changed, reached, complete, attention, trouble } = outcome;
        if attempted {
            self.note_trouble(trouble);
        }
        if let Some(reached) = reached {
            self.note_link(reached);
            // The others ask the ERP next to nothing, and would stay at what they saw last.
            self.0.channel.say(if reached { Word::Reached } else { Word::Unreached });
        }
        if complete && let Some(total) = self.0.engine.loading.take() {
            // How many there would be was an estimate.
            self.tell(Notice::Progress { loaded: total, total });
        }
        // A round that came too early to try anything knows of none.
        let attention_changed = attempted && self.0.engine.attention.replace(attention) != attention;
        if changed.identity || changed.outlet || attention_changed {
            let device = self.clone();
            wasm_bindgen_futures::spawn_local(async move {
                device.refresh_identity().await;
                device.tell(Notice::Identity);
                device.0.channel.say(Word::Identity);
            });
        }
        if changed.queue {
            self.tell(Notice::Queue);
            self.0.channel.say(Word::Queue);
        }
        if changed.catalogue {
            self.0.channel.say(Word::Catalogue);
        }
        if changed.stock {
            self.0.channel.say(Word::Stock);
        }
        if changed.catalogue || changed.stock || changed.queue {
            self.refresh_catalogue();
        }
        if reached == Some(false) {
            self.register_background_sync();
        }
        let now_ms = js::now_ms();
        if (now_ms - self.0.engine.chores_done_ms.get()).abs() > CHORES_EVERY_MS {
            self.0.engine.chores_done_ms.set(now_ms);
            let device = self.clone();
            wasm_bindgen_futures::spawn_local(async move {
                // Without space it stays away, and storage health says so.
                let _ = device.restore_ballast().await;
                device.check_for_update().await;
            });
        }
    }

    /// What another tab, the service worker or this page's engine said.
    pub(super) fn heard(&self, word: Word) {
        match word {
            Word::Sold => self.count_sales(),
            Word::Queue => {
                self.tell(Notice::Queue);
                self.refresh_catalogue();
            }
            Word::Catalogue | Word::Stock => self.refresh_catalogue(),
            Word::Reached => self.note_link(true),
            Word::Unreached => self.note_link(false),
            Word::Identity => {
                let device = self.clone();
                wasm_bindgen_futures::spawn_local(async move {
                    device.refresh_identity().await;
                    device.tell(Notice::Identity);
                });
            }
            // Between the engines, of this tab and of others.
            Word::Look | Word::SyncNow | Word::Renew | Word::Yield => {}
        }
    }
}
