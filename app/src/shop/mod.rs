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
mod sale;

use std::collections::BTreeMap;

pub use catalogue::{BROWSE_MAX, HITS_MAX};
pub use draft::OpenCart;
use evertill_browser::{Device, StorageHealth, Wake};
use evertill_domain::{Currency, Id, id, receipt_number::epoch_suffix, stock::StockPolicy};
use evertill_protocol::{changes::OutletDoc, terminal::Right};
use evertill_sync::{
    engine::Attention,
    ports::{Surroundings, fresh_id},
    rows::{Identity, Position},
    till::{Checked, FileError, Imported, LocalEntry, OutboxExport, QueueStatus, ReadError, ResetError},
};
use leptos::{prelude::*, task::spawn_local};
pub use sale::SaveFailure;
use serde::de::DeserializeOwned;

use crate::{
    api::{ApiError, Body},
    format::{self, ShopFormat},
    receipt::ReceiptHead,
    widgets::{chip::Mood, notice::Toasts},
    words::nav,
};

/// A catalogue on its way, in documents; `total` 0 while unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loading {
    /// Loaded so far.
    pub done: u64,
    /// About how many there are.
    pub total: u64,
}

/// The shop, as a context.
#[derive(Clone, Copy)]
pub struct Shop {
    device: StoredValue<Device, LocalStorage>,
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
    drafts: StoredValue<draft::Drafts, LocalStorage>,
    doubting: StoredValue<bool>,
    /// What only a person can mend, and why this device itself could not go on.
    standstill: RwSignal<(Option<Attention>, Option<String>)>,
}

