//! What the engine remembers between rounds. Losing it costs a request or two, nothing else.

use super::{
    batch::Target,
    course::{Course, Sight},
    settle::RefusedFrom,
};
use crate::{
    ports::Key,
    rows::Position,
    small::{SmallMap, SmallSet},
};
use evertill_protocol::upload::SeqRange;

/// The memory of one engine.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) course: Course,
    /// Epochs that were asked since the start or the last resync.
    pub(super) greeted: SmallSet<u32>,
    /// Seqs that this device no longer has and the ERP asks for.
    pub(super) lost: SmallMap<u32, Vec<SeqRange>>,
    /// Acknowledged seqs that the last stock did not contain, by epoch.
    pub(super) asked_about: SmallMap<u32, Vec<SeqRange>>,
    /// Queued entries that were refused alone: since when and how long they wait.
    pub(super) deferred: SmallMap<Position, (i64, u64)>,
    /// The same for imported ones.
    pub(super) deferred_carried: SmallMap<Key, (i64, u64)>,
    /// Targets that the ERP does not know, and since when.
    pub(super) blocked: SmallMap<Target, i64>,
    /// Lowest refused seq of each epoch.
    pub(super) refused_from: RefusedFrom,
    pub(super) fresh_epoch: bool,
    pub(super) update_needed: bool,
    pub(super) pruned_at_ms: Option<i64>,
}

impl Memory {
    /// Of an engine that has just started.
    pub(super) fn new(sight: Sight) -> Self {
        Self {
            course: Course::new(sight),
            greeted: SmallSet::default(),
            lost: SmallMap::default(),
            asked_about: SmallMap::default(),
            deferred: SmallMap::default(),
            deferred_carried: SmallMap::default(),
            blocked: SmallMap::default(),
            refused_from: SmallMap::default(),
            fresh_epoch: false,
            update_needed: false,
            pruned_at_ms: None,
        }
    }
}

/// Milliseconds left of a wait; none after a clock was set back.
pub(super) fn remaining_ms(since_ms: i64, wait_ms: u64, now_ms: i64) -> u64 {
    u64::try_from(now_ms.saturating_sub(since_ms)).map_or(0, |passed| wait_ms.saturating_sub(passed))
}
