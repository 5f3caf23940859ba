//! Uploads: what is due is selected, sent, judged by its answer, and acknowledged in one strict transaction; the oldest
//! epoch first, one request at a time.

mod acknowledge;
mod answer;
mod failed_due;
mod select;
mod send;

use super::{
    Effort, Engine, EngineError, Step,
    batch::{Batch, Target},
};
use crate::{
    ports::{Store, Surroundings, Transport},
    rows::{OutboxRow, Position},
};
use evertill_protocol::upload::SeqRange;

pub(super) use failed_due::Due;

/// An upload, ready to be sent.
struct Upload {
    target: Target,
    batch: Batch,
    lost: Vec<SeqRange>,
    /// Outbox rows whose entry is gone or cannot be read: named lost.
    broken: Vec<(Position, OutboxRow)>,
    head: u64,
    acked_through: u64,
    pending: u64,
    oldest_ms: Option<i64>,
    /// What comes next, if it was read while this one was on its way.
    ahead: Option<Ahead>,
}

impl Upload {
    fn of(target: Target) -> Self {
        Self {
            target,
            batch: Batch::default(),
            lost: Vec::new(),
            broken: Vec::new(),
            head: 0,
            acked_through: 0,
            pending: 0,
            oldest_ms: None,
            ahead: None,
        }
    }
}

/// What is sent next, if nothing comes between.
#[derive(Debug)]
pub(super) struct Ahead {
    queued: Queued,
    /// Of the first epoch in `queued`.
    gathered: Gathered,
}

/// Entries of one epoch that go into one batch.
#[derive(Debug, Default)]
struct Gathered {
    batch: Batch,
    /// Outbox rows whose entry is gone or cannot be read.
    broken: Vec<(Position, OutboxRow)>,
}

/// What waits in the outbox.
#[derive(Debug, Default)]
struct Queued {
    /// What may be sent now, oldest first.
    due: Vec<(Position, OutboxRow)>,
    count: u64,
    oldest_ms: Option<i64>,
}

impl Queued {
    fn push(&mut self, position: Position, row: OutboxRow) {
        // A row that rotted does not say since when it waits.
        if row.queued_at_ms > 0 {
            self.oldest_ms = Some(self.oldest_ms.map_or(row.queued_at_ms, |at| at.min(row.queued_at_ms)));
        }
        self.due.push((position, row));
    }
}

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    /// Sends the next batch that is due, if any.
    pub(super) async fn push(&self, effort: &mut Effort) -> Result<Step, EngineError> {
        match self.next_upload(effort).await? {
            Some(upload) => self.send(effort, upload).await,
            None => Ok(Step::Nothing),
        }
    }
}
