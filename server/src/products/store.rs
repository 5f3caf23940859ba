//! SQL of products, barcodes and categories. Sets of rows travel as one JSON parameter.

use super::{catalogue::Write, paging::Position};
use crate::db::bind::set;
use evertill_domain::{Id, id, product::ProductFields};
use evertill_protocol::{Hash, api::ProductRow};
use serde_json::json;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use std::collections::HashSet;
use uuid::Uuid;

const BY_SKU_KEYS: &str = "
    SELECT p.id, p.sku, p.name, p.category, p.price_minor, p.tax_rate_ppm, p.weighed, p.version, p.sku_key,
           (SELECT json_group_array(code) FROM (SELECT code FROM barcodes WHERE product = p.id ORDER BY code))
    FROM json_each($1) k CROSS JOIN products p ON p.sku_key = k.value
    WHERE p.deleted_at IS NULL";
const BY_ID: &str = "
    SELECT p.id, p.sku, p.name, p.category, p.price_minor, p.tax_rate_ppm, p.weighed, p.version, p.sku_key,
           (SELECT json_group_array(code) FROM (SELECT code FROM barcodes WHERE product = p.id ORDER BY code)),
           coalesce(h.quantity_milli, 0), p.deleted_at
    FROM products p LEFT JOIN on_hand h ON h.outlet = $2 AND h.product = p.id
    WHERE p.id = $1";
const PAGE: &str = "
    SELECT p.id, p.sku, p.name, p.category, p.price_minor, p.tax_rate_ppm, p.weighed, p.version, p.sku_key,
           (SELECT json_group_array(code) FROM (SELECT code FROM barcodes WHERE product = p.id ORDER BY code)),
           coalesce(h.quantity_milli, 0), p.name_key
    FROM products p LEFT JOIN on_hand h ON h.outlet = $1 AND h.product = p.id
    WHERE p.deleted_at IS NULL AND (p.name_key, p.id) > ($2, $3)
    ORDER BY p.name_key, p.id LIMIT $4";
// A word that is not there is empty, and everything contains it.
const SEARCH: &str = "
    SELECT p.id, p.sku, p.name, p.category, p.price_minor, p.tax_rate_ppm, p.weighed, p.version, p.sku_key,
           (SELECT json_group_array(code) FROM (SELECT code FROM barcodes WHERE product = p.id ORDER BY code)),
           coalesce(h.quantity_milli, 0), p.name_key
    FROM products p LEFT JOIN on_hand h ON h.outlet = $1 AND h.product = p.id
    WHERE p.deleted_at IS NULL AND (p.name_key, p.id) > ($2, $3)
      AND (p.id = (SELECT product FROM barcodes WHERE code = $5)
           OR ((instr(p.name_key, $6) OR instr(p.sku_key, $6)) AND (instr(p.name_key, $7) OR instr(p.sku_key, $7))
           AND (instr(p.name_key, $8) OR instr(p.sku_key, $8)) AND (instr(p.name_key, $9) OR instr(p.sku_key, $9))))
    ORDER BY p.name_key, p.id LIMIT $4";
const BARCODE_OWNERS: &str = "
    SELECT b.code, p.id, p.sku, p.sku_key, p.name
    FROM json_each($1) k CROSS JOIN barcodes b ON b.code = k.value JOIN products p ON p.id = b.product";
const ID_OWNERS: &str = "
    SELECT p.id, p.sku, p.name, p.deleted_at IS NOT NULL
    FROM json_each($1) k CROSS JOIN products p ON p.id = unhex(k.value)";
const PUT: &str = "
    INSERT INTO products (id, sku, sku_key, name, name_key, category, price_minor, tax_rate_ppm, weighed, version, deleted_at)
    SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
           value ->> 8, value ->> 9, NULL
    FROM json_each($1) WHERE true
    ON CONFLICT (id) DO UPDATE
    SET sku = excluded.sku, sku_key = excluded.sku_key, name = excluded.name, name_key = excluded.name_key,
        category = excluded.category, price_minor = excluded.price_minor, tax_rate_ppm = excluded.tax_rate_ppm,
        weighed = excluded.weighed, version = excluded.version";
