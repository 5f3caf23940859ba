//! SQL of one-time codes.

use super::right_text;
use crate::terminals::codes::Purpose;
use evertill_domain::{Id, id};
use evertill_protocol::terminal::Right;
use serde::{Deserialize, Serialize};
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

const INSERT_CODE: &str = "
    INSERT INTO codes (hash, purpose, outlet, terminal, \"right\", created_at, expires_at, device, used_at, answer)
    VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL, NULL)";
const CODE: &str = "
    SELECT purpose, outlet, terminal, \"right\", expires_at, device, used_at, answer FROM codes WHERE hash = $1";
const DROP_SETUP_CODES: &str = "DELETE FROM codes WHERE purpose = 'setup'";
const USE_CODE: &str = "UPDATE codes SET device = $2, used_at = $3, answer = $4 WHERE hash = $1";
const CODE_OF_SHOP: &str = "
    UPDATE codes SET purpose = 'enrol', outlet = $2, device = $3, expires_at = $4 WHERE hash = $1";

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
