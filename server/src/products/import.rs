//! `/api/products/import`: a CSV file is taken whole or not at all, and others may look how far it is.

use super::{
    catalogue::{self, ImportError},
    csv_file,
    progress::Imports,
};
use crate::{
    auth::{Caller, Scope},
    http::{ApiError, AppState, Json, Path, Query, read_body, refuse_content_encoding, require_content_type},
    setup,
};
use axum::extract::{DefaultBodyLimit, Request, State};
use evertill_protocol::{api::ImportAnswer, problem::Problem};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Most bytes of a CSV file.
const CSV_MAX: usize = 64 * 1024 * 1024;

/// The routes of imports.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(import))
        .layer(DefaultBodyLimit::max(CSV_MAX))
        .routes(routes!(progress))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// A UUID made by the client, to ask under how far the import is; left out if nobody asks.
    id: Option<Uuid>,
}

/// Imports a CSV file: all of it, or nothing and every row that is at fault.
#[utoipa::path(post, path = "/api/products/import", tag = "products", params(ImportQuery),
    request_body(content = String, content_type = "text/csv",
        description = "Columns id (optional), sku, name, barcodes (separated by | or ;), category, price_minor, tax_rate_ppm, weighed, opening_stock_milli, version (not read)"),
    responses((status = 200, body = ImportAnswer),
        (status = 400, body = Problem, description = "`rows`, with each row's line and reason"),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem, description = "`import_runs`: one runs under this id"),
        (status = 413, body = Problem), (status = 415, body = Problem)))]
async fn import(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ImportQuery>,
    request: Request,
) -> Result<Json<ImportAnswer>, ApiError> {
    caller.require_scope(Scope::ProductsWrite)?;
    require_content_type(&request, &["text/csv"])?;
    refuse_content_encoding(&request)?;
    let running = Imports::begin(&state.imports, query.id.unwrap_or_else(Uuid::now_v7))
        .ok_or_else(|| ApiError::conflict("import_runs", "An import runs under this id."))?;
    let bytes = read_body(request, &state).await?;
    let rows = setup::parse_catalogue(bytes.to_vec(), running.progress()).await?;
    let mut tx = state.db.write().await?;
    let outlet = setup::outlet_of(&mut tx, &caller).await?;
    let answer = catalogue::import(&mut tx, outlet, rows, state.now_ms(), &running.progress()).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// How a running import stands; all 0 if none runs under this id, for it may just have ended. Nobody sees any of it
/// before its end.
#[utoipa::path(get, path = "/api/products/import/{id}", tag = "products", params(("id" = Uuid, Path)),
    responses((status = 200, body = ImportAnswer), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn progress(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<ImportAnswer>, ApiError> {
    caller.require_scope(Scope::ProductsWrite)?;
    Ok(Json(state.imports.look(id).unwrap_or_default()))
}

impl From<ImportError> for ApiError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Rows(rows) => csv_file::refused(rows),
            ImportError::Sqlite(error) => error.into(),
        }
    }
}
