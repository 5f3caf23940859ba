//! What people may ask of the device: to sync, to update, to show the journal, to save, import or give up the queue.

use crate::reactive::prelude::*;
use evertill_browser::{StorageHealth, UpdateAnswer};
use evertill_domain::{Id, id};
use evertill_protocol::{json, outbox_file::OutboxFile, terminal::TerminalRow};
use evertill_sync::{
    rows::Position,
    till::{CarriedOf, Checked, FileError, Imported, LocalEntry, OutboxExport, ReadError, ResetError},
};
use leptos::task::spawn_local;

use super::{Shop, listen};
use crate::{
    format,
    widgets::{chip::Mood, notice::Toasts},
    words::nav,
};

impl Shop {
    /// Sends and fetches now.
    pub fn sync_now(self) {
        self.syncing.set(true);
        self.device().sync_now();
        let over = move || {
            self.syncing.set(false);
        };
        set_timeout(over, listen::SYNCING_SHOWN);
    }

    /// Says whether a sale is open here; an update waits for all tabs.
    pub fn set_idle(self, idle: bool) {
        if self.idle.get_untracked() != idle {
            self.idle.set(idle);
            self.tell_busy();
        }
    }

    /// Money that is not kept yet would be lost with the page, or come back with the next.
    pub(super) fn tell_busy(self) {
        self.device().set_busy(!self.idle.get_untracked() || self.money_unkept.get_untracked());
    }

    /// Lets the waiting version take over; the page reloads. If it does not, why not is said.
    pub fn update_now(self, toasts: Toasts) {
        let device = self.device();
        spawn_local(async move {
            match device.apply_update().await {
                UpdateAnswer::TakesOver => {}
                UpdateAnswer::TabBusy => toasts.say(Mood::Wait, nav::UPDATE_WAITS),
                UpdateAnswer::NoneWaits => {
                    self.update_ready.set(device.is_update_waiting());
                    toasts.say(Mood::Plain, nav::UPDATE_GONE);
                }
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

    /// Whether the ERP says that it knows no terminal with the id in this file: none of it would ever be taken.
    pub async fn is_of_no_terminal(self, text: &str) -> bool {
        let Ok(file) = json::read::<OutboxFile>(text.as_bytes()) else { return false };
        let known = self.known_terminals().await;
        known.is_some_and(|known| known.iter().all(|row| row.id != file.terminal))
    }

    /// Takes another till's queue along.
    pub async fn import_outbox(self, text: &str) -> Result<Imported, FileError> {
        let device = self.device();
        let imported = device.till().import_outbox(text, format::now_ms()).await?;
        listen::look_at_queue(self);
        device.sync_now();
        Ok(imported)
    }

    /// What waits here for other terminals.
    pub async fn carried(self) -> Result<Vec<CarriedOf>, ReadError> {
        self.device().till().carried().await
    }

    /// What waits here for one of them, as a file.
    pub async fn export_carried(self, terminal: Id<id::Terminal>) -> Result<OutboxExport, FileError> {
        self.device().till().export_carried(terminal, format::now_ms()).await
    }

    /// Removes it here, if the chosen file holds all of it.
    pub async fn give_back_carried(self, terminal: Id<id::Terminal>, text: &str) -> Result<u64, FileError> {
        let gone = self.device().till().give_back_carried(terminal, text).await?;
        listen::look_at_queue(self);
        Ok(gone)
    }

    /// The terminals that the ERP knows. `None` where it does not tell: it is not reached, or this terminal only sells.
    pub async fn known_terminals(self) -> Option<Vec<TerminalRow>> {
        if self.is_owner() { self.get("/api/terminals").await.ok() } else { None }
    }

    /// Checks that a saved file holds everything that waits.
    pub async fn check_exported(self, text: &str) -> Result<Checked, FileError> {
        self.device().till().check_exported(text).await
    }

    /// Forgets this terminal; refused while something exists only here.
    pub async fn reset(self, checked: Option<&Checked>) -> Result<(), ResetError> {
        self.device().reset(checked).await
    }
}
