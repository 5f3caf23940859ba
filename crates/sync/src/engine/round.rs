//! How a round ends, and what it keeps while it lasts.

use super::{EngineError, course::Event, push::Ahead, verdict::Verdict};
use crate::{
    rows::Position,
    small::{SmallMap, SmallSet},
};
use core::time::Duration;

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
    /// This app is too old to read the ERP's changes, or what a later version keeps on this device; it still sends.
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

/// How much of what was due a round did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// All of it.
    Complete,
    /// It was cut short, or did not begin.
    CutShort,
}

/// One round's own state.
#[expect(clippy::struct_excessive_bools, reason = "independent facts of one round, not states")]
#[derive(Debug)]
pub(super) struct Effort {
    pub(super) changed: Changed,
    pub(super) reached: Option<bool>,
    pub(super) delivered: usize,
    pub(super) attention: Option<Attention>,
    /// Failed rows that are due, by epoch.
    pub(super) failed_due: SmallMap<u32, Vec<Position>>,
    /// Epochs whose losses were named, and how often entries of an epoch were queued again.
    pub(super) named: SmallSet<u32>,
    pub(super) queued_again: SmallMap<u32, u32>,
    pub(super) renew: bool,
    pub(super) renewed: bool,
    pub(super) pulled: bool,
    pub(super) revoked: bool,
    pub(super) pushes_in_a_row: u32,
    /// The next batch, if it was gathered already.
    pub(super) ahead: Option<Ahead>,
    /// Single entries that were refused since the last answer.
    pub(super) isolated_in_a_row: u32,
}

impl Effort {
    pub(super) fn new() -> Self {
        Self {
            changed: Changed::default(),
            reached: None,
            delivered: 0,
            attention: None,
            failed_due: SmallMap::default(),
            named: SmallSet::default(),
            queued_again: SmallMap::default(),
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
    pub(super) fn heard<V>(&mut self, verdict: &Verdict<V>) {
        self.reached = Some(!matches!(verdict, Verdict::Nothing(Event::Lost | Event::Failed { .. })));
    }

    pub(super) fn end(self, wait: Option<Duration>, ending: Ending) -> Round {
        Round {
            next_attempt_in_ms: wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            changed: self.changed,
            reached: self.reached,
            complete: ending == Ending::Complete,
            delivered: self.delivered,
            attention: self.attention,
            trouble: None,
        }
    }
}
