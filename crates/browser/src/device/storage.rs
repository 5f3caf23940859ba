//! How safe and how full this device's storage is: persistence, quota, and the ballast that is given up for a sale.

use super::Device;
use crate::js;
use evertill_sync::ports::{Decision, Durability, Read, Store, StoreError, Table, Write};
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Random bytes kept to be given up when the quota is reached.
const BALLAST_BYTES: u32 = 2 * 1024 * 1024;
/// Rows they are kept in.
const BALLAST_ROWS: u32 = 32;

/// The state of this device's storage. `None` where the browser does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StorageHealth {
    /// Whether the browser promised not to evict it.
    pub persisted: Option<bool>,
    /// Whether the browser can promise that at all.
    pub persist_supported: bool,
    /// Bytes used, about.
    pub usage: Option<u64>,
    /// Bytes allowed, about.
    pub quota: Option<u64>,
    /// Whether the ballast is there; without it the next quota error has nothing to give up.
    pub ballast: bool,
    /// Whether the browser wakes the worker when a network returns.
    pub background_sync: bool,
}

impl Device {
    /// How safe and how full the storage is now.
    pub async fn storage_health(&self) -> StorageHealth {
        let manager = js::property(&js::navigator(), "storage").unwrap_or(JsValue::UNDEFINED);
        let estimate = call(&manager, "estimate").await;
        let figure = |name: &str| {
            let value = js::property(estimate.as_ref()?, name)?.as_f64()?;
            u64::try_from(js::whole(value)).ok()
        };
        StorageHealth {
            persisted: call(&manager, "persisted").await.and_then(|answer| answer.as_bool()),
            persist_supported: js::property(&manager, "persist").is_some(),
            usage: figure("usage"),
            quota: figure("quota"),
            ballast: self.has_ballast().await.unwrap_or(false),
            background_sync: js::property(&js_sys::global(), "SyncManager").is_some(),
        }
    }

    /// Asks the browser never to evict this device's data. Some never answer, so nobody waits for this.
    pub fn request_persistence(&self) {
        wasm_bindgen_futures::spawn_local(async {
            if let Some(manager) = js::property(&js::navigator(), "storage") {
                call(&manager, "persist").await;
            }
        });
    }

    async fn has_ballast(&self) -> Result<bool, StoreError> {
        let keys = Read::Keys { table: Table::Ballast, range: None, limit: BALLAST_ROWS };
        let rows = self.0.till.store().read(vec![keys]).await?;
        Ok(rows.first().is_some_and(|rows| rows.len() >= BALLAST_ROWS as usize))
    }

    /// Puts the ballast back where it is missing and there is space again.
    pub(super) async fn restore_ballast(&self) -> Result<(), StoreError> {
        if self.has_ballast().await? {
            return Ok(());
        }
        let row_bytes = (BALLAST_BYTES / BALLAST_ROWS) as usize;
        let rows = (0..BALLAST_ROWS).map(|number| {
            // Random: of anything else a database that compresses would keep next to nothing.
            let mut row = vec![1; row_bytes];
            js::fill_with_random(row.get_mut(1..).unwrap_or_default());
            Write::Put(Table::Ballast, number.to_be_bytes().to_vec(), row)
        });
        let writes = rows.collect();
        let store = self.0.till.store();
        store
            .transact(Durability::Relaxed, &[Table::Ballast], Vec::new(), |_| Decision::Commit(writes, ()))
            .await
    }
}

/// Calls a method that answers a promise; `None` if it is not there or fails.
async fn call(of: &JsValue, method: &str) -> Option<JsValue> {
    let method: Function = js::property(of, method)?.dyn_into().ok()?;
    let promise: Promise = method.call0(of).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok()
}
