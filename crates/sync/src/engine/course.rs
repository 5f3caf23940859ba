//! What the engine does next, decided without touching anything: state and event in, step out.
//!
//! It knows the protocol's numbers: batch sizes, backoff, the ERP's own wishes, when a push from outside may
//! cut a wait short. Clocks that jump back never prolong a wait.

use core::time::Duration;
use evertill_protocol::UPLOAD_ENTRIES_MAX;

/// Entries in the first batch.
const BATCH_FIRST: usize = 50;
/// Failures that say nothing about size never shrink a batch below this.
const BATCH_FLOOR: usize = 10;
/// First backoff.
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
/// Longest backoff while a page is visible.
const BACKOFF_VISIBLE: Duration = Duration::from_mins(1);
/// Longest backoff while hidden.
const BACKOFF_HIDDEN: Duration = Duration::from_mins(5);
/// `Retry-After` below this, or in the past, counts as this: an ERP that says “at once” and refuses again must not be
/// asked in a circle.
const ORDERED_MIN: Duration = Duration::from_secs(1);
/// `Retry-After` and `pause_ms` above this count as this.
pub const ORDERED_MAX: Duration = Duration::from_mins(5);
/// Least time between attempts that something triggers.
const TRIGGER_GAP: Duration = Duration::from_secs(2);
/// How often a till that has nothing to send asks for changes while visible.
const POLL_VISIBLE: Duration = Duration::from_secs(30);
/// The same while hidden.
const POLL_HIDDEN: Duration = Duration::from_mins(5);

/// Why the engine was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wake {
    /// The page or worker has just started.
    Start,
    /// The time that the last round asked for has come.
    Timer,
    /// A sale was committed.
    NewSale,
    /// The browser says that there is a network again.
    Online,
    /// The page became visible.
    Visible,
    /// The ERP says that there is something new.
    Changed,
    /// A person pressed Sync now.
    SyncNow,
}

impl Wake {
    /// Whether it cuts a backoff short.
    const fn is_trigger(self) -> bool {
        !matches!(self, Self::Timer)
    }
}

/// A wait that a clock set back ends at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Wait {
    since_ms: i64,
    length: Duration,
}

impl Wait {
    const NONE: Self = Self { since_ms: 0, length: Duration::ZERO };

    fn remaining(self, now_ms: i64) -> Duration {
        match u64::try_from(now_ms.saturating_sub(self.since_ms)) {
            Ok(passed) => self.length.saturating_sub(Duration::from_millis(passed)),
            Err(_) => Duration::ZERO,
        }
    }
}

/// What an exchange with the ERP came to, as far as pace is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An upload was answered and its outcomes are stored.
    Uploaded {
        /// The ERP's `pause_ms`.
        pause_ms: u64,
    },
    /// A page of changes or of a snapshot is stored.
    Pulled,
    /// Tokens were renewed.
    Renewed,
    /// 413, or a 400 with our problem document: nobody knows yet which entry is to blame.
    TooLarge {
        /// How many entries the batch had.
        entries: usize,
    },
    /// No answer in time, or the ERP failed: maybe too much at once, or one entry that it fails on, which must not
    /// keep the others from going.
    Failed {
        /// How many entries the batch had; 0 for other requests.
        entries: usize,
    },
    /// 429 or 503.
    Busy {
        /// The ERP's `Retry-After`, if it could be read.
        retry_after: Option<Duration>,
    },
    /// Anything else that is not an answer: no connection, another status, HTML, half a JSON.
    Lost,
    /// The device's own database failed.
    StoreFailed,
}

/// Whether the round goes on after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Go on with the next exchange.
    GoOn,
    /// Rest; [`Course::rest`] says how long.
    Rest,
}

/// Whether somebody sees a page of this till: attempts come sooner then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// A page is visible.
    Visible,
    /// None is.
    Hidden,
}

impl Sight {
    /// As the browser says it.
    pub const fn of(visible: bool) -> Self {
        if visible { Self::Visible } else { Self::Hidden }
    }
}

/// The engine's pace between rounds.
#[derive(Clone, Debug)]
pub struct Course {
    limit: usize,
    failures: u32,
    backoff: Wait,
    ordered: Wait,
    last_attempt_ms: Option<i64>,
    /// When the last exchange began. A backoff counts from there: a request that hung has waited already.
    exchange_ms: i64,
    sight: Sight,
}

impl Course {
    /// The pace of an engine that has just started.
    pub const fn new(sight: Sight) -> Self {
        Self {
            limit: BATCH_FIRST,
            failures: 0,
            backoff: Wait::NONE,
            ordered: Wait::NONE,
            last_attempt_ms: None,
            exchange_ms: 0,
            sight,
        }
    }

