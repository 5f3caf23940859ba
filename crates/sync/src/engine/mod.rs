//! The engine: takes what waits to the ERP and brings what changed there, in bounded rounds.
//!
//! [`Engine::round`] is one effort: renew the token if needed, push until nothing is due or something fails,
//! then pull until nothing is left. Whoever calls it holds the sync lock; two engines at once are harmless all
//! the same, because the ERP keys on ids and every decision is taken inside a transaction of the device.
//!
//! What to do next is decided by pure code: [`course`] (pace), [`verdict`] (what an answer is worth), [`settle`]
//! (what it does to the entries). The rest moves values between the ports.

mod batch;
mod both;
mod compact;
pub mod course;
mod documents;
mod memory;
mod overlay;
mod page;
mod prune;
mod pull;
mod push;
mod ranges;
mod renew;
mod requeue;
pub mod retry_after;
mod round;
pub mod settle;
mod snapshot;
pub mod verdict;

pub use course::Wake;
pub use round::{Attention, Changed, Round};

use crate::{
    ports::{Request, Store, StoreError, Surroundings, Transport},
    till::{ReadError, Till},
};
use core::{cell::RefCell, fmt, time::Duration};
use course::{Event, Sight, Then};
use memory::{Memory, remaining_ms};
use push::Due;
use round::{Effort, Ending};
use std::rc::Rc;

/// Milliseconds after which a request is given up.
pub const TIMEOUT_MS: u32 = 30_000;
/// How often rows that need attention are sent again, and a refused target is tried again.
const AGAIN_MS: i64 = 3_600_000;
/// Exchanges of one round; a bound against two sides that never agree.
const EXCHANGES_MAX: u32 = 20_000;

/// Uploads after which the engine reads once, so that a queue which is never empty, because the till sells without a
/// pause, does not keep prices and stock from arriving.
const PUSHES_BEFORE_READ: u32 = 8;

/// What the engine tells while it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Entries were delivered; so many still wait.
    Sent {
        /// Entries in the outbox.
        pending: u64,
    },
    /// A snapshot is being loaded.
    Loading {
        /// Documents so far.
        loaded: u64,
        /// About how many there are.
        total: u64,
    },
}

/// How an engine is set up.
#[derive(Default)]
pub struct Options {
    /// Whether a page of this till is visible.
    pub visible: bool,
    /// Called while a round works.
    pub progress: Option<Box<dyn Fn(Progress)>>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("visible", &self.visible).finish_non_exhaustive()
    }
}

/// The engine over its ports.
pub struct Engine<S, T, C> {
    store: Rc<S>,
    till: Till<S>,
    transport: T,
    surroundings: C,
    options: Options,
    memory: RefCell<Memory>,
}

impl<S, T, C> fmt::Debug for Engine<S, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("memory", &self.memory).finish_non_exhaustive()
    }
}

/// What one exchange came to.
#[derive(Debug)]
enum Step {
    /// It happened; the pace decides whether to go on.
    Happened(Event),
    /// Go on: something else is due first.
    GoOn,
    /// Nothing of this kind is due.
    Nothing,
}

