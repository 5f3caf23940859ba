//! A device's database as a page sees it: every transaction takes its time, may fail in the ways of IndexedDB,
//! and commits at an instant that the page may not live to see.

use super::{
    executor::{PageId, World},
    mutants::Mutant,
    scenario::Scenario,
    server::Server,
};
use core::cell::RefCell;
use evertill_domain::{Id, id};
use evertill_protocol::{Entry, body::decode_sale};
use evertill_sync::{
    ports::{Decision, Durability, Read, Rows, Store, StoreError, Table, Write},
    rows::{FailedRow, JournalRow, JsonRow, Position},
    testing::MemoryStore,
};
use std::{collections::BTreeMap, rc::Rc};

/// One page's connection to its device's database.
pub struct PageStore {
    pub(super) world: Rc<World>,
    pub(super) scenario: Rc<Scenario>,
    pub(super) disk: MemoryStore,
    pub(super) page: PageId,
    pub(super) mutant: Mutant,
    /// The ERP, for the checker's eyes alone.
    pub(super) server: Rc<Server>,
    /// Whose journal lies here.
    pub(super) terminal: Id<id::Terminal>,
    /// Every entry that was ever committed here: written down outside the device.
    pub(super) written: Rc<RefCell<Written>>,
}

/// Entries by their place, with what each sold: product and thousandths.
pub type Written = BTreeMap<Position, (Entry, Vec<(Id<id::Product>, i64)>)>;

fn sold(entry: &Entry) -> Vec<(Id<id::Product>, i64)> {
    let sale = decode_sale(entry.schema, &entry.body).expect("the simulated till makes sales alone");
    sale.lines.iter().map(|line| (line.product, line.quantity.milli())).collect()
}

/// How a transaction goes wrong.
#[derive(Clone, Copy, PartialEq)]
enum Failure {
    AbortedAfterSuccess,
    CompletedUnseen,
    Closed,
    Quota,
}

impl PageStore {
    async fn latency(&self) {
        self.world.sleep(self.world.chance.between(0, 3)).await;
    }

    fn failure(&self) -> Option<Failure> {
        let permille = self.scenario.disk_failures(&self.world)?;
        if !self.world.chance.permille(permille) {
            return None;
        }
        let kinds = [
            (Failure::AbortedAfterSuccess, "31 transaction aborted after every request succeeded"),
            (Failure::CompletedUnseen, "31 commit whose event nobody saw"),
            (Failure::Closed, "36 connection to the database lost"),
            (Failure::Quota, "35 quota exceeded"),
        ];
        let (kind, name) = *self.world.chance.pick(&kinds);
        self.world.fault(name);
        Some(kind)
    }

    /// Commits at this very instant.
    async fn commit(&self, durability: Durability, writes: Vec<Write>) -> Result<(), StoreError> {
        self.check_durability(durability, &writes);
        self.check_acknowledged(&writes);
        for write in &writes {
            if let Write::Add(Table::Journal, key, value) | Write::Put(Table::Journal, key, value) = write {
                let position = Position::from_key(key).expect("a journal key is a position");
                let row = JournalRow::decode(value).expect("a journal row can be read");
                let sold = sold(&row.entry);
                if self.written.borrow_mut().insert(position, (row.entry, sold)).is_some() {
                    self.world.violated(format!("I5: the entry at {position:?} was written over"));
                }
            }
        }
        let commit = |_| Decision::Commit(writes, ());
        self.disk.transact(durability, &Table::ALL, Vec::new(), commit).await
    }

