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
mod ordered;
mod page;
mod prune;
mod pull;
mod push;
mod renew;
mod requeue;
pub mod retry_after;
pub mod settle;
mod snapshot;
pub mod verdict;

pub use course::Wake;

use crate::{
    ports::{Key, Request, Store, StoreError, Surroundings, Transport},
    rows::Position,
    till::{ReadError, Till},
};
use batch::Target;
use core::{cell::RefCell, fmt, time::Duration};
use course::{Course, Event, Then};
use evertill_protocol::upload::SeqRange;
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

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

/// What a round changed on the device.
#[expect(clippy::struct_excessive_bools, reason = "five independent facts, not states")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Outbox, failed or carried rows.
    pub queue: bool,
    /// Products, categories or terminals.
    pub catalogue: bool,
    /// Stock, or which own sales it contains.
    pub stock: bool,
    /// The outlet's document.
    pub outlet: bool,
    /// Identity: a fresh epoch, or revoked.
    pub identity: bool,
}

/// What only a person can mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// The ERP does not take this terminal's tokens or epoch: enrol again. What waits stays.
    EnrolAgain,
    /// This app is too old to read the ERP's changes; it still sends.
    Update,
    /// This terminal was revoked; it only sends what waits.
    Revoked,
}

/// How a round ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// When to call again at the latest, in milliseconds; `None` while this browser is no terminal.
    pub next_attempt_in_ms: Option<u64>,
    /// What is new.
    pub changed: Changed,
    /// Whether the ERP answered; `None` if it was not asked.
    pub reached: Option<bool>,
    /// Whether nothing is left to do now: all sent but what waits for its time, all read.
    pub complete: bool,
    /// Entries the ERP took.
    pub delivered: usize,
    /// What only a person can mend.
    pub attention: Option<Attention>,
    /// Why the round could not go on although the ERP is not to blame: it is tried again, and people must see it.
    pub trouble: Option<EngineError>,
}

/// What the engine remembers between rounds. Losing it costs a request or two, nothing else.
#[derive(Debug)]
struct Memory {
    course: Course,
    /// Epochs that were asked since the start or the last resync.
    greeted: BTreeSet<u32>,
    /// Seqs that this device no longer has and the ERP asks for.
    lost: BTreeMap<u32, Vec<SeqRange>>,
    /// Acknowledged seqs that the last stock did not contain, by epoch.
    asked_about: BTreeMap<u32, Vec<SeqRange>>,
    /// Queued entries that were refused alone: since when and how long they wait.
    deferred: BTreeMap<Position, (i64, u64)>,
    /// The same for imported ones.
    deferred_carried: BTreeMap<Key, (i64, u64)>,
    /// Targets that the ERP does not know, and since when.
    blocked: BTreeMap<Target, i64>,
    /// Lowest refused seq of each epoch.
    refused_from: settle::RefusedFrom,
    fresh_epoch: bool,
    update_needed: bool,
    pruned_at_ms: Option<i64>,
}

/// One round's own state.
#[expect(clippy::struct_excessive_bools, reason = "independent facts of one round, not states")]
#[derive(Debug)]
struct Effort {
    changed: Changed,
    reached: Option<bool>,
    delivered: usize,
    attention: Option<Attention>,
    /// Failed rows that are due, by epoch.
    failed_due: BTreeMap<u32, Vec<Position>>,
    /// Epochs whose losses were named, and how often entries of an epoch were queued again.
    named: BTreeSet<u32>,
    queued_again: BTreeMap<u32, u32>,
    renew: bool,
    renewed: bool,
    pulled: bool,
    revoked: bool,
    pushes_in_a_row: u32,
    /// The next batch, if it was gathered already.
    ahead: Option<push::Ahead>,
    /// Single entries that were refused since the last answer.
    isolated_in_a_row: u32,
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

/// What a round does besides sending. A trait, not a flag: what nobody calls is not compiled into the worker.
trait Reach {
    async fn read<S: Store, T: Transport, C: Surroundings>(
        engine: &Engine<S, T, C>,
        effort: &mut Effort,
    ) -> Result<Step, EngineError>;

    async fn tidy<S: Store, T: Transport, C: Surroundings>(
        engine: &Engine<S, T, C>,
    ) -> Result<(), EngineError>;
}

#[derive(Debug)]
enum SendsAndReads {}
#[derive(Debug)]
enum SendsOnly {}

impl Reach for SendsAndReads {
    async fn read<S: Store, T: Transport, C: Surroundings>(
        engine: &Engine<S, T, C>,
        effort: &mut Effort,
    ) -> Result<Step, EngineError> {
        engine.pull(effort).await
    }

    async fn tidy<S: Store, T: Transport, C: Surroundings>(
        engine: &Engine<S, T, C>,
    ) -> Result<(), EngineError> {
        engine.prune().await
    }
}

impl Reach for SendsOnly {
    async fn read<S: Store, T: Transport, C: Surroundings>(
        _: &Engine<S, T, C>,
        _: &mut Effort,
    ) -> Result<Step, EngineError> {
        Ok(Step::Nothing)
    }

    async fn tidy<S: Store, T: Transport, C: Surroundings>(_: &Engine<S, T, C>) -> Result<(), EngineError> {
        Ok(())
    }
}

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    /// An engine that has just started.
    pub fn new(store: Rc<S>, transport: T, surroundings: C, options: Options) -> Self {
        let memory = Memory {
            course: Course::new(options.visible),
            greeted: BTreeSet::new(),
            lost: BTreeMap::new(),
            asked_about: BTreeMap::new(),
            deferred: BTreeMap::new(),
            deferred_carried: BTreeMap::new(),
            blocked: BTreeMap::new(),
            refused_from: BTreeMap::new(),
            fresh_epoch: false,
            update_needed: false,
            pruned_at_ms: None,
        };
        let till = Till::new(Rc::clone(&store));
        Self { store, till, transport, surroundings, options, memory: RefCell::new(memory) }
    }

