//! What the ERP turns out not to have: queued again where the device still holds it, named lost where not.

use super::{
    Effort, Engine, EngineError,
    ranges::{joined, without},
};
use crate::{
    ports::{Decision, Durability, Read, Rows, Store, Surroundings, Table, Transport, Write},
    rows::{FailedRow, HeadRow, JsonRow, OutboxRow, Position},
    small::SmallSet,
    till::epoch_range,
};
use evertill_protocol::{
    changes::Included,
    upload::{Outcome, SeqRange},
};

/// Seqs looked at in one transaction.
const WINDOW: u64 = 1000;
/// Ranges named lost in one upload.
pub(super) const LOST_RANGES_MAX: usize = 1000;

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    /// Queues again every entry of these seqs that the device holds, and remembers the others as lost. Goes from
    /// the newest window down, so that `acked_through` is right after each transaction.
    pub(super) async fn queue_again(
        &self,
        effort: &mut Effort,
        epoch: u32,
        (first, last): SeqRange,
    ) -> Result<(), EngineError> {
        let (first, mut last) = (first.max(1), last);
        while last >= first {
            let low = last.saturating_sub(WINDOW - 1).max(first);
            let gone = self.queue_window_again(effort, epoch, (low, last)).await?;
            if !gone.is_empty() {
                let mut memory = self.memory.borrow_mut();
                let known = memory.lost.or_insert(epoch, Vec::new());
                known.extend(gone);
                *known = joined(known.drain(..));
            }
            last = low - 1;
        }
        Ok(())
    }

    /// Looks whether the ERP's stock contains every own entry that it acknowledged. If not, it may have been
    /// restored without our cursor showing it: the epoch is greeted again, once for each such finding.
    pub(super) async fn ask_about_gaps(&self, included: &[Included]) -> Result<(), EngineError> {
        for (epoch, head) in self.till.heads().await? {
            let booked = included.iter().filter(|included| included.epoch == epoch);
            let booked = joined(booked.flat_map(|included| included.seqs.iter().copied()));
            let through_acked = [(1, head.acked_through)];
            let mut missing = without(&through_acked, &booked);
            if !missing.is_empty() {
                let range = Some(epoch_range(epoch, 1, head.acked_through));
                let keys = Read::Keys { table: Table::Failed, range, limit: u32::MAX };
                let failed = self.store.read(vec![keys]).await?.into_iter().flatten();
                let unbooked =
                    failed.filter_map(|(key, _)| Position::from_key(&key)).map(|at| (at.seq, at.seq));
                missing = without(&missing, &joined(unbooked));
            }
            let mut memory = self.memory.borrow_mut();
            let asked = memory.asked_about.insert(epoch, missing.clone()).unwrap_or_default();
            if !missing.is_empty() && asked != missing {
                memory.greeted.remove(&epoch);
            }
        }
        Ok(())
    }

    async fn queue_window_again(
        &self,
        effort: &mut Effort,
        epoch: u32,
        (low, high): SeqRange,
    ) -> Result<Vec<SeqRange>, EngineError> {
        let range = Some(epoch_range(epoch, low, high));
        let limit = u32::try_from(high - low + 1).unwrap_or(u32::MAX);
        let head_key = epoch.to_be_bytes().to_vec();
        let reads = vec![
            Read::Keys { table: Table::Journal, range: range.clone(), limit },
            Read::Keys { table: Table::Outbox, range: range.clone(), limit },
            Read::Scan { table: Table::Failed, range, limit },
            Read::Get(Table::Heads, head_key.clone()),
        ];
        let now_ms = self.surroundings.now_ms();
        let tables = [Table::Journal, Table::Outbox, Table::Failed, Table::Heads];
        let (lost, again) = self
            .store
            .transact(Durability::Strict, &tables, reads, |rows| {
                let Ok([journal, outbox, failed, heads]) = <[Rows; 4]>::try_from(rows) else {
                    return Decision::Leave((Vec::new(), 0));
                };
                let seqs = |rows: &Rows| -> SmallSet<u64> {
                    rows.iter().filter_map(|(key, _)| Position::from_key(key)).map(|at| at.seq).collect()
                };
                let (journal, mut queued) = (seqs(&journal), seqs(&outbox));
                let mut writes = Vec::new();
                for (key, value) in &failed {
                    let Some(Position { seq, .. }) = Position::from_key(key) else { continue };
                    let row = FailedRow::decode(value).ok().filter(|row| row.outcome == Outcome::Retry);
                    match row {
                        // Its entry is gone: it is named lost again, for the ERP may have been restored since, and
                        // people go on seeing it.
                        Some(_) if !journal.contains(&seq) => {}
                        // The ERP never had it: it waits for its hour as before.
                        Some(row) if !row.held_by_erp => queued.insert(seq),
                        // The ERP held it, or its rows rotted, which gathering finds and names lost again.
                        _ => writes.push(Write::Delete(Table::Failed, key.clone())),
                    }
                }
                let row = OutboxRow { queued_at_ms: now_ms, refusals: 0 };
                let again: Vec<u64> = journal.iter().copied().filter(|seq| !queued.contains(seq)).collect();
                for &seq in &again {
                    writes.push(Write::Put(Table::Outbox, Position { epoch, seq }.key(), row.encode()));
                }
                let head = heads.first().and_then(|(_, value)| HeadRow::decode(value).ok());
                if let Some(head) = head.filter(|head| !again.is_empty() && head.acked_through >= low) {
                    let acked_through = head.acked_through.min(again[0].saturating_sub(1));
                    let head = HeadRow { acked_through, ..head };
                    writes.push(Write::Put(Table::Heads, head_key, head.encode()));
                }
                for &seq in &again {
                    queued.insert(seq);
                }
                let lost = without(&[(low, high)], &joined(queued.iter().map(|&seq| (seq, seq))));
                if writes.is_empty() {
                    Decision::Leave((lost, 0))
                } else {
                    Decision::Commit(writes, (lost, again.len()))
                }
            })
            .await?;
        effort.changed.queue |= again > 0;
        Ok(lost)
    }
}
