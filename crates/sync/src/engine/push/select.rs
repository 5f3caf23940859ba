//! What the next upload carries: what waits in the oldest epoch, else what needs attention and is due, else what was
//! imported; or nothing but a greeting.

use super::{Ahead, Gathered, Queued, Upload};
use crate::{
    engine::{
        AGAIN_MS, Effort, Engine, EngineError,
        batch::{Origin, Taken, Target},
        ranges::joined,
        remaining_ms,
        requeue::LOST_RANGES_MAX,
    },
    ports::{KeyRange, Read, Rows, Store, Surroundings, Table, Transport},
    rows::{FailedRow, HeadRow, OutboxRow, Position, carried_from_key, carried_key},
    small::SmallMap,
    till::{counted, epoch_range, runs},
};
use evertill_protocol::Hash;

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    pub(super) async fn next_upload(&self, effort: &mut Effort) -> Result<Option<Upload>, EngineError> {
        let heads: SmallMap<u32, HeadRow> = self.till.heads().await?.into_iter().collect();
        let now_ms = self.surroundings.now_ms();
        let (limit, deferred) = {
            let mut memory = self.memory.borrow_mut();
            memory.deferred.retain(|_, &mut (since, wait)| remaining_ms(since, wait, now_ms) > 0);
            memory.deferred_carried.retain(|_, &mut (since, wait)| remaining_ms(since, wait, now_ms) > 0);
            memory.blocked.retain(|_, &mut since| (0..AGAIN_MS).contains(&(now_ms - since)));
            (memory.course.limit(), memory.deferred.len())
        };
        let (queued, mut gathered) = match effort.ahead.take() {
            Some(Ahead { queued, gathered }) => (queued, Some(gathered)),
            None => (self.queued(limit + deferred).await?, None),
        };
        let blocked = |epoch| self.memory.borrow().blocked.contains_key(&Target::Own { epoch });
        let first_queued = queued.due.first().map(|(position, _)| position.epoch);
        let to_greet = heads.keys().copied().find(|epoch| {
            let memory = self.memory.borrow();
            let asks = !memory.greeted.contains(epoch)
                || (memory.lost.contains_key(epoch) && !effort.named.contains(epoch));
            asks && !blocked(*epoch)
        });
        let epoch = match (first_queued, to_greet) {
            (Some(queued), Some(greet)) => Some(queued.min(greet)),
            (queued, greet) => queued.or(greet),
        };
        if let Some(epoch) = epoch {
            let mut upload = self.own_upload(epoch, &heads, &queued);
            let due: Vec<_> = queued.due.into_iter().filter(|(at, _)| at.epoch == epoch).collect();
            let Gathered { batch, broken } = match gathered.take_if(|_| first_queued == Some(epoch)) {
                Some(gathered) => gathered,
                None => self.gather(limit, due).await?,
            };
            let broken_seqs = broken.iter().map(|(position, _)| (position.seq, position.seq));
            let lost = joined(upload.lost.into_iter().chain(broken_seqs));
            upload = Upload { batch, lost, broken, ..upload };
            return Ok(Some(upload));
        }
        while let Some((&epoch, due)) = effort.failed_due.first_mut() {
            let positions: Vec<Position> = due.drain(..due.len().min(limit)).collect();
            if due.is_empty() {
                effort.failed_due.remove(&epoch);
            }
            if blocked(epoch) {
                continue;
            }
            let mut upload = self.own_upload(epoch, &heads, &queued);
            self.take_failed(effort, &mut upload, limit, &positions).await?;
            if !upload.batch.sent.is_empty() {
                return Ok(Some(upload));
            }
        }
        self.carried_upload(limit).await
    }

    fn own_upload(&self, epoch: u32, heads: &SmallMap<u32, HeadRow>, queued: &Queued) -> Upload {
        let head = heads.get(&epoch);
        let lost = self.memory.borrow().lost.get(&epoch).cloned().unwrap_or_default();
        Upload {
            lost: lost.into_iter().take(LOST_RANGES_MAX).collect(),
            head: head.map_or(0, |head| head.seq),
            acked_through: head.map_or(0, |head| head.acked_through),
            pending: queued.count,
            oldest_ms: queued.oldest_ms,
            ..Upload::of(Target::Own { epoch })
        }
    }

    /// Outbox rows that may be sent now, oldest first.
    async fn queued(&self, limit: usize) -> Result<Queued, EngineError> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let mut from = Position { epoch: 0, seq: 0 };
        let mut found = Queued::default();
        loop {
            let last = Position { epoch: u32::MAX, seq: u64::MAX };
            let range = Some(KeyRange { first: from.key(), last: last.key() });
            let reads = vec![
                Read::Scan { table: Table::Outbox, range, limit },
                Read::Count { table: Table::Outbox, range: None },
            ];
            let Ok([rows, count]) = <[Rows; 2]>::try_from(self.store.read(reads).await?) else {
                return Ok(found);
            };
            found.count = counted(&count);
            let full = rows.len() >= limit as usize;
            for (key, value) in rows {
                let Some(position) = Position::from_key(&key) else { continue };
                found.push(position, OutboxRow::salvage(&value));
            }
            let memory = self.memory.borrow();
            let blocked = |epoch| memory.blocked.contains_key(&Target::Own { epoch });
            let newest = found.due.last().map(|(position, _)| position.epoch);
            let waits = |at: &Position| memory.deferred.contains_key(at) || blocked(at.epoch);
            found.due.retain(|(position, _)| !waits(position));
            // All that was found belongs to an epoch that the ERP does not know: look behind it.
            match newest {
                Some(epoch) if found.due.is_empty() && full && blocked(epoch) && epoch < u32::MAX => {
                    from = Position { epoch: epoch + 1, seq: 0 };
                }
                _ => return Ok(found),
            }
        }
    }

    /// As many of these outbox rows, with their entries, as a batch may hold.
    pub(super) async fn gather(
        &self,
        limit: usize,
        due: Vec<(Position, OutboxRow)>,
    ) -> Result<Gathered, EngineError> {
        let positions: Vec<Position> = due.iter().take(limit).map(|(position, _)| *position).collect();
        let stored = self.journal(&positions).await?;
        let mut gathered = Gathered::default();
        for (position, row) in due.into_iter().take(limit) {
            let taken = stored.get(&position).map_or(Taken::Unreadable, |stored| {
                gathered.batch.take(limit, position, stored, Origin::Queued(row))
            });
            match taken {
                Taken::Yes => {}
                Taken::Full => break,
                Taken::Unreadable => gathered.broken.push((position, row)),
            }
        }
        Ok(gathered)
    }

    async fn take_failed(
        &self,
        effort: &mut Effort,
        upload: &mut Upload,
        limit: usize,
        positions: &[Position],
    ) -> Result<(), EngineError> {
        let stored = self.journal(positions).await?;
        let reads = positions.iter().map(|at| Read::Get(Table::Failed, at.key())).collect();
        let rows = self.store.read(reads).await?;
        for (place, (position, rows)) in positions.iter().zip(rows).enumerate() {
            let row = rows.first().map(|(_, value)| FailedRow::salvage(value));
            let (Some(row), Some(stored)) = (row.filter(|row| !row.settled), stored.get(position)) else {
                continue;
            };
            if upload.batch.take(limit, *position, stored, Origin::Failed(row)) == Taken::Full {
                let rest = effort.failed_due.or_insert(position.epoch, Vec::new());
                rest.splice(0..0, positions[place..].iter().copied());
                break;
            }
        }
        // They are in no outbox, and the ERP takes what it then has off what was said to wait.
        upload.pending += upload.batch.sent.len() as u64;
        Ok(())
    }

    /// The stored journal rows of these (ascending) positions.
    async fn journal(&self, positions: &[Position]) -> Result<SmallMap<Position, Vec<u8>>, EngineError> {
        let scan = |(epoch, first, last): (u32, u64, u64)| Read::Scan {
            table: Table::Journal,
            range: Some(epoch_range(epoch, first, last)),
            limit: u32::try_from(last - first + 1).unwrap_or(u32::MAX),
        };
        let rows = self.store.read(runs(positions).into_iter().map(scan).collect()).await?;
        let rows = rows.into_iter().flatten();
        Ok(rows.filter_map(|(key, value)| Some((Position::from_key(&key)?, value))).collect())
    }

    async fn carried_upload(&self, limit: usize) -> Result<Option<Upload>, EngineError> {
        let mut from = vec![0];
        loop {
            let range = KeyRange { first: from, last: vec![0xff; 61] };
            let scan = Read::Scan { table: Table::Carried, range: Some(range), limit: 1 };
            let first = self.store.read(vec![scan]).await?.into_iter().flatten().next();
            let Some((terminal, first)) = first.and_then(|(key, _)| carried_from_key(&key)) else {
                return Ok(None);
            };
            let epoch = first.epoch;
            let target = Target::Carried { terminal, epoch };
            // Below and above every hash.
            let low = carried_key(terminal, first, Hash([0; 32]));
            let high = carried_key(terminal, Position { epoch, seq: u64::MAX }, Hash([0xff; 32]));
            if !self.memory.borrow().blocked.contains_key(&target) {
                let deferred = self.memory.borrow().deferred_carried.len();
                let range = Some(KeyRange { first: low, last: high.clone() });
                let rows = u32::try_from(limit + deferred).unwrap_or(u32::MAX);
                let scan = Read::Scan { table: Table::Carried, range, limit: rows };
                let mut upload = Upload::of(target);
                for (key, value) in self.store.read(vec![scan]).await?.into_iter().flatten() {
                    let Some((_, position)) = carried_from_key(&key) else { continue };
                    let deferred = self.memory.borrow().deferred_carried.contains_key(&key);
                    if !deferred
                        && upload.batch.take(limit, position, &value, Origin::Imported(key)) == Taken::Full
                    {
                        break;
                    }
                }
                if !upload.batch.sent.is_empty() {
                    return Ok(Some(upload));
                }
            }
            from = [high.as_slice(), &[0]].concat();
        }
    }
}
