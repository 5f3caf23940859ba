//! The caller of a request, taken from its `Authorization` header.

use super::{Scope, api_keys, store, tokens::Access};
use crate::http::{ApiError, AppState};
use axum::{
    extract::FromRequestParts,
    http::{Method, StatusCode, header, request::Parts},
};
use evertill_domain::{Id, id};
use evertill_protocol::terminal::Right;
use uuid::Uuid;

/// The one route on which a revoked terminal is still heard, besides the token route.
const UPLOAD_PATH: &str = "/api/sync/sales";
/// A credential is never longer than this.
const CREDENTIAL_MAX: usize = 4096;

/// Who calls. As an extractor: 401 `unauthorized` without a valid credential; 401 `renew` for a terminal or epoch
/// that only the token knows (the server was restored; the token route makes it anew); 403 `revoked` for a revoked
/// terminal anywhere but on the upload route.
#[derive(Clone, Debug)]
pub enum Caller {
    /// An enrolled browser.
    Terminal {
        /// Which.
        terminal: Id<id::Terminal>,
        /// Its outlet.
        outlet: Id<id::Outlet>,
        /// What it may do now.
        right: Right,
        /// The epoch its token was issued for.
        epoch: u32,
        /// Its token is good for uploads alone.
        upload_only: bool,
        /// It was revoked.
        revoked: bool,
    },
    /// Another system.
    Key {
        /// Which key.
        id: Uuid,
        /// What it may do.
        scopes: Vec<Scope>,
    },
}

impl Caller {
    /// 403 `forbidden` unless this is a terminal with the right `owner`.
    pub fn require_owner(&self) -> Result<(), ApiError> {
        match self {
            Self::Terminal { right: Right::Owner, .. } => Ok(()),
            _ => Err(ApiError::forbidden("Only a terminal with the right “owner” may do this.")),
        }
    }

    /// 403 `forbidden` unless the caller may do what the scope names: a key that has it; the owner anything; other
    /// terminals see products, stock, sales and cases.
    pub fn require_scope(&self, scope: Scope) -> Result<(), ApiError> {
        let allowed = match self {
            Self::Terminal { right: Right::Owner, .. } => true,
            Self::Terminal { right: Right::Sell, .. } => scope.is_reading(),
            Self::Key { scopes, .. } => scopes.contains(&scope),
        };
        if allowed {
            return Ok(());
        }
        Err(ApiError::forbidden(format!(
            "This needs the right “owner”, or a key with the scope {}.",
            scope.as_str()
        )))
    }

    /// The terminal; 403 `forbidden` for a key.
    pub fn require_terminal(&self) -> Result<Id<id::Terminal>, ApiError> {
        match self {
            Self::Terminal { terminal, .. } => Ok(*terminal),
            Self::Key { .. } => Err(ApiError::forbidden("Only an enrolled terminal may do this.")),
        }
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let credential = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, credential)| credential.trim())
            .filter(|credential| credential.len() <= CREDENTIAL_MAX)
            .ok_or_else(unauthorized)?;
        if api_keys::looks_like_a_key(credential) {
            return key(state, credential).await;
        }
        let uploads = parts.method == Method::POST && parts.uri.path() == UPLOAD_PATH;
        terminal(state, credential, uploads).await
    }
}

async fn key(state: &AppState, credential: &str) -> Result<Caller, ApiError> {
    let mut reader = state.db.read().await?;
    let found = store::key_of(&mut reader, &super::secret::hashed(credential)).await?;
    found.map(|(id, scopes)| Caller::Key { id, scopes }).ok_or_else(unauthorized)
}

async fn terminal(state: &AppState, credential: &str, uploads: bool) -> Result<Caller, ApiError> {
    let access = Access::check(&state.auth, credential, state.now_ms() / 1000).ok_or_else(unauthorized)?;
    let bearer = access.bearer;
    let mut reader = state.db.read().await?;
    let known = store::standing(&mut reader, bearer.terminal, bearer.epoch).await?.ok_or_else(|| {
        ApiError::new(
            StatusCode::UNAUTHORIZED,
            "renew",
            "The server was restored and does not know this terminal yet. Renew the token.",
        )
    })?;
    drop(reader);
    let revoked = known.revoked;
    if revoked || access.upload_only {
        if !uploads {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "revoked",
                "This terminal was revoked. What it has sold is still taken; nothing else is.",
            ));
        }
        state.limits.revoked(bearer.terminal.uuid())?;
    }
    Ok(Caller::Terminal {
        terminal: bearer.terminal,
        outlet: known.outlet,
        right: known.right,
        epoch: bearer.epoch,
        upload_only: access.upload_only || revoked,
        revoked,
    })
}

fn unauthorized() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "A valid access token or API key is needed: Authorization: Bearer …",
    )
}
