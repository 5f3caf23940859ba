//! A fresh access token for the app's own calls to the ERP.

use super::Driver;
use crate::{js, notice::Word};
use evertill_sync::{
    ports::{Read, Store, Table},
    rows::{JsonRow, Tokens, meta},
};

/// How often, and how far apart, it is looked whether the tab that sends has renewed.
const LOOKS: u32 = 20;
const LOOK_EVERY_MS: u64 = 150;

impl Driver {
    /// Sees to it that this access token is replaced, if the ERP gives another one. What came of it is in the database.
    pub async fn renew(&self, access: &str) {
        if self.0.lease.take().await {
            self.0.engine.renew_now().await;
            return;
        }
        // Renewal is for the tab that holds the sync lock. If it does not move, this one asks too, without the
        // lock. That is harmless: the ask is put on the disk in one transaction, so both send the same one and get
        // the same answer, and whoever comes second finds no ask to keep it for (`Engine::renew`).
        self.0.channel.say(Word::Renew);
        for _ in 0..LOOKS {
            js::sleep(LOOK_EVERY_MS).await;
            if self.access_token().await.is_some_and(|now| now != access) {
                return;
            }
        }
        self.0.engine.renew_now().await;
    }

    /// The access token as it is, if there is one.
    pub(super) async fn access_token(&self) -> Option<String> {
        let read = Read::Get(Table::Meta, meta::TOKENS.to_vec());
        let rows = self.0.till.store().read(vec![read]).await.ok()?;
        let (_, value) = rows.first()?.first()?;
        Some(Tokens::decode(value).ok()?.access)
    }
}
