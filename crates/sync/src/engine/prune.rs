//! Old history goes once nobody needs it here: the ERP acknowledged it, the shown stock counts it or a person settled
//! it, and it is 90 days old or a backup of the ERP holds it. What waits or needs a person stays, and keeps nothing
//! else from going.

use super::{Engine, EngineError};
use crate::{
    catalogue::rows::CursorRow,
    ports::{Decision, Durability, KeyRange, Read, Rows, Store, Surroundings, Table, Transport, Write},
    rows::{FailedRow, HeadRow, JournalLink, Position, meta},
    small::{SmallMap, SmallSet},
    till::{epoch_range, runs},
};

/// Age at which acknowledged entries go.
const KEPT_MS: i64 = 90 * 86_400_000;
/// How often it is looked for.
const EVERY_MS: i64 = 3_600_000;
/// Rows looked at in one transaction.
const PAGE: u32 = 200;

/// Where pruning of an epoch stands.
struct Pruning<'a> {
    cursor: &'a CursorRow,
    epoch: u32,
    head: HeadRow,
    now_ms: i64,
    /// Age of the newest entry looked at: one that cannot be read is as old as the one before it.
    age_ms: i64,
}

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    /// Removes what may go; at most hourly.
    pub(super) async fn prune(&self) -> Result<(), EngineError> {
        let now_ms = self.surroundings.now_ms();
        let pruned_at_ms = self.memory.borrow_mut().pruned_at_ms.replace(now_ms);
        if pruned_at_ms.is_some_and(|at| (0..EVERY_MS).contains(&(now_ms - at))) {
            self.memory.borrow_mut().pruned_at_ms = pruned_at_ms;
            return Ok(());
        }
        let Some(cursor) = self.till.meta_row::<CursorRow>(meta::CURSOR).await? else { return Ok(()) };
        for (epoch, head) in self.till.heads().await? {
            self.prune_epoch(Pruning { cursor: &cursor, epoch, head, now_ms, age_ms: 0 }).await?;
        }
        Ok(())
    }

    async fn prune_epoch(&self, mut pruning: Pruning<'_>) -> Result<(), EngineError> {
        let mut first = 1;
        loop {
            // The newest entry stays: a damaged head is set right from it (`till::heads::mend`).
            let range = Some(epoch_range(pruning.epoch, first, pruning.head.seq.saturating_sub(1)));
            let keys = Read::Keys { table: Table::Journal, range, limit: PAGE };
            let keys = self.store.read(vec![keys]).await?.into_iter().next().unwrap_or_default();
            let (Some((low, _)), Some((high, _))) = (keys.first(), keys.last()) else { return Ok(()) };
            let range = Some(KeyRange { first: low.clone(), last: high.clone() });
            let scan = |table| Read::Scan { table, range: range.clone(), limit: u32::MAX };
            let queued = Read::Keys { table: Table::Outbox, range: range.clone(), limit: u32::MAX };
            // Read and removed in one transaction: what another engine queues again meanwhile stays.
            let reads = vec![scan(Table::Journal), scan(Table::Failed), queued];
            let tables = [Table::Journal, Table::Failed, Table::Outbox];
            self.store
                .transact(Durability::Relaxed, &tables, reads, |rows| match pruning.page(rows) {
                    writes if writes.is_empty() => Decision::Leave(()),
                    writes => Decision::Commit(writes, ()),
                })
                .await?;
            let last = Position::from_key(high).map_or(u64::MAX, |position| position.seq);
            if last >= pruning.head.seq || pruning.is_young_behind(last) {
                return Ok(());
            }
            first = last + 1;
        }
    }
}

impl Pruning<'_> {
    /// What to remove of this page.
    fn page(&mut self, rows: Vec<Rows>) -> Vec<Write> {
        let [journal, failed, queued] = <[Rows; 3]>::try_from(rows).unwrap_or_default();
        let settled = |(key, value): (Vec<u8>, Vec<u8>)| (key, FailedRow::salvage(&value).settled);
        let failed: SmallMap<Vec<u8>, bool> = failed.into_iter().map(settled).collect();
        let queued: SmallSet<Vec<u8>> = queued.into_iter().map(|(key, _)| key).collect();
        let mut goes = Vec::new();
        let mut writes = Vec::new();
        for (key, value) in journal {
            let Some(at) = Position::from_key(&key) else { continue };
            if let Ok(row) = JournalLink::decode(&value) {
                self.age_ms = self.now_ms - row.committed_at_ms;
            }
            let settled = failed.get(&key).copied();
            let is_done = settled.unwrap_or_else(|| self.cursor.includes(self.epoch, at.seq));
            let is_old = self.age_ms >= KEPT_MS || at.seq <= self.head.durable_through;
            if is_done && is_old && !queued.contains(&key) {
                goes.push(at);
                if settled.is_some() {
                    writes.push(Write::Delete(Table::Failed, key));
                }
            }
        }
        for (epoch, first, last) in runs(&goes) {
            writes.push(Write::DeleteRange(Table::Journal, epoch_range(epoch, first, last)));
        }
        writes
    }

    /// Whether nothing behind this seq can be old enough. An entry from the future says nothing: its clock was wrong.
    fn is_young_behind(&self, seq: u64) -> bool {
        seq >= self.head.durable_through && (0..KEPT_MS).contains(&self.age_ms)
    }
}