impl Shop {
    /// The shop of an enrolled device, for the views below; it follows the device from here on.
    pub fn provide(device: Device, identity: Identity, outlet: OutletDoc) -> Self {
        let shop = Shop {
            device: StoredValue::new_local(device),
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
            drafts: StoredValue::new_local(draft::Drafts::default()),
            doubting: StoredValue::new(false),
            standstill: RwSignal::new((None, None)),
        };
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

    // Who and where

    /// The shop's own data, as the ERP last told it.
    pub fn outlet(self) -> OutletDoc {
        self.outlet.get_untracked()
    }

    /// This terminal.
    pub fn identity(self) -> Identity {
        self.identity.get_untracked()
    }

    /// `High Street Gifts · T1`.
    pub fn place(self) -> String {
        nav::place(&self.outlet_name(), &self.label())
    }

    /// `High Street Gifts`.
    pub fn outlet_name(self) -> String {
        self.outlet.with(|outlet| outlet.name.clone())
    }

    /// This terminal's own label in its present epoch: `T1`.
    pub fn label(self) -> String {
        self.terminal_label(self.identity.with(|identity| identity.epoch))
    }

    /// `T1`, from the second epoch on `T1b`.
    pub fn terminal_label(self, epoch: u32) -> String {
        self.identity.with_untracked(|identity| format!("{}{}", identity.short_code, epoch_suffix(epoch)))
    }

    /// Whether this terminal may administer the shop.
    pub fn is_owner(self) -> bool {
        self.identity.with_untracked(|identity| identity.right == Right::Owner)
    }

    /// Whether the ERP revoked this terminal: it no longer sells.
    pub fn revoked(self) -> bool {
        self.identity.with(|identity| identity.revoked)
    }

    /// The outlet's currency.
    pub fn currency(self) -> Currency {
        self.outlet.with_untracked(|outlet| outlet.currency)
    }

    /// What the outlet does when stock runs out.
    pub fn stock_policy(self) -> StockPolicy {
        self.outlet.with_untracked(|outlet| outlet.stock_policy)
    }

    /// The tax rate proposed for new products.
    pub fn default_rate_ppm(self) -> u32 {
        self.outlet.with_untracked(|outlet| outlet.default_tax_rate_ppm.ppm())
    }

    /// What a receipt is headed with.
    pub fn receipt_head(self) -> ReceiptHead {
        self.outlet.with_untracked(|outlet| ReceiptHead {
            shop: outlet.name.clone(),
            address: outlet.address.clone(),
            tax_id: outlet.tax_id.clone(),
        })
    }

    // How things stand

    /// The queue.
    pub fn queue(self) -> QueueStatus {
        self.queue.get()
    }

    /// Keeps [`Shop::missing`] in step with the queue, for the life of the calling view.
    pub fn follow_missing(self) {
        Effect::new(move |_| listen::look_at_missing(self, self.queue().heads));
    }

    /// Entries of an epoch that are neither with the ERP nor here any more.
    pub fn missing(self, epoch: u32) -> u64 {
        self.missing.with(|missing| missing.get(&epoch).copied().unwrap_or(0))
    }

    /// Whether the ERP answers, by what became of requests.
    pub fn online(self) -> bool {
        self.online.get()
    }

    /// Since when it does not answer.
    pub fn offline_since_ms(self) -> Option<i64> {
        self.offline_since_ms.get()
    }

    /// Whether a sync that a person asked for is under way.
    pub fn syncing(self) -> bool {
        self.syncing.get()
    }

    /// Now; moves every few seconds.
    pub fn now_ms(self) -> i64 {
        self.now_ms.get()
    }

    /// Now, without following it.
    pub fn now_ms_untracked(self) -> i64 {
        self.now_ms.get_untracked()
    }

    /// A catalogue on its way.
    pub fn loading(self) -> Option<Loading> {
        self.loading.get()
    }

    /// Whether another version of the app is complete and waits.
    pub fn update_ready(self) -> bool {
        self.update_ready.get()
    }

    /// Whether no sale is open in this tab.
    pub fn idle(self) -> bool {
        self.idle.get()
    }

    /// Whether the cashier should look at the device's clock.
    pub fn clock_doubt(self) -> bool {
        self.clock_doubt.get()
    }

    /// What only a person can mend before this till and the ERP go on together.
    pub fn attention(self) -> Option<Attention> {
        self.standstill.with(|(attention, _)| *attention)
    }

    /// Why the last attempt to sync stopped on this device itself, for people.
    pub fn trouble(self) -> Option<String> {
        self.standstill.with(|(_, trouble)| trouble.clone())
    }

    /// Cases that wait for a person; counted up to a page.
    pub fn open_cases(self) -> u64 {
        self.open_cases.get()
    }

    /// Runs the caller again when the journal or the queue changed.
    pub fn follow_journal(self) {
        self.journal_turn.track();
    }

    // What people may ask

    /// Sends and fetches now.
    pub fn sync_now(self) {
        self.syncing.set(true);
        self.device().nudge(Wake::SyncNow);
        let over = move || {
            let _ = self.syncing.try_set(false);
        };
        set_timeout(over, listen::SYNCING_SHOWN);
    }

    /// Says whether a sale is open here; an update waits for all tabs.
    pub fn set_idle(self, idle: bool) {
        if self.idle.get_untracked() != idle {
            self.idle.set(idle);
            self.device().set_busy(!idle);
        }
    }

    /// Lets the waiting version take over; the page reloads. While another tab holds a sale it does not, and that is said.
    pub fn update_now(self, toasts: Toasts) {
        let device = self.device();
        spawn_local(async move {
            if !device.apply_update().await {
                toasts.say(Mood::Wait, nav::UPDATE_WAITS);
            }
        });
    }

    /// Asks the server whether there is a newer version.
    pub fn look_for_update(self) {
        let device = self.device();
        spawn_local(async move { device.check_for_update().await });
    }

    /// The cashier has looked at the clock.
    pub fn clock_is_right(self) {
        self.clock_doubt.set(false);
    }

    /// A page of this terminal's journal, newest first.
    pub async fn journal_page(
        self,
        before: Option<Position>,
        limit: u32,
    ) -> Result<Vec<LocalEntry>, ReadError> {
        self.device().till().journal_page(before, limit).await
    }

    /// A page of the queue, oldest first.
    pub async fn queue_page(self, after: Option<Position>, limit: u32) -> Result<Vec<LocalEntry>, ReadError> {
        self.device().till().queue_page(after, limit).await
    }

    /// An entry that this device holds.
    pub async fn entry(self, id: Id<id::Entry>) -> Result<Option<LocalEntry>, ReadError> {
        self.device().till().entry(id).await
    }

    /// How safe and how full the storage is.
    pub async fn storage_health(self) -> StorageHealth {
        self.device().storage_health().await
    }

    /// Asks the browser to keep this device's data. Some browsers ask the person first, so nobody waits for it.
    pub fn ask_to_persist(self) {
        self.device().request_persistence();
    }

    /// The queue as a file.
    pub async fn export_outbox(self) -> Result<OutboxExport, FileError> {
        self.device().till().export_outbox(format::now_ms()).await
    }

    /// Takes another till's queue along.
    pub async fn import_outbox(self, text: &str) -> Result<Imported, FileError> {
        let device = self.device();
        let imported = device.till().import_outbox(text, format::now_ms()).await?;
        listen::look_at_queue(self);
        device.nudge(Wake::SyncNow);
        Ok(imported)
    }

    /// Checks that a saved file holds everything that waits.
    pub async fn check_exported(self, text: &str) -> Result<Checked, FileError> {
        self.device().till().check_exported(text).await
    }

    /// Forgets this terminal; refused while something exists only here.
    pub async fn reset(self, checked: Option<&Checked>) -> Result<(), ResetError> {
        self.device().reset(checked).await
    }

    /// A fresh UUID for something that is created here.
    pub fn fresh_uuid(self) -> uuid::Uuid {
        fresh_id::<id::Entry>(&self.device().surroundings()).uuid()
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

/// How a shop writes its figures.
pub fn shop_format(outlet: &OutletDoc) -> ShopFormat {
    ShopFormat {
        locale: outlet.locale.clone(),
        currency: outlet.currency.to_string(),
        currency_digits: outlet.currency.decimals(),
        time_zone: outlet.time_zone.clone(),
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
    let named = document().query_selector("meta[name='evertill-version']").ok().flatten();
    named
        .and_then(|meta| meta.get_attribute("content"))
        .unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned())
}
