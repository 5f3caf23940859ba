//! Uploads: the oldest epoch first, one request at a time, and what the answer does, in one strict transaction.

use super::{
    AGAIN_MS, Attention, Effort, Engine, EngineError, Progress, Step,
    batch::{Batch, Envelope, Origin, Taken, Target},
    both::both,
    course::Event,
    ordered, remaining_ms,
    requeue::{LOST_RANGES_MAX, joined},
    settle::{Settled, acked_through, outcomes, settle},
    verdict::{Verdict, judge_upload},
};
use crate::{
    ports::{
        Decision, Durability, KeyRange, Read, Rows, Store, Surroundings, Table, Transport, Write, fresh_id,
    },
    rows::{FailedRow, HeadRow, Identity, JsonRow, OutboxRow, Position, carried_from_key, carried_key, meta},
    till::{counted, epoch_range, runs},
};
use evertill_domain::id;
use evertill_protocol::{
    Hash,
    upload::{EntryResult, Outcome, SeqRange, UploadAnswer},
};
use std::collections::BTreeMap;

/// How often one round queues the same epoch's entries again: a bound against an ERP that never has them.
const QUEUED_AGAIN_MAX: u32 = 2;
/// Refusals of a single entry, one after the other, after which a round rests.
const ISOLATED_MAX: u32 = 3;
/// Failed rows looked at in one read.
const FAILED_PAGE: u32 = 2000;

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

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    /// Sends the next batch that is due, if any.
    pub(super) async fn push(&self, effort: &mut Effort) -> Result<Step, EngineError> {
        match self.next_upload(effort).await? {
            Some(upload) => self.send(effort, upload).await,
            None => Ok(Step::Nothing),
        }
    }

    async fn next_upload(&self, effort: &mut Effort) -> Result<Option<Upload>, EngineError> {
        let heads: BTreeMap<u32, HeadRow> = ordered::map(self.till.heads().await?);
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
            let lost: Vec<SeqRange> = upload.lost.iter().copied().chain(broken_seqs).collect();
            upload = Upload { lost: joined(&lost), batch, broken, ..upload };
            return Ok(Some(upload));
        }
        while let Some(mut entry) = effort.failed_due.first_entry() {
            let epoch = *entry.key();
            let count = entry.get().len().min(limit);
            let positions: Vec<Position> = entry.get_mut().drain(..count).collect();
            if entry.get().is_empty() {
                entry.remove();
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

    fn own_upload(&self, epoch: u32, heads: &BTreeMap<u32, HeadRow>, queued: &Queued) -> Upload {
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
    async fn gather(&self, limit: usize, due: Vec<(Position, OutboxRow)>) -> Result<Gathered, EngineError> {
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
                let rest = effort.failed_due.entry(position.epoch).or_default();
                rest.splice(0..0, positions[place..].iter().copied());
                break;
            }
        }
        Ok(())
    }

    /// The stored journal rows of these (ascending) positions.
    async fn journal(&self, positions: &[Position]) -> Result<BTreeMap<Position, Vec<u8>>, EngineError> {
        let scan = |(epoch, first, last): (u32, u64, u64)| Read::Scan {
            table: Table::Journal,
            range: Some(epoch_range(epoch, first, last)),
            limit: u32::try_from(last - first + 1).unwrap_or(u32::MAX),
        };
        let rows = self.store.read(runs(positions).into_iter().map(scan).collect()).await?;
        let rows = rows.into_iter().flatten();
        Ok(ordered::map(rows.filter_map(|(key, value)| Some((Position::from_key(&key)?, value)))))
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

    async fn send(&self, effort: &mut Effort, upload: Upload) -> Result<Step, EngineError> {
        let (bearer, identity) = both(self.bearer(), self.till.identity()).await;
        let (bearer, Some(identity)) = (bearer?, identity?) else { return Ok(Step::Nothing) };
        let now_ms = self.surroundings.now_ms();
        let envelope = Envelope {
            terminal: match upload.target {
                Target::Own { .. } => identity.terminal,
                Target::Carried { terminal, .. } => terminal,
            },
            epoch: upload.target.epoch(),
            batch: fresh_id::<id::Entry>(&self.surroundings).uuid(),
            sent_at_ms: now_ms,
            head: upload.head,
            acked_through: upload.acked_through,
            pending: upload.pending,
            oldest_age_s: upload.oldest_ms.map_or(0, |at| u64::try_from((now_ms - at) / 1000).unwrap_or(0)),
            lost: upload.lost.clone(),
        };
        let text = upload.batch.request(&envelope);
        let sending = self.post("/api/sync/sales", Some(bearer.access), text);
        let (answer, ahead) = both(sending, self.look_ahead(&upload)).await;
        // What could not be read now is read, or fails, when its turn comes.
        let upload = Upload { ahead: ahead.ok().flatten(), ..upload };
        let verdict = judge_upload(&answer, envelope.batch, self.surroundings.now_ms());
        effort.heard(&verdict);
        self.answered(effort, upload, verdict).await
    }

    /// The batch behind this one, gathered while the ERP works on this one. It is used if this one is settled as a
    /// whole; whatever was put off is found by looking at the queue from its beginning.
    async fn look_ahead(&self, upload: &Upload) -> Result<Option<Ahead>, EngineError> {
        let Some(last) = upload.batch.sent.last() else { return Ok(None) };
        let limit = {
            let memory = self.memory.borrow();
            if !matches!(last.origin, Origin::Queued(_)) || !memory.deferred.is_empty() {
                return Ok(None);
            }
            memory.course.limit_after_success()
        };
        let Position { epoch, seq } = last.position;
        let range = Some(epoch_range(epoch, seq + 1, u64::MAX));
        let rows = u32::try_from(limit).unwrap_or(u32::MAX);
        let scan = Read::Scan { table: Table::Outbox, range, limit: rows };
        let mut queued = Queued {
            count: upload.pending.saturating_sub(upload.batch.sent.len() as u64),
            ..Queued::default()
        };
        for (key, value) in self.store.read(vec![scan]).await?.into_iter().flatten() {
            let Some(position) = Position::from_key(&key) else { continue };
            queued.push(position, OutboxRow::salvage(&value));
        }
        if queued.due.is_empty() {
            return Ok(None);
        }
        let gathered = self.gather(limit, queued.due.clone()).await?;
        Ok(Some(Ahead { queued, gathered }))
    }

    async fn answered(
        &self,
        effort: &mut Effort,
        upload: Upload,
        verdict: Verdict<UploadAnswer>,
    ) -> Result<Step, EngineError> {
        let entries = upload.batch.sent.len();
        match verdict {
            Verdict::Answer(answer) => {
                effort.isolated_in_a_row = 0;
                self.take_answer(effort, upload, answer).await
            }
            Verdict::Malformed | Verdict::TooLarge if entries > 1 => {
                Ok(Step::Happened(Event::TooLarge { entries }))
            }
            Verdict::Malformed | Verdict::TooLarge if entries == 1 => {
                // Isolated: this one entry is to blame, the others go on without it.
                let settled = settle(&upload.batch.sent, &[None], self.surroundings.now_ms());
                self.store_settled(effort, &upload, settled, None).await?;
                effort.isolated_in_a_row += 1;
                if effort.isolated_in_a_row < ISOLATED_MAX {
                    return Ok(Step::Happened(Event::TooLarge { entries }));
                }
                // One entry can be to blame, but not all of them: something on the way takes nothing.
                effort.isolated_in_a_row = 0;
                Ok(Step::Happened(Event::Lost))
            }
            Verdict::Malformed | Verdict::TooLarge => {
                // Not even an empty one is taken: greeting is no reason to keep entries back.
                self.memory.borrow_mut().greeted.insert(upload.target.epoch());
                effort.named.insert(upload.target.epoch());
                Ok(Step::Happened(Event::Lost))
            }
            Verdict::Unauthorised | Verdict::Revoked if !effort.renewed => {
                effort.renew = true;
                Ok(Step::GoOn)
            }
            Verdict::UnknownTerminal if matches!(upload.target, Target::Carried { .. }) => {
                self.block(upload.target);
                Ok(Step::GoOn)
            }
            Verdict::UnknownEpoch => {
                if matches!(upload.target, Target::Own { .. }) {
                    effort.attention = Some(Attention::EnrolAgain);
                }
                self.block(upload.target);
                Ok(Step::GoOn)
            }
            Verdict::UnknownTerminal => {
                effort.attention = Some(Attention::EnrolAgain);
                Ok(Step::Happened(Event::Lost))
            }
            Verdict::Nothing(Event::Failed { .. }) => Ok(Step::Happened(Event::Failed { entries })),
            Verdict::Nothing(event) => Ok(Step::Happened(event)),
            Verdict::Unauthorised | Verdict::Revoked | Verdict::Resync | Verdict::UpdateNeeded => {
                Ok(Step::Happened(Event::Lost))
            }
        }
    }

    fn block(&self, target: Target) {
        let now_ms = self.surroundings.now_ms();
        self.memory.borrow_mut().blocked.insert(target, now_ms);
    }

    async fn take_answer(
        &self,
        effort: &mut Effort,
        upload: Upload,
        answer: UploadAnswer,
    ) -> Result<Step, EngineError> {
        let answers: Vec<Option<&EntryResult>> = outcomes(&upload.batch.sent, &answer.results);
        let now_ms = self.surroundings.now_ms();
        let settled = settle(&upload.batch.sent, &answers, now_ms);
        let all_settled = settled.left.len() == upload.batch.sent.len() && upload.broken.is_empty();
        self.store_settled(effort, &upload, settled, Some(&answer)).await?;
        effort.ahead = upload.ahead.filter(|_| all_settled);
        let Target::Own { epoch } = upload.target else {
            return Ok(Step::Happened(Event::Uploaded { pause_ms: answer.directives.pause_ms }));
        };
        {
            let mut memory = self.memory.borrow_mut();
            memory.greeted.insert(epoch);
            effort.named.insert(epoch);
            if let Some(lost) = memory.lost.get_mut(&epoch) {
                lost.retain(|range| !upload.lost.contains(range));
                if lost.is_empty() {
                    memory.lost.remove(&epoch);
                }
            }
            memory.update_needed = answer.directives.min_protocol > evertill_protocol::PROTOCOL;
        }
        let head = upload.head;
        let again = effort.queued_again.entry(epoch).or_default();
        if *again < QUEUED_AGAIN_MAX {
            if let Some(from) = answer.directives.resend_from {
                *again += 1;
                effort.named.remove(&epoch);
                effort.ahead = None;
                self.queue_again(effort, epoch, (from, head)).await?;
            } else if !answer.have.missing.is_empty() {
                *again += 1;
                effort.ahead = None;
                for &(first, last) in &answer.have.missing {
                    self.queue_again(effort, epoch, (first, last.min(head))).await?;
                }
                effort.named.remove(&epoch);
            }
        }
        if answer.directives.new_epoch
            && !effort.renewed
            && self.till.identity().await?.is_some_and(|identity| identity.epoch == epoch)
        {
            self.memory.borrow_mut().fresh_epoch = true;
        }
        Ok(Step::Happened(Event::Uploaded { pause_ms: answer.directives.pause_ms }))
    }

    /// One strict transaction: outcomes, head, and whether the terminal is revoked.
    async fn store_settled(
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
            let lowest = memory.refused_from.entry(position.epoch).or_insert(position.seq);
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
        left.sort_unstable();
        let refused = self.memory.borrow().refused_from.get(&epoch).copied();
        // One more than what leaves: then the first that stays is among them.
        let limit = u32::try_from(left.len() + 1).unwrap_or(u32::MAX);
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
                        .filter(|position| left.binary_search(position).is_err());
                    let acked = acked_through(head.seq, waiting.map(|position| position.seq), refused);
                    let durable = answer.map_or(head.durable_through, |answer| answer.durable_through);
                    let new = HeadRow { acked_through: acked, durable_through: durable, ..head };
                    if new != head {
                        writes.push(Write::Put(Table::Heads, head_key, new.encode()));
                    }
                }
                let identity = row(2).and_then(|value| Identity::decode(value).ok());
                let revoked = identity.as_ref().is_some_and(|identity| identity.revoked);
                let told = answer.map_or(revoked, |answer| answer.directives.revoked);
                let mut identity_changed = false;
                if let Some(identity) = identity.filter(|identity| identity.revoked != told) {
                    let identity = Identity { revoked: told, ..identity };
                    writes.push(Write::Put(Table::Meta, meta::IDENTITY.to_vec(), identity.encode()));
                    identity_changed = true;
                }
                if writes.is_empty() {
                    Decision::Leave((told, identity_changed))
                } else {
                    Decision::Commit(writes, (told, identity_changed))
                }
            })
            .await?;
        effort.changed.identity |= identity_changed;
        Ok(revoked)
    }

    /// Collects the failed rows that are due: hourly, or all of them when a person asks.
    pub(super) async fn find_failed_due(&self, effort: &mut Effort, all: bool) -> Result<(), EngineError> {
        let now_ms = self.surroundings.now_ms();
        let mut refused_from: BTreeMap<u32, u64> = BTreeMap::new();
        let mut first = vec![0];
        loop {
            let range = Some(KeyRange { first, last: vec![0xff; 13] });
            let scan = Read::Scan { table: Table::Failed, range, limit: FAILED_PAGE };
            let rows = self.store.read(vec![scan]).await?.into_iter().next().unwrap_or_default();
            for (key, value) in &rows {
                let Some(position) = Position::from_key(key) else { continue };
                let row = FailedRow::salvage(value);
                if row.outcome == Outcome::Retry && !row.held_by_erp {
                    refused_from.entry(position.epoch).or_insert(position.seq);
                }
                let age_ms = now_ms - row.sent_at_ms;
                if !row.settled && (all || !(0..AGAIN_MS).contains(&age_ms)) {
                    effort.failed_due.entry(position.epoch).or_default().push(position);
                }
            }
            match rows.last() {
                Some((key, _)) if rows.len() >= FAILED_PAGE as usize => {
                    first = [key.as_slice(), &[0]].concat();
                }
                _ => break,
            }
        }
        self.memory.borrow_mut().refused_from = refused_from;
        Ok(())
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

/// What a transaction does to one own epoch.
struct OwnChange<'a> {
    epoch: u32,
    writes: Vec<Write>,
    left: Vec<Position>,
    broken: &'a [(Position, OutboxRow)],
    now_ms: i64,
}
