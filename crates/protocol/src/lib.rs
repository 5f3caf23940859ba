//! What crosses the wire and lies in the outbox: sync protocol, version 1, and the shapes of the other
//! routes under `/api`.
//!
//! The contract is `docs/sync-protocol.md`. Field names and byte layouts here are fixed: golden files in
//! `tests/golden/` hold them, and changing one is a question of versions. No HTTP, no storage.

pub mod api;
pub mod body;
pub mod chain;
pub mod changes;
pub mod entry;
mod flat;
pub mod hex;
pub mod json;
pub mod outbox_file;
pub mod problem;
pub mod strict;
pub mod terminal;
pub mod upload;

pub use chain::Hash;
pub use entry::{Entry, Kind};

/// The protocol version of every upload.
pub const PROTOCOL: u32 = 1;
/// Most entries in one upload.
pub const UPLOAD_ENTRIES_MAX: usize = 500;
/// Most bytes of bodies in one upload.
pub const UPLOAD_BODIES_MAX: usize = 1024 * 1024;
/// Most bytes of one upload request after decompression.
pub const UPLOAD_REQUEST_MAX: usize = 4 * 1024 * 1024;
/// Most bytes of one entry's body.
pub const BODY_MAX: usize = 512 * 1024;
