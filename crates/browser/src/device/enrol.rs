//! Becoming a terminal: set-up of a new shop, enrolment with a one-time code, what the cookie still knows.

use super::{ApiFailure, Device, secure_context};
use crate::{Browser, Notice, js, notice::Word};
use evertill_protocol::{
    api::{SetupAnswer, SetupRequest},
    terminal::{EnrolRequest, Remembered, TerminalTokens},
};
use evertill_sync::{
    ports::{Decision, Durability, Read, Store, StoreError, Surroundings, Table, Write},
    rows::{Identity, meta},
    till::{Checked, IdentityError, ResetError},
};
use uuid::Uuid;

/// Why this browser did not become a terminal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolFailure {
    /// Plain http on another machine: the browser would refuse storage, worker and locks.
    #[error(
        "this page is not opened securely; a till needs https, or http://localhost on the machine itself"
    )]
    Insecure,
    /// The ERP did not take the code.
    #[error(transparent)]
    Api(#[from] ApiFailure),
    /// The answer could not be kept.
    #[error(transparent)]
    Keep(#[from] IdentityError),
    /// The device's database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Device {
    /// Makes the shop. `request.device` is filled in here. Then [`Device::enrol`] with the same code.
    pub async fn setup(&self, request: SetupRequest) -> Result<SetupAnswer, EnrolFailure> {
        if !secure_context() {
            return Err(EnrolFailure::Insecure);
        }
        let request = SetupRequest { device: self.device_id().await?, ..request };
        Ok(self.post_open("/api/setup", &request).await?)
    }

    /// Makes this browser a terminal. Repeating it after a lost answer gives the same terminal.
    pub async fn enrol(&self, code: &str) -> Result<Identity, EnrolFailure> {
        if !secure_context() {
            return Err(EnrolFailure::Insecure);
        }
        let request = EnrolRequest { code: code.trim().to_owned(), device: self.device_id().await? };
        let tokens: TerminalTokens = self.post_open("/api/terminals/enrol", &request).await?;
        let identity = self.0.till.keep_tokens(&tokens, Browser.now_ms()).await?;
        self.0.identity.replace(Some(identity.clone()));
        self.tell(Notice::Identity);
        self.0.channel.say(Word::Identity);
        self.request_persistence();
        self.sync_now();
        Ok(identity)
    }

    /// Which terminal this browser was before its storage was lost, if the cookie survived.
    pub async fn remembered(&self) -> Option<Remembered> {
        self.get_open("/api/terminals/remembered").await.ok()
    }

    /// Forgets everything: refused while the outbox is not empty, unless `checked` proves that it was exported; see
    /// `Till::reset`.
    pub async fn reset(&self, checked: Option<&Checked>) -> Result<(), ResetError> {
        self.0.till.reset(checked).await?;
        self.refresh_identity().await;
        self.tell(Notice::Identity);
        self.tell(Notice::Queue);
        self.0.channel.say(Word::Identity);
        self.0.channel.say(Word::Queue);
        Ok(())
    }

    /// The UUID this browser made for itself.
    async fn device_id(&self) -> Result<Uuid, StoreError> {
        let fresh = uuid::Builder::from_random_bytes(js::random().to_be_bytes()).into_uuid();
        let reads = vec![Read::Get(Table::Meta, meta::DEVICE.to_vec())];
        let store = self.0.till.store();
        store
            .transact(Durability::Strict, &[Table::Meta], reads, |rows| {
                let row = rows.first().and_then(|rows| rows.first());
                let known = row.and_then(|(_, value)| Uuid::from_slice(value.get(1..)?).ok());
                known.map_or_else(
                    || {
                        let value = [&[1], fresh.as_bytes().as_slice()].concat();
                        Decision::Commit(vec![Write::Put(Table::Meta, meta::DEVICE.to_vec(), value)], fresh)
                    },
                    Decision::Leave,
                )
            })
            .await
    }
}
