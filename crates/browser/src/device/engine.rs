//! Drives the engine in a page: takes the lease, calls round after round, tells what they changed.
//!
//! One task for the life of the page. It sleeps until the engine's own time has come or something wakes it: a sale, a
//! person, another tab, the network, the page coming into view, news from the ERP.

use super::{Device, Inner, Wake};
use crate::{
    Notice, js,
    js::Timer,
    notice::Word,
    oneshot::{self, Sender},
};
use core::cell::{Cell, RefCell};
use evertill_sync::engine::{self, Attention, EngineError, Progress, Round};
use std::rc::Weak;
use web_sys::VisibilityState;

/// How often a tab that does not send looks whether it should.
const FOLLOWER_LOOKS_EVERY_MS: u64 = 10_000;
/// How often a browser that is no terminal is looked at.
const STRANGER_LOOKS_EVERY_MS: u64 = 60_000;
/// Views read the queue again at most this often while it drains.
const QUEUE_TOLD_EVERY_MS: i64 = 250;
/// The catalogue in memory follows a load at most this often.
const LOADING_SHOWN_EVERY_MS: i64 = 300;
/// What is only looked at now and then: ballast, a newer version of the app.
const CHORES_EVERY_MS: i64 = 30 * 60_000;

/// What wakes the driver, and what it remembers.
#[derive(Default)]
pub(super) struct Driver {
    wanted: Cell<Option<engine::Wake>>,
    bell: RefCell<Option<Sender<()>>>,
    queue_told_ms: Cell<i64>,
    loading_shown_ms: Cell<i64>,
    chores_done_ms: Cell<i64>,
    /// A load that views were told of: how many documents it has.
    loading: Cell<Option<u64>>,
    pub(super) attention: Cell<Option<Attention>>,
    trouble: RefCell<Option<EngineError>>,
}

impl Driver {
    /// Notes why to look, the strongest reason of several, and wakes the driver.
    fn ring(&self, wake: engine::Wake) {
        let strongest = match self.wanted.get() {
            Some(before) if rank(before) >= rank(wake) => before,
            _ => wake,
        };
        self.wanted.set(Some(strongest));
        if let Some(bell) = self.bell.borrow_mut().take() {
            bell.send(());
        }
    }

    /// Sleeps until it is woken or this time is over; says why it is awake.
    async fn sleep(&self, milliseconds: u64) -> engine::Wake {
        if self.wanted.get().is_none() {
            let (bell, rung) = oneshot::channel();
            self.bell.replace(Some(bell));
            let (alarm, over) = oneshot::channel();
            let _timer = Timer::after(milliseconds, move || alarm.send(()));
            oneshot::either(rung, over).await;
            self.bell.replace(None);
        }
        self.wanted.take().unwrap_or(engine::Wake::Timer)
    }
}

fn rank(wake: engine::Wake) -> u8 {
    match wake {
        engine::Wake::Timer => 0,
        engine::Wake::NewSale | engine::Wake::Changed => 1,
        engine::Wake::Online | engine::Wake::Visible => 2,
        engine::Wake::Start => 3,
        engine::Wake::SyncNow => 4,
    }
}

/// Runs for the life of the device.
pub(super) async fn drive(inner: Weak<Inner>) {
    let mut wake = engine::Wake::Start;
    loop {
        let Some(device) = inner.upgrade().map(Device) else { return };
        let (wait_ms, unheard) = device.turn(wake).await;
        let next = device.0.driver.sleep(wait_ms).await;
        // A wake-up that came too early for an attempt still stands: a timer would wait longer.
        wake = match unheard {
            Some(unheard) if rank(unheard) > rank(next) => unheard,
            _ => next,
        };
    }
}

impl Device {
    /// Asks the engine to look now; it keeps the protocol's distances by itself.
    pub fn nudge(&self, wake: Wake) {
        let (wake, word) = match wake {
            Wake::NewSale => (engine::Wake::NewSale, Word::Look),
            Wake::SyncNow => (engine::Wake::SyncNow, Word::SyncNow),
            Wake::Online => (engine::Wake::Online, Word::Look),
            Wake::Visible => (engine::Wake::Visible, Word::Look),
            Wake::Timer => (engine::Wake::Timer, Word::Look),
        };
        if !self.0.lease.is_held() {
            // The tab that sends may be another one.
            self.0.channel.say(word);
        }
        self.0.driver.ring(wake);
    }

    /// What only a person can mend; as of the last [`Notice::Identity`].
    pub fn attention(&self) -> Option<Attention> {
        self.0.driver.attention.get()
    }

    /// Why the last attempt stopped on this device itself: a database that does not answer, a row or document that
    /// cannot be read. As of the last [`Notice::Queue`].
    pub fn trouble(&self) -> Option<EngineError> {
        self.0.driver.trouble.borrow().clone()
    }

