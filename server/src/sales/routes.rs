//! `/api/sales`.

use super::{
    book::{self, Booked},
    store,
};
use crate::{
    auth::{Caller, Scope},
    http::{ApiError, AppState, Json, Path, Query, paging},
};
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use evertill_domain::Id;
use evertill_protocol::{
    api::{Page, SaleCreate, SaleDetail, SaleRow},
    problem::Problem,
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Rows of a page.
const LIMITS: paging::Limits = paging::Limits { usual: 50, most: 500 };

/// The routes of this area.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Rows of the page; 50 if not given, at most 500.
    limit: Option<u32>,
    /// `next` of the page before.
    after: Option<String>,
}

/// A page of booked sales of all terminals, newest first.
#[utoipa::path(get, path = "/api/sales", tag = "sales", params(ListQuery),
    responses((status = 200, body = Page<SaleRow>), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<SaleRow>>, ApiError> {
    caller.require_scope(Scope::SalesRead)?;
    let limit = LIMITS.rows(query.limit);
    let before = paging::newest_below(query.after.as_deref())?;
    let mut db = state.db.read().await?;
    let mut found = store::page(&mut db, before, limit + 1).await?;
    let next = paging::cut(&mut found, limit).map(|(booked, _)| booked.to_string());
    Ok(Json(Page { items: found.into_iter().map(|(_, row)| row).collect(), next }))
}

/// One sale with its lines and its place in the journal.
#[utoipa::path(get, path = "/api/sales/{id}", tag = "sales", params(("id" = Uuid, Path)),
    responses((status = 200, body = SaleDetail), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn read(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<SaleDetail>, ApiError> {
    caller.require_scope(Scope::SalesRead)?;
    let mut db = state.db.read().await?;
    let found = match Id::new(id) {
        Ok(id) => store::one(&mut db, id).await?,
        Err(_) => None,
    };
    found.map(Json).ok_or_else(|| ApiError::not_found("There is no booked sale with this id."))
}

/// Books a sale of another system in the journal `S0`. The same request again answers the stored sale.
///
/// `opened_at` and `completed_at` lie between 2000-01-01 and two days from now.
#[utoipa::path(post, path = "/api/sales", tag = "sales", request_body = SaleCreate,
    responses((status = 201, description = "Booked", body = SaleDetail),
        (status = 200, description = "Booked before, with the same content", body = SaleDetail),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, description = "`id_taken`: the id belongs to other content", body = Problem),
        (status = 422, description = "`insufficient_stock`, `arithmetic`, `body`, `outlet`, `currency`, `change`: change beyond the cash, `time`: a time before 2000 or more than two days ahead", body = Problem)))]
async fn create(
    State(state): State<AppState>,
    caller: Caller,
    Json(create): Json<SaleCreate>,
) -> Result<Response, ApiError> {
    caller.require_scope(Scope::SalesWrite)?;
    let mut tx = state.db.write().await?;
    let booked = book::book(&mut tx, create, state.now_ms()).await?;
    tx.commit().await?;
    let (status, detail) = match booked {
        Booked::Now(detail) => (StatusCode::CREATED, detail),
        Booked::Before(detail) => (StatusCode::OK, detail),
    };
    let place = HeaderValue::from_str(&format!("/api/sales/{}", detail.row.id)).ok();
    let mut response = (status, Json(detail)).into_response();
    response.headers_mut().extend(place.map(|place| (header::LOCATION, place)));
    Ok(response)
}
