//! Old history goes once nobody needs it here: the ERP has it, the shown stock counts it, and it is 90 days old,
//! or a backup holds it and a week has passed, so that receipts of the last days can still be printed.

use super::{Engine, EngineError, ordered};
use crate::{
    catalogue::rows::CursorRow,
    ports::{Decision, Durability, KeyRange, Read, Rows, Store, Surroundings, Table, Transport, Write},
    rows::{JournalRow, JsonRow, Position, meta},
    till::epoch_range,
};

const DAY_MS: i64 = 86_400_000;
/// Age at which acknowledged entries go.
const KEPT_MS: i64 = 90 * DAY_MS;
/// Age at which they go if a backup of the ERP holds them.
const DURABLE_KEPT_MS: i64 = 7 * DAY_MS;
/// How often it is looked for.
const EVERY_MS: i64 = 3_600_000;
/// Rows looked at in one transaction.
const PAGE: u32 = 200;

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
            let mut first = 1;
            loop {
                let range = Some(epoch_range(epoch, first, head.acked_through));
                let scan = |table| Read::Scan { table, range: range.clone(), limit: PAGE };
                let rows = self.store.read(vec![scan(Table::Journal), scan(Table::Failed)]).await?;
                let [journal, failed] = <[Rows; 2]>::try_from(rows).unwrap_or_default();
                let kept = ordered::set(failed.into_iter().map(|(key, _)| key));
                let goes = journal.iter().take_while(|(key, value)| {
                    let Some(position) = Position::from_key(key) else { return false };
                    let age_ms = JournalRow::decode(value).map_or(0, |row| now_ms - row.committed_at_ms);
                    let durable = position.seq <= head.durable_through && age_ms >= DURABLE_KEPT_MS;
                    (durable || age_ms >= KEPT_MS)
                        && cursor.includes(epoch, position.seq)
                        && !kept.contains(key)
                });
                let Some((last, _)) = goes.last() else { break };
                let range = KeyRange { first: Position { epoch, seq: first }.key(), last: last.clone() };
                let write = Write::DeleteRange(Table::Journal, range);
                let commit = |_| Decision::Commit(vec![write], ());
                self.store.transact(Durability::Relaxed, &[Table::Journal], Vec::new(), commit).await?;
                first = Position::from_key(last).map_or(u64::MAX, |position| position.seq).saturating_add(1);
            }
        }
        Ok(())
    }
}
