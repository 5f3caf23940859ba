//! The road between tills and ERP: uploads in, changes and snapshots out, and a stream that says "there is
//! something new".
//!
//! Guarantees (docs/sync-protocol.md): an answer to an upload comes only after COMMIT with fsync; no entry is lost or
//! counted twice; a page and its `included` are read in one snapshot.

mod events;
mod holes;
mod pull;
mod push;

pub use holes::{open_overdue, watch_holes};
pub use push::{Decide, Ledger, ReadEntry, ingest_with};

use crate::http::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of this area.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(push::routes())
        .routes(routes!(pull::changes))
        .routes(routes!(pull::snapshot))
        .routes(routes!(events::stream))
}
