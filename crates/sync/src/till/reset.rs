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
    #[error(
        "money was taken for {0} open sales; complete them on the Sell page, or give it back there first"
    )]
    MoneyTaken(u64),
    /// Open carts that cannot be read: nobody can say whether money was taken for them, and nobody can open them.
    #[error(
        "{0} open sales cannot be read, and money may have been taken for them; if you leave, they are lost"
    )]
    Unreadable(u64),
}

impl From<StoreError> for ResetError {
    fn from(error: StoreError) -> Self {
        Self::Read(error.into())
    }
}

impl<S: Store> Till<S> {
    /// Empties the database in one transaction, but for the device's preferences and a note that this was on purpose.
    /// Refused while an open cart holds money, or the outbox an entry that neither the ERP nor a checked file has: what
    /// another tab did after the check refuses it too. Of open carts that cannot be read, `given_up` go along: so many
    /// a person was told of.
    pub async fn reset(&self, checked: Option<&Checked>, given_up: u64) -> Result<(), ResetError> {
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
                let (mut charged, mut unreadable) = (0, 0);
                for (_, value) in rows.get(3).into_iter().flatten() {
                    match holds_money(value) {
                        Ok(money) => charged += u64::from(money),
                        Err(_) => unreadable += 1,
                    }
                }
                if charged > 0 {
                    return Decision::Leave(Err(ResetError::MoneyTaken(charged)));
                }
                if unreadable > given_up {
                    return Decision::Leave(Err(ResetError::Unreadable(unreadable)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{MemoryStore, run_ready, shop};
    use std::rc::Rc;

    #[test]
    fn carts_that_cannot_be_read_are_left_behind_only_knowingly_and_money_never() {
        let store = MemoryStore::new();
        let till = run_ready(shop::enrolled(Rc::new(store.clone()), 1, 1, 0));
        let leave = |given_up| run_ready(till.reset(None, given_up));
        let rot = |key: u8| store.tamper(vec![Write::Put(Table::Drafts, vec![key], b"rot".to_vec())]);
        run_ready(till.save_draft(&shop::charged_draft(1))).expect("kept");
        rot(1);
        assert_eq!(
            leave(1),
            Err(ResetError::MoneyTaken(1)),
            "the other may be opened, and its money given back"
        );
        run_ready(till.save_draft(&shop::draft(1))).expect("kept");
        assert_eq!(leave(0), Err(ResetError::Unreadable(1)));
        rot(2);
        assert_eq!(leave(1), Err(ResetError::Unreadable(2)), "of the second nobody was told");
        assert_eq!(store.rows(Table::Drafts).len(), 3);
        assert_eq!(leave(2), Ok(()));
        assert_eq!(store.rows(Table::Drafts).len(), 0);
    }
}
