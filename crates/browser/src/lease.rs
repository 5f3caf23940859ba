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
        let held = match lock(SYNC_LOCK, Ask::IfFree).await {
            Some(held) => Some(held),
            None if self.holder_is_stale().await => lock(SYNC_LOCK, Ask::Rob).await,
            None => None,
        };
        let Some(held) = held else { return false };
        self.held.replace(Some(held));
        self.keep_awake();
        true
    }

    /// Lets another one send.
    pub(crate) fn give_back(&self) {
        self.holding.set(self.holding.get() + 1);
        drop(self.held.borrow_mut().take());
    }

    /// Shows that this holder is awake, until it no longer holds.
    fn keep_awake(&self) {
        let (store, holding) = (Rc::clone(&self.store), Rc::clone(&self.holding));
        let mine = holding.get();
        wasm_bindgen_futures::spawn_local(async move {
            while holding.get() == mine {
                let mut value = vec![1];
                value.extend_from_slice(&js::now_ms().to_be_bytes());
                let write = Write::Put(Table::Meta, HEARTBEAT.to_vec(), value);
                // Missed beats only make this holder look frozen.
                let _ = store
                    .transact(Durability::Relaxed, &[Table::Meta], Vec::new(), |_| {
                        Decision::Commit(vec![write], ())
                    })
                    .await;
                js::sleep(BEAT_EVERY_MS).await;
            }
        });
    }

    async fn holder_is_stale(&self) -> bool {
        let rows = self.store.read(vec![Read::Get(Table::Meta, HEARTBEAT.to_vec())]).await;
        // A database that does not answer is no reason to rob anybody.
        let Ok(rows) = rows else { return false };
        let row = rows.into_iter().flatten().next();
        let beat = row.and_then(|(_, value)| value.get(1..)?.try_into().ok()).map(i64::from_be_bytes);
        // Also stale: a beat from the future, after a clock was set back; or none at all.
        beat.is_none_or(|beat| beat.abs_diff(js::now_ms()) > STALE_AFTER_MS)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.give_back();
    }
}
