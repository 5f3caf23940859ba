//! SQL of movements and on-hand.

use crate::{
    db::WriteTx,
    feed::{self, Changed},
};
use evertill_domain::{Id, id};
use evertill_protocol::api::MovementReason;
use serde_json::json;
use sqlx::SqliteConnection;
use uuid::Uuid;

const INSERT: &str = "
    INSERT INTO movements (outlet, product, quantity_milli, reason, source, line, at)
    SELECT $2, unhex(value ->> 1), value ->> 2, value ->> 3, unhex(value ->> 0), 0, value ->> 4
    FROM json_each($1)";
const ADD: &str = "
    INSERT INTO on_hand (outlet, product, quantity_milli, version)
    SELECT $2, unhex(value ->> 1), value ->> 2, 1 FROM json_each($1) WHERE true
    ON CONFLICT (outlet, product) DO UPDATE
    SET quantity_milli = quantity_milli + excluded.quantity_milli, version = version + 1
    RETURNING product, version";
// On-hand that its movements do not add up to, and products that moved without having any.
const REBUILD: &str = "
    INSERT INTO on_hand (outlet, product, quantity_milli, version)
    SELECT outlet, product, sum(quantity_milli), 1 FROM movements WHERE true GROUP BY outlet, product
    ON CONFLICT (outlet, product) DO UPDATE SET quantity_milli = excluded.quantity_milli, version = version + 1
    WHERE quantity_milli <> excluded.quantity_milli
    RETURNING product, version";
const REBUILD_UNMOVED: &str = "
    UPDATE on_hand SET quantity_milli = 0, version = version + 1
    WHERE quantity_milli <> 0 AND (outlet, product) NOT IN (SELECT outlet, product FROM movements)
    RETURNING product, version";
const FIND: &str = "
    SELECT product, quantity_milli, reason FROM movements WHERE outlet = $2 AND source = $1 AND line = 0";
const ON_HAND: &str = "SELECT quantity_milli FROM on_hand WHERE outlet = $1 AND product = $2";
const PRODUCT_EXISTS: &str = "SELECT count(*) FROM products WHERE id = $1 AND deleted_at IS NULL";

/// A movement that a person or another system asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The request's id: a movement with it is booked once.
    pub source: Uuid,
    /// The product.
    pub product: Id<id::Product>,
    /// Signed, thousandths.
    pub quantity_milli: i64,
    /// Why.
    pub reason: MovementReason,
    /// When, milliseconds UTC.
    pub at: i64,
}

/// Adds the movements, moves on-hand by them and tells the feed. None of their ids may be booked yet, and each product
/// may occur once.
pub async fn book(
    tx: &mut WriteTx<'_>,
    outlet: Id<id::Outlet>,
    movements: &[Movement],
) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = movements
        .iter()
        .map(|movement| {
            let Movement { source, product, quantity_milli, reason, at } = movement;
            json!([source.simple(), product.uuid().simple(), quantity_milli, reason, at])
        })
        .collect();
    let rows = serde_json::Value::from(rows).to_string();
    sqlx::query(INSERT).bind(&rows).bind(outlet.uuid()).execute(&mut **tx).await?;
    let moved: Vec<(Uuid, i64)> =
        sqlx::query_as(ADD).bind(&rows).bind(outlet.uuid()).fetch_all(&mut **tx).await?;
    tell(tx, moved).await
}

/// Puts every on-hand to the sum of its movements, and tells the feed of those that were something else. Answers how
/// many.
pub async fn rebuild(tx: &mut WriteTx<'_>) -> Result<usize, sqlx::Error> {
    let mut changed: Vec<(Uuid, i64)> = sqlx::query_as(REBUILD).fetch_all(&mut **tx).await?;
    changed.extend(sqlx::query_as::<_, (Uuid, i64)>(REBUILD_UNMOVED).fetch_all(&mut **tx).await?);
    let count = changed.len();
    tell(tx, changed).await?;
    Ok(count)
}

/// Tells the feed of products whose on-hand has a new version.
async fn tell(tx: &mut WriteTx<'_>, moved: Vec<(Uuid, i64)>) -> Result<(), sqlx::Error> {
    if moved.is_empty() {
        return Ok(());
    }
    let changes: Vec<Changed> = moved
        .into_iter()
        .map(|(id, version)| Changed { kind: "stock", id, version: version.unsigned_abs(), deleted: false })
        .collect();
    feed::record(tx, &changes).await.map(|_| ())
}

/// The movement that was booked for this request: product, quantity and reason as stored.
pub async fn find(
    db: &mut SqliteConnection,
    outlet: Id<id::Outlet>,
    source: Uuid,
) -> Result<Option<(Uuid, i64, String)>, sqlx::Error> {
    sqlx::query_as(FIND).bind(source).bind(outlet.uuid()).fetch_optional(db).await
}

/// On hand, thousandths; zero for a product that never moved.
pub async fn on_hand(
    db: &mut SqliteConnection,
    outlet: Id<id::Outlet>,
    product: Id<id::Product>,
) -> Result<i64, sqlx::Error> {
    let found =
        sqlx::query_scalar(ON_HAND).bind(outlet.uuid()).bind(product.uuid()).fetch_optional(db).await?;
    Ok(found.unwrap_or(0))
}

pub async fn product_exists(
    db: &mut SqliteConnection,
    product: Id<id::Product>,
) -> Result<bool, sqlx::Error> {
    let count: i64 = sqlx::query_scalar(PRODUCT_EXISTS).bind(product.uuid()).fetch_one(db).await?;
    Ok(count > 0)
}
