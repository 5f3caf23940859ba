//! SQL of pulling: rows of the feed, their documents as JSON, and which of a till's entries the stock contains.

use crate::db::bind::signed;
use evertill_domain::{Id, id};
use evertill_ledger::{
    Cursor, SeqSet,
    cursor::{FeedFacts, SnapshotPlace},
    included::EpochBookings,
};
use evertill_protocol::changes::{Change, Included, Op, SnapshotItem};
use serde_json::value::RawValue;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

const POSITION: &str = "SELECT coalesce((SELECT position FROM shop WHERE one = 1), 0)";
const FEED: &str = "
    SELECT feed, position, tombstones_from,
           (SELECT mark FROM feed_marks WHERE position >= $1 ORDER BY position LIMIT 1)
    FROM shop WHERE one = 1";
const MARK: &str = "SELECT mark FROM feed_marks WHERE position >= $1 ORDER BY position LIMIT 1";
const COUNT: &str = "SELECT count(*) FROM feed";
const BEHIND: &str = "
    SELECT position, kind, id, version, deleted FROM feed WHERE position > $1 ORDER BY position LIMIT $2";
const LIVING: &str = "
    SELECT position, kind, id, version, deleted FROM feed
    WHERE position > $1 AND position <= $2 AND deleted = 0 ORDER BY position LIMIT $3";
// The documents of a page, in its order. Each kind is looked up by its key alone.
const DOCUMENTS: &str = "
    SELECT CASE f.value ->> 0
        WHEN 'product' THEN (
            SELECT json_object('sku', p.sku, 'name', p.name,
                'barcodes', json((SELECT json_group_array(code) FROM (
                    SELECT code FROM barcodes WHERE product = p.id ORDER BY code))),
                'category', p.category, 'price_minor', p.price_minor, 'tax_rate_ppm', p.tax_rate_ppm,
                'weighed', json(CASE WHEN p.weighed THEN 'true' ELSE 'false' END))
            FROM products p WHERE p.id = unhex(f.value ->> 1))
        WHEN 'stock' THEN (
            SELECT json_object('product', f.value ->> 2, 'on_hand_milli', h.quantity_milli)
            FROM on_hand h WHERE h.outlet = (SELECT id FROM outlets LIMIT 1) AND h.product = unhex(f.value ->> 1))
        WHEN 'category' THEN (SELECT json_object('name', c.name) FROM categories c WHERE c.id = unhex(f.value ->> 1))
        WHEN 'outlet' THEN (SELECT o.doc FROM outlets o WHERE o.id = unhex(f.value ->> 1))
        WHEN 'terminal' THEN (
            SELECT json_object('short_code', t.short_code,
                'revoked', json(CASE WHEN t.revoked_at IS NULL THEN 'false' ELSE 'true' END))
            FROM terminals t WHERE t.id = unhex(f.value ->> 1))
        END
    FROM json_each($1) f ORDER BY f.key";
const EPOCHS: &str = "
    SELECT epoch, contiguous FROM epochs
    WHERE outlet = (SELECT outlet FROM terminals WHERE id = $1) AND terminal = $1 AND max_seq > 0 ORDER BY epoch";
// Seqs whose booking is not told by `contiguous`: unbooked or lost below it, booked above it. CROSS JOIN keeps the order:
// begun with the inbox, each pull would read the terminal's whole journal.
const EXCEPTIONS: &str = "
    WITH o (outlet) AS MATERIALIZED (SELECT outlet FROM terminals WHERE id = $1)
    SELECT u.epoch, 0, u.seq, u.seq FROM o CROSS JOIN inbox u
        ON u.outlet = o.outlet AND u.terminal = $1 AND u.state NOT IN ('booked', 'released')
    UNION ALL SELECT l.epoch, 0, l.first, l.last FROM o CROSS JOIN lost l ON l.outlet = o.outlet AND l.terminal = $1
    UNION ALL SELECT b.epoch, 1, b.seq, b.seq FROM o CROSS JOIN inbox u
        ON u.outlet = o.outlet AND u.terminal = $1 AND u.state NOT IN ('booked', 'released')
        CROSS JOIN inbox b
        ON b.outlet = u.outlet AND b.terminal = u.terminal AND b.epoch = u.epoch AND b.seq = u.seq
        AND b.state IN ('booked', 'released')
    UNION ALL SELECT b.epoch, 1, b.seq, b.seq FROM o CROSS JOIN lost l ON l.outlet = o.outlet AND l.terminal = $1
        CROSS JOIN inbox b
        ON b.outlet = l.outlet AND b.terminal = l.terminal AND b.epoch = l.epoch AND b.seq BETWEEN l.first AND l.last
        AND b.state IN ('booked', 'released')
    UNION ALL SELECT b.epoch, 1, b.seq, b.seq FROM o CROSS JOIN epochs e ON e.outlet = o.outlet AND e.terminal = $1
        CROSS JOIN inbox b
        ON b.outlet = e.outlet AND b.terminal = e.terminal AND b.epoch = e.epoch AND b.seq > e.contiguous
        AND b.state IN ('booked', 'released')";

/// One row of the feed.
#[derive(Clone, Debug)]
pub struct FeedRow {
    pub position: u64,
    kind: String,
    id: Uuid,
    version: u64,
    deleted: bool,
}

/// The number of the newest change; 0 before there is a shop.
pub async fn position(db: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(POSITION).fetch_one(db).await
}

