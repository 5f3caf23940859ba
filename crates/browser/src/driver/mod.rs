//! Drives the engine for a page: takes the lease, calls round after round, reports what they changed.
//!
//! One task for the life of the page. It sleeps until the engine's own time has come or something wakes it: a sale, a
//! person, another tab, the network, the page coming into view, news from the ERP. It is compiled into the engine's
//! module and not into the app: page and service worker share one engine on the disk (docs/decisions/0016), and
//! a till sells before, and whether or not, this runs.

mod events;
mod renew;
mod wake;

use crate::{
    Browser, DATABASE, Fetch, IndexedDb, Role,
    js::{self, Timer},
    lease::Lease,
    notice::{Channel, Word},
    oneshot::{self, Sender},
    report::{Outcome, Report},
};
use core::cell::{Cell, RefCell};
use evertill_sync::{
    engine::{Engine, Options, Progress, Wake},
    till::Till,
};
use std::rc::{Rc, Weak};
use wake::is_visible;

/// How often a tab that does not send looks whether it should.
const FOLLOWER_LOOKS_EVERY_MS: u64 = 10_000;
/// How often a browser that is no terminal is looked at.
const STRANGER_LOOKS_EVERY_MS: u64 = 60_000;
/// A page is told of sent entries at most this often.
const SENT_TOLD_EVERY_MS: i64 = 250;

/// The engine of one page, at work. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Driver(Rc<Inner>);

struct Inner {
    till: Till<IndexedDb>,
    engine: Engine<IndexedDb, Fetch, Browser>,
    lease: Lease,
    channel: Channel,
    events: events::Events,
    listeners: wake::Listeners,
    tell: Rc<dyn Fn(&Report)>,
    /// Whether this browser was no terminal when it was looked last.
    stranger: Cell<bool>,
    wanted: Cell<Option<Wake>>,
    bell: RefCell<Option<Sender<()>>>,
}

/// Starts the engine of this page; `tell` gets its reports.
pub fn start(tell: impl Fn(&Report) + 'static) -> Driver {
    let store = Rc::new(IndexedDb::new(DATABASE, Role::Page));
    let tell: Rc<dyn Fn(&Report)> = Rc::new(tell);
    let driver = Driver(Rc::new_cyclic(|inner: &Weak<Inner>| {
        let heard = inner.clone();
        let channel = Channel::join(DATABASE, move |word| {
            if let Some(inner) = heard.upgrade() {
                Driver(inner).heard(word);
            }
        });
        let options = Options { visible: is_visible(), progress: Some(progress(Rc::clone(&tell))) };
        Inner {
            till: Till::new(Rc::clone(&store)),
            engine: Engine::new(Rc::clone(&store), Fetch, Browser, options),
            lease: Lease::new(store),
            channel,
            events: events::Events::default(),
            listeners: wake::Listeners::default(),
            tell,
            stranger: Cell::new(false),
            wanted: Cell::new(None),
            bell: RefCell::new(None),
        }
    }));
    driver.listen_for_wake_ups();
    wasm_bindgen_futures::spawn_local(drive(driver.clone()));
    driver
}

/// Passes on what a round tells while it works. Views read the queue again each time: not at every batch.
fn progress(tell: Rc<dyn Fn(&Report)>) -> Box<dyn Fn(Progress)> {
    let sent_told_ms = Cell::new(0);
    Box::new(move |progress| {
        if matches!(progress, Progress::Sent { .. }) {
            let now_ms = js::now_ms();
            if (now_ms - sent_told_ms.get()).abs() < SENT_TOLD_EVERY_MS {
                return;
            }
            sent_told_ms.set(now_ms);
        }
        tell(&Report::Progress(progress));
    })
}

/// Runs for the life of the page.
async fn drive(driver: Driver) {
    let mut wake = Wake::Start;
    loop {
        let (wait_ms, unheard) = driver.turn(wake).await;
        let next = driver.sleep(wait_ms).await;
        // A wake-up that came too early for an attempt still stands: a timer would wait longer.
        wake = match unheard {
            Some(unheard) if rank(unheard) > rank(next) => unheard,
            _ => next,
        };
    }
}

