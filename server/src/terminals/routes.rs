//! `/api/terminals`.

use super::{
    codes::{self, Target},
    cookie, enrol, qr, renew, revoke, store,
};
use crate::{
    auth::{Caller, tokens::Bearer},
    http::{ApiError, AppState, ClientAddress, Json, Path},
    setup,
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use evertill_domain::{Id, id};
use evertill_protocol::{
    problem::Problem,
    terminal::{
        CodeAnswer, CodeRequest, EnrolRequest, Remembered, TerminalRow, TerminalTokens, TokenRequest,
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of this area.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(create_code))
        .routes(routes!(enrol_terminal))
        .routes(routes!(renew_tokens))
        .routes(routes!(remembered))
        .routes(routes!(revoke_terminal))
}

type WithCookie = ([(HeaderName, HeaderValue); 1], Json<TerminalTokens>);

/// Enrols this browser with a one-time code. The same device gets the same answer with fresh tokens for 24 hours.
#[utoipa::path(post, path = "/api/terminals/enrol", tag = "terminals", request_body = EnrolRequest, security(()),
    responses((status = 200, body = TerminalTokens), (status = 400, body = Problem),
        (status = 403, body = Problem, description = "`code_unknown`"),
        (status = 409, body = Problem, description = "`no_shop`"),
        (status = 410, body = Problem, description = "`code_used` or `code_expired`"), (status = 429, body = Problem)))]
async fn enrol_terminal(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Json(request): Json<EnrolRequest>,
) -> Result<WithCookie, ApiError> {
    state.limits.code(address)?;
    let remembered = cookie::read(&state.auth, &headers);
    let tokens = enrol::enrol(&state, &request, remembered).await?;
    Ok(with_cookie(&state, &headers, tokens))
}

/// Renews a terminal's tokens. The same `ask` gets the same answer.
#[utoipa::path(post, path = "/api/terminals/token", tag = "terminals", request_body = TokenRequest, security(()),
    responses((status = 200, body = TerminalTokens), (status = 400, body = Problem),
        (status = 401, body = Problem, description = "`refresh_token`"), (status = 429, body = Problem)))]
async fn renew_tokens(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Json(request): Json<TokenRequest>,
) -> Result<WithCookie, ApiError> {
    state.limits.token(address)?;
    let tokens = renew::renew(&state, &request).await?;
    Ok(with_cookie(&state, &headers, tokens))
}

/// What this browser was, if its database is gone and its cookie is not.
#[utoipa::path(get, path = "/api/terminals/remembered", tag = "terminals", security(()),
    responses((status = 200, body = Remembered)))]
async fn remembered(State(state): State<AppState>, headers: HeaderMap) -> Json<Remembered> {
    let known = cookie::read(&state.auth, &headers);
    Json(Remembered {
        terminal: known.as_ref().map(|bearer| bearer.terminal),
        short_code: known.as_ref().map(|bearer| bearer.short_code.clone()),
        epoch: known.map(|bearer| bearer.epoch),
    })
}

/// All terminals of the outlet (owner).
#[utoipa::path(get, path = "/api/terminals", tag = "terminals",
    responses((status = 200, body = Vec<TerminalRow>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(State(state): State<AppState>, caller: Caller) -> Result<Json<Vec<TerminalRow>>, ApiError> {
    caller.require_owner()?;
    let mut db = state.db.read().await?;
    let outlet = setup::outlet_of(&mut db, &caller).await?;
    Ok(Json(store::list(&mut db, outlet).await?))
}

/// A one-time code for a further terminal, or for one that is enrolled anew (owner).
#[utoipa::path(post, path = "/api/terminals/codes", tag = "terminals", request_body = CodeRequest,
    responses((status = 201, body = CodeAnswer), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn create_code(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    Json(request): Json<CodeRequest>,
) -> Result<(StatusCode, Json<CodeAnswer>), ApiError> {
    caller.require_owner()?;
    let mut tx = state.db.write().await?;
    let outlet = setup::outlet_of(&mut tx, &caller).await?;
    let target = match request.terminal {
        None => Target::Next,
        Some(id) => {
            let known = store::terminal(&mut tx, id).await?.filter(|terminal| terminal.outlet == outlet);
            Target::Anew(known.ok_or_else(no_terminal)?.id)
        }
    };
    let mut code = codes::enrolment(&mut tx, outlet, target, state.now_ms()).await?;
    tx.commit().await?;
    if let Some(origin) = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()) {
        code.qr = qr::rows(&format!("{origin}{}", code.path));
    }
    Ok((StatusCode::CREATED, Json(code)))
}

/// Takes a terminal's rights (owner). What it has sold is still taken.
#[utoipa::path(post, path = "/api/terminals/{id}/revoke", tag = "terminals", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`own_terminal`")))]
async fn revoke_terminal(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<Id<id::Terminal>>,
) -> Result<StatusCode, ApiError> {
    caller.require_owner()?;
    if caller.require_terminal()? == id {
        return Err(ApiError::conflict(
            "own_terminal",
            "A terminal does not revoke itself. Use another owner's, or `evertill terminal revoke` on the server.",
        ));
    }
    if revoke::revoke(&state.db, id, state.now_ms()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(no_terminal())
    }
}

fn with_cookie(state: &AppState, asked: &HeaderMap, tokens: TerminalTokens) -> WithCookie {
    let bearer = Bearer {
        terminal: tokens.terminal,
        outlet: tokens.outlet,
        short_code: tokens.short_code.clone(),
        right: tokens.right,
        epoch: tokens.epoch,
    };
    let cookie = cookie::set(&state.auth, bearer, asked, state.now_ms() / 1000);
    ([(header::SET_COOKIE, cookie)], Json(tokens))
}

fn no_terminal() -> ApiError {
    ApiError::not_found("There is no terminal with this id.")
}