    /// Says whether a page of this till is visible: attempts come sooner then.
    pub fn set_visible(&self, visible: bool) {
        self.memory.borrow_mut().course.set_visible(visible);
    }

    /// One bounded effort: sends what waits, then reads what changed.
    pub async fn round(&self, wake: Wake) -> Round {
        self.effort::<SendsAndReads>(wake).await
    }

    /// One bounded effort that only sends: what the service worker does. Known at compile time, so that a worker does
    /// not carry the code that reads changes.
    pub async fn send_round(&self, wake: Wake) -> Round {
        self.effort::<SendsOnly>(wake).await
    }

    async fn effort<R: Reach>(&self, wake: Wake) -> Round {
        let now_ms = self.surroundings.now_ms();
        let wait = self.memory.borrow().course.wait_before(wake, now_ms);
        let mut effort = Effort::new();
        if !wait.is_zero() {
            return effort.end(Some(wait), false);
        }
        match self.till.identity().await {
            Ok(Some(identity)) => effort.revoked = identity.revoked,
            Ok(None) => return effort.end(None, true),
            Err(error) => return self.troubled(effort, error.into()),
        }
        {
            let mut memory = self.memory.borrow_mut();
            memory.course.begin(now_ms);
            if matches!(wake, Wake::SyncNow) {
                memory.deferred.clear();
                memory.deferred_carried.clear();
                memory.blocked.clear();
            }
        }
        if let Err(error) = self.find_failed_due(&mut effort, matches!(wake, Wake::SyncNow)).await {
            return self.troubled(effort, error);
        }
        let mut complete = false;
        for _ in 0..EXCHANGES_MAX {
            match self.advance::<R>(&mut effort).await {
                Ok(Step::GoOn) => {}
                Ok(Step::Nothing) => {
                    complete = true;
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
        if complete && let Err(error) = R::tidy(self).await {
            return self.troubled(effort, error);
        }
        let wait = self.rest(complete);
        if effort.revoked {
            effort.attention = Some(Attention::Revoked);
        } else if self.memory.borrow().update_needed {
            effort.attention = effort.attention.or(Some(Attention::Update));
        }
        effort.end(Some(wait), complete)
    }

    /// The next exchange that is due.
    async fn advance<R: Reach>(&self, effort: &mut Effort) -> Result<Step, EngineError> {
        let renewal = self.renewal_due(effort).await?;
        if let Some(fresh) = renewal {
            return self.renew(effort, fresh).await;
        }
        let may_read = !effort.pulled && !effort.revoked && !self.memory.borrow().update_needed;
        if may_read && effort.pushes_in_a_row >= PUSHES_BEFORE_READ {
            effort.pushes_in_a_row = 0;
            match R::read(self, effort).await? {
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
        if may_read { R::read(self, effort).await } else { Ok(Step::Nothing) }
    }

    fn step(&self, event: Event) -> Then {
        let chance = u64::try_from(self.surroundings.random() & u128::from(u64::MAX)).unwrap_or(0);
        let now_ms = self.surroundings.now_ms();
        self.memory.borrow_mut().course.step(event, now_ms, chance)
    }

    fn troubled(&self, effort: Effort, trouble: EngineError) -> Round {
        self.step(Event::StoreFailed);
        let wait = self.rest(false);
        Round { trouble: Some(trouble), ..effort.end(Some(wait), false) }
    }

    /// How long to rest: until something that waits is due, or the pace says so.
    fn rest(&self, complete: bool) -> Duration {
        let now_ms = self.surroundings.now_ms();
        let memory = self.memory.borrow();
        let due = memory.deferred.values().chain(memory.deferred_carried.values());
        let due_in = due.map(|&(since_ms, wait_ms)| remaining_ms(since_ms, wait_ms, now_ms)).min();
        let due_in = if complete { due_in } else { Some(0) };
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

/// Milliseconds left of a wait; none after a clock was set back.
fn remaining_ms(since_ms: i64, wait_ms: u64, now_ms: i64) -> u64 {
    u64::try_from(now_ms.saturating_sub(since_ms)).map_or(0, |passed| wait_ms.saturating_sub(passed))
}

impl Effort {
    fn new() -> Self {
        Self {
            changed: Changed::default(),
            reached: None,
            delivered: 0,
            attention: None,
            failed_due: BTreeMap::new(),
            named: BTreeSet::new(),
            queued_again: BTreeMap::new(),
            renew: false,
            renewed: false,
            pulled: false,
            revoked: false,
            pushes_in_a_row: 0,
            ahead: None,
            isolated_in_a_row: 0,
        }
    }

    /// Notes whether the ERP itself spoke: any verdict but nothing.
    fn heard<V>(&mut self, verdict: &verdict::Verdict<V>) {
        self.reached =
            Some(!matches!(verdict, verdict::Verdict::Nothing(Event::Lost | Event::Failed { .. })));
    }

    fn end(self, wait: Option<Duration>, complete: bool) -> Round {
        Round {
            next_attempt_in_ms: wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            changed: self.changed,
            reached: self.reached,
            complete,
            delivered: self.delivered,
            attention: self.attention,
            trouble: None,
        }
    }
}