fn rank(wake: Wake) -> u8 {
    match wake {
        Wake::Timer => 0,
        Wake::NewSale | Wake::Changed => 1,
        Wake::Online | Wake::Visible => 2,
        Wake::Start => 3,
        Wake::SyncNow => 4,
    }
}

impl Driver {
    /// Says that a sale was committed in this page. If another tab sends, that one hears `Word::Sold`; this is for a
    /// browser in which nobody sends yet, or tabs cannot speak to each other.
    pub fn sold(&self) {
        self.ring(Wake::NewSale);
    }

    /// Says that a person wants everything sent now.
    pub fn sync_now(&self) {
        self.nudge(Wake::SyncNow);
    }

    /// Asks the engine to look now; it keeps the protocol's distances by itself.
    fn nudge(&self, wake: Wake) {
        if !self.0.lease.is_held() {
            // The tab that sends may be another one.
            self.0.channel.say(if wake == Wake::SyncNow { Word::SyncNow } else { Word::Look });
        }
        self.ring(wake);
    }

    /// Notes why to look, the strongest reason of several, and wakes the driver.
    fn ring(&self, wake: Wake) {
        let strongest = match self.0.wanted.get() {
            Some(before) if rank(before) >= rank(wake) => before,
            _ => wake,
        };
        self.0.wanted.set(Some(strongest));
        if let Some(bell) = self.0.bell.borrow_mut().take() {
            bell.send(());
        }
    }

    /// Sleeps until it is woken or this time is over; says why it is awake.
    async fn sleep(&self, milliseconds: u64) -> Wake {
        if self.0.wanted.get().is_none() {
            let (bell, rung) = oneshot::channel();
            self.0.bell.replace(Some(bell));
            let (alarm, over) = oneshot::channel();
            let _timer = Timer::after(milliseconds, move || alarm.send(()));
            oneshot::either(rung, over).await;
            self.0.bell.replace(None);
        }
        self.0.wanted.take().unwrap_or(Wake::Timer)
    }

    /// One turn: the lease, a round, what it changed. Answers how long to sleep, and the wake-up if it came too early.
    async fn turn(&self, wake: Wake) -> (u64, Option<Wake>) {
        // A database that does not answer is the round's to report.
        self.0.stranger.set(matches!(self.0.till.identity().await, Ok(None)));
        if self.0.stranger.get() {
            return (STRANGER_LOOKS_EVERY_MS, None);
        }
        if !self.0.lease.take().await {
            if is_visible() {
                self.0.channel.say(Word::Yield);
            }
            return (FOLLOWER_LOOKS_EVERY_MS, None);
        }
        let round = self.0.engine.round(wake).await;
        let wait_ms = round.next_attempt_in_ms.unwrap_or(STRANGER_LOOKS_EVERY_MS);
        let outcome = Outcome::from(&round);
        if outcome.complete && outcome.reached == Some(true) {
            self.follow_events();
        }
        let unheard = (!outcome.attempted()).then_some(wake);
        (self.0.tell)(&Report::Round(outcome));
        (wait_ms, unheard)
    }

    /// What a page or the service worker said; this page's own app is one of them.
    fn heard(&self, word: Word) {
        // It may have become one. Otherwise this is often only the news of this page's own last round.
        if word == Word::Identity && self.0.stranger.get() {
            self.ring(Wake::Timer);
        }
        if !self.0.lease.is_held() {
            return;
        }
        match word {
            Word::Sold => self.ring(Wake::NewSale),
            Word::Look => self.ring(Wake::Visible),
            Word::SyncNow => self.ring(Wake::SyncNow),
            Word::Renew => {
                let driver = self.clone();
                wasm_bindgen_futures::spawn_local(async move {
                    driver.0.engine.renew_now().await;
                });
            }
            Word::Yield if !is_visible() => self.0.lease.give_back(),
            Word::Yield
            | Word::Queue
            | Word::Catalogue
            | Word::Stock
            | Word::Identity
            | Word::Reached
            | Word::Unreached => {}
        }
    }
}
