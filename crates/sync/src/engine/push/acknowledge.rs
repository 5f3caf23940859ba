//! What an answer does to the device: outcomes, head, and whether the terminal is revoked, in one strict transaction.

use super::Upload;
use crate::{
    engine::{
        Effort, Engine, EngineError, Progress,
        batch::Target,
        settle::{Settled, acked_through},
    },
    ports::{Decision, Durability, Read, Store, Surroundings, Table, Transport, Write},
    rows::{FailedRow, HeadRow, Identity, JsonRow, OutboxRow, Position, meta},
    small::SmallSet,
    till::epoch_range,
};
use evertill_protocol::upload::{Outcome, UploadAnswer};

/// What a transaction does to one own epoch.
struct OwnChange<'a> {
    epoch: u32,
    writes: Vec<Write>,
    left: Vec<Position>,
    broken: &'a [(Position, OutboxRow)],
    now_ms: i64,
}

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    /// One strict transaction: outcomes, head, and whether the terminal is revoked.
    pub(super) async fn store_settled(
        &self,
        effort: &mut Effort,
        upload: &Upload,
        settled: Settled,
        answer: Option<&UploadAnswer>,
    ) -> Result<(), EngineError> {
        let now_ms = self.surroundings.now_ms();
        self.remember(&settled, now_ms);
        let Settled { writes, left, delivered, .. } = settled;
        let changes = !writes.is_empty();
        match upload.target {
            Target::Carried { .. } if !changes => {}
            Target::Carried { .. } => {
                let tables = [Table::Carried];
                let write = |_| Decision::Commit(writes, ());
                self.store.transact(Durability::Strict, &tables, Vec::new(), write).await?;
            }
            Target::Own { epoch } => {
                let gone = OwnChange { epoch, writes, left, broken: &upload.broken, now_ms };
                effort.revoked = self.commit_own(gone, answer, effort).await?;
            }
        }
        effort.changed.queue |= changes || !upload.broken.is_empty();
        effort.delivered += delivered;
        let pending = upload.pending.saturating_sub(upload.batch.sent.len() as u64);
        self.report(Progress::Sent { pending });
        Ok(())
    }

    fn remember(&self, settled: &Settled, now_ms: i64) {
        let mut memory = self.memory.borrow_mut();
        for &(position, wait_ms) in &settled.deferred {
            memory.deferred.insert(position, (now_ms, wait_ms));
        }
        for (key, wait_ms) in &settled.deferred_carried {
            memory.deferred_carried.insert(key.clone(), (now_ms, *wait_ms));
        }
        for position in &settled.refused {
            let lowest = memory.refused_from.or_insert(position.epoch, position.seq);
            *lowest = position.seq.min(*lowest);
        }
    }

    async fn commit_own(
        &self,
        change: OwnChange<'_>,
        answer: Option<&UploadAnswer>,
        effort: &mut Effort,
    ) -> Result<bool, EngineError> {
        let OwnChange { epoch, mut writes, mut left, broken, now_ms } = change;
        let head_key = epoch.to_be_bytes().to_vec();
        if answer.is_some() {
            for (position, _) in broken {
                writes.push(Write::Delete(Table::Outbox, position.key()));
                let row = FailedRow {
                    outcome: Outcome::Retry,
                    code: Some("unreadable".to_owned()),
                    reference: None,
                    since_ms: now_ms,
                    sent_at_ms: now_ms,
                    held_by_erp: true,
                    settled: false,
                };
                writes.push(Write::Put(Table::Failed, position.key(), row.encode()));
                left.push(*position);
            }
        }
        let left: SmallSet<Position> = left.into_iter().collect();
        let known_revoked = effort.revoked;
        let refused = self.memory.borrow().refused_from.get(&epoch).copied();
        // One more than what leaves: then the first that stays is among them.
        let limit = u32::try_from(left.iter().count() + 1).unwrap_or(u32::MAX);
        let reads = vec![
            Read::Get(Table::Heads, head_key.clone()),
            Read::Keys { table: Table::Outbox, range: Some(epoch_range(epoch, 0, u64::MAX)), limit },
            Read::Get(Table::Meta, meta::IDENTITY.to_vec()),
        ];
        let tables = [Table::Outbox, Table::Failed, Table::Heads, Table::Meta];
        let (revoked, identity_changed) = self
            .store
            .transact(Durability::Strict, &tables, reads, |rows| {
                let row =
                    |place: usize| rows.get(place).and_then(|rows| rows.first()).map(|(_, value)| value);
                if let Some(Ok(head)) = row(0).map(|value| HeadRow::decode(value)) {
                    let outbox = rows.get(1).into_iter().flatten();
                    let waiting = outbox
                        .filter_map(|(key, _)| Position::from_key(key))
                        .filter(|position| !left.contains(position));
                    let acked = acked_through(head.seq, waiting.map(|position| position.seq), refused);
                    let durable = answer.map_or(head.durable_through, |answer| answer.durable_through);
                    let new = HeadRow { acked_through: acked, durable_through: durable, ..head };
                    if new != head {
                        writes.push(Write::Put(Table::Heads, head_key, new.encode()));
                    }
                }
                let told = answer.map(|answer| answer.directives.revoked);
                let identity = told.and_then(|told| Identity::put_told(row(2).map(Vec::as_slice), told));
                let came_to = (told.unwrap_or(known_revoked), identity.is_some());
                writes.extend(identity);
                if writes.is_empty() { Decision::Leave(came_to) } else { Decision::Commit(writes, came_to) }
            })
            .await?;
        effort.changed.identity |= identity_changed;
        Ok(revoked)
    }
}
