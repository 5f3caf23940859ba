//! Who this browser is: enrolment writes it, every sale needs it.

use super::{ReadError, Till};
use crate::{
    catalogue::rows::CursorRow,
    ports::{Decision, Durability, Read, Store, StoreError, Table, Write},
    rows::{Identity, JsonRow, OutletRow, Tokens, Unreadable, meta},
};
use evertill_protocol::terminal::TerminalTokens;

/// Why an enrolment was not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This browser is another terminal already and still holds its journal.
    #[error("this browser is terminal {0} already; log it out first")]
    AnotherTerminal(String),
    /// What is stored cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl<S: Store> Till<S> {
    /// Who this browser is, if it was enrolled.
    pub async fn identity(&self) -> Result<Option<Identity>, ReadError> {
        self.meta_row(meta::IDENTITY).await
    }

    /// The outlet as the ERP last told.
    pub async fn outlet(&self) -> Result<Option<OutletRow>, ReadError> {
        self.meta_row(meta::OUTLET).await
    }

    /// Keeps what enrolment or renewal answered. The epoch never goes back.
    pub async fn keep_tokens(&self, answer: &TerminalTokens, now_ms: i64) -> Result<Identity, IdentityError> {
        let reads = vec![Read::Get(Table::Meta, meta::IDENTITY.to_vec())];
        self.store
            .transact(Durability::Strict, &[Table::Meta], reads, |rows| {
                let known =
                    match rows.first().and_then(|rows| rows.first()).map(|(_, row)| Identity::decode(row)) {
                        None => None,
                        Some(Ok(known)) => Some(known),
                        Some(Err(error)) => return Decision::Leave(Err(error.into())),
                    };
                if let Some(known) = known.as_ref().filter(|known| known.terminal != answer.terminal) {
                    return Decision::Leave(Err(IdentityError::AnotherTerminal(known.short_code.clone())));
                }
                let identity = Identity::told(known.as_ref(), answer);
                let tokens = Tokens::told(answer, now_ms);
                let writes = vec![
                    Write::Put(Table::Meta, meta::IDENTITY.to_vec(), identity.encode()),
                    Write::Put(Table::Meta, meta::TOKENS.to_vec(), tokens.encode()),
                    Write::Delete(Table::Meta, meta::preference(meta::LEFT)),
                ];
                Decision::Commit(writes, Ok(identity))
            })
            .await?
    }

    /// Has the engine load catalogue, stock and outlet from the ERP anew, beside what is there. `false` if they are being
    /// loaded for the first time.
    pub async fn load_again(&self) -> Result<bool, StoreError> {
        let reads = vec![Read::Get(Table::Meta, meta::CURSOR.to_vec())];
        self.store
            .transact(Durability::Relaxed, &[Table::Meta], reads, |rows| {
                let row = rows.first().and_then(|rows| rows.first());
                match row.and_then(|(_, value)| CursorRow::decode(value).ok()) {
                    Some(cursor) => {
                        let row = CursorRow { resync: true, ..cursor }.encode();
                        Decision::Commit(vec![Write::Put(Table::Meta, meta::CURSOR.to_vec(), row)], true)
                    }
                    None => Decision::Leave(false),
                }
            })
            .await
    }

    /// A row of [`Table::Meta`].
    pub(crate) async fn meta_row<R: JsonRow>(&self, key: &[u8]) -> Result<Option<R>, ReadError> {
        let rows = self.store.read(vec![Read::Get(Table::Meta, key.to_vec())]).await?;
        let row = rows.first().and_then(|rows| rows.first());
        Ok(row.map(|(_, value)| R::decode(value)).transpose()?)
    }
}