/// The feed as it is, and the mark at this position; none before there is a shop.
pub async fn feed(db: &mut SqliteConnection, at: u64) -> Result<Option<FeedFacts>, sqlx::Error> {
    let row: Option<(Uuid, i64, i64, Option<i64>)> =
        sqlx::query_as(FEED).bind(signed(at)).fetch_optional(db).await?;
    Ok(row.map(|(feed, position, tombstones_from, mark)| FeedFacts {
        feed,
        position: position.unsigned_abs(),
        tombstones_from: tombstones_from.unsigned_abs(),
        mark_at_cursor: mark.map(i64::unsigned_abs),
    }))
}

/// The cursor at this position.
pub async fn cursor_at(db: &mut SqliteConnection, feed: Uuid, position: u64) -> Result<Cursor, sqlx::Error> {
    let mark: Option<i64> = match position {
        0 => None,
        _ => sqlx::query_scalar(MARK).bind(signed(position)).fetch_optional(db).await?,
    };
    Ok(Cursor { feed, position, mark: mark.map_or(0, i64::unsigned_abs) })
}

/// Where a snapshot begins.
pub async fn beginning(db: &mut SqliteConnection) -> Result<Option<SnapshotPlace>, sqlx::Error> {
    let Some(facts) = feed(db, 0).await? else { return Ok(None) };
    let cursor = cursor_at(db, facts.feed, facts.position).await?;
    let total: i64 = sqlx::query_scalar(COUNT).fetch_one(db).await?;
    Ok(Some(SnapshotPlace { cursor, read_through: 0, total: total.unsigned_abs() }))
}

/// Rows behind a position, deletes among them.
pub async fn rows_behind(
    db: &mut SqliteConnection,
    position: u64,
    limit: u32,
) -> Result<Vec<FeedRow>, sqlx::Error> {
    let rows = sqlx::query(BEHIND).bind(signed(position)).bind(limit).fetch_all(db).await?;
    rows.iter().map(decode).collect()
}

/// Rows behind a position and through another, without deletes.
pub async fn living_rows(
    db: &mut SqliteConnection,
    behind: u64,
    through: u64,
    limit: u32,
) -> Result<Vec<FeedRow>, sqlx::Error> {
    let query = sqlx::query(LIVING).bind(signed(behind)).bind(signed(through)).bind(limit);
    query.fetch_all(db).await?.iter().map(decode).collect()
}

/// The rows as changes.
pub async fn documents(db: &mut SqliteConnection, rows: Vec<FeedRow>) -> Result<Vec<Change>, sqlx::Error> {
    let docs = load(db, &rows).await?;
    Ok(rows
        .into_iter()
        .zip(docs)
        .map(|(row, doc)| {
            // A row whose document is gone without a tombstone says the same.
            let doc = doc.filter(|_| !row.deleted);
            let op = if doc.is_some() { Op::Put } else { Op::Delete };
            Change { kind: row.kind, id: row.id, version: row.version, op, doc }
        })
        .collect())
}

/// The rows as items of a snapshot.
pub async fn items(db: &mut SqliteConnection, rows: Vec<FeedRow>) -> Result<Vec<SnapshotItem>, sqlx::Error> {
    let docs = load(db, &rows).await?;
    let items = rows.into_iter().zip(docs);
    Ok(items
        .filter_map(|(row, doc)| {
            Some(SnapshotItem { kind: row.kind, id: row.id, version: row.version, doc: doc? })
        })
        .collect())
}

/// Which of this terminal's entries are booked, epoch by epoch.
pub async fn included(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
) -> Result<Vec<Included>, sqlx::Error> {
    let epochs: Vec<(u32, i64)> = sqlx::query_as(EPOCHS).bind(terminal.uuid()).fetch_all(&mut *db).await?;
    let exceptions: Vec<(u32, bool, i64, i64)> =
        sqlx::query_as(EXCEPTIONS).bind(terminal.uuid()).fetch_all(db).await?;
    let (booked, unbooked): (Vec<_>, Vec<_>) = exceptions.into_iter().partition(|row| row.1);
    let of_epoch = |rows: &[(u32, bool, i64, i64)], epoch: u32| {
        let rows = rows.iter().filter(|row| row.0 == epoch);
        SeqSet::of(rows.map(|(_, _, first, last)| (first.unsigned_abs(), last.unsigned_abs())))
    };
    Ok(epochs
        .into_iter()
        .filter_map(|(epoch, contiguous)| {
            let booked = of_epoch(&booked, epoch);
            let bookings = EpochBookings {
                epoch,
                contiguous: contiguous.unsigned_abs(),
                unbooked: of_epoch(&unbooked, epoch).without(&booked),
                booked_above: booked,
            };
            bookings.included()
        })
        .collect())
}

async fn load(
    db: &mut SqliteConnection,
    rows: &[FeedRow],
) -> Result<Vec<Option<Box<RawValue>>>, sqlx::Error> {
    let keys: Vec<_> = rows.iter().map(|row| (&row.kind, row.id.simple(), row.id)).collect();
    let keys = serde_json::to_string(&keys).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let docs: Vec<Option<String>> = sqlx::query_scalar(DOCUMENTS).bind(keys).fetch_all(db).await?;
    docs.into_iter()
        .map(|doc| doc.map(RawValue::from_string).transpose())
        .collect::<Result<_, _>>()
        .map_err(|error| sqlx::Error::Decode(error.into()))
}

fn decode(row: &SqliteRow) -> Result<FeedRow, sqlx::Error> {
    Ok(FeedRow {
        position: row.try_get::<i64, _>(0)?.unsigned_abs(),
        kind: row.try_get(1)?,
        id: row.try_get(2)?,
        version: row.try_get::<i64, _>(3)?.unsigned_abs(),
        deleted: row.try_get(4)?,
    })
}
