//! The change feed's writing side: what changed, in commit order, for the tills to read.
//!
//! SQLite has one writer, so a position taken inside the writing transaction is commit order.

use crate::db::WriteTx;
use serde_json::json;
use uuid::Uuid;

/// One document that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// `product`, `category`, `stock`, `outlet` or `terminal`.
    pub kind: &'static str,
    /// The document's id; for `stock` the product's.
    pub id: Uuid,
    /// The document's version; grows with each change.
    pub version: u64,
    /// Whether it is gone.
    pub deleted: bool,
}

const ADVANCE: &str = "UPDATE shop SET position = position + $1 WHERE one = 1 RETURNING position";
const UPSERT: &str = "
    INSERT INTO feed (position, kind, id, version, deleted)
    SELECT value ->> 0, value ->> 1, unhex(value ->> 2), value ->> 3, value ->> 4 FROM json_each($1) WHERE true
    ON CONFLICT (kind, id) DO UPDATE
    SET position = excluded.position, version = excluded.version, deleted = excluded.deleted";

const MARK: &str = "INSERT INTO feed_marks (position, mark) VALUES ($1, $2)";

/// What a commit that changes the feed marks its last position with.
pub fn random_mark() -> i64 {
    let (mark, _) = Uuid::new_v4().as_u64_pair();
    (mark >> 1).cast_signed()
}

/// Writes the changes into the feed of this transaction and answers the position of the last one. Waiting tills are
/// woken when it commits. The shop must exist. A document named twice counts once, as last named.
pub async fn record(tx: &mut WriteTx<'_>, changes: &[Changed]) -> Result<u64, sqlx::Error> {
    let count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
    let last: i64 = sqlx::query_scalar(ADVANCE).bind(count).fetch_one(&mut **tx).await?;
    let first = last - count + 1;
    let rows: Vec<_> = (first..)
        .zip(changes)
        .map(|(position, changed)| {
            let Changed { kind, id, version, deleted } = changed;
            json!([position, kind, id.simple(), version, i32::from(*deleted)])
        })
        .collect();
    if !rows.is_empty() {
        sqlx::query(MARK).bind(last).bind(random_mark()).execute(&mut **tx).await?;
        sqlx::query(UPSERT).bind(serde_json::Value::from(rows).to_string()).execute(&mut **tx).await?;
    }
    let position = u64::try_from(last).unwrap_or(0);
    tx.reaches(position);
    Ok(position)
}
