//! SQL of credentials: the signing key, API keys, and what a terminal may do now.

use super::{Scope, api_keys::ApiKey};
use evertill_domain::{Id, id};
use evertill_protocol::terminal::Right;
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

const SIGNING_KEY: &str = "signing_key";

const KEEP_SECRET: &str = "INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
const READ_SECRET: &str = "SELECT value FROM secrets WHERE name = $1";
const INSERT_KEY: &str = "
    INSERT INTO api_keys (id, hash, name, scopes, created_at, used_at, revoked_at)
    VALUES ($1, $2, $3, $4, $5, NULL, NULL)";
const KEY_OF: &str = "SELECT id, scopes FROM api_keys WHERE hash = $1 AND revoked_at IS NULL";
const KEYS: &str = "SELECT id, name, scopes, created_at, revoked_at FROM api_keys ORDER BY created_at, id";
const REVOKE_KEY: &str = "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
const STANDING: &str = "
    SELECT t.outlet, t.\"right\", t.revoked_at FROM terminals t
    JOIN epochs e ON e.outlet = t.outlet AND e.terminal = t.id AND e.epoch = $2
    WHERE t.id = $1 AND t.kind = 'till'";

/// What a known terminal may do now.
pub struct Standing {
    pub outlet: Id<id::Outlet>,
    pub right: Right,
    pub revoked: bool,
}

/// The signing key; `fresh` becomes it if there is none.
pub async fn signing_key(db: &mut SqliteConnection, fresh: &[u8]) -> Result<Vec<u8>, sqlx::Error> {
    sqlx::query(KEEP_SECRET).bind(SIGNING_KEY).bind(fresh).execute(&mut *db).await?;
    sqlx::query_scalar(READ_SECRET).bind(SIGNING_KEY).fetch_one(db).await
}

/// Where a terminal stands; none if the terminal or the epoch is unknown.
pub async fn standing(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
    epoch: u32,
) -> Result<Option<Standing>, sqlx::Error> {
    let row = sqlx::query(STANDING).bind(terminal.uuid()).bind(epoch).fetch_optional(db).await?;
    row.map(|row| {
        Ok(Standing {
            outlet: Id::new(row.try_get(0)?).map_err(|error| sqlx::Error::Decode(error.into()))?,
            right: right(row.try_get(1)?),
            revoked: row.try_get::<Option<i64>, _>(2)?.is_some(),
        })
    })
    .transpose()
}

/// A right as it is stored; anything unknown is the lesser one.
pub fn right(text: &str) -> Right {
    if text == "owner" { Right::Owner } else { Right::Sell }
}

pub async fn insert_key(
    db: &mut SqliteConnection,
    id: Uuid,
    hash: &[u8],
    name: &str,
    scopes: &[Scope],
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let scopes = scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(",");
    sqlx::query(INSERT_KEY).bind(id).bind(hash).bind(name).bind(scopes).bind(now_ms).execute(db).await?;
    Ok(())
}

/// The key with this hash and what it may do; none if it was never made or was revoked.
pub async fn key_of(
    db: &mut SqliteConnection,
    hash: &[u8],
) -> Result<Option<(Uuid, Vec<Scope>)>, sqlx::Error> {
    let row: Option<(Uuid, String)> = sqlx::query_as(KEY_OF).bind(hash).fetch_optional(db).await?;
    Ok(row.map(|(id, scopes)| (id, parse_scopes(&scopes))))
}

pub async fn keys(db: &mut SqliteConnection) -> Result<Vec<ApiKey>, sqlx::Error> {
    let rows: Vec<(Uuid, String, String, i64, Option<i64>)> = sqlx::query_as(KEYS).fetch_all(db).await?;
    Ok(rows
        .into_iter()
        .map(|(id, name, scopes, created_at, revoked_at)| ApiKey {
            id,
            name,
            scopes: parse_scopes(&scopes),
            created_at,
            revoked_at,
        })
        .collect())
}

pub async fn revoke_key(db: &mut SqliteConnection, id: Uuid, now_ms: i64) -> Result<bool, sqlx::Error> {
    Ok(sqlx::query(REVOKE_KEY).bind(id).bind(now_ms).execute(db).await?.rows_affected() > 0)
}

fn parse_scopes(text: &str) -> Vec<Scope> {
    text.split(',').filter_map(|scope| scope.parse().ok()).collect()
}
