//! A code becomes a terminal: a further one, one that is enrolled anew, or the one that this browser was before.

use super::{
    answer,
    codes::REPLAY_MS,
    store::{self, Answered, Code, Terminal, Used},
};
use crate::{
    auth::{secret, tokens::Bearer},
    db::WriteTx,
    feed::{self, Changed},
    http::{ApiError, AppState},
};
use axum::http::StatusCode;
use evertill_domain::{Id, id};
use evertill_protocol::terminal::{EnrolRequest, Right, TerminalTokens};
use uuid::Uuid;

/// Enrols the device that holds the code. The same device gets the same terminal and epoch again for a day; any other
/// is refused. `remembered` is what the browser's cookie says it was.
pub async fn enrol(
    state: &AppState,
    request: &EnrolRequest,
    remembered: Option<Bearer>,
) -> Result<TerminalTokens, ApiError> {
    if request.device.is_nil() {
        return Err(ApiError::invalid("“device” is a UUID other than nil, made by the client."));
    }
    let now_ms = state.now_ms();
    let hash = secret::hashed(&secret::normal_code(&request.code));
    let mut tx = state.db.write().await?;
    let code = store::code(&mut tx, &hash).await?.ok_or_else(unknown_code)?;
    let Some(outlet) = code.outlet else {
        return Err(ApiError::conflict("no_shop", "The shop is not set up yet. Open the set-up link."));
    };
    if let Some(used) = usable(&code, request.device, now_ms)? {
        let terminal = store::terminal(&mut tx, used.terminal).await?.ok_or_else(ApiError::internal)?;
        return issue(state, tx, &terminal, used.epoch, now_ms).await;
    }
    let terminal = match target(&mut tx, &code, outlet, remembered, now_ms).await? {
        Some((mut terminal, ended)) => {
            super::epoch_ends(&mut tx, &terminal, ended, now_ms).await?;
            terminal.epoch = terminal.epoch.max(ended).saturating_add(1);
            store::rise_to(&mut tx, terminal.id, terminal.epoch, Some(request.device), now_ms).await?;
            terminal
        }
        None => create(&mut tx, outlet, code.right, request.device, now_ms).await?,
    };
    let used = Used { terminal: terminal.id, epoch: terminal.epoch };
    store::use_code(&mut tx, &hash, request.device, used, now_ms).await?;
    issue(state, tx, &terminal, terminal.epoch, now_ms).await
}

/// What the code gave this device before, or nothing if it is fresh; 410 if it is gone.
fn usable(code: &Code, device: Uuid, now_ms: i64) -> Result<Option<Used>, ApiError> {
    let gone = |code, detail| Err(ApiError::new(StatusCode::GONE, code, detail));
    if code.device.is_some_and(|owner| owner != device) {
        return gone("code_used", "Another device has used this code. Ask for a new one.");
    }
    match (code.used_at, code.answer) {
        (Some(used_at), Some(used)) if now_ms - used_at < REPLAY_MS => Ok(Some(used)),
        (Some(_), _) => gone("code_used", "This code was used. Ask for a new one."),
        (None, _) if now_ms >= code.expires_at => {
            gone("code_expired", "This code has ended. Ask for a new one.")
        }
        (None, _) => Ok(None),
    }
}

/// The known terminal that the code or the cookie means, with the epoch that ends.
async fn target(
    tx: &mut WriteTx<'_>,
    code: &Code,
    outlet: Id<id::Outlet>,
    remembered: Option<Bearer>,
    now_ms: i64,
) -> Result<Option<(Terminal, u32)>, ApiError> {
    let remembered = remembered.filter(|bearer| bearer.outlet == outlet);
    if let Some(id) = code.terminal {
        let mut terminal = store::terminal(tx, id).await?.ok_or_else(unknown_code)?;
        let presented = remembered.filter(|bearer| bearer.terminal == id).map_or(0, |bearer| bearer.epoch);
        if terminal.revoked {
            let version = store::set_revoked(tx, id, None).await?;
            feed::record(tx, &[changed(id, version)]).await?;
            terminal.revoked = false;
        }
        if code.right == Right::Owner && store::owners(tx, outlet).await? == 0 {
            terminal.right = Right::Owner;
            store::set_right(tx, id, Right::Owner).await?;
        }
        let ended = presented.max(terminal.epoch);
        return Ok(Some((terminal, ended)));
    }
    let Some(bearer) = remembered else { return Ok(None) };
    let mut terminal = super::renew::known_or_restored(tx, &bearer, now_ms).await?;
    if terminal.revoked {
        return Ok(None);
    }
    // The cookie says who the browser was and authorises nothing: what it may do is what the code gives. But the only
    // owner stays one, or nobody could manage the shop any more.
    let right = match (terminal.right, code.right) {
        (Right::Owner, Right::Sell) if store::owners(tx, outlet).await? == 1 => Right::Owner,
        (Right::Sell, Right::Owner) if store::owners(tx, outlet).await? > 0 => Right::Sell,
        (_, given) => given,
    };
    if terminal.right != right {
        store::set_right(tx, terminal.id, right).await?;
        terminal.right = right;
    }
    Ok(Some((terminal, bearer.epoch)))
}

/// A terminal that never was. The first one owns the shop.
async fn create(
    tx: &mut WriteTx<'_>,
    outlet: Id<id::Outlet>,
    right: Right,
    device: Uuid,
    now_ms: i64,
) -> Result<Terminal, ApiError> {
    let right = if store::owners(tx, outlet).await? > 0 { Right::Sell } else { right };
    let terminal = Terminal {
        id: Id::new(Uuid::now_v7()).expect("a fresh UUID is not nil"),
        outlet,
        short_code: store::free_short_code(tx, outlet, None).await?,
        right,
        epoch: 1,
        revoked: false,
    };
    store::insert_terminal(tx, &terminal, "till", Some(device), now_ms).await?;
    feed::record(tx, &[changed(terminal.id, 1)]).await?;
    Ok(terminal)
}

/// Tokens for an epoch, with the number that is current there.
async fn issue(
    state: &AppState,
    mut tx: WriteTx<'_>,
    terminal: &Terminal,
    epoch: u32,
    now_ms: i64,
) -> Result<TerminalTokens, ApiError> {
    let known = store::tokens_of(&mut tx, terminal.id, epoch).await?.ok_or_else(ApiError::internal)?;
    let (number, issued_s) = (known.number.max(1), now_ms / 1000);
    if known.number != number {
        store::set_token(&mut tx, terminal.id, Answered { epoch, number, issued_s }, None).await?;
    }
    tx.commit().await?;
    Ok(answer(&state.auth, terminal.bearer(epoch), number, issued_s, issued_s, terminal.revoked))
}

pub(super) fn changed(terminal: Id<id::Terminal>, version: u64) -> Changed {
    Changed { kind: "terminal", id: terminal.uuid(), version, deleted: false }
}

fn unknown_code() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "code_unknown",
        "There is no such code. Check it, or ask for a new one.",
    )
}
