//! SQL of overdue holes.

use sqlx::SqliteConnection;
use uuid::Uuid;

const OVERDUE: &str = "
    SELECT DISTINCT h.terminal, h.epoch FROM holes h
    WHERE h.seen_at <= $1 AND NOT EXISTS (
        SELECT 1 FROM cases c WHERE c.kind = 'hole' AND c.terminal = h.terminal AND c.epoch = h.epoch
        AND c.evidence ->> 'first' = h.first AND c.evidence ->> 'last' = h.last)";

/// Journals with a hole seen at or before `since` for which there is no case.
pub async fn overdue(db: &mut SqliteConnection, since: i64) -> Result<Vec<(Uuid, u32)>, sqlx::Error> {
    sqlx::query_as(OVERDUE).bind(since).fetch_all(db).await
}
