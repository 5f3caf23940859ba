//! SQL of the shop and its outlet.

use evertill_domain::{Id, id};
use sqlx::SqliteConnection;
use uuid::Uuid;

const OUTLET: &str = "SELECT id FROM outlets ORDER BY created_at LIMIT 1";
const INSERT_SHOP: &str = "
    INSERT INTO shop (one, feed, position, tombstones_from, created_at) VALUES (1, $1, 0, 0, $2)
    ON CONFLICT (one) DO NOTHING";
const INSERT_OUTLET: &str = "INSERT INTO outlets (id, doc, version, created_at) VALUES ($1, $2, 1, $3)";
const COUNT_PRODUCTS: &str = "SELECT count(*) FROM products WHERE deleted_at IS NULL";

/// The outlet, if there is one.
pub async fn outlet(db: &mut SqliteConnection) -> Result<Option<Id<id::Outlet>>, sqlx::Error> {
    let found: Option<Uuid> = sqlx::query_scalar(OUTLET).fetch_optional(db).await?;
    Ok(found.and_then(|id| Id::new(id).ok()))
}

pub async fn insert_shop(db: &mut SqliteConnection, feed: Uuid, now_ms: i64) -> Result<(), sqlx::Error> {
    sqlx::query(INSERT_SHOP).bind(feed).bind(now_ms).execute(db).await?;
    Ok(())
}

pub async fn insert_outlet(
    db: &mut SqliteConnection,
    outlet: Id<id::Outlet>,
    doc: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(INSERT_OUTLET).bind(outlet.uuid()).bind(doc).bind(now_ms).execute(db).await?;
    Ok(())
}

pub async fn count_products(db: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let count: i64 = sqlx::query_scalar(COUNT_PRODUCTS).fetch_one(db).await?;
    Ok(count.unsigned_abs())
}
