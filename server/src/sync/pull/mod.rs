//! `GET /api/sync/changes` and `GET /api/sync/snapshot`. Each page is read in one snapshot of the database.

mod store;

pub use store::position;

use crate::{
    auth::Caller,
    db::DbError,
    http::{ApiError, AppState, Json, Query, paging},
};
use axum::{
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
};
use evertill_domain::{Id, id};
use evertill_ledger::{
    Cursor,
    cursor::{FeedFacts, Resync, SnapshotPlace},
    decide::PROTOCOL_MIN,
};
use evertill_protocol::{
    PROTOCOL,
    changes::{ChangesPage, PAGE_DEFAULT, PAGE_MAX, SnapshotPage},
    problem::Problem,
};
use serde::Deserialize;
use sqlx::{Connection, SqliteConnection};

/// Rows of a page.
const LIMITS: paging::Limits = paging::Limits { usual: PAGE_DEFAULT, most: PAGE_MAX };
/// The header in which a till may name its protocol.
const PROTOCOL_HEADER: &str = "evertill-protocol";

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ChangesQuery {
    /// `next` of the page before, or `cursor` of a snapshot.
    #[serde(default)]
    cursor: String,
    /// Rows of the page; 1,000 if not given, at most 5,000.
    limit: Option<u32>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SnapshotQuery {
    /// `next` of the page before; empty or absent begins.
    after: Option<String>,
    /// Rows of the page; 1,000 if not given, at most 5,000.
    limit: Option<u32>,
}

/// What changed since the cursor, in commit order, with which of the caller's own entries its stock contains.
#[utoipa::path(get, path = "/api/sync/changes", tag = "sync", params(ChangesQuery),
    responses((status = 200, body = ChangesPage), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 410, description = "`resync`: load a snapshot", body = Problem),
        (status = 426, description = "`min_protocol`: update the app; uploads go on", body = Problem)))]
pub(super) async fn changes(
    State(state): State<AppState>,
    Puller(terminal): Puller,
    Query(query): Query<ChangesQuery>,
) -> Result<Json<ChangesPage>, ApiError> {
    let cursor = Cursor::decode(&query.cursor)?;
    let mut reader = state.db.read().await?;
    let mut snapshot = reader.begin().await.map_err(DbError::from)?;
    let feed = opened(&mut snapshot, &cursor).await?;
    let limit = LIMITS.rows(query.limit);
    let mut rows = store::rows_behind(&mut snapshot, cursor.position, limit + 1).await?;
    let last = paging::cut(&mut rows, limit).map(|row| row.position);
    let (more, through) = (last.is_some(), last.unwrap_or(feed.position));
    let next = store::cursor_at(&mut snapshot, feed.feed, through).await?;
    let changes = store::documents(&mut snapshot, rows).await?;
    let included = store::included(&mut snapshot, terminal).await?;
    Ok(Json(ChangesPage { feed: feed.feed, changes, next: next.encode(), more, included }))
}

/// The whole state, page by page; then read changes from `cursor`.
#[utoipa::path(get, path = "/api/sync/snapshot", tag = "sync", params(SnapshotQuery),
    responses((status = 200, body = SnapshotPage), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 410, description = "`resync`: begin again", body = Problem),
        (status = 426, description = "`min_protocol`: update the app; uploads go on", body = Problem)))]
pub(super) async fn snapshot(
    State(state): State<AppState>,
    _: Puller,
    Query(query): Query<SnapshotQuery>,
) -> Result<Json<SnapshotPage>, ApiError> {
    let mut reader = state.db.read().await?;
    let mut snapshot = reader.begin().await.map_err(DbError::from)?;
    let place = match query.after.as_deref().filter(|after| !after.is_empty()) {
        Some(after) => SnapshotPlace::decode(after)?,
        None => store::beginning(&mut snapshot).await?.ok_or(Resync)?,
    };
    let feed = opened(&mut snapshot, &place.cursor).await?;
    let limit = LIMITS.rows(query.limit);
    let through = place.cursor.position;
    let mut rows = store::living_rows(&mut snapshot, place.read_through, through, limit + 1).await?;
    let next = paging::cut(&mut rows, limit)
        .map(|row| SnapshotPlace { read_through: row.position, ..place }.encode());
    let items = store::items(&mut snapshot, rows).await?;
    Ok(Json(SnapshotPage { feed: feed.feed, cursor: place.cursor.encode(), items, next, total: place.total }))
}

impl From<Resync> for ApiError {
    fn from(resync: Resync) -> Self {
        Self::new(StatusCode::GONE, "resync", resync.to_string())
    }
}

/// A terminal that may read what changed; 426 `min_protocol` for one that is too old to. It may always upload.
pub(super) struct Puller(Id<id::Terminal>);

impl FromRequestParts<AppState> for Puller {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let terminal = Caller::from_request_parts(parts, state).await?.require_terminal()?;
        let named = parts.headers.get(PROTOCOL_HEADER);
        let named = named.and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
        if named.unwrap_or(PROTOCOL) >= PROTOCOL_MIN {
            return Ok(Self(terminal));
        }
        Err(ApiError::new(
            StatusCode::UPGRADE_REQUIRED,
            "min_protocol",
            "This version of the app is too old for the catalogue. Update it; sales are still taken.",
        ))
    }
}

/// The feed as it is, if this cursor is of it.
async fn opened(db: &mut SqliteConnection, cursor: &Cursor) -> Result<FeedFacts, ApiError> {
    let feed = store::feed(db, cursor.position).await?.ok_or(Resync)?;
    cursor.check(&feed)?;
    Ok(feed)
}
