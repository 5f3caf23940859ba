//! SQL of sales.

use evertill_domain::{BusinessDate, Currency, Id, id, receipt_number::epoch_suffix};
use evertill_protocol::{
    Hash,
    api::{SaleDetail, SaleRow},
    changes::OutletDoc,
};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use std::str::FromStr;
use uuid::Uuid;

const PAGE: &str = "
    SELECT s.id, t.short_code, s.epoch, s.receipt, s.business_date, s.completed_at, s.booked_at, s.currency, s.total_minor,
           s.line_count, s.booked
    FROM sales s JOIN terminals t ON t.id = s.terminal
    WHERE s.booked < $1 ORDER BY s.booked DESC LIMIT $2";
const ONE: &str = "
    SELECT s.id, t.short_code, s.epoch, s.receipt, s.business_date, s.completed_at, s.booked_at, s.currency, s.total_minor,
           s.line_count, s.booked, s.seq, i.computed, i.body
    FROM inbox i CROSS JOIN sales s ON s.booked = i.ref JOIN terminals t ON t.id = s.terminal
    WHERE i.id = $1 AND i.owns_id = 1";
const OUTLET: &str = "SELECT id, doc FROM outlets ORDER BY created_at LIMIT 1";
const SERVER_TERMINAL: &str = "SELECT id FROM terminals WHERE outlet = $1 AND kind = 'server'";
const HEAD_HASH: &str = "
    SELECT computed FROM inbox
    WHERE outlet = (SELECT outlet FROM terminals WHERE id = $1) AND terminal = $1 AND epoch = $2 AND seq = $3 AND owns_id = 1";
const RECEIPTS_OF_DAY: &str = "
    SELECT count(*) FROM sales
    WHERE outlet = (SELECT outlet FROM terminals WHERE id = $1) AND terminal = $1 AND epoch = $2
    AND receipt >= $3 || '-' AND receipt < $3 || '.'";
const NAMES_OF_SHORT: &str = "SELECT name FROM products WHERE id = $1";
const ID_HELD: &str = "SELECT count(*) FROM inbox WHERE id = $1 AND owns_id = 1";

/// Sales before a place in booking order, newest first, each with its place.
pub async fn page(
    db: &mut SqliteConnection,
    before: i64,
    limit: u32,
) -> Result<Vec<(i64, SaleRow)>, sqlx::Error> {
    let rows = sqlx::query(PAGE).bind(before).bind(limit).fetch_all(db).await?;
    rows.iter().map(|row| Ok((row.try_get(10)?, decode(row)?))).collect()
}

/// The booked sale with this id.
pub async fn one(db: &mut SqliteConnection, id: Id<id::Entry>) -> Result<Option<SaleDetail>, sqlx::Error> {
    let row = sqlx::query(ONE).bind(id.uuid()).fetch_optional(db).await?;
    row.map(|row| {
        let body: String = row.try_get(13)?;
        Ok(SaleDetail {
            row: decode(&row)?,
            epoch: row.try_get(2)?,
            seq: row.try_get::<i64, _>(11)?.unsigned_abs(),
            hash: hash(row.try_get(12)?)?,
            sale: serde_json::from_str(&body).map_err(|error| sqlx::Error::Decode(error.into()))?,
        })
    })
    .transpose()
}

/// The outlet and its document; none before there is a shop.
pub async fn outlet(db: &mut SqliteConnection) -> Result<Option<(Id<id::Outlet>, OutletDoc)>, sqlx::Error> {
    let row: Option<(Uuid, String)> = sqlx::query_as(OUTLET).fetch_optional(db).await?;
    row.map(|(id, doc)| {
        let doc = serde_json::from_str(&doc).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok((Id::new(id).map_err(|error| sqlx::Error::Decode(error.into()))?, doc))
    })
    .transpose()
}

/// The terminal in whose journal other systems' sales are booked.
pub async fn server_terminal(
    db: &mut SqliteConnection,
    outlet: Id<id::Outlet>,
) -> Result<Option<Id<id::Terminal>>, sqlx::Error> {
    let found: Option<Uuid> =
        sqlx::query_scalar(SERVER_TERMINAL).bind(outlet.uuid()).fetch_optional(db).await?;
    Ok(found.and_then(|id| Id::new(id).ok()))
}

/// The hash of a journal's entry.
pub async fn hash_at(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
    epoch: u32,
    seq: u64,
) -> Result<Option<Hash>, sqlx::Error> {
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    let query = sqlx::query_scalar::<_, Vec<u8>>(HEAD_HASH).bind(terminal.uuid()).bind(epoch).bind(seq);
    query.fetch_optional(db).await?.map(hash).transpose()
}

/// How many receipts of this date a journal has.
pub async fn receipts_of_day(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
    epoch: u32,
    date: BusinessDate,
) -> Result<u32, sqlx::Error> {
    let query = sqlx::query_scalar(RECEIPTS_OF_DAY).bind(terminal.uuid()).bind(epoch).bind(date.to_string());
    query.fetch_one(db).await
}

/// A product's name; empty if it is not known.
pub async fn product_name(db: &mut SqliteConnection, id: Id<id::Product>) -> Result<String, sqlx::Error> {
    let name: Option<String> = sqlx::query_scalar(NAMES_OF_SHORT).bind(id.uuid()).fetch_optional(db).await?;
    Ok(name.unwrap_or_default())
}

/// Whether an entry of any kind holds this id.
pub async fn id_is_held(db: &mut SqliteConnection, id: Id<id::Entry>) -> Result<bool, sqlx::Error> {
    let count: i64 = sqlx::query_scalar(ID_HELD).bind(id.uuid()).fetch_one(db).await?;
    Ok(count > 0)
}

fn decode(row: &SqliteRow) -> Result<SaleRow, sqlx::Error> {
    let short_code: String = row.try_get(1)?;
    Ok(SaleRow {
        id: Id::new(row.try_get(0)?).map_err(|error| sqlx::Error::Decode(error.into()))?,
        terminal: format!("{short_code}{}", epoch_suffix(row.try_get(2)?)),
        receipt: row.try_get(3)?,
        business_date: parsed::<BusinessDate>(row, 4)?,
        completed_at: row.try_get(5)?,
        booked_at: row.try_get(6)?,
        currency: parsed::<Currency>(row, 7)?,
        total_minor: row.try_get(8)?,
        line_count: row.try_get(9)?,
    })
}

fn parsed<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &SqliteRow,
    column: usize,
) -> Result<T, sqlx::Error> {
    let text: &str = row.try_get(column)?;
    text.parse().map_err(|error: T::Err| sqlx::Error::Decode(error.into()))
}

fn hash(bytes: Vec<u8>) -> Result<Hash, sqlx::Error> {
    bytes.try_into().map(Hash).map_err(|_| sqlx::Error::Decode("a hash has 32 bytes".into()))
}
