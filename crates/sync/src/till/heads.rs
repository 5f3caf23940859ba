//! The newest entry of each epoch this device wrote in.

use super::{ReadError, Till};
use crate::{
    ports::{Read, Rows, Store, Table},
    rows::{HeadRow, JsonRow, Unreadable},
};

/// Epochs looked at: a device that started anew more often shows the oldest of them.
const EPOCHS_MAX: u32 = 10_000;

/// The read that [`decode`] understands.
pub(crate) fn scan() -> Read {
    Read::Scan { table: Table::Heads, range: None, limit: EPOCHS_MAX }
}

/// Each epoch with its head, oldest first.
pub(crate) fn decode(rows: &Rows) -> Result<Vec<(u32, HeadRow)>, Unreadable> {
    let mut heads = Vec::with_capacity(rows.len());
    for (key, value) in rows {
        if let Ok(epoch) = <[u8; 4]>::try_from(key.as_slice()) {
            heads.push((u32::from_be_bytes(epoch), HeadRow::decode(value)?));
        }
    }
    Ok(heads)
}

/// The heads in this database.
pub(crate) async fn read(store: &impl Store) -> Result<Vec<(u32, HeadRow)>, ReadError> {
    let rows = store.read(vec![scan()]).await?.into_iter().next().unwrap_or_default();
    Ok(decode(&rows)?)
}

impl<S: Store> Till<S> {
    /// The heads of all epochs this device wrote, oldest first.
    pub(crate) async fn heads(&self) -> Result<Vec<(u32, HeadRow)>, ReadError> {
        read(&*self.store).await
    }
}