const DROP_BARCODES: &str = "DELETE FROM barcodes WHERE product IN (SELECT unhex(value) FROM json_each($1))";
const PUT_BARCODES: &str = "
    INSERT INTO barcodes (code, product) SELECT value ->> 0, unhex(value ->> 1) FROM json_each($1)";
const NEW_CATEGORIES: &str = "
    INSERT INTO categories (id, name, version)
    SELECT unhex(value ->> 0), value ->> 1, 1 FROM json_each($1) WHERE true
    ON CONFLICT (name) DO NOTHING RETURNING id";
// A deleted product gives its article code back: the key of its row becomes one that no code can be.
const BURY: &str = "
    UPDATE products SET deleted_at = $2, version = $3, sku_key = char(10) || hex(id) WHERE id = $1";

/// A product as it lies in the tables.
#[derive(Clone, Debug)]
pub struct Stored {
    pub id: Id<id::Product>,
    pub sku_key: String,
    pub fields: ProductFields,
    pub version: u64,
}

/// A stored product with what a page shows of it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub stored: Stored,
    pub on_hand_milli: i64,
    pub deleted: bool,
}

/// Whose barcode it is.
#[derive(Clone, Debug)]
pub struct BarcodeOwner {
    pub code: String,
    pub product: Uuid,
    pub sku: String,
    pub sku_key: String,
    pub name: String,
}

/// Whose id it is.
#[derive(Clone, Debug)]
pub struct IdOwner {
    pub id: Id<id::Product>,
    pub sku: String,
    pub name: String,
    pub deleted: bool,
}

impl From<Listed> for ProductRow {
    fn from(listed: Listed) -> Self {
        let Stored { id, fields, version, .. } = listed.stored;
        Self { id, fields, version, on_hand_milli: listed.on_hand_milli }
    }
}

pub async fn by_sku_keys(db: &mut SqliteConnection, keys: &[String]) -> Result<Vec<Stored>, sqlx::Error> {
    let rows = sqlx::query(BY_SKU_KEYS).bind(set(keys)).fetch_all(db).await?;
    rows.iter().map(stored).collect()
}

/// The product with this id, also a deleted one.
pub async fn by_id(
    db: &mut SqliteConnection,
    outlet: Id<id::Outlet>,
    id: Id<id::Product>,
) -> Result<Option<Listed>, sqlx::Error> {
    let row = sqlx::query(BY_ID).bind(id.uuid()).bind(outlet.uuid()).fetch_optional(db).await?;
    row.map(|row| {
        Ok(Listed {
            stored: stored(&row)?,
            on_hand_milli: row.try_get(10)?,
            deleted: row.try_get::<Option<i64>, _>(11)?.is_some(),
        })
    })
    .transpose()
}

/// Products by name behind a position, with the positions themselves. Of a search, the first four words count.
pub async fn page(
    db: &mut SqliteConnection,
    outlet: Id<id::Outlet>,
    after: &Position,
    limit: u32,
    search: &str,
) -> Result<Vec<(Position, ProductRow)>, sqlx::Error> {
    let words: Vec<String> = search.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let query = if words.is_empty() { sqlx::query(PAGE) } else { sqlx::query(SEARCH) };
    let query = query.bind(outlet.uuid()).bind(&after.name_key).bind(&after.id).bind(limit);
    let word = |place: usize| words.get(place).cloned().unwrap_or_default();
    let query = if words.is_empty() {
        query
    } else {
        query.bind(search.trim()).bind(word(0)).bind(word(1)).bind(word(2)).bind(word(3))
    };
    let rows = query.fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            let stored = stored(row)?;
            let position = Position { name_key: row.try_get(11)?, id: stored.id.to_bytes().to_vec() };
            let listed = Listed { stored, on_hand_milli: row.try_get(10)?, deleted: false };
            Ok((position, listed.into()))
        })
        .collect()
}

pub async fn barcode_owners<S: AsRef<str>>(
    db: &mut SqliteConnection,
    codes: &[S],
) -> Result<Vec<BarcodeOwner>, sqlx::Error> {
    let codes: Vec<&str> = codes.iter().map(AsRef::as_ref).collect();
    let rows = sqlx::query(BARCODE_OWNERS).bind(set(&codes)).fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            Ok(BarcodeOwner {
                code: row.try_get(0)?,
                product: row.try_get(1)?,
                sku: row.try_get(2)?,
                sku_key: row.try_get(3)?,
                name: row.try_get(4)?,
            })
        })
        .collect()
}

