//! `POST /api/sync/sales`.

mod body;
mod ingest;
mod store;

pub use ingest::{Decide, Ledger, ReadEntry, ingest_with};

use crate::{
    auth::Caller,
    http::{ApiError, AppState, Json},
};
use axum::{
    extract::{DefaultBodyLimit, Request, State},
    http::StatusCode,
};
use evertill_ledger::request::Unfit;
use evertill_protocol::{
    UPLOAD_REQUEST_MAX,
    problem::Problem,
    upload::{Upload, UploadAnswer},
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The route, with its own limit for bodies.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::max(UPLOAD_REQUEST_MAX))
}

/// Takes entries of one (terminal, epoch). Each gets an outcome; `accepted` and `duplicate` are durable.
///
/// `Content-Encoding: gzip` is accepted; at most 500 entries, 1 MiB of bodies, 4 MiB decompressed.
#[utoipa::path(post, path = "/api/sync/sales", tag = "sync",
    request_body = Upload,
    responses(
        (status = 200, description = "An outcome for each entry, after COMMIT", body = UploadAnswer),
        (status = 400, description = "Not an upload", body = Problem),
        (status = 401, description = "No valid token", body = Problem),
        (status = 404, description = "`unknown_terminal`: nothing is kept", body = Problem),
        (status = 409, description = "`epoch`: never issued; enrol", body = Problem),
        (status = 413, description = "Too large; send half", body = Problem),
        (status = 415, description = "Not JSON", body = Problem),
        (status = 503, description = "Busy, or a protocol above this server's own", body = Problem),
    ))]
async fn upload(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Json<UploadAnswer>, ApiError> {
    let carrier = caller.require_terminal()?;
    let bytes = body::read(request, &state).await?;
    ingest::ingest(&state.db, carrier, bytes, Ledger::REAL, state.now_ms()).await.map(Json)
}

impl From<Unfit> for ApiError {
    fn from(unfit: Unfit) -> Self {
        let status = StatusCode::from_u16(unfit.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let error = Self::new(status, unfit.code(), unfit.to_string());
        if status == StatusCode::SERVICE_UNAVAILABLE { error.retry_after(300) } else { error }
    }
}
