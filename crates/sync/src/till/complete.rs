//! The sale's transaction on the device (docs/sync-protocol.md): everything is prepared first, then one strict
//! transaction draws seq and receipt number, chains the hash, and writes sale, outbox entry, head and counter,
//! and deletes the draft. "Paid" may be shown only after [`Till::complete_sale`] has answered `Ok`.

mod decide;

use super::{ReadError, Till, heads};
use crate::{
    ports::{Decision, Durability, Read, Store, StoreError, Surroundings, Table, fresh_id},
    rows::{Identity, JournalRow, JsonRow, Position, Unreadable, meta},
};
use core::num::NonZeroU32;
use decide::{Attempt, First, counter_key, decide};
use evertill_domain::{BusinessDate, Id, ReceiptNumber, Sale, id};
use evertill_protocol::{
    BODY_MAX, Hash, Kind,
    body::{self, ClockSuspectV1},
    json,
};

/// How often a commit is tried again after the connection was lost.
const REOPEN_ATTEMPTS: u32 = 3;
/// How often the head of the journal is set right for one entry.
const MENDINGS: u32 = 3;
/// How often a cart may take a fresh id because its own was used by another sale.
const FRESH_IDS: u32 = 2;

/// An entry whose body is frozen and hashed, before it has a place in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedSale {
    id: Id<id::Entry>,
    kind: Kind,
    schema: u16,
    business_date: BusinessDate,
    body: String,
    body_digest: Hash,
}

/// A sale that is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedSale {
    /// Its id; another than the cart's if that was taken by other content.
    pub id: Id<id::Entry>,
    /// Its place in the journal.
    pub position: Position,
    /// Its number.
    pub receipt: ReceiptNumber,
    /// Its hash.
    pub hash: Hash,
    /// When it was committed, milliseconds UTC.
    pub committed_at_ms: i64,
}

/// Why a sale is not on the disk. Do not hand over the goods.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// This browser is no terminal.
    #[error("this browser is not enrolled as a terminal")]
    NotEnrolled,
    /// The ERP revoked this terminal.
    #[error("this terminal was revoked; it cannot sell any more")]
    Revoked,
    /// The sale is longer than an entry may be; checked before Pay.
    #[error("the sale is too long; split it in two")]
    TooLong,
    /// No space left, even after everything that can be given up was.
    #[error("the device has no space left; free some and pay again")]
    Quota,
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
    /// What is stored cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl PreparedSale {
    /// Freezes a sale's body. `business_date` comes from the outlet's day rule.
    pub fn new(id: Id<id::Entry>, sale: &Sale, business_date: BusinessDate) -> Result<Self, CommitError> {
        Self::freeze(id, Kind::Sale, body::SALE_SCHEMA, business_date, body::encode_sale(sale))
    }

    /// Freezes the notice that the clock is not to be trusted.
    fn clock_suspect(id: Id<id::Entry>, notice: &ClockSuspectV1) -> Result<Self, CommitError> {
        let body = json::write(notice);
        Self::freeze(id, Kind::ClockSuspect, body::CLOCK_SUSPECT_SCHEMA, notice.now_date, body)
    }

    fn freeze(
        id: Id<id::Entry>,
        kind: Kind,
        schema: u16,
        business_date: BusinessDate,
        body: String,
    ) -> Result<Self, CommitError> {
        if body.len() > BODY_MAX {
            return Err(CommitError::TooLong);
        }
        let body_digest = Hash::of(body.as_bytes());
        Ok(Self { id, kind, schema, business_date, body, body_digest })
    }
}

/// What the sale's transaction touches.
const TABLES: [Table; 7] =
    [Table::Journal, Table::Outbox, Table::Ids, Table::Heads, Table::Counters, Table::Drafts, Table::Meta];

impl<S: Store> Till<S> {
    /// Commits a sale, exactly once, whatever the browser says on the way.
    ///
    /// An error of the database is not proof of failure: each further attempt looks for the id first, in its
    /// own transaction.
    pub async fn complete_sale(
        &self,
        sale: PreparedSale,
        surroundings: &impl Surroundings,
    ) -> Result<CommittedSale, CommitError> {
        self.append(sale, surroundings).await
    }

    /// Journals that the clock cannot be trusted.
    pub async fn journal_clock_suspect(
        &self,
        notice: &ClockSuspectV1,
        surroundings: &impl Surroundings,
    ) -> Result<(), CommitError> {
        let entry = PreparedSale::clock_suspect(fresh_id(surroundings), notice)?;
        self.append(entry, surroundings).await.map(|_| ())
    }

    async fn append(
        &self,
        mut prepared: PreparedSale,
        surroundings: &impl Surroundings,
    ) -> Result<CommittedSale, CommitError> {
        match self.try_to_append(&mut prepared, surroundings).await {
            // The last attempt, too, may have succeeded without our seeing it.
            Err(error @ (CommitError::Quota | CommitError::Store(_))) => {
                self.appended(&prepared).await.ok_or(error)
            }
            answer => answer,
        }
    }

