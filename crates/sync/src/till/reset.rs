//! Logging a terminal out: everything goes, but never a sale that exists nowhere else.

use super::{Checked, ReadError, Till, drafts::holds_money, outbox_file::only_here, preferences::leaving};
use crate::{
    ports::{Decision, Durability, KeyRange, Read, Store, StoreError, Table, Write},
    rows::meta,
};

/// Longer than any key, so that a range to it covers a whole table.
const PAST_EVERY_KEY: [u8; 96] = [0xff; 96];

/// Why the device was not reset. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResetError {
    /// The database did not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Sales that exist only here.
    #[error(
        "{0} sales have not reached the ERP; sync them, or save the outbox to a file and choose it again"
    )]
    Unsent(u64),
    /// Imported entries that were not delivered yet.
    #[error("{0} entries imported from another till have not reached the ERP; sync them first")]
    Carried(u64),
    /// Open carts for which money was taken.
    #[error("money was taken for {0} open sales; complete them, or give it back first")]
    MoneyTaken(u64),
}

impl From<StoreError> for ResetError {
    fn from(error: StoreError) -> Self {
        Self::Read(error.into())
    }
}

impl<S: Store> Till<S> {
    /// Empties the database in one transaction, but for the device's preferences and a note that this was on purpose.
    /// Refused while an open cart holds money, or the outbox an entry that neither the ERP nor a checked file has: what
    /// another tab did after the check refuses it too.
    pub async fn reset(&self, checked: Option<&Checked>) -> Result<(), ResetError> {
        let reads = vec![
            Read::Keys { table: Table::Outbox, range: None, limit: u32::MAX },
            Read::Scan { table: Table::Failed, range: None, limit: u32::MAX },
            Read::Count { table: Table::Carried, range: None },
            Read::Scan { table: Table::Drafts, range: None, limit: u32::MAX },
        ];
        self.store
            .transact(Durability::Strict, &Table::ALL, reads, |rows| {
                let unsent = only_here(&rows)
                    .iter()
                    .filter(|position| !checked.is_some_and(|checked| checked.covered.contains_key(position)))
                    .count() as u64;
                let carried = rows.get(2).map_or(0, |rows| super::lists::counted(rows));
                if unsent > 0 {
                    return Decision::Leave(Err(ResetError::Unsent(unsent)));
                }
                if carried > 0 {
                    return Decision::Leave(Err(ResetError::Carried(carried)));
                }
                let open = rows.get(3).into_iter().flatten().filter(|(_, value)| holds_money(value)).count();
                if open > 0 {
                    return Decision::Leave(Err(ResetError::MoneyTaken(open as u64)));
                }
                let ranges = |table| match table {
                    Table::Meta => vec![
                        KeyRange { first: vec![0], last: meta::BEFORE_PREFERENCES.to_vec() },
                        KeyRange { first: meta::AFTER_PREFERENCES.to_vec(), last: PAST_EVERY_KEY.to_vec() },
                    ],
                    _ => vec![KeyRange { first: vec![0], last: PAST_EVERY_KEY.to_vec() }],
                };
                let emptied = Table::ALL.into_iter().flat_map(|table| {
                    ranges(table).into_iter().map(move |range| Write::DeleteRange(table, range))
                });
                Decision::Commit(emptied.chain([leaving()]).collect(), Ok(()))
            })
            .await?
    }
}