    /// News from the ERP.
    pub(super) fn ring(&self, wake: engine::Wake) {
        self.0.driver.ring(wake);
    }

    /// One turn: the lease, a round, what it changed. Answers how long to sleep, and the wake-up if it came too early.
    async fn turn(&self, wake: engine::Wake) -> (u64, Option<engine::Wake>) {
        if self.identity().is_none() {
            return (STRANGER_LOOKS_EVERY_MS, None);
        }
        let visible = is_visible();
        if !self.0.lease.take().await {
            if visible {
                self.0.channel.say(Word::Yield);
            }
            return (FOLLOWER_LOOKS_EVERY_MS, None);
        }
        self.0.engine.set_visible(visible);
        let round = self.0.engine.round(wake).await;
        let attempted = round.reached.is_some() || round.complete || round.trouble.is_some();
        let wait_ms = round.next_attempt_in_ms.unwrap_or(STRANGER_LOOKS_EVERY_MS);
        let trouble_changed = attempted && *self.0.driver.trouble.borrow() != round.trouble;
        if trouble_changed {
            self.0.driver.trouble.replace(round.trouble.clone());
            self.tell(Notice::Queue);
        }
        self.after(round).await;
        (wait_ms, (!attempted).then_some(wake))
    }

    async fn after(&self, round: Round) {
        if let Some(reached) = round.reached {
            self.note_link(reached);
        }
        let attention_changed = self.0.driver.attention.replace(round.attention) != round.attention;
        if round.complete
            && let Some(total) = self.0.driver.loading.take()
        {
            // How many there would be was an estimate.
            self.tell(Notice::Progress { loaded: total, total });
        }
        let changed = round.changed;
        if changed.identity || changed.outlet || attention_changed {
            self.refresh_identity().await;
            self.tell(Notice::Identity);
            self.0.channel.say(Word::Identity);
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
        if round.reached == Some(false) {
            self.register_background_sync();
        }
        if round.complete && round.reached == Some(true) {
            self.follow_events();
        }
        let now_ms = js::now_ms();
        if (now_ms - self.0.driver.chores_done_ms.get()).abs() > CHORES_EVERY_MS {
            self.0.driver.chores_done_ms.set(now_ms);
            let device = self.clone();
            wasm_bindgen_futures::spawn_local(async move {
                // Without space it stays away, and storage health says so.
                let _ = device.restore_ballast().await;
                device.check_for_update().await;
            });
        }
    }

    /// What a round tells while it works.
    pub(super) fn heard_progress(&self, progress: Progress) {
        let now_ms = js::now_ms();
        let due = |last: &Cell<i64>, every_ms: i64| {
            let due = (now_ms - last.get()).abs() >= every_ms;
            if due {
                last.set(now_ms);
            }
            due
        };
        self.note_link(true);
        match progress {
            Progress::Sent { .. } => {
                if due(&self.0.driver.queue_told_ms, QUEUE_TOLD_EVERY_MS) {
                    self.tell(Notice::Queue);
                    self.0.channel.say(Word::Queue);
                }
            }
            Progress::Loading { loaded, total } => {
                self.0.driver.loading.set(Some(total.max(loaded)));
                self.tell(Notice::Progress { loaded, total });
                if due(&self.0.driver.loading_shown_ms, LOADING_SHOWN_EVERY_MS) {
                    self.refresh_catalogue();
                }
            }
        }
    }

    /// What another tab or the worker said.
    pub(super) fn heard(&self, word: Word) {
        let sends = self.0.lease.is_held();
        match word {
            Word::Sold => {
                self.count_sales();
                if sends {
                    self.ring(engine::Wake::NewSale);
                }
            }
            Word::Queue => {
                self.tell(Notice::Queue);
                self.refresh_catalogue();
            }
            Word::Catalogue | Word::Stock => self.refresh_catalogue(),
            Word::Identity => {
                let device = self.clone();
                wasm_bindgen_futures::spawn_local(async move {
                    device.refresh_identity().await;
                    device.tell(Notice::Identity);
                    device.ring(engine::Wake::Timer);
                });
            }
            Word::Look if sends => self.ring(engine::Wake::Visible),
            Word::SyncNow if sends => self.ring(engine::Wake::SyncNow),
            Word::Renew if sends => {
                let device = self.clone();
                wasm_bindgen_futures::spawn_local(async move {
                    device.0.engine.renew_now().await;
                });
            }
            Word::Yield if sends && !is_visible() => self.0.lease.give_back(),
            Word::Look | Word::SyncNow | Word::Renew | Word::Yield => {}
        }
    }
}

/// Whether somebody can see this page.
pub(super) fn is_visible() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| document.visibility_state() == VisibilityState::Visible)
}