    /// Entries that the next batch may have.
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// Entries that the batch after a taken one may have.
    pub fn limit_after_success(&self) -> usize {
        (self.limit * 2).min(UPLOAD_ENTRIES_MAX)
    }

    /// Whether a person may be looking.
    pub const fn set_sight(&mut self, sight: Sight) {
        self.sight = sight;
    }

    /// How long this wake-up has to wait before an attempt; zero: now.
    pub fn wait_before(&self, wake: Wake, now_ms: i64) -> Duration {
        let gap = match self.last_attempt_ms {
            Some(since_ms) => Wait { since_ms, length: TRIGGER_GAP }.remaining(now_ms),
            None => Duration::ZERO,
        };
        match wake {
            Wake::Start => Duration::ZERO,
            Wake::SyncNow => gap,
            wake if wake.is_trigger() => gap.max(self.ordered.remaining(now_ms)),
            _ => self.backoff.remaining(now_ms).max(self.ordered.remaining(now_ms)),
        }
    }

    /// A round begins.
    pub const fn begin(&mut self, now_ms: i64) {
        self.last_attempt_ms = Some(now_ms);
    }

    /// An exchange with the ERP begins.
    pub const fn exchange(&mut self, now_ms: i64) {
        self.exchange_ms = now_ms;
    }

    /// Takes what happened. `chance` is random; it spreads the tills of a whole street over the time.
    pub fn step(&mut self, event: Event, now_ms: i64, chance: u64) -> Then {
        match event {
            Event::Uploaded { pause_ms } => {
                self.recovered();
                self.limit = self.limit_after_success();
                if pause_ms == 0 {
                    return Then::GoOn;
                }
                self.order(Duration::from_millis(pause_ms), now_ms);
                Then::Rest
            }
            Event::Pulled | Event::Renewed => {
                self.recovered();
                Then::GoOn
            }
            Event::TooLarge { entries } => {
                self.limit = (entries / 2).max(1);
                Then::GoOn
            }
            Event::Failed { entries } => {
                if entries > 0 {
                    self.limit = (entries / 2).max(1);
                }
                self.failed(chance)
            }
            Event::Busy { retry_after: Some(wait) } => {
                let then = self.failed(chance);
                self.order(wait.max(ORDERED_MIN), now_ms);
                then
            }
            Event::Busy { retry_after: None } | Event::Lost | Event::StoreFailed => {
                self.limit = (self.limit / 2).max(BATCH_FLOOR.min(self.limit));
                self.failed(chance)
            }
        }
    }

    /// How long until the next attempt, if nothing wakes the engine before. `due_in`: when something that
    /// already waits may be sent.
    pub fn rest(&self, now_ms: i64, due_in: Option<Duration>) -> Duration {
        let ordered = self.ordered.remaining(now_ms);
        if self.failures > 0 {
            return self.backoff.remaining(now_ms).max(ordered);
        }
        let poll = match self.sight {
            Sight::Visible => POLL_VISIBLE,
            Sight::Hidden => POLL_HIDDEN,
        };
        ordered.max(due_in.map_or(poll, |due_in| due_in.min(poll)))
    }

    const fn recovered(&mut self) {
        self.failures = 0;
        self.backoff = Wait::NONE;
        self.ordered = Wait::NONE;
    }

    fn order(&mut self, wait: Duration, now_ms: i64) {
        self.ordered = Wait { since_ms: now_ms, length: wait.min(ORDERED_MAX) };
    }

    /// Full jitter: anything from nothing to the present ceiling (AWS Architecture Blog, "Exponential Backoff
    /// And Jitter", 2015).
    fn failed(&mut self, chance: u64) -> Then {
        let most = match self.sight {
            Sight::Visible => BACKOFF_VISIBLE,
            Sight::Hidden => BACKOFF_HIDDEN,
        };
        let ceiling = BACKOFF_FIRST.saturating_mul(1 << self.failures.min(16)).min(most);
        let ceiling_ms = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX);
        self.failures = self.failures.saturating_add(1);
        let length = Duration::from_millis(chance % (ceiling_ms + 1));
        self.backoff = Wait { since_ms: self.exchange_ms, length };
        Then::Rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_double_to_the_most_and_halve_on_failure() {
        let mut course = Course::new(Sight::Visible);
        let mut limits = vec![course.limit()];
        for _ in 0..5 {
            course.step(Event::Uploaded { pause_ms: 0 }, 0, 0);
            limits.push(course.limit());
        }
        assert_eq!(limits, [50, 100, 200, 400, 500, 500]);
        course.step(Event::TooLarge { entries: 500 }, 0, 0);
        assert_eq!(course.limit(), 250);
        course.step(Event::TooLarge { entries: 3 }, 0, 0);
        assert_eq!(course.limit(), 1);
        course.step(Event::TooLarge { entries: 1 }, 0, 0);
        assert_eq!(course.limit(), 1);
        for (entries, expected) in [(500, 250), (11, 5), (3, 1), (1, 1), (0, 1)] {
            course.step(Event::Failed { entries }, 0, 0);
            assert_eq!(course.limit(), expected, "{entries} that timed out or met a 5xx");
        }
        for _ in 0..9 {
            course.step(Event::Lost, 0, 0);
        }
        assert_eq!(course.limit(), 1, "a failure never raises it");
    }

