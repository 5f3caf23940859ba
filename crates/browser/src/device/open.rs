//! Opening the device: the database first, then everything that listens.

use super::{
    Device, Inner, LinkState, carts::Busy, engine::EngineModule, memory::Refreshing, update::Update,
};
use crate::{
    DATABASE, IndexedDb, Role,
    indexed_db::{BLOCKED, SILENT},
    js,
    notice::{Channel, Notices},
};
use core::cell::{Cell, RefCell};
use evertill_sync::{catalogue::Catalogue, ports::StoreError, till::Till};
use std::rc::{Rc, Weak};

/// Why this device cannot be a till now. The text is for the person at the till.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another tab holds an older version open.
    #[error(
        "Evertill is open in another tab that is older than this one. Close the other tabs, then reload this \
         one. Nothing you were paid for is lost."
    )]
    Blocked,
    /// The browser's storage does not answer.
    #[error(
        "This browser’s storage does not answer. Close all windows of this browser and open it again. Nothing \
         you were paid for is lost."
    )]
    Silent,
    /// There is no database here: private window, or blocked by a setting.
    #[error(
        "This browser does not let Evertill keep sales on this device ({0}). Use a normal window, not a private \
         one, and allow this site to store data."
    )]
    NoDatabase(String),
    /// No space.
    #[error("This device has no space left. Free some, then reload. Nothing you were paid for is lost.")]
    Quota,
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Quota => Self::Quota,
            StoreError::Unavailable(why) if why == BLOCKED => Self::Blocked,
            StoreError::Unavailable(why) if why == SILENT => Self::Silent,
            error @ StoreError::Exists => Self::NoDatabase(error.to_string()),
            StoreError::Unavailable(why) | StoreError::Closed(why) | StoreError::Failed(why) => {
                Self::NoDatabase(why)
            }
        }
    }
}

/// Whether the browser allows what a till needs: https, or this very machine.
pub fn secure_context() -> bool {
    js::property(&js_sys::global(), "isSecureContext").is_some_and(|secure| secure.is_truthy())
}

/// This device, ready to sell as soon as this answers; the catalogue goes on loading behind it.
pub async fn open() -> Result<Device, OpenError> {
    let store = Rc::new(IndexedDb::new(DATABASE, Role::Page));
    store.open().await?;
    let device = Device(Rc::new_cyclic(|inner: &Weak<Inner>| {
        let heard = inner.clone();
        let channel = Channel::join(DATABASE, move |word| {
            if let Some(inner) = heard.upgrade() {
                Device(inner).heard(word);
            }
        });
        Inner {
            till: Till::new(store),
            catalogue: Rc::new(RefCell::new(Catalogue::default())),
            notices: Notices::default(),
            channel,
            engine: EngineModule::default(),
            refreshing: Refreshing::default(),
            link: Cell::new(LinkState::Unknown),
            identity: RefCell::new(None),
            busy: RefCell::new(Busy::default()),
            update: Update::default(),
        }
    }));
    device.refresh_identity().await;
    device.refresh_catalogue();
    let registering = device.clone();
    wasm_bindgen_futures::spawn_local(async move { registering.register_service_worker().await });
    wasm_bindgen_futures::spawn_local(device.clone().start_engine());
    Ok(device)
}