/// The products with these ids, also deleted ones.
pub async fn id_owners(
    db: &mut SqliteConnection,
    ids: &[Id<id::Product>],
) -> Result<Vec<IdOwner>, sqlx::Error> {
    let ids: Vec<_> = ids.iter().map(|id| id.uuid().simple()).collect();
    let rows = sqlx::query(ID_OWNERS).bind(set(&ids)).fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            let id = Id::new(row.try_get(0)?).map_err(|error| sqlx::Error::Decode(error.into()))?;
            Ok(IdOwner { id, sku: row.try_get(1)?, name: row.try_get(2)?, deleted: row.try_get(3)? })
        })
        .collect()
}

pub async fn put(db: &mut SqliteConnection, writes: &[Write]) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = writes
        .iter()
        .map(|Write { id, fields, version }| {
            json!([
                id.uuid().simple(),
                fields.sku,
                fields.sku.to_lowercase(),
                fields.name,
                fields.name.to_lowercase(),
                fields.category,
                fields.price_minor,
                fields.tax_rate_ppm,
                i32::from(fields.weighed),
                version
            ])
        })
        .collect();
    sqlx::query(PUT).bind(set(&rows)).execute(db).await?;
    Ok(())
}

pub async fn drop_barcodes(db: &mut SqliteConnection, writes: &[Write]) -> Result<(), sqlx::Error> {
    let ids: Vec<_> =
        writes.iter().filter(|write| write.version > 1).map(|write| write.id.uuid().simple()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(DROP_BARCODES).bind(set(&ids)).execute(db).await?;
    Ok(())
}

pub async fn put_barcodes(db: &mut SqliteConnection, writes: &[Write]) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = writes
        .iter()
        .flat_map(|write| write.fields.barcodes.iter().map(|code| json!([code, write.id.uuid().simple()])))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(PUT_BARCODES).bind(set(&rows)).execute(db).await?;
    Ok(())
}

/// Makes the categories that are not there yet and answers their ids.
pub async fn new_categories(
    db: &mut SqliteConnection,
    names: &HashSet<&str>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut names: Vec<_> = names.iter().collect();
    names.sort_unstable();
    let rows: Vec<_> = names.iter().map(|name| json!([category_id(name).simple(), name])).collect();
    sqlx::query_scalar(NEW_CATEGORIES).bind(set(&rows)).fetch_all(db).await
}

/// A category's id is made from its name, so that every import gives the same one.
fn category_id(name: &str) -> Uuid {
    let hash = Hash::of(format!("evertill/category\0{name}").as_bytes()).0;
    Uuid::new_v8(*hash.first_chunk().expect("a hash has 32 bytes"))
}

/// Marks a product as deleted, with its new version.
pub async fn bury(
    db: &mut SqliteConnection,
    id: Id<id::Product>,
    version: u64,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let version = i64::try_from(version).unwrap_or(i64::MAX);
    sqlx::query(BURY).bind(id.uuid()).bind(now_ms).bind(version).execute(db).await?;
    Ok(())
}

fn stored(row: &SqliteRow) -> Result<Stored, sqlx::Error> {
    let barcodes: String = row.try_get(9)?;
    let decode = |error: Box<dyn std::error::Error + Send + Sync>| sqlx::Error::Decode(error);
    Ok(Stored {
        id: Id::new(row.try_get(0)?).map_err(|error| decode(error.into()))?,
        sku_key: row.try_get(8)?,
        fields: ProductFields {
            sku: row.try_get(1)?,
            name: row.try_get(2)?,
            category: row.try_get(3)?,
            price_minor: row.try_get(4)?,
            tax_rate_ppm: row.try_get(5)?,
            weighed: row.try_get(6)?,
            barcodes: serde_json::from_str(&barcodes).map_err(|error| decode(error.into()))?,
        },
        version: row.try_get::<i64, _>(7)?.unsigned_abs(),
    })
}