    #[test]
    fn backoff_has_full_jitter_and_a_ceiling() {
        for (sight, most) in [(Sight::Visible, 60_000), (Sight::Hidden, 300_000)] {
            let mut course = Course::new(sight);
            let mut ceilings = Vec::new();
            for _ in 0..12 {
                let ceiling = 1000_u64.saturating_mul(1 << ceilings.len()).min(most);
                assert_eq!(course.step(Event::Lost, 0, ceiling), Then::Rest);
                ceilings.push(course.rest(0, None).as_millis());
            }
            assert_eq!(ceilings[..3], [1000, 2000, 4000]);
            assert_eq!(ceilings.last(), Some(&u128::from(most)));
            course.step(Event::Lost, 0, 0);
            assert_eq!(course.rest(0, None), Duration::ZERO, "chance decides");
        }
    }

    #[test]
    fn a_request_that_hung_has_waited_already() {
        let mut course = Course::new(Sight::Visible);
        for _ in 0..12 {
            course.exchange(100_000);
            course.step(Event::Lost, 130_000, 60_000);
        }
        assert_eq!(course.rest(130_000, None), Duration::from_secs(30), "a minute from its begin");
    }

    #[test]
    fn a_trigger_cuts_a_backoff_short_but_not_the_erps_own_wish() {
        let mut course = Course::new(Sight::Visible);
        course.begin(0);
        course.step(Event::Lost, 0, 1000);
        assert_eq!(course.wait_before(Wake::Timer, 0), Duration::from_secs(1));
        assert_eq!(course.wait_before(Wake::NewSale, 500), Duration::from_millis(1500));
        assert_eq!(course.wait_before(Wake::NewSale, 2000), Duration::ZERO);
        course.step(Event::Busy { retry_after: Some(Duration::from_hours(24)) }, 2000, 0);
        assert_eq!(course.wait_before(Wake::Online, 2000), ORDERED_MAX);
        assert_eq!(course.wait_before(Wake::SyncNow, 2000), Duration::ZERO);
    }

    #[test]
    fn a_busy_erp_is_asked_when_it_says_but_never_at_once_and_less_often_each_time() {
        let seconds = Duration::from_secs;
        // (what it says, how often it said so before, chance, least wait)
        for (text_s, before, chance, expected) in [
            (0, 0, 0, seconds(1)),
            (0, 0, 1000, seconds(1)),
            (0, 3, 8000, seconds(8)),
            (5, 0, 1000, seconds(5)),
            (5, 5, 32_000, seconds(32)),
            (120, 20, 60_000, seconds(120)),
            (86_400, 0, 0, ORDERED_MAX),
        ] {
            let mut course = Course::new(Sight::Visible);
            for _ in 0..before {
                course.step(Event::Busy { retry_after: Some(Duration::ZERO) }, 0, 0);
            }
            assert_eq!(
                course.step(Event::Busy { retry_after: Some(seconds(text_s)) }, 0, chance),
                Then::Rest
            );
            assert_eq!(course.rest(0, None), expected, "{text_s} s after {before} refusals");
            assert_eq!(course.wait_before(Wake::Timer, 0), expected, "{text_s} s after {before} refusals");
        }
    }

    #[test]
    fn a_clock_set_back_ends_every_wait() {
        let mut course = Course::new(Sight::Visible);
        course.begin(1_000_000);
        course.step(Event::Busy { retry_after: Some(ORDERED_MAX) }, 1_000_000, 0);
        assert_eq!(course.wait_before(Wake::Timer, 10), Duration::ZERO);
        assert_eq!(course.wait_before(Wake::NewSale, 10), Duration::ZERO);
    }
}
