//! How things stand: queue, network, clock, update, and what needs a person. Everything here is followed by its caller.

use crate::reactive::prelude::*;
use evertill_sync::{engine::Attention, till::QueueStatus};

use super::{Loading, Shop, listen};

impl Shop {
    /// The queue.
    pub fn queue(self) -> QueueStatus {
        self.queue.get()
    }

    /// Keeps [`Shop::missing`] in step with the queue, for the life of the calling view.
    pub fn follow_missing(self) {
        Effect::new(move |_| listen::look_at_missing(self, self.queue().heads));
    }

    /// Entries of an epoch that are neither with the ERP nor here any more.
    pub fn missing(self, epoch: u32) -> u64 {
        self.missing.with(|missing| missing.get(&epoch).copied().unwrap_or(0))
    }

    /// Whether the ERP answers, by what became of requests.
    pub fn online(self) -> bool {
        self.online.get()
    }

    /// Since when it does not answer.
    pub fn offline_since_ms(self) -> Option<i64> {
        self.offline_since_ms.get()
    }

    /// Whether a sync that a person asked for is under way.
    pub fn syncing(self) -> bool {
        self.syncing.get()
    }

    /// Now; moves every few seconds.
    pub fn now_ms(self) -> i64 {
        self.now_ms.get()
    }

    /// Now, without following it.
    pub fn now_ms_untracked(self) -> i64 {
        self.now_ms.get_untracked()
    }

    /// A catalogue on its way.
    pub fn loading(self) -> Option<Loading> {
        self.loading.get()
    }

    /// Whether another version of the app is complete and waits.
    pub fn update_ready(self) -> bool {
        self.update_ready.get()
    }

    /// Whether no sale is open in this tab.
    pub fn idle(self) -> bool {
        self.idle.get()
    }

    /// Whether the cashier should look at the device's clock.
    pub fn clock_doubt(self) -> bool {
        self.clock_doubt.get()
    }

    /// What only a person can mend before this till and the ERP go on together.
    pub fn attention(self) -> Option<Attention> {
        self.standstill.with(|(attention, _)| *attention)
    }

    /// Why the last attempt to sync stopped on this device itself, for people.
    pub fn trouble(self) -> Option<String> {
        self.standstill.with(|(_, trouble)| trouble.clone())
    }

    /// Cases that wait for a person; counted up to a page.
    pub fn open_cases(self) -> u64 {
        self.open_cases.get()
    }

    /// Runs the caller again when the journal or the queue changed.
    pub fn follow_journal(self) {
        self.journal_turn.track();
    }
}
