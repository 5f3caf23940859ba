//! The till's use cases over the device's database: carts, completed sales, lists, the state of the queue.
//!
//! Every method is one transaction. None waits for the network.

mod carried;
mod complete;
mod drafts;
pub(crate) mod heads;
mod identity;
mod lists;
mod outbox_file;
mod preferences;
mod reset;
mod space;

pub use carried::CarriedOf;
pub use complete::{CommitError, CommittedSale, PreparedSale};
pub use drafts::DraftError;
pub use identity::IdentityError;
pub use lists::{EntryState, JournalHead, LocalEntry, QueueStatus};
pub(crate) use lists::{FAILED_MAX, counted, epoch_range, runs};
pub use outbox_file::{Checked, FileError, Imported, OutboxExport};
pub use reset::ResetError;

use crate::{
    ports::{Store, StoreError},
    rows::{Identity, Unreadable},
};
use core::cell::{Cell, RefCell};
use std::rc::Rc;

/// The till of one device. Cheap to clone; any number may work on one store.
#[derive(Debug)]
pub struct Till<S> {
    store: Rc<S>,
    /// The identity as it was read last, so that a sale need not read it before its own transaction, which checks it.
    last_identity: Rc<RefCell<Option<Identity>>>,
    /// Whether space was given up for money and was not enough: history is not given up again and again in vain.
    freed_in_vain: Rc<Cell<bool>>,
}

impl<S> Clone for Till<S> {
    fn clone(&self) -> Self {
        Self {
            store: Rc::clone(&self.store),
            last_identity: Rc::clone(&self.last_identity),
            freed_in_vain: Rc::clone(&self.freed_in_vain),
        }
    }
}

impl<S: Store> Till<S> {
    /// The till over this database.
    pub fn new(store: Rc<S>) -> Self {
        Self { store, last_identity: Rc::default(), freed_in_vain: Rc::default() }
    }

    /// The database.
    pub fn store(&self) -> &S {
        &self.store
    }
}

/// Why a use case that reads failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}