    /// I2, I4: what leaves the outbox is at the ERP at that instant. Recovery would heal a mistake here most of the
    /// time, so it is not enough to look when the shop is closed.
    fn check_acknowledged(&self, writes: &[Write]) {
        if self.server.was_restored.get() {
            return;
        }
        let set_aside = |key: &[u8]| {
            writes.iter().any(|write| match write {
                Write::Put(Table::Failed, at, row) => {
                    at == key && FailedRow::decode(row).is_ok_and(|row| !row.held_by_erp)
                }
                _ => false,
            })
        };
        let leaves = |key: &[u8]| {
            writes.iter().any(|write| match write {
                Write::Delete(Table::Outbox, gone) => gone == key,
                Write::DeleteRange(Table::Outbox, range) => (&*range.first..=&*range.last).contains(&key),
                _ => false,
            })
        };
        if !writes.iter().any(|write| {
            matches!(write, Write::Delete(Table::Outbox, _) | Write::DeleteRange(Table::Outbox, _))
        }) {
            return;
        }
        let journal = self.disk.rows(Table::Journal);
        let erp = self.server.erp.borrow();
        for (key, _) in self.disk.rows(Table::Outbox) {
            // An entry whose row was damaged leaves to be named lost.
            let readable = journal.iter().any(|(at, row)| *at == key && JournalRow::decode(row).is_ok());
            if !readable || !leaves(&key) || set_aside(&key) {
                continue;
            }
            let Some(position) = Position::from_key(&key) else { continue };
            let kept = erp.journal((self.terminal, position.epoch));
            if !kept.is_some_and(|journal| journal.had.contains(position.seq)) {
                self.world.violated(format!("I2: {position:?} left the outbox before the ERP had it"));
            }
        }
    }

    /// I1: whatever is money is on the disk before it is reported.
    fn check_durability(&self, durability: Durability, writes: &[Write]) {
        let money = writes.iter().any(|write| {
            let (Write::Add(table, ..) | Write::Put(table, ..)) = write else { return false };
            matches!(table, Table::Journal | Table::Heads | Table::Counters | Table::Failed)
        });
        if money && durability != Durability::Strict {
            self.world
                .violated("I1: a sale or its outcome was committed without strict durability".to_owned());
        }
    }
}

impl Store for PageStore {
    async fn read(&self, reads: Vec<Read>) -> Result<Vec<Rows>, StoreError> {
        self.latency().await;
        let takes_out = self.mutant == Mutant::DeletesBeforeSending
            && reads.iter().any(|read| matches!(read, Read::Scan { table: Table::Outbox, limit: 50.., .. }));
        let answers = self.disk.read(reads).await?;
        if takes_out {
            let keys = answers.first().into_iter().flatten().map(|(key, _)| key.clone());
            let deletes = keys.map(|key| Write::Delete(Table::Outbox, key)).collect();
            // In a transaction like any other, as a mistaken engine would: `check_acknowledged` is to see it.
            self.commit(Durability::Relaxed, deletes).await?;
        }
        Ok(answers)
    }

    async fn transact<T, D>(
        &self,
        durability: Durability,
        _tables: &[Table],
        reads: Vec<Read>,
        decide: D,
    ) -> Result<T, StoreError>
    where
        D: FnOnce(Vec<Rows>) -> Decision<T>,
    {
        self.latency().await;
        let durability = if self.mutant == Mutant::SellsRelaxed { Durability::Relaxed } else { durability };
        // Reading, deciding and writing happen at one instant: IndexedDB serialises what overlaps.
        let answers = self.disk.read(reads).await?;
        let (writes, output) = match decide(answers) {
            Decision::Leave(output) => return Ok(output),
            Decision::Commit(writes, output) => (writes, output),
        };
        self.world.mark(writes.len() as u64 + u64::from(self.page));
        let failure = self.failure();
        match failure {
            Some(Failure::AbortedAfterSuccess) => {
                self.latency().await;
                return Err(StoreError::Failed("the transaction was aborted".to_owned()));
            }
            Some(Failure::Quota) => return Err(StoreError::Quota),
            Some(Failure::Closed) => return Err(StoreError::Closed("lost".to_owned())),
            Some(Failure::CompletedUnseen) | None => {}
        }
        if self.mutant == Mutant::CursorBeforePage && writes_page(&writes) {
            let (meta, page): (Vec<Write>, Vec<Write>) =
                writes.into_iter().partition(|write| matches!(write, Write::Put(Table::Meta, ..)));
            self.commit(durability, meta).await?;
            self.world.sleep(self.world.chance.between(0, 60_000)).await;
            self.commit(durability, page).await?;
        } else {
            self.commit(durability, writes).await?;
        }
        if failure == Some(Failure::CompletedUnseen) {
            return Err(StoreError::Closed("the connection to the database server was lost".to_owned()));
        }
        // The commit is durable; its event comes later, to a page that may be gone by then.
        self.latency().await;
        Ok(output)
    }
}

fn writes_page(writes: &[Write]) -> bool {
    writes.iter().any(|write| matches!(write, Write::Put(Table::Overlay | Table::Staged, ..)))
}
