//! Settings of this device: one row, JSON of the app's own, after a version byte.

use super::Device;
use evertill_protocol::json;
use evertill_sync::{
    ports::{Decision, Durability, Read, Store, StoreError, Table, Write},
    rows::meta,
};
use serde::{Serialize, de::DeserializeOwned};

impl Device {
    /// The settings kept here; the defaults if there are none or they cannot be read.
    pub async fn settings_load<T: DeserializeOwned + Default>(&self) -> T {
        let rows = self.0.till.store().read(vec![Read::Get(Table::Meta, meta::SETTINGS.to_vec())]).await;
        let rows = rows.unwrap_or_default();
        match rows.first().and_then(|rows| rows.first()).and_then(|(_, value)| value.split_first()) {
            Some((1, json)) => json::read(json).unwrap_or_default(),
            _ => T::default(),
        }
    }

    /// Keeps the settings.
    pub async fn settings_save<T: Serialize>(&self, settings: &T) -> Result<(), StoreError> {
        let mut value = vec![1];
        serde_json::to_writer(&mut value, settings).map_err(|error| StoreError::Failed(error.to_string()))?;
        let write = Write::Put(Table::Meta, meta::SETTINGS.to_vec(), value);
        let store = self.0.till.store();
        store
            .transact(Durability::Relaxed, &[Table::Meta], Vec::new(), |_| Decision::Commit(vec![write], ()))
            .await
    }
}
