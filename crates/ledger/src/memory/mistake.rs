//! Mistakes that somebody might make in an ERP, for the simulator to prove that its checkers notice them.

use super::{Erp, feed::FeedRow};

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Ids and places of entries are forgotten after a while: in the field that is a day, here [`FORGOTTEN_AFTER_MS`].
    ForgetsIds,
    /// A cursor is the second of the last change, as an `updated_at` would be: what is committed later in the same second
    /// is skipped.
    CursorByClock,
}

/// How long an ERP that forgets knows an entry. In the simulation most of what comes again comes within minutes: after a
/// quarter of an hour its token has ended.
pub const FORGOTTEN_AFTER_MS: i64 = 60_000;

impl Erp {
    /// Makes this mistake from now on.
    pub fn make_mistake(&mut self, mistake: Mistake) {
        self.mistake = Some(mistake);
    }

    /// What time it is, milliseconds UTC. Only mistakes look at it.
    pub fn look_at_clock(&mut self, now_ms: i64) {
        self.feed.now_ms = now_ms;
    }

    /// Whether it has forgotten what it took at that moment.
    pub(super) fn has_forgotten(&self, taken_ms: i64) -> bool {
        self.mistake == Some(Mistake::ForgetsIds)
            && self.feed.now_ms.saturating_sub(taken_ms) > FORGOTTEN_AFTER_MS
    }

    /// Whether a cursor of that position wrongly passes over a row behind it.
    pub(super) fn passes_over(&self, cursor: u64, row: &FeedRow) -> bool {
        let second = |at_ms: i64| at_ms.div_euclid(1000);
        self.mistake == Some(Mistake::CursorByClock)
            && self.feed.row_at(cursor).is_some_and(|last| second(row.at_ms) <= second(last.at_ms))
    }
}
