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
}

/// The entries of one epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedEpoch {
    /// The epoch.
    pub epoch: u32,
    /// Its entries.
    pub entries: Vec<Entry>,
}
