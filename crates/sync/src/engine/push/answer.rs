//! What an answer to an upload means for what comes next: go on, halve, rest, queue again, start anew.

use super::Upload;
use crate::{
    engine::{
        Attention, Effort, Engine, EngineError, Step,
        batch::Target,
        course::Event,
        ranges::without,
        settle::{outcomes, settle},
        verdict::Verdict,
    },
    ports::{Store, Surroundings, Transport},
};
use evertill_protocol::upload::{EntryResult, UploadAnswer};

/// How often one round queues the same epoch's entries again: a bound against an ERP that never has them.
const QUEUED_AGAIN_MAX: u32 = 2;
/// Refusals of a single entry, one after the other, after which a round rests.
const ISOLATED_MAX: u32 = 3;

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    pub(super) async fn answered(
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
                *lost = without(lost, &upload.lost);
                if lost.is_empty() {
                    memory.lost.remove(&epoch);
                }
            }
            memory.update_needed = answer.directives.min_protocol > evertill_protocol::PROTOCOL;
        }
        let head = upload.head;
        let again = effort.queued_again.or_insert(epoch, 0);
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
}
