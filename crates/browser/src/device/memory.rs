//! Keeps the catalogue in memory in step with the database: after pulls, after sales here and in other tabs.

use super::Device;
use crate::Notice;
use core::cell::Cell;
use evertill_sync::catalogue::{refresh, refresh_sold};

/// Whether the catalogue is being refreshed, and whether it must be again.
#[derive(Default)]
pub(super) struct Refreshing {
    running: Cell<bool>,
    again: Cell<bool>,
    loaded_again: Cell<bool>,
    counting: Cell<bool>,
    count_again: Cell<bool>,
}

impl Device {
    /// Brings the catalogue in memory up to date, one refresh after the other.
    pub(super) fn refresh_catalogue(&self) {
        if self.0.refreshing.running.replace(true) {
            self.0.refreshing.again.set(true);
            return;
        }
        let device = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            loop {
                device.0.refreshing.again.set(false);
                device.refresh_once().await;
                if !device.0.refreshing.again.get() {
                    break;
                }
            }
            device.0.refreshing.running.set(false);
        });
    }

    async fn refresh_once(&self) {
        let told = Cell::new(0);
        let progress = |products: usize| {
            // The first products at once, then now and then: views count and search again each time.
            if told.get() == 0 || products >= told.get() * 2 {
                told.set(products.max(1));
                self.tell(Notice::Catalogue);
            }
        };
        let before = self.0.catalogue.borrow().is_complete();
        // A database that does not answer is said where it matters: at the sale.
        let Ok(changed) = refresh(&self.0.catalogue, self.0.till.store(), progress).await else { return };
        if changed.newer {
            self.note_outdated();
        }
        // Once for the life of the page: should what comes be as bad, the ERP is not asked in a circle.
        if changed.damaged
            && !self.0.refreshing.loaded_again.get()
            && self.0.till.load_again().await == Ok(true)
        {
            self.0.refreshing.loaded_again.set(true);
            self.sync_now();
        }
        let completed = !before && self.0.catalogue.borrow().is_complete();
        if changed.products || completed {
            self.tell(Notice::Catalogue);
        }
        if changed.stock {
            self.tell(Notice::Stock);
        }
    }

    /// Takes sales that were committed since, here or in another tab, off the stock shown, and tells the views.
    pub(super) fn count_sales(&self) {
        if self.0.refreshing.counting.replace(true) {
            self.0.refreshing.count_again.set(true);
            return;
        }
        let device = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            loop {
                device.0.refreshing.count_again.set(false);
                let _ = refresh_sold(&device.0.catalogue, device.0.till.store()).await;
                device.tell(Notice::Sold);
                if !device.0.refreshing.count_again.get() {
                    break;
                }
            }
            device.0.refreshing.counting.set(false);
        });
    }
}
