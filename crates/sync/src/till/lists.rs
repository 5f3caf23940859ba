//! What the Sales and Sync pages show: entries with their state, and how the queue stands.

use super::{ReadError, Till, heads};
use crate::{
    ports::{KeyRange, Read, Rows, Store, Table},
    rows::{CarriedRow, FailedRow, Identity, JournalRow, JsonRow, OutboxRow, Position, meta},
    small::{SmallMap, SmallSet},
};
use evertill_domain::{Id, id};
use evertill_protocol::upload::SeqRange;

/// Entries that need attention or were settled, of which lists and shown stock know: far more than a person deals with.
pub(crate) const FAILED_MAX: u32 = 10_000;

/// Where an entry stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// Waits to be sent.
    Pending {
        /// Since when, milliseconds UTC.
        since_ms: i64,
    },
    /// The ERP has it for good.
    Synced,
    /// A person must look at it.
    Failed(FailedRow),
    /// A person settled it without booking.
    Settled(FailedRow),
}

/// An entry of this terminal's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalEntry {
    /// Its place.
    pub position: Position,
    /// What was committed; `None` if its bytes rotted or are gone, which the ERP is told.
    pub row: Option<JournalRow>,
    /// Where it stands.
    pub state: EntryState,
}

/// The newest entry of one epoch and what became of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalHead {
    /// The epoch.
    pub epoch: u32,
    /// The greatest seq issued.
    pub issued: u64,
    /// As in docs/sync-protocol.md: greatest n such that each of 1…n got an outcome.
    pub acked_through: u64,
    /// Entries of this epoch that still wait or need attention.
    pub waiting: u64,
}

/// How the queue stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueStatus {
    /// Entries that wait to be sent.
    pub pending: u64,
    /// Since when the oldest that only this device holds waits, was refused or was imported, milliseconds UTC.
    pub oldest_ms: Option<i64>,
    /// Entries that need attention.
    pub failed: u64,
    /// Imported entries of other terminals that wait.
    pub carried: u64,
    /// Per epoch, oldest first.
    pub heads: Vec<JournalHead>,
}

impl<S: Store> Till<S> {
    /// Entries of the journal, newest first, at most `limit`, before `before` (or from the newest).
    pub async fn journal_page(
        &self,
        before: Option<Position>,
        limit: u32,
    ) -> Result<Vec<LocalEntry>, ReadError> {
        let mut entries = Vec::new();
        let mut epochs: Vec<(u32, u64)> =
            self.heads().await?.into_iter().map(|(epoch, head)| (epoch, head.seq)).collect();
        epochs.reverse();
        for (epoch, head) in epochs {
            let mut last = match before {
                Some(before) if before.epoch < epoch => continue,
                Some(before) if before.epoch == epoch => before.seq.saturating_sub(1),
                _ => head,
            };
            // Seqs are dense but for pruned ones at the old end, so each step finds rows or the epoch is done.
            while last > 0 && entries.len() < limit as usize {
                let wanted = u64::from(limit) - entries.len() as u64;
                let first = last.saturating_sub(wanted - 1).max(1);
                let mut found = self.entries_between(epoch, (first, last)).await?;
                if found.is_empty() {
                    break;
                }
                found.reverse();
                entries.append(&mut found);
                last = first - 1;
            }
        }
        Ok(entries)
    }

    /// The entry with this id, if this device holds it.
    pub async fn entry(&self, id: Id<id::Entry>) -> Result<Option<LocalEntry>, ReadError> {
        let rows = self.store.read(vec![Read::Get(Table::Ids, id.to_bytes().to_vec())]).await?;
        let position =
            rows.first().and_then(|rows| rows.first()).and_then(|(_, key)| Position::from_key(key));
        let Some(Position { epoch, seq }) = position else { return Ok(None) };
        Ok(self.entries_between(epoch, (seq, seq)).await?.pop())
    }

    /// How the queue stands now. Counts alone: cheap with ten thousand waiting.
    pub async fn queue_status(&self) -> Result<QueueStatus, ReadError> {
        let count = |table| Read::Count { table, range: None };
        let rows = self
            .store
            .read(vec![
                count(Table::Outbox),
                Read::Scan { table: Table::Outbox, range: None, limit: 1 },
                Read::Scan { table: Table::Failed, range: None, limit: FAILED_MAX },
                count(Table::Carried),
                heads::scan(),
                Read::Scan { table: Table::Carried, range: None, limit: 1 },
            ])
            .await?;
        let answer = |place: usize| rows.get(place).map_or(&[][..], |rows| rows.as_slice());
        let failed = answer(2)
            .iter()
            .filter_map(|(key, value)| Some((Position::from_key(key)?, FailedRow::salvage(value))));
        // Those that a person settled need no attention.
        let failed: Vec<(Position, FailedRow)> = failed.filter(|(_, row)| !row.settled).collect();
        let pending = counted(answer(0));
        // Everything that only this device holds: what waits, what the ERP refused too often, what was imported.
        let waits = answer(1).first().map(|(_, value)| OutboxRow::salvage(value).queued_at_ms);
        let refused = failed.iter().filter(|(_, row)| !row.held_by_erp).map(|(_, row)| row.since_ms);
        let imported = answer(5).first().and_then(|(_, value)| CarriedRow::decode(value).ok());
        let oldest_ms = waits
            .into_iter()
            .chain(refused)
            .chain(imported.map(|row| row.imported_at_ms))
            .filter(|at| *at > 0)
            .min();
        let heads = heads::decode(rows.get(4).unwrap_or(&Rows::new())).into_iter();
        let mut heads: Vec<JournalHead> = heads
            .map(|(epoch, head)| JournalHead {
                epoch,
                issued: head.seq,
                acked_through: head.acked_through,
                waiting: 0,
            })
            .collect();
        let waiting = heads
            .iter()
            .map(|head| Read::Count {
                table: Table::Outbox,
                range: Some(epoch_range(head.epoch, 1, u64::MAX)),
            })
            .collect();
        for (head, rows) in heads.iter_mut().zip(self.store.read(waiting).await?) {
            let failed = failed.iter().filter(|(position, _)| position.epoch == head.epoch);
            head.waiting = counted(&rows) + failed.count() as u64;
        }
        Ok(QueueStatus {
            pending,
            oldest_ms,
            failed: failed.len() as u64,
            carried: counted(answer(3)),
            heads,
        })
    }

