//! One request: the envelope around a batch, what came back, and the batch behind it, gathered meanwhile.

use super::{Ahead, Queued, Upload};
use crate::{
    engine::{
        Effort, Engine, EngineError, Step,
        batch::{Envelope, Origin, Target},
        both::both,
        verdict::judge_upload,
    },
    ports::{Read, Store, Surroundings, Table, Transport, fresh_id},
    rows::{OutboxRow, Position},
    till::epoch_range,
};
use evertill_domain::id;

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    pub(super) async fn send(&self, effort: &mut Effort, upload: Upload) -> Result<Step, EngineError> {
        let (token, identity) = both(self.access_token(), self.till.identity()).await;
        let (token, Some(identity)) = (token?, identity?) else { return Ok(Step::Nothing) };
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
        let sending = self.post("/api/sync/sales", Some(token), text);
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
}
