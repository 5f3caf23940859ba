//! A device's database in memory. It keeps the promises of [`Store`] and, on demand, fails in the ways that
//! IndexedDB fails: an abort after every request succeeded, a commit whose event nobody saw, no space, a lost
//! connection.

use crate::ports::{Decision, Durability, Key, KeyRange, Read, Rows, Store, StoreError, Table, Value, Write};
use core::{cell::RefCell, ops::Bound};
use std::{
    collections::{BTreeMap, VecDeque},
    rc::Rc,
};

/// How a transaction goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Every request succeeds, then the transaction aborts: nothing is written.
    AbortedAfterSuccess,
    /// It commits, but the connection breaks before the event arrives.
    CompletedUnseen,
    /// The quota is reached: nothing is written.
    Quota,
    /// The connection is lost before anything is written.
    Closed,
}

#[derive(Debug, Default)]
struct Contents {
    tables: BTreeMap<Table, BTreeMap<Key, Value>>,
    faults: VecDeque<Option<Fault>>,
    quota_bytes: Option<usize>,
    commits: u64,
    strict_commits: u64,
}

/// A database in memory. Clones are further connections to the same one; dropping all of them loses it.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    contents: Rc<RefCell<Contents>>,
}

impl MemoryStore {
    /// An empty database.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the next transactions that write go wrong, in this order; `None` lets one succeed.
    pub fn fail_next(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.contents.borrow_mut().faults.extend(faults);
    }

    /// From now on, a transaction that leaves more than this many bytes of keys and values fails with
    /// [`StoreError::Quota`].
    pub fn set_quota(&self, bytes: Option<usize>) {
        self.contents.borrow_mut().quota_bytes = bytes;
    }

    /// How many bytes of keys and values it holds.
    pub fn used_bytes(&self) -> usize {
        self.contents.borrow().used_bytes()
    }

    /// How many transactions wrote something, and how many of them strictly.
    pub fn commits(&self) -> (u64, u64) {
        let contents = self.contents.borrow();
        (contents.commits, contents.strict_commits)
    }

    /// All rows of a table, for a test's own eyes.
    pub fn rows(&self, table: Table) -> Rows {
        self.contents.borrow().tables.get(&table).map_or_else(Rows::new, |rows| {
            rows.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
        })
    }

    /// All keys of a table.
    pub fn keys(&self, table: Table) -> Vec<Key> {
        self.contents.borrow().tables.get(&table).map_or_else(Vec::new, |rows| rows.keys().cloned().collect())
    }

    /// Writes behind everybody's back, as bit rot, a restored device image or an older version would.
    pub fn tamper(&self, writes: Vec<Write>) {
        self.contents.borrow_mut().apply(writes);
    }

    /// A second database with the same content: a cloned browser profile.
    #[must_use]
    pub fn image(&self) -> Self {
        let tables = self.contents.borrow().tables.clone();
        Self { contents: Rc::new(RefCell::new(Contents { tables, ..Contents::default() })) }
    }
}

impl Contents {
    fn answer(&self, read: &Read) -> Rows {
        let nothing = BTreeMap::new();
        let rows = |table: &Table| self.tables.get(table).unwrap_or(&nothing);
        match read {
            Read::Get(table, key) => {
                rows(table).get(key).map(|value| vec![(key.clone(), value.clone())]).unwrap_or_default()
            }
            Read::Scan { table, range, limit } => between(rows(table), range.as_ref())
                .take(*limit as usize)
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            Read::Keys { table, range, limit } => between(rows(table), range.as_ref())
                .take(*limit as usize)
                .map(|(key, _)| (key.clone(), Value::new()))
                .collect(),
            Read::Count { table, range } => {
                let count = between(rows(table), range.as_ref()).count() as u64;
                vec![(Key::new(), count.to_be_bytes().to_vec())]
            }
        }
    }

    fn apply(&mut self, writes: Vec<Write>) {
        for write in writes {
            match write {
                Write::Add(table, key, value) | Write::Put(table, key, value) => {
                    self.tables.entry(table).or_default().insert(key, value);
                }
                Write::Delete(table, key) => {
                    self.tables.entry(table).or_default().remove(&key);
                }
                Write::DeleteRange(table, range) => {
                    let rows = self.tables.entry(table).or_default();
                    let keys: Vec<Key> = between(rows, Some(&range)).map(|(key, _)| key.clone()).collect();
                    for key in keys {
                        rows.remove(&key);
                    }
                }
            }
        }
    }

