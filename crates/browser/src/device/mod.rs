//! The device as the app sees it: one handle that opens the database, sells, keeps carts, talks to the ERP and
//! says what changed.

mod api;
mod carts;
mod engine;
mod enrol;
mod memory;
mod open;
mod sell;
mod storage;
mod update;

pub use api::{ApiFailure, Content, Fetched};
pub use carts::OpenCart;
pub use enrol::EnrolFailure;
pub use open::{OpenError, open, secure_context};
pub use storage::StorageHealth;
pub use update::{UpdateAnswer, version_here};

use crate::{
    Browser, IndexedDb, Notice, Subscription,
    notice::{Channel, Notices},
};
use core::cell::{Cell, RefCell};
use evertill_sync::{catalogue::Catalogue, rows::Identity, till::Till};
use std::rc::Rc;

/// This device. Cheap to clone; every clone is the same device.
#[derive(Clone)]
pub struct Device(Rc<Inner>);

pub(crate) struct Inner {
    till: Till<IndexedDb>,
    catalogue: Rc<RefCell<Catalogue>>,
    notices: Notices,
    channel: Channel,
    engine: engine::EngineModule,
    refreshing: memory::Refreshing,
    link: Cell<LinkState>,
    identity: RefCell<Option<Identity>>,
    busy: RefCell<carts::Busy>,
    update: update::Update,
}

/// Whether the ERP answers, by what became of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Nothing was asked yet.
    Unknown,
    /// The last request was answered.
    Online,
    /// The last request was not answered.
    Offline {
        /// Since when, milliseconds UTC.
        since_ms: i64,
    },
}

impl Device {
    /// The till's use cases over this device's database.
    pub fn till(&self) -> &Till<IndexedDb> {
        &self.0.till
    }

    /// Clock, randomness and timers.
    pub fn surroundings(&self) -> Browser {
        Browser
    }

    /// Who this browser is, if it was enrolled; as of the last [`Notice::Identity`].
    pub fn identity(&self) -> Option<Identity> {
        self.0.identity.borrow().clone()
    }

    /// Products, search and shown stock, in memory. Borrow it for a moment and never across an await.
    pub fn catalogue(&self) -> Rc<RefCell<Catalogue>> {
        Rc::clone(&self.0.catalogue)
    }

    /// Calls `listener` at each notice of this and other tabs until the subscription is dropped.
    pub fn subscribe(&self, listener: impl Fn(Notice) + 'static) -> Subscription {
        self.0.notices.subscribe(listener)
    }

    /// Whether the ERP answers.
    pub fn link_state(&self) -> LinkState {
        self.0.link.get()
    }

    /// Tells the views of this tab.
    pub(crate) fn tell(&self, notice: Notice) {
        self.0.notices.tell(notice);
    }

    /// Reads again who this browser is.
    pub(crate) async fn refresh_identity(&self) {
        if let Ok(identity) = self.0.till.identity().await {
            self.0.identity.replace(identity);
        }
    }

    /// Notes whether a request was answered.
    pub(crate) fn note_link(&self, answered: bool) {
        let link = match self.0.link.get() {
            _ if answered => LinkState::Online,
            LinkState::Offline { since_ms } => LinkState::Offline { since_ms },
            _ => LinkState::Offline { since_ms: crate::js::now_ms() },
        };
        if self.0.link.replace(link) != link {
            self.0.notices.tell(Notice::Online(link == LinkState::Online));
        }
    }
}
