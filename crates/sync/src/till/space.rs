//! Space for the sale: what can be given up when the browser says that there is none left.

use super::Till;
use crate::ports::{Decision, Durability, KeyRange, Store, StoreError, Table, Write};

impl<S: Store> Till<S> {
    /// Gives up the ballast, so that the sale at the counter still fits. Acknowledged history is pruned by the
    /// engine, which knows what a backup holds.
    pub(crate) async fn free_space(&self) -> Result<(), StoreError> {
        let everything = KeyRange { first: vec![0], last: vec![0xff; 8] };
        let write = Write::DeleteRange(Table::Ballast, everything);
        self.store
            .transact(Durability::Relaxed, &[Table::Ballast], Vec::new(), |_| {
                Decision::Commit(vec![write], ())
            })
            .await
    }
}