    async fn try_to_append(
        &self,
        prepared: &mut PreparedSale,
        surroundings: &impl Surroundings,
    ) -> Result<CommittedSale, CommitError> {
        let (mut reopened, mut fresh_ids, mut freed) = (0, 0, false);
        let (mut mended, mut first) = (0, First::No);
        loop {
            let remembered = self.last_identity.borrow().clone();
            let read = match remembered {
                Some(identity) => Ok(Some(identity)),
                None => self.identity().await,
            };
            let identity = match read {
                Ok(Some(identity)) if identity.revoked => return Err(CommitError::Revoked),
                Ok(Some(identity)) => {
                    self.last_identity.replace(Some(identity.clone()));
                    identity
                }
                Ok(None) => return Err(CommitError::NotEnrolled),
                Err(ReadError::Unreadable(error)) => return Err(error.into()),
                Err(ReadError::Store(error)) => {
                    reopened += 1;
                    if reopened > REOPEN_ATTEMPTS {
                        return Err(CommitError::Store(error));
                    }
                    continue;
                }
            };
            match self.attempt(prepared, &identity, surroundings.now_ms(), first).await {
                Ok(Attempt::Committed(committed)) => return Ok(committed),
                Ok(Attempt::AlreadyThere(position)) => return self.committed_at(position).await,
                Ok(Attempt::IdTaken) if fresh_ids < FRESH_IDS => {
                    fresh_ids += 1;
                    prepared.id = fresh_id(surroundings);
                }
                Ok(Attempt::IdTaken) => {
                    return Err(CommitError::Store(StoreError::Failed("fresh ids are taken".to_owned())));
                }
                Ok(Attempt::StaleIdentity) => {
                    self.last_identity.replace(None);
                    first = First::No;
                }
                // A journal is never written over: its head is set right from it first.
                Ok(Attempt::NoHead) | Err(StoreError::Exists) if mended < MENDINGS => {
                    mended += 1;
                    first = match heads::mend(&*self.store, identity.epoch).await {
                        Ok(true) => First::No,
                        Ok(false) => First::Yes,
                        Err(ReadError::Store(error)) => return Err(CommitError::Store(error)),
                        Err(ReadError::Unreadable(error)) => return Err(error.into()),
                    };
                }
                Ok(Attempt::NoHead) => return Err(CommitError::Store(StoreError::Exists)),
                Ok(Attempt::Refused(error)) => {
                    self.last_identity.replace(None);
                    return Err(error);
                }
                Err(StoreError::Quota) if !freed => {
                    freed = true;
                    self.free_space().await.map_err(|_| CommitError::Quota)?;
                }
                Err(StoreError::Quota) => return Err(CommitError::Quota),
                Err(error @ StoreError::Unavailable(_)) => return Err(CommitError::Store(error)),
                Err(error) => {
                    reopened += 1;
                    if reopened > REOPEN_ATTEMPTS {
                        return Err(CommitError::Store(error));
                    }
                }
            }
        }
    }

    /// One strict transaction.
    async fn attempt(
        &self,
        prepared: &PreparedSale,
        identity: &Identity,
        now_ms: i64,
        first: First,
    ) -> Result<Attempt, StoreError> {
        let counter_key = counter_key(prepared.business_date);
        let id_key = prepared.id.to_bytes().to_vec();
        let reads = vec![
            Read::Get(Table::Heads, identity.epoch.to_be_bytes().to_vec()),
            Read::Get(Table::Counters, counter_key.clone()),
            Read::Get(Table::Ids, id_key.clone()),
            Read::Get(Table::Meta, meta::IDENTITY.to_vec()),
        ];
        let found = self
            .store
            .transact(Durability::Strict, &TABLES, reads, |rows| {
                match decide(prepared, (identity, first), now_ms, &rows, counter_key, id_key) {
                    Ok((writes, committed)) => Decision::Commit(writes, Attempt::Committed(committed)),
                    Err(attempt) => Decision::Leave(attempt),
                }
            })
            .await?;
        let Attempt::AlreadyThere(position) = found else { return Ok(found) };
        // The id is known: the same body means that an earlier attempt succeeded without our seeing it.
        Ok(match self.is_same(prepared, position).await? {
            Ok(true) => found,
            Ok(false) => Attempt::IdTaken,
            Err(error) => Attempt::Refused(error.into()),
        })
    }

    /// The entry as it lies in the journal, if it does.
    async fn appended(&self, prepared: &PreparedSale) -> Option<CommittedSale> {
        let id = vec![Read::Get(Table::Ids, prepared.id.to_bytes().to_vec())];
        let (_, position) = self.store.read(id).await.ok()?.into_iter().flatten().next()?;
        let position = Position::from_key(&position)?;
        let is_same = self.is_same(prepared, position).await.ok()?.ok()?;
        if is_same { self.committed_at(position).await.ok() } else { None }
    }

    /// Whether the entry at this place has this body.
    async fn is_same(
        &self,
        prepared: &PreparedSale,
        position: Position,
    ) -> Result<Result<bool, Unreadable>, StoreError> {
        let rows = self.store.read(vec![Read::Get(Table::Journal, position.key())]).await?;
        let row = rows.first().and_then(|rows| rows.first()).map(|(_, row)| JournalRow::decode(row));
        let is_same = |row: JournalRow| Hash::of(row.entry.body.as_bytes()) == prepared.body_digest;
        Ok(row.transpose().map(|row| row.is_some_and(is_same)))
    }

    async fn committed_at(&self, position: Position) -> Result<CommittedSale, CommitError> {
        let rows = self
            .store
            .read(vec![Read::Get(Table::Journal, position.key())])
            .await
            .map_err(CommitError::Store)?;
        let Some((_, value)) = rows.first().and_then(|rows| rows.first()) else {
            return Err(CommitError::Store(StoreError::Failed("a committed sale is gone".to_owned())));
        };
        let row = JournalRow::decode(value)?;
        let receipt = row.entry.receipt.as_deref().and_then(|text| text.parse().ok());
        Ok(CommittedSale {
            id: row.entry.id,
            position,
            receipt: receipt
                .unwrap_or(ReceiptNumber { date: row.entry.business_date, count: NonZeroU32::MIN }),
            hash: row.entry.hash,
            committed_at_ms: row.committed_at_ms,
        })
    }
}

#[cfg(test)]
mod tests;
