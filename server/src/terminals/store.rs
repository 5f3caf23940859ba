//! SQL of terminals, their epochs and one-time codes.

use super::codes::Purpose;
use crate::auth::tokens::Bearer;
use evertill_domain::{Id, id};
use evertill_ledger::renewal::Known;
use evertill_protocol::terminal::{Right, TerminalRow};
use serde::{Deserialize, Serialize};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

const TERMINAL: &str = "
    SELECT id, outlet, short_code, \"right\", epoch, revoked_at FROM terminals WHERE id = $1 AND kind = 'till'";
const LIST: &str = "
    SELECT id, short_code, \"right\", epoch, revoked_at, seen_at, pending FROM terminals
    WHERE outlet = $1 AND kind = 'till' ORDER BY created_at, id";
const BY_SHORT_CODE: &str =
    "SELECT id FROM terminals WHERE outlet = $1 AND short_code = $2 COLLATE NOCASE AND kind = 'till'";
const SHORT_CODES: &str = "SELECT short_code FROM terminals WHERE outlet = $1";
const HAS_OWNER: &str = "
    SELECT count(*) FROM terminals WHERE outlet = $1 AND \"right\" = 'owner' AND kind = 'till' AND revoked_at IS NULL";
const HAS_TILL: &str = "SELECT count(*) FROM terminals WHERE kind = 'till'";
const INSERT_TERMINAL: &str = "
    INSERT INTO terminals (id, outlet, short_code, kind, \"right\", device, epoch, revoked_at, seen_at, pending,
                           oldest_age_s, version, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8, 0, 0, 1, $8)";
const RISE: &str = "
    UPDATE terminals SET epoch = max(epoch, $2), device = coalesce($3, device), seen_at = $4 WHERE id = $1";
const SET_REVOKED: &str = "
    UPDATE terminals SET revoked_at = $2, version = version + 1 WHERE id = $1 RETURNING version";
// Epochs grow by one, so whoever had epoch n was issued each one before it.
const ADD_EPOCHS: &str = "
    INSERT INTO epochs (terminal, epoch, issued_at, token_number, ask, answer, forked_at, head, acked_through,
                        contiguous, max_seq, durable_through)
    WITH RECURSIVE numbers (epoch) AS (SELECT 1 UNION ALL SELECT epoch + 1 FROM numbers WHERE epoch < $2)
    SELECT $1, epoch, $3, 0, NULL, NULL, NULL, 0, 0, 0, 0, 0 FROM numbers WHERE true
    ON CONFLICT (terminal, epoch) DO NOTHING";
const TOKENS: &str = "
    SELECT token_number, forked_at FROM epochs WHERE terminal = $1 AND epoch = $2";
const SET_TOKEN: &str = "
    UPDATE epochs SET token_number = $3, ask = $4, answer = $5 WHERE terminal = $1 AND epoch = $2";
const ANSWERED: &str = "SELECT answer FROM epochs WHERE terminal = $1 AND ask = $2";
const SET_FORKED: &str =
    "UPDATE epochs SET forked_at = coalesce(forked_at, $3) WHERE terminal = $1 AND epoch = $2";
const INSERT_CODE: &str = "
    INSERT INTO codes (hash, purpose, outlet, terminal, \"right\", created_at, expires_at, device, used_at, answer)
    VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL, NULL)";
const CODE: &str = "
    SELECT purpose, outlet, terminal, \"right\", expires_at, device, used_at, answer FROM codes WHERE hash = $1";
const DROP_SETUP_CODES: &str = "DELETE FROM codes WHERE purpose = 'setup'";
const USE_CODE: &str = "UPDATE codes SET device = $2, used_at = $3, answer = $4 WHERE hash = $1";
const CODE_OF_SHOP: &str = "
    UPDATE codes SET purpose = 'enrol', outlet = $2, device = $3, expires_at = $4 WHERE hash = $1";

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

/// A one-time code.
#[derive(Clone, Debug)]
pub struct Code {
    pub purpose: Purpose,
    pub outlet: Option<Id<id::Outlet>>,
    pub terminal: Option<Id<id::Terminal>>,
    pub right: Right,
    pub expires_at: i64,
    pub device: Option<Uuid>,
    pub used_at: Option<i64>,
    pub answer: Option<Used>,
}

/// What a code gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    pub terminal: Id<id::Terminal>,
    pub epoch: u32,
}

/// What an ask was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    pub epoch: u32,
    pub number: i64,
    pub issued_s: i64,
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

