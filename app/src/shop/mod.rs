//! The shop as this device knows it: a picture of its store and engine for the views, and what they may ask.
//!
//! Signals here are a picture: after a reload everything comes back from IndexedDB. `Notice`s of the device say which
//! part of it to look at again.

mod catalogue;
mod day;
pub mod door;
mod draft;
pub mod entry;
mod listen;
mod place;
mod sale;
mod standing;
mod wishes;

use std::{collections::BTreeMap, ops::Deref};

use crate::reactive::prelude::*;
pub use catalogue::shown_most;
pub use draft::OpenCart;
use evertill_browser::Device;
use evertill_domain::{Id, id};
use evertill_protocol::changes::OutletDoc;
use evertill_sync::{
    engine::Attention,
    ports::{Surroundings, fresh_id},
    rows::Identity,
    till::QueueStatus,
};
pub use place::write_as;
pub use sale::{Ready, SaveFailure};
use serde::de::DeserializeOwned;

use crate::{
    api::{ApiError, Body},
    format,
};

/// A catalogue on its way, in documents; `total` 0 while unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loading {
    /// Loaded so far.
    pub done: u64,
    /// About how many there are.
    pub total: u64,
}

/// The shop, as a context: one pointer that views and callbacks copy. What it points to is never freed, since a page
/// becomes a till once and stays one until it is loaded again.
#[derive(Clone, Copy)]
pub struct Shop(&'static State);

/// What this device knows of the shop.
pub struct State {
    device: StoredValue<Device>,
    identity: RwSignal<Identity>,
    outlet: RwSignal<OutletDoc>,
    queue: RwSignal<QueueStatus>,
    missing: RwSignal<BTreeMap<u32, u64>>,
    online: RwSignal<bool>,
    offline_since_ms: RwSignal<Option<i64>>,
    now_ms: RwSignal<i64>,
    loading: RwSignal<Option<Loading>>,
    update_ready: RwSignal<bool>,
    idle: RwSignal<bool>,
    clock_doubt: RwSignal<bool>,
    open_cases: RwSignal<u64>,
    syncing: RwSignal<bool>,
    journal_turn: RwSignal<u64>,
    catalogue_turn: RwSignal<u64>,
    stock_turn: RwSignal<u64>,
    /// Carts that were found to be paid already, by another tab.
    paid_elsewhere: RwSignal<Option<Id<id::Entry>>>,
    money_unkept: RwSignal<bool>,
    drafts: StoredValue<draft::Drafts>,
    doubting: StoredValue<bool>,
    /// What only a person can mend, and why this device itself could not go on.
    standstill: RwSignal<(Option<Attention>, Option<String>)>,
}

impl Shop {
    /// The shop of an enrolled device, for the views below; it follows the device from here on.
    pub fn provide(device: Device, identity: Identity, outlet: OutletDoc) -> Self {
        let shop = Shop(Box::leak(Box::new(State {
            device: StoredValue::new(device),
            identity: RwSignal::new(identity),
            outlet: RwSignal::new(outlet),
            queue: RwSignal::new(QueueStatus::default()),
            missing: RwSignal::new(BTreeMap::new()),
            online: RwSignal::new(true),
            offline_since_ms: RwSignal::new(None),
            now_ms: RwSignal::new(format::now_ms()),
            loading: RwSignal::new(None),
            update_ready: RwSignal::new(false),
            idle: RwSignal::new(true),
            clock_doubt: RwSignal::new(false),
            open_cases: RwSignal::new(0),
            syncing: RwSignal::new(false),
            journal_turn: RwSignal::new(0),
            catalogue_turn: RwSignal::new(0),
            stock_turn: RwSignal::new(0),
            paid_elsewhere: RwSignal::new(None),
            money_unkept: RwSignal::new(false),
            drafts: StoredValue::new(draft::Drafts::default()),
            doubting: StoredValue::new(false),
            standstill: RwSignal::new((None, None)),
        })));
        provide_context(shop);
        listen::follow(shop);
        shop
    }

    /// The shop of this tab.
    pub fn here() -> Self {
        expect_context()
    }

    fn device(self) -> Device {
        self.device.get_value()
    }

    /// A fresh UUID for something that is created here.
    pub fn fresh_uuid(self) -> uuid::Uuid {
        fresh_id::<id::Entry>(&self.device().surroundings()).uuid()
    }

    /// Comes back after about this long.
    pub async fn pause(self, milliseconds: u64) {
        self.device().surroundings().sleep(milliseconds).await;
    }

    /// Reads from the ERP in the name of this terminal.
    pub async fn get<T: DeserializeOwned>(self, path: &str) -> Result<T, ApiError> {
        self.call("GET", path, None, Body::None).await
    }

    /// Asks the ERP in the name of this terminal; `version` goes into `If-Match`.
    pub async fn call<T: DeserializeOwned>(
        self,
        method: &str,
        path: &str,
        version: Option<u64>,
        body: Body,
    ) -> Result<T, ApiError> {
        let if_match = version.map(|version| format!("\"{version}\""));
        let answer = self.device().api_request(method, path, body.content(), if_match.as_deref()).await?;
        Ok(answer.value)
    }

    /// Counts the open cases again.
    pub fn look_at_cases(self) {
        listen::look_at_cases(self);
    }
}

impl Deref for Shop {
    type Target = State;

    fn deref(&self) -> &State {
        self.0
    }
}

/// Opens the app afresh.
pub fn start_over() {
    if let Some(window) = web_sys::window() {
        drop(window.location().replace("/"));
    }
}

/// Now by the device's own surroundings, as commits are stamped.
fn stamp_ms(device: &Device) -> i64 {
    device.surroundings().now_ms()
}

/// The app's version, as the server that delivered it names it.
pub fn version() -> String {
    evertill_browser::version_here().unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned())
}
