//! Who sends: one tab or the worker, by a Web Lock that it keeps while it lives.
//!
//! A holder shows that it is awake by a row in the database. One whose row is older than half a minute is frozen or
//! hung and is robbed of the lock; two senders at once are harmless, because the ERP keys on ids.

use crate::{
    IndexedDb, js,
    locks::{Ask, LockGuard, lock},
};
use core::cell::{Cell, RefCell};
use evertill_sync::ports::{Decision, Durability, Read, Store, Table, Write};
use std::rc::Rc;

/// The lock's name; older and newer builds share it.
const SYNC_LOCK: &str = "evertill-sync";
/// Row of [`Table::Meta`]: when the holder was last awake, milliseconds UTC, 8 bytes after the version byte.
const HEARTBEAT: &[u8] = b"heartbeat";
const BEAT_EVERY_MS: u64 = 10_000;
/// A holder that was not awake for longer is robbed.
const STALE_AFTER_MS: u64 = 30_000;

/// This tab's or worker's part in deciding who sends.
pub(crate) struct Lease {
    store: Rc<IndexedDb>,
    held: Rc<RefCell<Option<LockGuard>>>,
    /// Counts holdings, so that the heartbeat of an earlier one ends.
    holding: Rc<Cell<u64>>,
}

impl Lease {
    pub(crate) fn new(store: Rc<IndexedDb>) -> Self {
        Self { store, held: Rc::default(), holding: Rc::default() }
    }

    /// Whether this one sends now.
    pub(crate) fn is_held(&self) -> bool {
        self.held.borrow().as_ref().is_some_and(|held| !held.robbed())
    }

    /// Whether this one may send: keeps the lease, or takes it if it is free or its holder does not move.
    pub(crate) async fn take(&self) -> bool {
        if self.is_held() {
            return true;
        }
        self.give_back();
        match lock(SYNC_LOCK, Ask::IfFree).await {
            Some(held) => {
                self.held.replace(Some(held));
                // Before it is relied on: the row may still be that of a holder long gone.
                beat(&self.store).await;
            }
            None if self.replaces_stale_holder().await => {
                self.held.replace(lock(SYNC_LOCK, Ask::Rob).await);
            }
            None => return false,
        }
        self.keep_awake();
        self.is_held()
    }

    /// Lets another one send.
    pub(crate) fn give_back(&self) {
        self.holding.set(self.holding.get() + 1);
        drop(self.held.borrow_mut().take());
    }

    /// Shows that this holder is awake, until it no longer holds or was robbed: from then on the row is another's.
    fn keep_awake(&self) {
        let (store, held) = (Rc::clone(&self.store), Rc::clone(&self.held));
        let holding = Rc::clone(&self.holding);
        let mine = holding.get();
        wasm_bindgen_futures::spawn_local(async move {
            loop {
                js::sleep(BEAT_EVERY_MS).await;
                if holding.get() != mine || held.borrow().as_ref().is_none_or(LockGuard::robbed) {
                    return;
                }
                beat(&store).await;
            }
        });
    }

    /// Whether the holder does not move. The answer and this one's own beat are one transaction: of several that see
    /// it, one robs, and nobody robs that one.
    async fn replaces_stale_holder(&self) -> bool {
        let reads = vec![Read::Get(Table::Meta, HEARTBEAT.to_vec())];
        let looked = self.store.transact(Durability::Relaxed, &[Table::Meta], reads, |rows| {
            let row = rows.into_iter().flatten().next();
            let beat = row.and_then(|(_, value)| value.get(1..)?.try_into().ok()).map(i64::from_be_bytes);
            // Also stale: a beat from the future, after a clock was set back; or none at all.
            if beat.is_none_or(|beat| beat.abs_diff(js::now_ms()) > STALE_AFTER_MS) {
                Decision::Commit(vec![heartbeat()], true)
            } else {
                Decision::Leave(false)
            }
        });
        // A database that does not answer is no reason to rob anybody.
        looked.await.unwrap_or(false)
    }
}

fn heartbeat() -> Write {
    let mut value = vec![1];
    value.extend_from_slice(&js::now_ms().to_be_bytes());
    Write::Put(Table::Meta, HEARTBEAT.to_vec(), value)
}

/// Missed beats only make a holder look frozen.
async fn beat(store: &IndexedDb) {
    let commit = |_| Decision::Commit(vec![heartbeat()], ());
    let _ = store.transact(Durability::Relaxed, &[Table::Meta], Vec::new(), commit).await;
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::{HEARTBEAT, Lease};
    use crate::{IndexedDb, Role, js};
    use evertill_sync::ports::{Decision, Durability, Store, Table, Write};
    use std::rc::Rc;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// A database in which a holder last moved an hour ago.
    async fn long_ago() -> Rc<IndexedDb> {
        let store = Rc::new(IndexedDb::new(&format!("lease-{}", js_sys::Math::random()), Role::Page));
        old_beat(&store).await;
        store
    }

    async fn old_beat(store: &IndexedDb) {
        let mut value = vec![1];
        value.extend_from_slice(&(js::now_ms() - 3_600_000).to_be_bytes());
        let write = Write::Put(Table::Meta, HEARTBEAT.to_vec(), value);
        let commit = |_| Decision::Commit(vec![write], ());
        store.transact(Durability::Relaxed, &[Table::Meta], Vec::new(), commit).await.expect("written");
    }

    #[wasm_bindgen_test]
    async fn a_holder_is_robbed_when_it_does_not_move_and_not_before() {
        let store = long_ago().await;
        let (first, second) = (Lease::new(Rc::clone(&store)), Lease::new(Rc::clone(&store)));
        assert!(first.take().await, "it is free");
        assert!(!second.take().await, "the old row is not the new holder's");
        assert!(first.is_held() && first.take().await);

        old_beat(&store).await;
        let third = Lease::new(Rc::clone(&store));
        assert!(second.take().await, "the first is frozen");
        assert!(!third.take().await, "who robbed is not robbed for the old row");
        while first.is_held() {
            js::sleep(1).await;
        }
        assert!(!first.take().await && second.is_held());
        second.give_back();
        while !third.take().await {
            js::sleep(1).await;
        }
    }
}