    fn used_bytes(&self) -> usize {
        self.tables.values().flatten().map(|(key, value)| key.len() + value.len()).sum()
    }

    /// Commits the writes if what is added is new and the quota holds.
    fn commit(&mut self, durability: Durability, writes: Vec<Write>) -> Result<(), StoreError> {
        let there = |table, key| self.tables.get(table).is_some_and(|rows| rows.contains_key(key));
        if writes.iter().any(|write| matches!(write, Write::Add(table, key, _) if there(table, key))) {
            return Err(StoreError::Exists);
        }
        let before = self.quota_bytes.map(|quota| (quota, self.used_bytes(), self.tables.clone()));
        self.apply(writes);
        if let Some((quota, used_before, tables)) = before {
            let used = self.used_bytes();
            // What is over already may shrink: that is how space is freed.
            if used > quota && used >= used_before {
                self.tables = tables;
                return Err(StoreError::Quota);
            }
        }
        self.commits += 1;
        self.strict_commits += u64::from(durability == Durability::Strict);
        Ok(())
    }
}

fn between<'a>(
    rows: &'a BTreeMap<Key, Value>,
    range: Option<&KeyRange>,
) -> impl Iterator<Item = (&'a Key, &'a Value)> {
    let (first, last) = match range {
        None => (Bound::Unbounded, Bound::Unbounded),
        Some(range) if range.first > range.last => (Bound::Excluded(Key::new()), Bound::Included(Key::new())),
        Some(range) => (Bound::Included(range.first.clone()), Bound::Included(range.last.clone())),
    };
    rows.range((first, last))
}

impl Store for MemoryStore {
    async fn read(&self, reads: Vec<Read>) -> Result<Vec<Rows>, StoreError> {
        let contents = self.contents.borrow();
        Ok(reads.iter().map(|read| contents.answer(read)).collect())
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
        let answers = {
            let contents = self.contents.borrow();
            reads.iter().map(|read| contents.answer(read)).collect()
        };
        let (writes, output) = match decide(answers) {
            Decision::Leave(output) => return Ok(output),
            Decision::Commit(writes, output) => (writes, output),
        };
        for write in &writes {
            let (Write::Add(table, ..)
            | Write::Put(table, ..)
            | Write::Delete(table, _)
            | Write::DeleteRange(table, _)) = write;
            assert!(tables.contains(table), "{table:?} is written but was not named");
        }
        let mut contents = self.contents.borrow_mut();
        match contents.faults.pop_front().flatten() {
            None => contents.commit(durability, writes).map(|()| output),
            Some(Fault::CompletedUnseen) => {
                contents.commit(durability, writes)?;
                Err(StoreError::Closed("the connection to the database server was lost".to_owned()))
            }
            Some(Fault::AbortedAfterSuccess) => {
                Err(StoreError::Failed("the transaction was aborted".to_owned()))
            }
            Some(Fault::Quota) => Err(StoreError::Quota),
            Some(Fault::Closed) => Err(StoreError::Closed("the connection is closing".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{
        run_ready,
        store_suite::{Databases, run},
    };

    struct InMemory;

    impl Databases for InMemory {
        type Store = MemoryStore;
        async fn empty(&self) -> MemoryStore {
            MemoryStore::new()
        }
        async fn reopen(&self, store: MemoryStore) -> MemoryStore {
            store.clone()
        }
    }

    #[test]
    fn the_memory_store_keeps_every_promise() {
        run_ready(run(&InMemory));
    }

    #[test]
    fn over_quota_nothing_is_written_and_freeing_is_possible() {
        let store = MemoryStore::new();
        let put = |key: u8, length: usize| Write::Put(Table::Ballast, vec![key], vec![0; length]);
        store.tamper(vec![put(1, 100)]);
        store.set_quota(Some(120));
        let commit = |writes: Vec<Write>| {
            run_ready(store.transact(Durability::Strict, &[Table::Ballast], Vec::new(), |_| {
                Decision::Commit(writes, ())
            }))
        };
        assert_eq!(commit(vec![put(2, 50)]), Err(StoreError::Quota));
        assert_eq!(store.rows(Table::Ballast).len(), 1);
        assert_eq!(commit(vec![Write::Delete(Table::Ballast, vec![1])]), Ok(()));
        assert_eq!(commit(vec![put(2, 50)]), Ok(()));
    }
}
