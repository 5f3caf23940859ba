//! `/api/cases`.

use super::{decide, store, store::StoredCase};
use crate::{
    auth::{Caller, Scope},
    http::{ApiError, AppState, Json, Path, Query, paging},
};
use axum::extract::State;
use evertill_domain::receipt_number::epoch_suffix;
use evertill_ledger::State as EntryState;
use evertill_protocol::{
    api::{CaseCount, CaseDecision, CaseRow, CaseState, Page},
    problem::Problem,
    upload::Outcome,
};
use serde::Deserialize;
use sqlx::SqliteConnection;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Rows of a page.
const LIMITS: paging::Limits = paging::Limits { usual: 50, most: 200 };
/// As much of an entry's bytes as a list shows; one case alone shows all.
const RAW_SHOWN_MAX: usize = 4096;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(count))
        .routes(routes!(read))
        .routes(routes!(release))
        .routes(routes!(settle))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Rows of the page; 50 if not given, at most 200.
    limit: Option<u32>,
    /// `next` of the page before.
    after: Option<String>,
    /// `open`, `released` or `settled`; all if not given.
    #[param(value_type = Option<String>)]
    state: Option<CaseState>,
}

/// A page of cases, newest first.
#[utoipa::path(get, path = "/api/cases", tag = "cases", params(ListQuery),
    responses((status = 200, body = Page<CaseRow>), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<CaseRow>>, ApiError> {
    caller.require_scope(Scope::CasesRead)?;
    let limit = LIMITS.rows(query.limit);
    let before = paging::newest_below(query.after.as_deref())?;
    let mut db = state.db.read().await?;
    let mut found = store::page(&mut db, before, limit + 1, query.state).await?;
    let next = paging::cut(&mut found, limit).map(|case| case.number.to_string());
    Ok(Json(Page { items: rows(&mut db, found, RAW_SHOWN_MAX).await?, next }))
}

/// How many cases are open.
#[utoipa::path(get, path = "/api/cases/count", tag = "cases",
    responses((status = 200, body = CaseCount), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn count(State(state): State<AppState>, caller: Caller) -> Result<Json<CaseCount>, ApiError> {
    caller.require_scope(Scope::CasesRead)?;
    let mut db = state.db.read().await?;
    Ok(Json(CaseCount { open: store::count_open(&mut db).await? }))
}

/// One case, with all bytes of its entry.
#[utoipa::path(get, path = "/api/cases/{id}", tag = "cases", params(("id" = Uuid, Path)),
    responses((status = 200, body = CaseRow), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn read(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<CaseRow>, ApiError> {
    caller.require_scope(Scope::CasesRead)?;
    answer(&state, id).await
}

/// Books the case's entry after all; the till hears `duplicate` when it sends it again.
#[utoipa::path(post, path = "/api/cases/{id}/release", tag = "cases", params(("id" = Uuid, Path)),
    request_body = CaseDecision,
    responses((status = 200, body = CaseRow), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, description = "`not_releasable` or `case_closed`", body = Problem)))]
async fn release(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(decision): Json<CaseDecision>,
) -> Result<Json<CaseRow>, ApiError> {
    decided(&state, &caller, id, Verdict::Release, &decision).await
}

/// Closes the case with a note and books nothing; the till hears `duplicate`, code `settled`.
#[utoipa::path(post, path = "/api/cases/{id}/settle", tag = "cases", params(("id" = Uuid, Path)),
    request_body = CaseDecision,
    responses((status = 200, body = CaseRow), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn settle(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(decision): Json<CaseDecision>,
) -> Result<Json<CaseRow>, ApiError> {
    decided(&state, &caller, id, Verdict::Settle, &decision).await
}

/// What a person decided.
#[derive(Clone, Copy, Debug)]
enum Verdict {
    Release,
    Settle,
}

async fn decided(
    state: &AppState,
    caller: &Caller,
    id: Uuid,
    verdict: Verdict,
    decision: &CaseDecision,
) -> Result<Json<CaseRow>, ApiError> {
    caller.require_scope(Scope::CasesWrite)?;
    let now_ms = state.now_ms();
    let mut tx = state.db.write().await?;
    match verdict {
        Verdict::Release => decide::release(&mut tx, id, decision, now_ms).await?,
        Verdict::Settle => decide::settle(&mut tx, id, decision, now_ms).await?,
    }
    tx.commit().await?;
    answer(state, id).await
}

async fn answer(state: &AppState, id: Uuid) -> Result<Json<CaseRow>, ApiError> {
    let mut db = state.db.read().await?;
    let case = store::one(&mut db, id).await?;
    let case = case.ok_or_else(|| ApiError::not_found("There is no such case."))?;
    let row = rows(&mut db, vec![case], usize::MAX).await?.pop();
    row.map(Json).ok_or_else(ApiError::internal)
}

/// The rows of these cases, with as much of their entries' bytes.
async fn rows(
    db: &mut SqliteConnection,
    cases: Vec<StoredCase>,
    raw_max: usize,
) -> Result<Vec<CaseRow>, sqlx::Error> {
    let entries = decide::entries(db, &cases).await?;
    Ok(cases
        .into_iter()
        .map(|case| {
            let entry = case.reference.and_then(|reference| entries.get(&reference));
            row(case, entry, raw_max)
        })
        .collect())
}

fn row(case: StoredCase, entry: Option<&decide::KeptBytes>, raw_max: usize) -> CaseRow {
    let can_release = entry.is_some_and(|entry| entry.can_release(&case));
    let raw = entry.map(decide::KeptBytes::raw);
    let mut evidence = case.evidence;
    if let (Some(raw), Some(fields)) = (raw, evidence.as_object_mut()) {
        let shown: String = raw.chars().take(raw_max).collect();
        fields.insert("raw_bytes".to_owned(), raw.len().into());
        fields.insert("raw".to_owned(), shown.into());
    }
    let suffix = case.epoch.map(epoch_suffix).unwrap_or_default();
    CaseRow {
        id: case.id,
        kind: case.kind,
        state: case.state,
        summary: case.summary,
        opened_at: case.opened_at,
        closed_at: case.closed_at,
        note: case.note,
        entry: case.entry,
        terminal: case.short_code.map(|code| format!("{code}{suffix}")),
        epoch: case.epoch,
        seq: case.seq.map(i64::unsigned_abs),
        outcome: case.entry_state.map(outcome),
        code: case.entry_code,
        can_release,
        evidence: evidence.into(),
    }
}

/// What the till hears of an entry in this state.
const fn outcome(state: EntryState) -> Outcome {
    match state {
        EntryState::Booked => Outcome::Accepted,
        EntryState::Conflict => Outcome::Conflict,
        EntryState::Quarantined => Outcome::Quarantined,
        EntryState::Released | EntryState::Settled => Outcome::Duplicate,
    }
}
