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
    /// Open carts that cannot be read and are in no checked file: nobody can say whether money was taken for them.
    #[error(
        "{0} open sales cannot be read, and money may have been taken for them; save the queue to a file, which keeps them, and choose it again"
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
    /// Refused while an open cart holds money, or the outbox an entry that neither the ERP nor a checked file has, or an
    /// open cart cannot be read and is in no checked file: what another tab did after the check refuses it too.
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
                let (mut charged, mut unreadable) = (0, 0);
                for row in rows.get(3).into_iter().flatten() {
                    if let Ok(money) = holds_money(&row.1) {
                        charged += u64::from(money);
                    } else if !checked.is_some_and(|checked| checked.carts.contains(row)) {
                        unreadable += 1;
                    }
                }
                if charged > 0 {
                    return Decision::Leave(Err(ResetError::MoneyTaken(charged)));
                }
                if unreadable > 0 {
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
    use crate::till::FileError;
    use evertill_protocol::hex;
    use std::rc::Rc;

    #[test]
    fn carts_that_cannot_be_read_are_left_behind_only_in_a_checked_file_and_money_never() {
        let store = MemoryStore::new();
        let till = run_ready(shop::enrolled(Rc::new(store.clone()), 1, 1, 0));
        let rot = |key: u8, value: &[u8]| {
            store.tamper(vec![Write::Put(Table::Drafts, vec![key], value.to_vec())]);
        };
        let save = || run_ready(till.export_outbox(0)).expect("saved");
        let check = |text: &str| run_ready(till.check_exported(text));
        run_ready(till.save_draft(&shop::charged_draft(1))).expect("kept");
        rot(1, b"\x01rot");
        let saved = save();
        assert_eq!((saved.entries, saved.unreadable, saved.carts), (0, 0, 1));
        let checked = check(&saved.text).expect("all of it");
        assert_eq!(
            run_ready(till.reset(Some(&checked))),
            Err(ResetError::MoneyTaken(1)),
            "the other may be opened, and its money given back"
        );
        run_ready(till.save_draft(&shop::draft(1))).expect("kept");
        assert_eq!(run_ready(till.reset(None)), Err(ResetError::Unreadable(1)));

        // What rots further, or later, is in no file yet.
        rot(1, b"\x01more");
        rot(2, b"\x02of a later version");
        assert_eq!(run_ready(till.reset(Some(&checked))), Err(ResetError::Unreadable(2)));
        assert_eq!(check(&saved.text), Err(FileError::Incomplete(2)));
        assert_eq!(store.rows(Table::Drafts).len(), 3);
        let saved = save();
        assert!(saved.text.contains(&hex::encode(b"\x02of a later version")), "{}", saved.text);
        let checked = check(&saved.text).expect("all of it");
        assert_eq!(run_ready(till.reset(Some(&checked))), Ok(()));
        assert_eq!(store.rows(Table::Drafts).len(), 0);
    }
}
