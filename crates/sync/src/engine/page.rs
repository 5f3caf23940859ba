//! Answers to a pull as the engine reads them: as [`evertill_protocol::changes`] writes them, but for the documents,
//! which stay text until their kind is known.

use evertill_protocol::{
    changes::{Included, Op},
    json::Raw,
};
use serde::Deserialize;
use uuid::Uuid;

/// A page of changes.
#[derive(Deserialize)]
pub(super) struct ChangesPage<'text> {
    #[serde(deserialize_with = "evertill_domain::id::read_uuid")]
    pub feed: Uuid,
    #[serde(borrow)]
    pub changes: Vec<Change<'text>>,
    pub next: String,
    pub more: bool,
    pub included: Vec<Included>,
}

/// One document's newest state.
#[derive(Deserialize)]
pub(super) struct Change<'text> {
    pub kind: String,
    #[serde(deserialize_with = "evertill_domain::id::read_uuid")]
    pub id: Uuid,
    pub version: u64,
    pub op: Op,
    #[serde(borrow)]
    pub doc: Option<Raw<'text>>,
}

/// A page of the whole state.
#[derive(Deserialize)]
pub(super) struct SnapshotPage<'text> {
    #[serde(deserialize_with = "evertill_domain::id::read_uuid")]
    pub feed: Uuid,
    pub cursor: String,
    #[serde(borrow)]
    pub items: Vec<SnapshotItem<'text>>,
    pub next: Option<String>,
    #[serde(default)]
    pub total: u64,
}

/// One document of a snapshot.
#[derive(Deserialize)]
pub(super) struct SnapshotItem<'text> {
    pub kind: String,
    #[serde(deserialize_with = "evertill_domain::id::read_uuid")]
    pub id: Uuid,
    pub version: u64,
    #[serde(borrow)]
    pub doc: Raw<'text>,
}
