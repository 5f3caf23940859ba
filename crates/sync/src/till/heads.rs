//! The newest entry of each epoch this device wrote in.

use super::{ReadError, Till, epoch_range};
use crate::{
    ports::{Decision, Durability, Read, Rows, Store, Table, Write},
    rows::{HeadRow, JournalLink, JsonRow, Position, Unreadable},
};

/// Epochs looked at: a device that started anew more often shows the oldest of them.
const EPOCHS_MAX: u32 = 10_000;

/// The read that [`decode`] understands.
pub(crate) fn scan() -> Read {
    Read::Scan { table: Table::Heads, range: None, limit: EPOCHS_MAX }
}

/// Each epoch with its head, oldest first; no head where it cannot be read.
fn all(rows: &Rows) -> impl Iterator<Item = (u32, Option<HeadRow>)> {
    rows.iter().filter_map(|(key, value)| {
        let epoch = <[u8; 4]>::try_from(key.as_slice()).ok()?;
        Some((u32::from_be_bytes(epoch), HeadRow::decode(value).ok()))
    })
}

/// Each epoch with its head, oldest first, as far as they can be read.
pub(crate) fn decode(rows: &Rows) -> Vec<(u32, HeadRow)> {
    all(rows).filter_map(|(epoch, head)| Some((epoch, head?))).collect()
}

/// The heads in this database. One that cannot be read is set right first; one that cannot be set right either is left
/// out, so that it stops no other epoch.
pub(crate) async fn read(store: &impl Store) -> Result<Vec<(u32, HeadRow)>, ReadError> {
    let mut rows = store.read(vec![scan()]).await?.into_iter().next().unwrap_or_default();
    let broken: Vec<u32> = all(&rows).filter(|(_, head)| head.is_none()).map(|(epoch, _)| epoch).collect();
    for epoch in &broken {
        match mend(store, *epoch).await {
            Ok(_) | Err(ReadError::Unreadable(_)) => {}
            Err(error @ ReadError::Store(_)) => return Err(error),
        }
    }
    if !broken.is_empty() {
        rows = store.read(vec![scan()]).await?.into_iter().next().unwrap_or_default();
    }
    Ok(decode(&rows))
}

/// Sets the head of an epoch right where it is gone, cannot be read, or lies behind its own journal: from the newest
/// entry. `false` if the epoch holds no entry yet.
///
/// What the ERP acknowledged is not in the journal; the next upload tells it again.
pub(crate) async fn mend(store: &impl Store, epoch: u32) -> Result<bool, ReadError> {
    let keys = |table, first| Read::Keys {
        table,
        range: Some(epoch_range(epoch, first, u64::MAX)),
        limit: u32::MAX,
    };
    let reads = vec![keys(Table::Journal, 1), keys(Table::Outbox, 1), keys(Table::Failed, 1)];
    let found = store.read(reads).await?;
    let newest = found.iter().filter_map(|rows| Position::from_key(&rows.last()?.0)).max();
    let head_key = epoch.to_be_bytes().to_vec();
    let Some(Position { seq, .. }) = newest else {
        // Versions before this rule let the newest entry go, too. The till begins at 1: should the ERP have had that
        // one, it says that the journal is forked, and the till goes on in a fresh epoch.
        let reads = vec![Read::Get(Table::Heads, head_key.clone())];
        let forget = |rows: Vec<Rows>| match rows.first().and_then(|rows| rows.first()) {
            Some((_, value)) if HeadRow::decode(value).is_err() => {
                Decision::Commit(vec![Write::Delete(Table::Heads, head_key)], ())
            }
            _ => Decision::Leave(()),
        };
        store.transact(Durability::Strict, &[Table::Heads], reads, forget).await?;
        return Ok(false);
    };
    // Rotten entries at the end have no hash to go on from: the ERP is told that they are lost.
    let mut read = None;
    for (key, _) in found.into_iter().next().unwrap_or_default().into_iter().rev() {
        let rows = store.read(vec![Read::Get(Table::Journal, key)]).await?;
        read = rows.into_iter().flatten().find_map(|(_, value)| JournalLink::decode(&value).ok());
        if read.is_some() {
            break;
        }
    }
    let why = "nor can any entry of its journal";
    let entry = read.ok_or_else(|| Unreadable::new("head", &why))?.entry;
    let reads = vec![Read::Get(Table::Heads, head_key.clone()), keys(Table::Journal, seq + 1)];
    store
        .transact(Durability::Strict, &[Table::Heads], reads, |rows| {
            let row = |place: usize| rows.get(place).and_then(|rows| rows.first());
            let known = row(0).and_then(|(_, value)| HeadRow::decode(value).ok());
            if row(1).is_some() || known.is_some_and(|known| known.seq >= seq) {
                // Another tab set it right and sold since.
                return Decision::Leave(());
            }
            let head = HeadRow {
                seq,
                hash: entry.hash,
                date: entry.business_date,
                acked_through: 0,
                durable_through: known.map_or(0, |known| known.durable_through),
            };
            Decision::Commit(vec![Write::Put(Table::Heads, head_key, head.encode())], ())
        })
        .await?;
    Ok(true)
}

impl<S: Store> Till<S> {
    /// The heads of all epochs this device wrote, oldest first.
    pub(crate) async fn heads(&self) -> Result<Vec<(u32, HeadRow)>, ReadError> {
        read(&*self.store).await
    }
}
