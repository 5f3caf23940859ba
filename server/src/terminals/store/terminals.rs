//! SQL of terminals.

use super::{epochs::add_epochs, right_text, typed};
use crate::auth::tokens::Bearer;
use evertill_domain::{Id, id};
use evertill_protocol::terminal::{Right, TerminalRow};
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

const TERMINAL: &str = "
    SELECT id, outlet, short_code, \"right\", epoch, revoked_at FROM terminals WHERE id = $1 AND kind = 'till'";
const LIST: &str = "
    SELECT id, short_code, \"right\", epoch, revoked_at, seen_at, pending FROM terminals
    WHERE outlet = $1 AND kind = 'till' ORDER BY created_at, id";
const BY_SHORT_CODE: &str =
    "SELECT id FROM terminals WHERE outlet = $1 AND short_code = $2 COLLATE NOCASE AND kind = 'till'";
const SHORT_CODES: &str = "SELECT short_code FROM terminals WHERE outlet = $1";
const OWNERS: &str = "
    SELECT count(*) FROM terminals WHERE outlet = $1 AND \"right\" = 'owner' AND kind = 'till' AND revoked_at IS NULL";
const HAS_TILL: &str = "SELECT count(*) FROM terminals WHERE kind = 'till'";
const INSERT_TERMINAL: &str = "
    INSERT INTO terminals (id, outlet, short_code, kind, \"right\", device, epoch, revoked_at, seen_at, pending,
                           oldest_age_s, version, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8, 0, 0, 1, $8)";
const SET_RIGHT: &str = "UPDATE terminals SET \"right\" = $2 WHERE id = $1";
const SET_REVOKED: &str = "
    UPDATE terminals SET revoked_at = $2, version = version + 1 WHERE id = $1 RETURNING version";

/// A terminal that can sell.
#[derive(Clone, Debug)]
pub struct Terminal {
    pub id: Id<id::Terminal>,
    pub outlet: Id<id::Outlet>,
    pub short_code: String,
    pub right: Right,
    pub epoch: u32,
    pub revoked: bool,
}

impl Terminal {
    /// What its tokens say, for this epoch.
    pub fn bearer(&self, epoch: u32) -> Bearer {
        let Self { id, outlet, ref short_code, right, .. } = *self;
        Bearer { terminal: id, outlet, short_code: short_code.clone(), right, epoch }
    }
}

pub async fn terminal(
    db: &mut SqliteConnection,
    id: Id<id::Terminal>,
) -> Result<Option<Terminal>, sqlx::Error> {
    let row = sqlx::query(TERMINAL).bind(id.uuid()).fetch_optional(db).await?;
    row.map(|row| {
        Ok(Terminal {
            id: typed(&row, 0)?,
            outlet: typed(&row, 1)?,
            short_code: row.try_get(2)?,
            right: crate::auth::right_of(row.try_get(3)?),
            epoch: row.try_get(4)?,
            revoked: row.try_get::<Option<i64>, _>(5)?.is_some(),
        })
    })
    .transpose()
}

/// All tills of an outlet in order of enrolment.
pub async fn list(
    db: &mut SqliteConnection,
    outlet: Id<id::Outlet>,
) -> Result<Vec<TerminalRow>, sqlx::Error> {
    let rows = sqlx::query(LIST).bind(outlet.uuid()).fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            Ok(TerminalRow {
                id: typed(row, 0)?,
                short_code: row.try_get(1)?,
                right: crate::auth::right_of(row.try_get(2)?),
                epoch: row.try_get(3)?,
                revoked: row.try_get::<Option<i64>, _>(4)?.is_some(),
                seen_at: row.try_get(5)?,
                pending: row.try_get::<i64, _>(6)?.unsigned_abs(),
            })
        })
        .collect()
}

pub async fn by_short_code(
    db: &mut SqliteConnection,
    outlet: Id<id::Outlet>,
    short_code: &str,
) -> Result<Option<Id<id::Terminal>>, sqlx::Error> {
    let row = sqlx::query(BY_SHORT_CODE).bind(outlet.uuid()).bind(short_code).fetch_optional(db).await?;
    row.map(|row| typed(&row, 0)).transpose()
}

/// `wanted` if it is free, else the next `T…`.
pub async fn free_short_code(
    db: &mut SqliteConnection,
    outlet: Id<id::Outlet>,
    wanted: Option<&str>,
) -> Result<String, sqlx::Error> {
    let taken: Vec<String> = sqlx::query_scalar(SHORT_CODES).bind(outlet.uuid()).fetch_all(db).await?;
    if let Some(wanted) = wanted.filter(|wanted| !taken.iter().any(|code| code == wanted)) {
        return Ok(wanted.to_owned());
    }
    let numbers = taken.iter().filter_map(|code| code.strip_prefix('T')?.parse::<u32>().ok());
    Ok(format!("T{}", numbers.max().unwrap_or(0) + 1))
}

pub async fn owners(db: &mut SqliteConnection, outlet: Id<id::Outlet>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(OWNERS).bind(outlet.uuid()).fetch_one(db).await
}

/// Whether any browser was ever enrolled.
pub async fn has_till(db: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let count: i64 = sqlx::query_scalar(HAS_TILL).fetch_one(db).await?;
    Ok(count > 0)
}

/// Adds a terminal of kind `till` or `server`, with every epoch up to its own.
pub async fn insert_terminal(
    db: &mut SqliteConnection,
    terminal: &Terminal,
    kind: &'static str,
    device: Option<Uuid>,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(INSERT_TERMINAL)
        .bind(terminal.id.uuid())
        .bind(terminal.outlet.uuid())
        .bind(&terminal.short_code)
        .bind(kind)
        .bind(right_text(terminal.right))
        .bind(device)
        .bind(terminal.epoch)
        .bind(now_ms)
        .execute(&mut *db)
        .await?;
    add_epochs(db, terminal.id, terminal.epoch, now_ms).await
}

/// Changes what a terminal may do, from its next request on.
pub async fn set_right(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
    right: Right,
) -> Result<(), sqlx::Error> {
    sqlx::query(SET_RIGHT).bind(terminal.uuid()).bind(right_text(right)).execute(db).await?;
    Ok(())
}

/// Revokes a terminal, or takes that back with `None`; answers its document's new version.
pub async fn set_revoked(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
    at: Option<i64>,
) -> Result<u64, sqlx::Error> {
    let version: i64 = sqlx::query_scalar(SET_REVOKED).bind(terminal.uuid()).bind(at).fetch_one(db).await?;
    Ok(version.unsigned_abs())
}
