//! SQL of cases.

use evertill_domain::{Id, id};
use evertill_ledger::{
    NewCase, State,
    plan::{case_id, kind_name},
};
use evertill_protocol::api::{CaseKind, CaseState};
use serde::de::DeserializeOwned;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

const OPEN: &str = "
    INSERT INTO cases (id, number, outlet, kind, subject, state, summary, evidence, inbox, terminal, epoch, seq, opened_at,
                       closed_at, note)
    SELECT unhex(value ->> 0), (SELECT coalesce(max(number), 0) FROM cases) + 1 + key, $2, value ->> 1, value ->> 2, 'open',
           value ->> 3, value ->> 4, value ->> 5, unhex(value ->> 6), value ->> 7, value ->> 8, $3, NULL, NULL
    FROM json_each($1) WHERE true
    ON CONFLICT (kind, subject) DO NOTHING";
const ONE: &str = "
    SELECT c.id, c.number, c.kind, c.state, c.summary, c.evidence, c.opened_at, c.closed_at, c.note, c.terminal, c.epoch,
           c.seq, c.inbox, i.id, i.state, i.code, t.short_code
    FROM cases c LEFT JOIN inbox i ON i.ref = c.inbox LEFT JOIN terminals t ON t.id = c.terminal
    WHERE c.id = $1";
const PAGE: &str = "
    SELECT c.id, c.number, c.kind, c.state, c.summary, c.evidence, c.opened_at, c.closed_at, c.note, c.terminal, c.epoch,
           c.seq, c.inbox, i.id, i.state, i.code, t.short_code
    FROM cases c LEFT JOIN inbox i ON i.ref = c.inbox LEFT JOIN terminals t ON t.id = c.terminal
    WHERE c.number < $1 ORDER BY c.number DESC LIMIT $2";
const PAGE_OF_STATE: &str = "
    SELECT c.id, c.number, c.kind, c.state, c.summary, c.evidence, c.opened_at, c.closed_at, c.note, c.terminal, c.epoch,
           c.seq, c.inbox, i.id, i.state, i.code, t.short_code
    FROM cases c LEFT JOIN inbox i ON i.ref = c.inbox LEFT JOIN terminals t ON t.id = c.terminal
    WHERE c.number < $1 AND c.state = $3 ORDER BY c.number DESC LIMIT $2";
// The index `cases_open` holds all of it.
const COUNT_OPEN: &str = "SELECT count(*) FROM cases WHERE state = 'open'";
const CLOSE: &str = "UPDATE cases SET state = $2, closed_at = $3, note = $4 WHERE id = $1 AND state = 'open'";
const CLOSE_OF_ENTRY: &str = "
    UPDATE cases SET state = $2, closed_at = $3, note = $4
    WHERE inbox = $1 AND kind IN ('quarantine', 'conflict') AND state = 'open'";
const MARK_RELEASED: &str = "UPDATE inbox SET state = 'released', owns_id = 1 WHERE ref = $1";
const MARK_SETTLED: &str =
    "UPDATE inbox SET state = 'settled' WHERE ref = $1 AND state IN ('quarantined', 'conflict')";

/// A case as it is stored, with what the inbox says of its entry.
#[derive(Clone, Debug)]
pub struct StoredCase {
    pub id: Uuid,
    pub number: i64,
    pub kind: CaseKind,
    pub state: CaseState,
    pub summary: String,
    pub evidence: serde_json::Value,
    pub opened_at: i64,
    pub closed_at: Option<i64>,
    pub note: Option<String>,
    pub epoch: Option<u32>,
    pub seq: Option<i64>,
    pub reference: Option<i64>,
    pub entry: Option<Uuid>,
    pub entry_state: Option<State>,
    pub entry_code: Option<String>,
    pub short_code: Option<String>,
}

