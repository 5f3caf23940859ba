//! Changes to the catalogue: many products at once, decided in memory and written set-wise.

use super::{
    Progress,
    store::{self, Stored},
};
use crate::{
    db::WriteTx,
    feed::{self, Changed},
    stock::{self, Movement},
};
use evertill_domain::{
    Id, id,
    product::{Product, ProductFields},
};
use evertill_protocol::{
    api::{ImportAnswer, MovementReason},
    problem::RowError,
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Rows per statement: a bound on memory, far above what makes statements count, and often enough for a bar to move.
const SET_MAX: usize = 2000;

/// A row of an import, checked by itself.
#[derive(Clone, Debug)]
pub struct NewProduct {
    /// Its line in the file.
    pub line: u64,
    /// The id that it has or is to get; without one, a new product gets one.
    pub id: Option<Id<id::Product>>,
    /// The product.
    pub product: Product,
    /// Stock of a product that is new, in thousandths; ignored for a known one.
    pub opening_stock_milli: i64,
}

/// Why an import was not taken. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Rows that clash with what is there.
    #[error("{} rows cannot be imported", .0.len())]
    Rows(Vec<RowError>),
    /// The database failed.
    #[error("the import could not be written")]
    Sqlite(#[from] sqlx::Error),
}

/// A product as it is to be written.
pub(super) struct Write {
    pub id: Id<id::Product>,
    pub fields: ProductFields,
    pub version: u64,
}

/// Takes the rows into the catalogue of this transaction: known article codes are updated, new ones created with their
/// opening stock. Rows must not repeat codes among themselves, as [`super::parse`] makes sure.
pub async fn import(
    tx: &mut WriteTx<'_>,
    outlet: Id<id::Outlet>,
    rows: Vec<NewProduct>,
    now_ms: i64,
    progress: &Progress,
) -> Result<ImportAnswer, ImportError> {
    let keys: Vec<String> = rows.iter().map(|row| row.product.fields().sku.to_lowercase()).collect();
    let mut known: HashMap<String, Stored> = HashMap::new();
    for some in keys.chunks(SET_MAX) {
        known.extend(
            store::by_sku_keys(tx, some).await?.into_iter().map(|found| (found.sku_key.clone(), found)),
        );
    }
    check_ids(tx, &rows, &keys, &known).await?;
    check_barcodes(tx, &rows, &keys).await?;

    progress.has(rows.len());
    progress.checked(rows.len());
    let mut answer = ImportAnswer::default();
    let (mut writes, mut movements) = (Vec::new(), Vec::new());
    for (row, key) in rows.into_iter().zip(keys) {
        let fields = sorted(row.product.into_fields());
        match known.remove(&key) {
            Some(stored) if stored.fields == fields => answer.unchanged += 1,
            Some(stored) => {
                answer.updated += 1;
                writes.push(Write { id: stored.id, fields, version: stored.version + 1 });
            }
            None => {
                answer.created += 1;
                let id = row.id.unwrap_or_else(|| Id::new(Uuid::now_v7()).expect("a fresh UUID is not nil"));
                if row.opening_stock_milli != 0 {
                    movements.push(Movement {
                        source: Uuid::now_v7(),
                        product: id,
                        quantity_milli: row.opening_stock_milli,
                        reason: MovementReason::Opening,
                        at: now_ms,
                    });
                }
                writes.push(Write { id, fields, version: 1 });
            }
        }
    }
    let steps = writes.len() + movements.len();
    let mut done = 0;
    let mut step = |some: usize| {
        done += some;
        progress.wrote(done, steps);
    };
    drop_barcodes(tx, &writes).await?;
    for some in writes.chunks(SET_MAX) {
        put(tx, some).await?;
        step(some.len());
    }
    for some in movements.chunks(SET_MAX) {
        stock::book(tx, outlet, some).await?;
        step(some.len());
    }
    progress.wrote(steps, steps);
    let ImportAnswer { created, updated, unchanged, .. } = answer;
    Ok(ImportAnswer { created, updated, unchanged, ..progress.look() })
}

/// Puts the products into tables and feed, with the categories they name. Whoever calls has made sure that no code clashes.
pub(super) async fn write(tx: &mut WriteTx<'_>, writes: &[Write]) -> Result<(), sqlx::Error> {
    drop_barcodes(tx, writes).await?;
    put(tx, writes).await
}

/// All old barcodes go before any new one comes: an import may move one from product to product.
async fn drop_barcodes(tx: &mut WriteTx<'_>, writes: &[Write]) -> Result<(), sqlx::Error> {
    for some in writes.chunks(SET_MAX) {
        store::drop_barcodes(tx, some).await?;
    }
    Ok(())
}

async fn put(tx: &mut WriteTx<'_>, writes: &[Write]) -> Result<(), sqlx::Error> {
    store::put(tx, writes).await?;
    store::put_barcodes(tx, writes).await?;
    let names: HashSet<&str> = writes.iter().filter_map(|write| write.fields.category.as_deref()).collect();
    let mut changes: Vec<Changed> = store::new_categories(tx, &names)
        .await?
        .into_iter()
        .map(|id| Changed { kind: "category", id, version: 1, deleted: false })
        .collect();
    changes.extend(writes.iter().map(|write| Changed {
        kind: "product",
        id: write.id.uuid(),
        version: write.version,
        deleted: false,
    }));
    feed::record(tx, &changes).await.map(drop)
}

/// The fields as they come back from the tables: barcodes in order.
pub(super) fn sorted(mut fields: ProductFields) -> ProductFields {
    fields.barcodes.sort_unstable();
    fields
}

/// An id is that of the row's article code, or of no product yet, also of none that was deleted.
async fn check_ids(
    tx: &mut WriteTx<'_>,
    rows: &[NewProduct],
    keys: &[String],
    known: &HashMap<String, Stored>,
) -> Result<(), ImportError> {
    let ids: Vec<Id<id::Product>> = rows.iter().filter_map(|row| row.id).collect();
    let mut owners = HashMap::new();
    for some in ids.chunks(SET_MAX) {
        owners.extend(store::id_owners(tx, some).await?.into_iter().map(|owner| (owner.id, owner)));
    }
    let fault = |(row, key): (&NewProduct, &String)| {
        let id = row.id?;
        let reason = match (known.get(key), owners.get(&id)) {
            (Some(stored), _) if stored.id == id => return None,
            (None, None) => return None,
            (Some(stored), _) => format!("{} has another id, {}", stored.fields.sku, stored.id),
            (None, Some(owner)) if owner.deleted => {
                format!("is the id of {}, which was deleted; leave the id empty", owner.sku)
            }
            (None, Some(owner)) => format!("is the id of {} “{}”", owner.sku, owner.name),
        };
        Some(RowError { line: row.line, field: Some("id".to_owned()), reason })
    };
    let errors: Vec<RowError> = rows.iter().zip(keys).filter_map(fault).collect();
    if errors.is_empty() { Ok(()) } else { Err(ImportError::Rows(errors)) }
}

/// A barcode may not belong to a product that is not in the file.
async fn check_barcodes(
    tx: &mut WriteTx<'_>,
    rows: &[NewProduct],
    keys: &[String],
) -> Result<(), ImportError> {
    let in_file: HashSet<&str> = keys.iter().map(String::as_str).collect();
    let codes: Vec<&String> = rows.iter().flat_map(|row| &row.product.fields().barcodes).collect();
    let mut owners = HashMap::new();
    for some in codes.chunks(SET_MAX) {
        let found = store::barcode_owners(tx, some).await?;
        let foreign = found.into_iter().filter(|owner| !in_file.contains(owner.sku_key.as_str()));
        owners.extend(foreign.map(|owner| (owner.code.clone(), owner)));
    }
    let errors: Vec<RowError> = rows
        .iter()
        .flat_map(|row| row.product.fields().barcodes.iter().map(move |code| (row.line, code)))
        .filter_map(|(line, code)| {
            let owner = owners.get(code)?;
            let reason = format!("{code} is a barcode of {} “{}” already", owner.sku, owner.name);
            Some(RowError { line, field: Some("barcodes".to_owned()), reason })
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(ImportError::Rows(errors)) }
}
