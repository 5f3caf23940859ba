//! Open carts: kept at each change, gone in the sale's own transaction.

use super::{ReadError, Till};
use crate::{
    ports::{Decision, Durability, Read, Store, StoreError, Table, Write},
    rows::{Draft, JsonRow, Unreadable},
};

/// Open carts that are listed: one for each tab that was ever closed amid a sale.
const CARTS_MAX: u32 = 1000;

/// Why a cart was not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The cart was paid, here or in another tab: this one must start afresh.
    #[error("this cart was paid already")]
    AlreadySold,
}

impl<S: Store> Till<S> {
    /// Keeps the cart as it is now; an empty one is removed. A draft whose id is a sale is never written again.
    /// Money that was taken for it, or given back, is on the disk once this answers, if need be in the place of the
    /// reserve, which is given up once; goods alone may wait for the browser.
    pub async fn save_draft(&self, draft: &Draft) -> Result<(), DraftError> {
        let key = draft.id.to_bytes().to_vec();
        let kept = self.store.read(vec![Read::Get(Table::Drafts, key)]).await?;
        let money = !draft.tenders.is_empty()
            || kept.iter().flatten().any(|(_, value)| holds_money(value) != Ok(false));
        let durability = if money { Durability::Strict } else { Durability::Relaxed };
        let mut kept = self.put_draft(draft, durability).await;
        let full = Err(DraftError::Store(StoreError::Quota));
        if kept == full && money && !self.freed_in_vain.get() {
            self.free_space().await?;
            kept = self.put_draft(draft, durability).await;
        }
        self.freed_in_vain.set(kept == full && money);
        kept
    }

    async fn put_draft(&self, draft: &Draft, durability: Durability) -> Result<(), DraftError> {
        let key = draft.id.to_bytes().to_vec();
        let reads = vec![Read::Get(Table::Ids, key.clone())];
        let write = if draft.cart.is_empty() {
            Write::Delete(Table::Drafts, key)
        } else {
            Write::Put(Table::Drafts, key, draft.encode())
        };
        self.store
            .transact(durability, &[Table::Drafts, Table::Ids], reads, |rows| {
                if rows.first().is_some_and(|rows| !rows.is_empty()) {
                    Decision::Leave(Err(DraftError::AlreadySold))
                } else {
                    Decision::Commit(vec![write], Ok(()))
                }
            })
            .await?
    }

    /// Open carts, oldest first. One that cannot be read is left where it is and not listed.
    pub async fn drafts(&self) -> Result<Vec<Draft>, ReadError> {
        let scan = Read::Scan { table: Table::Drafts, range: None, limit: CARTS_MAX };
        let rows = self.store.read(vec![scan]).await?;
        Ok(rows.into_iter().flatten().filter_map(|(_, value)| Draft::decode(&value).ok()).collect())
    }
}

/// Whether money was taken for this kept cart; of one that cannot be read it is not known.
pub(super) fn holds_money(value: &[u8]) -> Result<bool, Unreadable> {
    Draft::decode(value).map(|draft| !draft.tenders.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{MemoryStore, run_ready, shop};
    use std::rc::Rc;

    #[test]
    fn a_full_device_gives_up_its_reserve_for_money_that_was_taken_and_not_for_goods() {
        let store = MemoryStore::new();
        let till = run_ready(shop::enrolled(Rc::new(store.clone()), 1, 1, 0));
        store.tamper(vec![Write::Put(Table::Ballast, vec![0], vec![7; 20_000])]);
        store.set_quota(Some(store.used_bytes() + 10));
        let full = Err(DraftError::Store(StoreError::Quota));
        assert_eq!(run_ready(till.save_draft(&shop::draft(1))), full);
        assert_eq!(store.rows(Table::Ballast).len(), 1, "goods alone are on the screen");
        run_ready(till.save_draft(&shop::charged_draft(1))).expect("the reserve makes room");
        assert_eq!(store.rows(Table::Ballast).len(), 0);
        assert_eq!(run_ready(till.drafts()).expect("readable"), [shop::charged_draft(1)]);

        // Without a reserve it is said, and nothing is lost.
        store.set_quota(Some(store.used_bytes() + 10));
        assert_eq!(run_ready(till.save_draft(&shop::charged_draft(2))), full);
        assert_eq!(run_ready(till.drafts()).expect("readable"), [shop::charged_draft(1)]);
        let commits = store.commits();
        assert_eq!(run_ready(till.save_draft(&shop::charged_draft(2))), full);
        assert_eq!(store.commits(), commits, "what was not enough is not tried each second");
        store.set_quota(None);
        run_ready(till.save_draft(&shop::charged_draft(2))).expect("there is space");
    }
}