pub async fn has_owner(db: &mut SqliteConnection, outlet: Id<id::Outlet>) -> Result<bool, sqlx::Error> {
    let count: i64 = sqlx::query_scalar(HAS_OWNER).bind(outlet.uuid()).fetch_one(db).await?;
    Ok(count > 0)
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

/// Raises a terminal to an epoch and notes that it was seen; epochs that are missing below are added.
pub async fn rise_to(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
    epoch: u32,
    device: Option<Uuid>,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(RISE).bind(terminal.uuid()).bind(epoch).bind(device).bind(now_ms).execute(&mut *db).await?;
    add_epochs(db, terminal, epoch, now_ms).await
}

async fn add_epochs(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
    through: u32,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(ADD_EPOCHS).bind(terminal.uuid()).bind(through).bind(now_ms).execute(db).await?;
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

/// What is known of the tokens of an epoch; none if it was never issued.
pub async fn tokens_of(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
    epoch: u32,
) -> Result<Option<Known>, sqlx::Error> {
    let row = sqlx::query(TOKENS).bind(terminal.uuid()).bind(epoch).fetch_optional(db).await?;
    row.map(|row| Ok(Known { number: row.try_get(0)?, forked: row.try_get::<Option<i64>, _>(1)?.is_some() }))
        .transpose()
}

/// Notes the number of the newest refresh token, and the ask that it answered.
pub async fn set_token(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
    answered: Answered,
    ask: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    let text = serde_json::to_string(&answered).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(SET_TOKEN)
        .bind(terminal.uuid())
        .bind(answered.epoch)
        .bind(answered.number)
        .bind(ask)
        .bind(text)
        .execute(db)
        .await?;
    Ok(())
}

/// What this ask was answered, if it is the last one of any epoch of the terminal.
pub async fn answered(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
    ask: Uuid,
) -> Result<Option<Answered>, sqlx::Error> {
    let text: Option<Option<String>> =
        sqlx::query_scalar(ANSWERED).bind(terminal.uuid()).bind(ask).fetch_optional(db).await?;
    Ok(text.flatten().and_then(|text| serde_json::from_str(&text).ok()))
}

pub async fn set_forked(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
    epoch: u32,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(SET_FORKED).bind(terminal.uuid()).bind(epoch).bind(now_ms).execute(db).await?;
    Ok(())
}

pub async fn insert_code(
    db: &mut SqliteConnection,
    hash: &[u8],
    code: &Code,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(INSERT_CODE)
        .bind(hash)
        .bind(code.purpose.as_str())
        .bind(code.outlet.map(Id::uuid))
        .bind(code.terminal.map(Id::uuid))
        .bind(right_text(code.right))
        .bind(now_ms)
        .bind(code.expires_at)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn code(db: &mut SqliteConnection, hash: &[u8]) -> Result<Option<Code>, sqlx::Error> {
    let row = sqlx::query(CODE).bind(hash).fetch_optional(db).await?;
    row.map(|row| {
        let purpose: String = row.try_get(0)?;
        let answer: Option<String> = row.try_get(7)?;
        Ok(Code {
            purpose: if purpose == Purpose::Setup.as_str() { Purpose::Setup } else { Purpose::Enrol },
            outlet: row.try_get::<Option<Uuid>, _>(1)?.and_then(|id| Id::new(id).ok()),
            terminal: row.try_get::<Option<Uuid>, _>(2)?.and_then(|id| Id::new(id).ok()),
            right: crate::auth::right_of(row.try_get(3)?),
            expires_at: row.try_get(4)?,
            device: row.try_get(5)?,
            used_at: row.try_get(6)?,
            answer: answer.and_then(|text| serde_json::from_str(&text).ok()),
        })
    })
    .transpose()
}

/// Marks a code as used by this device.
pub async fn use_code(
    db: &mut SqliteConnection,
    hash: &[u8],
    device: Uuid,
    used: Used,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let answer = serde_json::to_string(&used).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(USE_CODE).bind(hash).bind(device).bind(now_ms).bind(answer).execute(db).await?;
    Ok(())
}

/// Turns the set-up code into the one that enrols the first terminal: for the device that made the shop alone. All other
/// set-up codes are gone.
pub async fn code_of_shop(
    db: &mut SqliteConnection,
    hash: &[u8],
    outlet: Id<id::Outlet>,
    device: Uuid,
    expires_at: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(CODE_OF_SHOP)
        .bind(hash)
        .bind(outlet.uuid())
        .bind(device)
        .bind(expires_at)
        .execute(&mut *db)
        .await?;
    sqlx::query(DROP_SETUP_CODES).execute(db).await?;
    Ok(())
}

fn right_text(right: Right) -> &'static str {
    match right {
        Right::Owner => "owner",
        Right::Sell => "sell",
    }
}

fn typed<Kind>(row: &SqliteRow, column: usize) -> Result<Id<Kind>, sqlx::Error> {
    Id::new(row.try_get(column)?).map_err(|error| sqlx::Error::Decode(error.into()))
}