/// Opens the cases; one that exists for its kind and subject stays as it is.
pub async fn open(
    db: &mut SqliteConnection,
    outlet: Id<id::Outlet>,
    cases: &[NewCase],
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = cases
        .iter()
        .map(|case| {
            (
                case_id(case.kind, &case.subject).simple(),
                kind_name(case.kind),
                &case.subject,
                &case.summary,
                case.evidence.to_string(),
                case.reference,
                case.terminal.map(|terminal| terminal.uuid().simple()),
                case.epoch,
                case.seq,
            )
        })
        .collect();
    let rows = serde_json::to_string(&rows).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(OPEN).bind(rows).bind(outlet.uuid()).bind(now_ms).execute(db).await?;
    Ok(())
}

pub async fn one(db: &mut SqliteConnection, id: Uuid) -> Result<Option<StoredCase>, sqlx::Error> {
    let row = sqlx::query(ONE).bind(id).fetch_optional(db).await?;
    row.as_ref().map(decode).transpose()
}

/// How many cases are open.
pub async fn count_open(db: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let count: i64 = sqlx::query_scalar(COUNT_OPEN).fetch_one(db).await?;
    Ok(count.unsigned_abs())
}

/// Cases before a number, newest first.
pub async fn page(
    db: &mut SqliteConnection,
    before: i64,
    limit: u32,
    state: Option<CaseState>,
) -> Result<Vec<StoredCase>, sqlx::Error> {
    let query = match state {
        Some(state) => sqlx::query(PAGE_OF_STATE).bind(before).bind(limit).bind(state_name(state)),
        None => sqlx::query(PAGE).bind(before).bind(limit),
    };
    query.fetch_all(db).await?.iter().map(decode).collect()
}

/// Closes a case, and with it every case about the same unbooked entry.
pub async fn close(
    db: &mut SqliteConnection,
    case: &StoredCase,
    state: CaseState,
    note: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let state = state_name(state);
    sqlx::query(CLOSE).bind(case.id).bind(state).bind(now_ms).bind(note).execute(&mut *db).await?;
    if let Some(reference) = case.reference.filter(|_| case.is_about_unbooked()) {
        let query = sqlx::query(CLOSE_OF_ENTRY).bind(reference).bind(state).bind(now_ms).bind(note);
        query.execute(db).await?;
    }
    Ok(())
}

pub async fn mark_released(db: &mut SqliteConnection, reference: i64) -> Result<(), sqlx::Error> {
    sqlx::query(MARK_RELEASED).bind(reference).execute(db).await.map(|_| ())
}

pub async fn mark_settled(db: &mut SqliteConnection, reference: i64) -> Result<(), sqlx::Error> {
    sqlx::query(MARK_SETTLED).bind(reference).execute(db).await.map(|_| ())
}

impl StoredCase {
    /// Whether closing it decides about an entry that waits unbooked.
    pub fn is_about_unbooked(&self) -> bool {
        matches!(self.kind, CaseKind::Quarantine | CaseKind::Conflict)
            && matches!(self.entry_state, Some(State::Quarantined | State::Conflict))
    }
}

fn decode(row: &SqliteRow) -> Result<StoredCase, sqlx::Error> {
    let evidence: String = row.try_get(5)?;
    let entry_state: Option<String> = row.try_get(14)?;
    Ok(StoredCase {
        id: row.try_get(0)?,
        number: row.try_get(1)?,
        kind: named(row, 2)?,
        state: named(row, 3)?,
        summary: row.try_get(4)?,
        evidence: serde_json::from_str(&evidence).map_err(|error| sqlx::Error::Decode(error.into()))?,
        opened_at: row.try_get(6)?,
        closed_at: row.try_get(7)?,
        note: row.try_get(8)?,
        epoch: row.try_get(10)?,
        seq: row.try_get(11)?,
        reference: row.try_get(12)?,
        entry: row.try_get(13)?,
        entry_state: entry_state.and_then(|state| State::parse(&state)),
        entry_code: row.try_get(15)?,
        short_code: row.try_get(16)?,
    })
}

/// A unit variant by its name on the wire.
fn named<T: DeserializeOwned>(row: &SqliteRow, column: usize) -> Result<T, sqlx::Error> {
    let name: String = row.try_get(column)?;
    serde_json::from_value(name.into()).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn state_name(state: CaseState) -> &'static str {
    match state {
        CaseState::Open => "open",
        CaseState::Released => "released",
        CaseState::Settled => "settled",
    }
}
