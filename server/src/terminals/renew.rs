//! Renewal of a terminal's tokens: what `ledger` decides by a token's number, written down.

use super::{
    answer,
    store::{self, Answered, Terminal},
};
use crate::{
    auth::tokens::{ACCESS_LIFE_S, Bearer, Refresh},
    cases,
    db::WriteTx,
    feed,
    http::{ApiError, AppState},
    setup,
};
use axum::http::StatusCode;
use evertill_ledger::{
    NewCase,
    renewal::{self, Known, Renewal},
};
use evertill_protocol::{
    api::CaseKind,
    terminal::{TerminalTokens, TokenRequest},
};
use serde_json::json;

/// Fresh tokens for a refresh token. The same `ask` gets the same answer.
pub async fn renew(state: &AppState, request: &TokenRequest) -> Result<TerminalTokens, ApiError> {
    let claims = Refresh::check(&state.auth, &request.refresh_token).ok_or_else(|| {
        ApiError::new(
            StatusCode::UNAUTHORIZED,
            "refresh_token",
            "This is no refresh token of this server. Enrol this terminal anew; what it sold stays on it.",
        )
    })?;
    let (now_ms, presented) = (state.now_ms(), claims.bearer.epoch);
    let seconds = now_ms / 1000;
    let mut tx = state.db.write().await?;
    let terminal = known_or_restored(&mut tx, &claims.bearer, now_ms).await?;
    let given = store::answered(&mut tx, terminal.id, request.ask).await?;
    if let Some(Answered { epoch, number, issued_s }) = given {
        // An access token that would soon be useless is signed anew; everything else is as it was.
        let access_s = if seconds - issued_s < ACCESS_LIFE_S / 2 { issued_s } else { seconds };
        tx.commit().await?;
        return Ok(answer(&state.auth, terminal.bearer(epoch), number, issued_s, access_s, terminal.revoked));
    }
    let known = store::tokens_of(&mut tx, terminal.id, presented).await?.ok_or_else(ApiError::internal)?;
    let answered = if terminal.revoked {
        Answered { epoch: presented, number: claims.number, issued_s: seconds }
    } else {
        match renewal::renew(known, claims.number) {
            Renewal::GoOn(number) => Answered { epoch: presented, number, issued_s: seconds },
            Renewal::Forked => fresh(&mut tx, &terminal, presented, now_ms).await?,
            Renewal::Clone => {
                open_clone(&mut tx, &terminal, presented, known, claims.number, now_ms).await?;
                fresh(&mut tx, &terminal, presented, now_ms).await?
            }
        }
    };
    if !terminal.revoked {
        store::set_token(&mut tx, terminal.id, answered, Some(request.ask)).await?;
        store::rise_to(&mut tx, terminal.id, answered.epoch, None, now_ms).await?;
    }
    tx.commit().await?;
    let Answered { epoch, number, issued_s } = answered;
    Ok(answer(&state.auth, terminal.bearer(epoch), number, issued_s, seconds, terminal.revoked))
}

/// The terminal that a valid signature names. If the server does not know it, or not this epoch of it, the server was
/// restored from before: both are made anew from what was signed, and a case says so.
pub(super) async fn known_or_restored(
    tx: &mut WriteTx<'_>,
    bearer: &Bearer,
    now_ms: i64,
) -> Result<Terminal, ApiError> {
    let known = store::terminal(tx, bearer.terminal).await?;
    let epoch_is_known = store::tokens_of(tx, bearer.terminal, bearer.epoch).await?.is_some();
    let terminal = match known {
        Some(terminal) if epoch_is_known => return Ok(terminal),
        Some(terminal) => {
            store::rise_to(tx, terminal.id, bearer.epoch, None, now_ms).await?;
            Terminal { epoch: terminal.epoch.max(bearer.epoch), ..terminal }
        }
        None => {
            if setup::outlet(tx).await? != Some(bearer.outlet) {
                return Err(ApiError::new(
                    StatusCode::UNAUTHORIZED,
                    "refresh_token",
                    "This terminal belongs to a shop that is not here. Enrol it anew.",
                ));
            }
            let short_code = store::free_short_code(tx, bearer.outlet, Some(&bearer.short_code)).await?;
            let Bearer { terminal: id, outlet, right, epoch, .. } = *bearer;
            let terminal = Terminal { id, outlet, short_code, right, epoch, revoked: false };
            store::insert_terminal(tx, &terminal, "till", None, now_ms).await?;
            feed::record(tx, &[super::enrol::changed(id, 1)]).await?;
            terminal
        }
    };
    let case = NewCase {
        kind: CaseKind::Restored,
        subject: format!("{}:{}", terminal.id, bearer.epoch),
        summary: format!(
            "{} came with a valid token that this database did not know: it was restored from before the token was \
             issued. The terminal was taken in again and asked for what it has.",
            terminal.short_code
        ),
        evidence: json!({ "short_code": bearer.short_code, "epoch": bearer.epoch }),
        terminal: Some(terminal.id),
        reference: None,
        epoch: Some(bearer.epoch),
        seq: None,
    };
    cases::open(tx, terminal.outlet, &[case], now_ms).await?;
    Ok(terminal)
}

/// An epoch above every one known, for a till that leaves this one.
async fn fresh(
    tx: &mut WriteTx<'_>,
    terminal: &Terminal,
    ended: u32,
    now_ms: i64,
) -> Result<Answered, ApiError> {
    super::epoch_ends(tx, terminal, ended, now_ms).await?;
    let epoch = terminal.epoch.saturating_add(1);
    store::rise_to(tx, terminal.id, epoch, None, now_ms).await?;
    Ok(Answered { epoch, number: 1, issued_s: now_ms / 1000 })
}

async fn open_clone(
    tx: &mut WriteTx<'_>,
    terminal: &Terminal,
    epoch: u32,
    known: Known,
    number: i64,
    now_ms: i64,
) -> Result<(), ApiError> {
    store::set_forked(tx, terminal.id, epoch, now_ms).await?;
    let case = NewCase {
        kind: CaseKind::Clone,
        subject: format!("{}:{}", terminal.id, epoch),
        summary: format!(
            "A copy of {} is about: a token of it was used that had been replaced. Each copy got a journal of its own \
             and goes on selling; find out where the second device is.",
            terminal.short_code
        ),
        evidence: json!({ "presented": number, "current": known.number }),
        terminal: Some(terminal.id),
        reference: None,
        epoch: Some(epoch),
        seq: None,
    };
    cases::open(tx, terminal.outlet, &[case], now_ms).await?;
    Ok(())
}
