//! The outbox as a file: what a person carries from a till that cannot reach the ERP.

use crate::entry::Entry;
use evertill_domain::{Id, id};
use serde::{Deserialize, Serialize};

/// Says what the file is, first in it.
pub const FORMAT: &str = "evertill-outbox";

/// All entries of one terminal that the ERP has not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxFile {
    /// [`FORMAT`].
    pub format: String,
    /// 1.
    pub version: u32,
    /// Whose entries they are.
    pub terminal: Id<id::Terminal>,
    /// Its short code, for people.
    pub short_code: String,
    /// The outlet; only its terminals can import the file.
    pub outlet: Id<id::Outlet>,
    /// When it was written, milliseconds UTC by the till's clock.
    pub exported_at: i64,
    /// Entries by epoch, each in order of seq.
    pub epochs: Vec<ExportedEpoch>,
    /// What lay on the device and could not be read, as it lay there: nobody knows what it is worth. Importing leaves it
    /// in the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<UnreadableRow>,
}

/// The entries of one epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedEpoch {
    /// The epoch.
    pub epoch: u32,
    /// Its entries.
    pub entries: Vec<Entry>,
}

/// A row whose bytes say nothing to the app that saved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableRow {
    /// What it would be: `cart` for an open sale, `entry` for a journal entry.
    pub what: String,
    /// Its key in the database, hex.
    pub key: String,
    /// Its bytes, hex.
    pub value: String,
}
