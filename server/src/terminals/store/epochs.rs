//! SQL of epochs and the numbers of their tokens.

use evertill_domain::{Id, id};
use evertill_ledger::renewal::Known;
use serde::{Deserialize, Serialize};
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

const RISE: &str = "
    UPDATE terminals SET epoch = max(epoch, $2), device = coalesce($3, device), seen_at = $4 WHERE id = $1";
// Epochs grow by one, so whoever had epoch n was issued each one before it.
const ADD_EPOCHS: &str = "
    INSERT INTO epochs (outlet, terminal, epoch, issued_at, token_number, ask, answer, forked_at, head, acked_through,
                        contiguous, max_seq, durable_through)
    WITH RECURSIVE numbers (epoch) AS (SELECT 1 UNION ALL SELECT epoch + 1 FROM numbers WHERE epoch < $2)
    SELECT t.outlet, t.id, n.epoch, $3, 0, NULL, NULL, NULL, 0, 0, 0, 0, 0
    FROM terminals t CROSS JOIN numbers n WHERE t.id = $1
    ON CONFLICT (outlet, terminal, epoch) DO NOTHING";
const TOKENS: &str = "
    SELECT token_number, forked_at FROM epochs
    WHERE outlet = (SELECT outlet FROM terminals WHERE id = $1) AND terminal = $1 AND epoch = $2";
const SET_TOKEN: &str = "
    UPDATE epochs SET token_number = $3, ask = $4, answer = $5
    WHERE outlet = (SELECT outlet FROM terminals WHERE id = $1) AND terminal = $1 AND epoch = $2";
const ANSWERED: &str = "
    SELECT answer FROM epochs WHERE outlet = (SELECT outlet FROM terminals WHERE id = $1) AND terminal = $1 AND ask = $2";
const SET_FORKED: &str = "
    UPDATE epochs SET forked_at = coalesce(forked_at, $3)
    WHERE outlet = (SELECT outlet FROM terminals WHERE id = $1) AND terminal = $1 AND epoch = $2";

/// What an ask was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    pub epoch: u32,
    pub number: i64,
    pub issued_s: i64,
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

pub(super) async fn add_epochs(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
    through: u32,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(ADD_EPOCHS).bind(terminal.uuid()).bind(through).bind(now_ms).execute(db).await?;
    Ok(())
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
