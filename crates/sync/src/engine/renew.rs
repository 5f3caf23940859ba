//! Tokens: renewed before they end, when they are refused, and when the ERP wants a fresh epoch.
//!
//! The ask is on the disk before it is asked, so that an answer that got lost is answered again.

use super::{
    Attention, Effort, Engine, EngineError, Step,
    course::Event,
    verdict::{Verdict, judge},
};
use crate::{
    ports::{Decision, Durability, Read, Store, Surroundings, Table, Transport, Write, fresh_id},
    rows::{Identity, JsonRow, Tokens, meta},
};
use evertill_domain::id;
use evertill_protocol::{
    json,
    terminal::{TerminalTokens, TokenRequest},
};
use uuid::Uuid;

/// An access token that ends within this is renewed at once, milliseconds.
const RENEW_BEFORE_MS: i64 = 30_000;

/// What a renewal is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// An access token that is good for a while.
    Tokens,
    /// An epoch of its own, because the present one is forked.
    FreshEpoch,
}

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    /// Renews the tokens now, whatever their age: for a caller whose token was refused. Hold the sync lock. What came
    /// of it is in the store.
    pub async fn renew_now(&self) {
        // A failure changes nothing on the device; the caller looks at what is stored.
        let _ = self.renew(&mut Effort::new(), Wanted::Tokens).await;
    }

    /// What must be renewed before the next exchange.
    pub(super) async fn renewal_due(&self, effort: &Effort) -> Result<Option<Wanted>, EngineError> {
        if effort.renewed {
            return Ok(None);
        }
        if self.memory.borrow().fresh_epoch {
            return Ok(Some(Wanted::FreshEpoch));
        }
        if effort.renew {
            return Ok(Some(Wanted::Tokens));
        }
        let tokens: Option<Tokens> = self.till.meta_row(meta::TOKENS).await?;
        let now_ms = self.surroundings.now_ms();
        Ok(tokens
            .filter(|tokens| tokens.ask.is_some() || tokens.access_until_ms - RENEW_BEFORE_MS <= now_ms)
            .map(|_| Wanted::Tokens))
    }

    /// The access token as it is stored now.
    pub(super) async fn access_token(&self) -> Result<String, EngineError> {
        let tokens: Option<Tokens> = self.till.meta_row(meta::TOKENS).await?;
        Ok(tokens.map(|tokens| tokens.access).unwrap_or_default())
    }

    /// One renewal.
    pub(super) async fn renew(&self, effort: &mut Effort, wanted: Wanted) -> Result<Step, EngineError> {
        effort.renewed = true;
        let Some((refresh_token, ask)) = self.persist_ask().await? else {
            effort.attention = Some(Attention::EnrolAgain);
            return Ok(Step::Happened(Event::Lost));
        };
        let request = TokenRequest { refresh_token, ask };
        let body = json::write(&request);
        let answer = self.post("/api/terminals/token", None, body).await;
        let now_ms = self.surroundings.now_ms();
        let verdict = judge::<TerminalTokens>(&answer, now_ms);
        effort.heard(&verdict);
        match verdict {
            Verdict::Answer(tokens) => {
                if self.keep_renewed(&tokens, ask, now_ms).await? {
                    effort.changed.identity = true;
                }
                if wanted == Wanted::FreshEpoch {
                    self.memory.borrow_mut().fresh_epoch = false;
                }
                Ok(Step::Happened(Event::Renewed))
            }
            Verdict::Unauthorised | Verdict::Revoked | Verdict::UnknownTerminal | Verdict::Malformed => {
                effort.attention = Some(Attention::EnrolAgain);
                Ok(Step::Happened(Event::Lost))
            }
            Verdict::Nothing(event) => Ok(Step::Happened(event)),
            _ => Ok(Step::Happened(Event::Lost)),
        }
    }

    /// The refresh token and an ask that is on the disk.
    async fn persist_ask(&self) -> Result<Option<(String, Uuid)>, EngineError> {
        let fresh = fresh_id::<id::Entry>(&self.surroundings).uuid();
        let reads = vec![Read::Get(Table::Meta, meta::TOKENS.to_vec())];
        let found = self
            .store
            .transact(Durability::Strict, &[Table::Meta], reads, |rows| {
                let row = rows.first().and_then(|rows| rows.first());
                match row.map(|(_, value)| Tokens::decode(value)) {
                    None => Decision::Leave(Ok(None)),
                    Some(Err(error)) => Decision::Leave(Err(error)),
                    Some(Ok(Tokens { ask: Some(ask), refresh, .. })) => {
                        Decision::Leave(Ok(Some((refresh, ask))))
                    }
                    Some(Ok(tokens)) => {
                        let refresh = tokens.refresh.clone();
                        let asked = Tokens { ask: Some(fresh), ..tokens };
                        let write = Write::Put(Table::Meta, meta::TOKENS.to_vec(), asked.encode());
                        Decision::Commit(vec![write], Ok(Some((refresh, fresh))))
                    }
                }
            })
            .await?;
        Ok(found?)
    }

    /// Keeps what was answered, unless another engine already kept the answer to this ask. Says whether the
    /// epoch is another one now.
    async fn keep_renewed(
        &self,
        answer: &TerminalTokens,
        ask: Uuid,
        now_ms: i64,
    ) -> Result<bool, EngineError> {
        let reads = [meta::IDENTITY, meta::TOKENS].map(|key| Read::Get(Table::Meta, key.to_vec())).to_vec();
        let kept = self
            .store
            .transact(Durability::Strict, &[Table::Meta], reads, |rows| {
                let row = |place: usize| rows.get(place).and_then(|rows| rows.first());
                let identity = row(0).map(|(_, value)| Identity::decode(value)).transpose();
                let tokens = row(1).map(|(_, value)| Tokens::decode(value)).transpose();
                let (identity, tokens) = match (identity, tokens) {
                    (Ok(Some(identity)), Ok(Some(tokens))) => (identity, tokens),
                    (Err(error), _) | (_, Err(error)) => return Decision::Leave(Err(error)),
                    _ => return Decision::Leave(Ok(false)),
                };
                if tokens.ask != Some(ask) || identity.terminal != answer.terminal {
                    return Decision::Leave(Ok(false));
                }
                let renewed = Identity::told(Some(&identity), answer);
                let tokens = Tokens::told(answer, now_ms);
                let mut writes = vec![Write::Put(Table::Meta, meta::TOKENS.to_vec(), tokens.encode())];
                let changed = renewed != identity;
                if changed {
                    writes.push(Write::Put(Table::Meta, meta::IDENTITY.to_vec(), renewed.encode()));
                }
                Decision::Commit(writes, Ok(changed))
            })
            .await?;
        Ok(kept?)
    }
}
