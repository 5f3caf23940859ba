//! What a person decides about a case.

use super::store::{self, StoredCase};
use crate::{books, db::WriteTx, http::ApiError};
use axum::http::StatusCode;
use evertill_domain::product::FieldError;
use evertill_ledger::{
    Kept, Received, Wanted,
    release::{can_release, release as plan_release},
};
use evertill_protocol::api::{CaseDecision, CaseState};
use serde_json::value::RawValue;
use sqlx::SqliteConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Longest note, in characters.
const NOTE_MAX: usize = 2000;

/// Books the case's entry after all. Repeated it changes nothing.
pub async fn release(
    tx: &mut WriteTx<'_>,
    id: Uuid,
    decision: &CaseDecision,
    now_ms: i64,
) -> Result<(), ApiError> {
    let case = found(tx, id).await?;
    let note = note(decision)?;
    match case.state {
        CaseState::Released => return Ok(()),
        CaseState::Settled => return Err(closed()),
        CaseState::Open => {}
    }
    let (Some(reference), true) = (case.reference, case.is_about_unbooked()) else {
        return Err(refused("This case is not about an entry that waits to be booked; settle it."));
    };
    let found = entries(tx, std::slice::from_ref(&case)).await?.remove(&reference);
    let KeptBytes { kept, received, .. } =
        found.ok_or_else(|| refused("The entry's bytes are not there."))?;
    let loaded = books::journal(tx, kept.terminal, kept.epoch, None).await?;
    let loaded = loaded.ok_or_else(|| refused("The entry's terminal is not known any more."))?;
    let facts = books::facts(tx, &loaded, &Wanted::by(std::slice::from_ref(&received))).await?;
    let plan = plan_release(&kept, &received, facts).map_err(|refusal| refused(&refusal.reason))?;
    store::mark_released(tx, reference).await?;
    books::write_bookings(tx, &loaded.facts, &plan, now_ms).await?;
    store::close(tx, &case, CaseState::Released, note, now_ms).await?;
    Ok(())
}

/// Closes the case with a note; its entry, if it has an unbooked one, will never be booked. Repeated it changes nothing.
pub async fn settle(
    tx: &mut WriteTx<'_>,
    id: Uuid,
    decision: &CaseDecision,
    now_ms: i64,
) -> Result<(), ApiError> {
    let case = found(tx, id).await?;
    let note = note(decision)?;
    if note.is_empty() {
        let field =
            FieldError { field: "note".to_owned(), reason: "say why, for whoever asks later".to_owned() };
        return Err(ApiError::invalid("A note is needed to settle a case.").with_fields(vec![field]));
    }
    match case.state {
        CaseState::Settled => return Ok(()),
        CaseState::Released => return Err(closed()),
        CaseState::Open => {}
    }
    if let Some(reference) = case.reference.filter(|_| case.is_about_unbooked()) {
        store::mark_settled(tx, reference).await?;
    }
    store::close(tx, &case, CaseState::Settled, note, now_ms).await?;
    Ok(())
}

/// A kept entry, read again from its exact bytes, and who holds its id.
#[derive(Debug)]
pub struct KeptBytes {
    kept: Kept,
    received: Received,
    id_holder: Option<u64>,
}

impl KeptBytes {
    /// Its exact JSON.
    pub fn raw(&self) -> &str {
        self.received.raw.get()
    }

    /// Whether [`release`] could book it as the entry of this case.
    pub fn can_release(&self, case: &StoredCase) -> bool {
        case.state == CaseState::Open
            && case.is_about_unbooked()
            && can_release(&self.kept, &self.received, self.id_holder).is_ok()
    }
}

/// The entries of these cases by their `ref`; none for one that was booked at once, whose bytes the sale has.
pub async fn entries(
    db: &mut SqliteConnection,
    cases: &[StoredCase],
) -> Result<HashMap<i64, KeptBytes>, sqlx::Error> {
    let references: Vec<i64> = cases.iter().filter_map(|case| case.reference).collect();
    let mut entries = HashMap::with_capacity(references.len());
    for books::KeptEntry { kept, raw, id_holder } in books::kept_entries(db, &references).await? {
        let Some(raw) = raw else { continue };
        let raw = RawValue::from_string(raw).map_err(|error| sqlx::Error::Decode(error.into()))?;
        let received = Received::read(raw, kept.terminal, kept.epoch);
        let reference = i64::try_from(kept.reference).unwrap_or(i64::MAX);
        entries.insert(reference, KeptBytes { kept, received, id_holder });
    }
    Ok(entries)
}

async fn found(db: &mut SqliteConnection, id: Uuid) -> Result<StoredCase, ApiError> {
    store::one(db, id).await?.ok_or_else(|| ApiError::not_found("There is no such case."))
}

fn note(decision: &CaseDecision) -> Result<&str, ApiError> {
    let note = decision.note.trim();
    if note.chars().count() <= NOTE_MAX {
        return Ok(note);
    }
    let field = FieldError { field: "note".to_owned(), reason: format!("at most {NOTE_MAX} characters") };
    Err(ApiError::invalid("The note is too long.").with_fields(vec![field]))
}

fn closed() -> ApiError {
    ApiError::conflict("case_closed", "Somebody closed this case before.")
}

fn refused(reason: &str) -> ApiError {
    let reason: String = reason.chars().take(300).collect();
    ApiError::new(StatusCode::CONFLICT, "not_releasable", format!("It cannot be booked: {reason}"))
}
