//! The device's database in IndexedDB: one object store per [`Table`], keys and values are byte arrays.
//!
//! Guarantees what [`Store`] asks for. `Ok` of a transaction comes from its `complete` event alone; with
//! [`Durability::Strict`] the browser has flushed it to the disk by then. Nothing is awaited inside a transaction: all
//! reads are requested at once, the decision runs in the success event of the last of them, and what it writes is
//! requested there.

mod connection;
mod transaction;

pub(crate) use connection::{BLOCKED, SILENT};
pub use connection::{IndexedDb, Role};

use connection::closed_under_us;
use evertill_sync::ports::{Decision, Durability, Read, Rows, Store, StoreError, Table};
use transaction::{Decide, Mode, Transaction};

/// Times that a connection which proves closed at the first touch is opened again before an error is reported.
const REOPEN_ATTEMPTS: u32 = 2;

impl IndexedDb {
    /// A transaction over these tables. A connection that was closed meanwhile is opened again: nothing was
    /// requested yet, so nothing can happen twice.
    async fn begin(
        &self,
        tables: &[Table],
        mode: Mode,
        durability: Durability,
    ) -> Result<Transaction, StoreError> {
        let mut attempt = 0;
        loop {
            let database = self.database().await?;
            match Transaction::begin(&database, tables, mode, durability) {
                Ok(transaction) => return Ok(transaction),
                Err(error) if closed_under_us(&error) => {
                    self.forget(&database);
                    attempt += 1;
                    if attempt > REOPEN_ATTEMPTS {
                        return Err(transaction::store_error(&error));
                    }
                }
                Err(error) => return Err(transaction::store_error(&error)),
            }
        }
    }

    async fn commit(
        &self,
        durability: Durability,
        tables: &[Table],
        reads: &[Read],
        decide: Decide<'_>,
    ) -> Result<(), StoreError> {
        let Some(tables) = tables_of(reads, tables) else {
            decide(Vec::new());
            return Ok(());
        };
        let transaction = self.begin(&tables, Mode::ReadWrite, durability).await?;
        self.noted(transaction.run(reads, decide).await)
    }

    /// An error of a lost connection means that the next use must open a new one.
    fn noted<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(result, Err(StoreError::Closed(_))) {
            self.close();
        }
        result
    }
}

impl Store for IndexedDb {
    async fn read(&self, reads: Vec<Read>) -> Result<Vec<Rows>, StoreError> {
        let Some(tables) = tables_of(&reads, &[]) else { return Ok(Vec::new()) };
        let transaction = self.begin(&tables, Mode::ReadOnly, Durability::Relaxed).await?;
        self.noted(transaction.read(&reads).await)
    }

    async fn transact<T, D>(
        &self,
        durability: Durability,
        tables: &[Table],
        reads: Vec<Read>,
        decide: D,
    ) -> Result<T, StoreError>
    where
        D: FnOnce(Vec<Rows>) -> Decision<T>,
    {
        let (mut decide, mut answer) = (Some(decide), None);
        let mut decided = |rows| match decide.take()?(rows) {
            Decision::Leave(left) => {
                answer = Some(left);
                None
            }
            Decision::Commit(writes, committed) => {
                answer = Some(committed);
                Some(writes)
            }
        };
        self.commit(durability, tables, &reads, &mut decided).await?;
        answer.ok_or_else(|| StoreError::Failed("the transaction ended undecided".to_owned()))
    }
}

/// Every table that is read or written, once each; `None` if there is none.
fn tables_of(reads: &[Read], written: &[Table]) -> Option<Vec<Table>> {
    let mut tables: Vec<Table> = Vec::with_capacity(written.len());
    for table in written.iter().copied().chain(reads.iter().map(transaction::table_of)) {
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
    (!tables.is_empty()).then_some(tables)
}