/// How far a round goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Sends, reads what changed, tidies.
    SendsAndReads,
    /// Sends and nothing else.
    SendsOnly,
}

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    /// An engine that has just started.
    pub fn new(store: Rc<S>, transport: T, surroundings: C, options: Options) -> Self {
        let memory = Memory::new(Sight::of(options.visible));
        let till = Till::new(Rc::clone(&store));
        Self { store, till, transport, surroundings, options, memory: RefCell::new(memory) }
    }

    /// Says whether a page of this till is visible: attempts come sooner then.
    pub fn set_visible(&self, visible: bool) {
        self.memory.borrow_mut().course.set_sight(Sight::of(visible));
    }

    /// One bounded effort: sends what waits, then reads what changed.
    pub async fn round(&self, wake: Wake) -> Round {
        self.effort(wake, Reach::SendsAndReads).await
    }

    /// One bounded effort that only sends: what the service worker does, whose time is short.
    pub async fn send_round(&self, wake: Wake) -> Round {
        self.effort(wake, Reach::SendsOnly).await
    }

    async fn effort(&self, wake: Wake, reach: Reach) -> Round {
        let now_ms = self.surroundings.now_ms();
        let wait = self.memory.borrow().course.wait_before(wake, now_ms);
        let mut effort = Effort::new();
        if !wait.is_zero() {
            return effort.end(Some(wait), Ending::CutShort);
        }
        // What fails before the first exchange counts from here.
        self.memory.borrow_mut().course.exchange(now_ms);
        match self.till.identity().await {
            Ok(Some(identity)) => effort.revoked = identity.revoked,
            Ok(None) => return effort.end(None, Ending::Complete),
            Err(error) => return self.troubled(effort, error.into()),
        }
        let due = if matches!(wake, Wake::SyncNow) { Due::All } else { Due::Hourly };
        {
            let mut memory = self.memory.borrow_mut();
            memory.course.begin(now_ms);
            if due == Due::All {
                memory.deferred.clear();
                memory.deferred_carried.clear();
                memory.blocked.clear();
            }
        }
        if let Err(error) = self.find_failed_due(&mut effort, due).await {
            return self.troubled(effort, error);
        }
        let mut ending = Ending::CutShort;
        for _ in 0..EXCHANGES_MAX {
            self.memory.borrow_mut().course.exchange(self.surroundings.now_ms());
            match self.advance(&mut effort, reach).await {
                Ok(Step::GoOn) => {}
                Ok(Step::Nothing) => {
                    ending = Ending::Complete;
                    break;
                }
                Ok(Step::Happened(event)) => {
                    if self.step(event) == Then::Rest {
                        break;
                    }
                }
                Err(error) => return self.troubled(effort, error),
            }
        }
        // An app that reads nothing new finds nothing new to remove, and may not be able to read what says so.
        if ending == Ending::Complete
            && reach == Reach::SendsAndReads
            && !self.memory.borrow().update_needed
            && let Err(error) = self.prune().await
        {
            return self.troubled(effort, error);
        }
        let wait = self.rest(ending);
        if effort.revoked {
            effort.attention = Some(Attention::Revoked);
        } else if self.memory.borrow().update_needed {
            effort.attention = effort.attention.or(Some(Attention::Update));
        }
        effort.end(Some(wait), ending)
    }

    /// The next exchange that is due.
    async fn advance(&self, effort: &mut Effort, reach: Reach) -> Result<Step, EngineError> {
        if let Some(wanted) = self.renewal_due(effort).await? {
            return self.renew(effort, wanted).await;
        }
        let may_read = reach == Reach::SendsAndReads
            && !effort.pulled
            && !effort.revoked
            && !self.memory.borrow().update_needed;
        if may_read && effort.pushes_in_a_row >= PUSHES_BEFORE_READ {
            effort.pushes_in_a_row = 0;
            match self.pull(effort).await? {
                Step::Nothing => {}
                step => return Ok(step),
            }
        }
        match self.push(effort).await? {
            Step::Nothing => {}
            step => {
                effort.pushes_in_a_row += 1;
                return Ok(step);
            }
        }
        if may_read { self.pull(effort).await } else { Ok(Step::Nothing) }
    }

    fn step(&self, event: Event) -> Then {
        let chance = u64::try_from(self.surroundings.random() & u128::from(u64::MAX)).unwrap_or(0);
        let now_ms = self.surroundings.now_ms();
        self.memory.borrow_mut().course.step(event, now_ms, chance)
    }

    fn troubled(&self, effort: Effort, trouble: EngineError) -> Round {
        self.step(Event::StoreFailed);
        let wait = self.rest(Ending::CutShort);
        Round { trouble: Some(trouble), ..effort.end(Some(wait), Ending::CutShort) }
    }

    /// How long to rest: until something that waits is due, or the pace says so.
    fn rest(&self, ending: Ending) -> Duration {
        let now_ms = self.surroundings.now_ms();
        let memory = self.memory.borrow();
        let due = memory.deferred.values().chain(memory.deferred_carried.values());
        let due_in = due.map(|&(since_ms, wait_ms)| remaining_ms(since_ms, wait_ms, now_ms)).min();
        let due_in = if ending == Ending::Complete { due_in } else { Some(0) };
        memory.course.rest(now_ms, due_in.map(Duration::from_millis))
    }

    async fn post(&self, path: &str, bearer: Option<String>, body: String) -> Exchange {
        let request = Request {
            method: "POST",
            path: path.to_owned(),
            bearer,
            body: Some(body),
            timeout_ms: TIMEOUT_MS,
        };
        self.transport.send(request).await
    }

    async fn get(&self, path: String, bearer: Option<String>) -> Exchange {
        let request = Request { method: "GET", path, bearer, body: None, timeout_ms: TIMEOUT_MS };
        self.transport.send(request).await
    }

    fn report(&self, progress: Progress) {
        if let Some(report) = &self.options.progress {
            report(progress);
        }
    }
}

type Exchange = Result<crate::ports::Response, crate::ports::TransportError>;

/// Why a round could not go on: the device itself, or a document that it cannot read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored row, or a document of a kind that this version knows, cannot be read.
    #[error(transparent)]
    Unreadable(#[from] crate::rows::Unreadable),
}

impl From<ReadError> for EngineError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(error) => Self::Store(error),
            ReadError::Unreadable(error) => Self::Unreadable(error),
        }
    }
}