    /// Entries that wait or need attention, oldest first, at most `limit`, behind `after`.
    pub async fn queue_page(
        &self,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Vec<LocalEntry>, ReadError> {
        let first =
            after.map_or(vec![0], |after| Position { seq: after.seq.saturating_add(1), ..after }.key());
        let range = Some(KeyRange { first, last: vec![0xff; 13] });
        let waiting = Read::Keys { table: Table::Outbox, range: range.clone(), limit };
        let failed = Read::Scan { table: Table::Failed, range, limit };
        let rows = self.store.read(vec![waiting, failed]).await?;
        let open = |value: &[u8]| value.is_empty() || !FailedRow::salvage(value).settled;
        let positions: SmallSet<Position> = rows
            .into_iter()
            .flatten()
            .filter(|(_, value)| open(value))
            .filter_map(|(key, _)| Position::from_key(&key))
            .collect();
        let mut positions = positions.into_vec();
        positions.truncate(limit as usize);
        let mut entries = Vec::new();
        for (epoch, first, last) in runs(&positions) {
            entries.append(&mut self.entries_between(epoch, (first, last)).await?);
        }
        Ok(entries)
    }

    async fn entries_between(
        &self,
        epoch: u32,
        (first, last): SeqRange,
    ) -> Result<Vec<LocalEntry>, ReadError> {
        let range = Some(epoch_range(epoch, first, last));
        let limit = u32::try_from(last.saturating_sub(first).saturating_add(1)).unwrap_or(u32::MAX);
        let scan = |table| Read::Scan { table, range: range.clone(), limit };
        let rows =
            self.store.read(vec![scan(Table::Journal), scan(Table::Outbox), scan(Table::Failed)]).await?;
        let [journal, outbox, failed]: [Rows; 3] =
            rows.try_into().unwrap_or_else(|_| core::array::from_fn(|_| Rows::new()));
        let outbox: SmallMap<_, _> = outbox.into_iter().collect();
        let failed: SmallMap<_, _> = failed.into_iter().collect();
        let journal: SmallMap<_, _> = journal.into_iter().collect();
        // Also what waits or needs a person without being in the journal any more: people must see it.
        let keys: SmallSet<&Vec<u8>> = journal.keys().chain(outbox.keys()).chain(failed.keys()).collect();
        let entry = |key: &Vec<u8>| {
            let state = match (failed.get(key).map(|row| FailedRow::salvage(row)), outbox.get(key)) {
                (Some(row), _) if row.settled => EntryState::Settled(row),
                (Some(row), _) => EntryState::Failed(row),
                (None, Some(row)) => EntryState::Pending { since_ms: OutboxRow::salvage(row).queued_at_ms },
                (None, None) => EntryState::Synced,
            };
            let row = journal.get(key).and_then(|value| JournalRow::decode(value).ok());
            Some(LocalEntry { position: Position::from_key(key)?, row, state })
        };
        Ok(keys.iter().copied().filter_map(entry).collect())
    }

    /// This terminal's name as shown beside receipt numbers: `T2`, from the second epoch on `T2b`.
    pub async fn terminal_label(&self, epoch: u32) -> Result<String, ReadError> {
        let identity: Option<Identity> = self.meta_row(meta::IDENTITY).await?;
        let suffix = evertill_domain::receipt_number::epoch_suffix(epoch);
        Ok(identity.map_or(suffix.clone(), |identity| format!("{}{suffix}", identity.short_code)))
    }
}

/// The keys of seqs `first` to `last` of one epoch.
pub(crate) fn epoch_range(epoch: u32, first: u64, last: u64) -> KeyRange {
    KeyRange { first: Position { epoch, seq: first }.key(), last: Position { epoch, seq: last }.key() }
}

/// The count that a [`Read::Count`] answered.
pub(crate) fn counted(rows: &[(Vec<u8>, Vec<u8>)]) -> u64 {
    rows.first().and_then(|(_, value)| value.as_slice().try_into().ok()).map_or(0, u64::from_be_bytes)
}

/// Positions in order as runs of consecutive seqs: (epoch, first, last).
pub(crate) fn runs(positions: &[Position]) -> Vec<(u32, u64, u64)> {
    let mut runs: Vec<(u32, u64, u64)> = Vec::new();
    for position in positions {
        match runs.last_mut() {
            Some((epoch, _, last)) if *epoch == position.epoch && *last + 1 == position.seq => {
                *last = position.seq;
            }
            _ => runs.push((position.epoch, position.seq, position.seq)),
        }
    }
    runs
}
