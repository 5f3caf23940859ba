//! `/api/products`.

use super::{
    catalogue::{self, Write, sorted},
    import,
    paging::Position,
    store::{self, Listed},
};
use crate::{
    auth::{Caller, Scope},
    feed::{self, Changed},
    http::{ApiError, AppState, Json, Path, Query, paging},
    setup,
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use evertill_domain::{
    Id, id,
    product::{FieldError, Product, ProductFields},
};
use evertill_protocol::{
    api::{Page, ProductCreate, ProductFieldsSchema, ProductRow},
    problem::Problem,
};
use serde::Deserialize;
use sqlx::SqliteConnection;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Rows of a page.
const LIMITS: paging::Limits = paging::Limits { usual: 50, most: 500 };

/// The routes of this area.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, replace, delete))
        .merge(import::routes())
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Rows of the page; 50 if not given, at most 500.
    limit: Option<u32>,
    /// `next` of the page before.
    after: Option<String>,
    /// Words that name, article code or barcode must contain.
    q: Option<String>,
}

/// A page of products by name.
#[utoipa::path(get, path = "/api/products", tag = "products", params(ListQuery),
    responses((status = 200, body = Page<ProductRow>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<ProductRow>>, ApiError> {
    caller.require_scope(Scope::ProductsRead)?;
    let limit = LIMITS.rows(query.limit);
    let after = match query.after.as_deref() {
        None | Some("") => Position::default(),
        Some(text) => Position::parse(text).ok_or_else(paging::not_a_cursor)?,
    };
    let mut db = state.db.read().await?;
    let outlet = setup::outlet_of(&mut db, &caller).await?;
    let search: String = query.q.unwrap_or_default().chars().take(200).collect();
    let mut found = store::page(&mut db, outlet, &after, limit + 1, &search).await?;
    let next = paging::cut(&mut found, limit).map(|(position, _)| position.to_text());
    Ok(Json(Page { items: found.into_iter().map(|(_, row)| row).collect(), next }))
}

/// Creates a product. The same request again answers the product that is there.
#[utoipa::path(post, path = "/api/products", tag = "products", request_body = ProductCreate,
    responses((status = 201, body = ProductRow), (status = 200, body = ProductRow, description = "It was there already."),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem, description = "`sku_taken`, `barcode_taken` or `id_taken`")))]
async fn create(
    State(state): State<AppState>,
    caller: Caller,
    Json(request): Json<ProductCreate>,
) -> Result<Response, ApiError> {
    caller.require_scope(Scope::ProductsWrite)?;
    let fields = checked(request.fields)?;
    let id = request.id.unwrap_or_else(|| Id::new(Uuid::now_v7()).expect("a fresh UUID is not nil"));
    let mut tx = state.db.write().await?;
    let outlet = setup::outlet_of(&mut tx, &caller).await?;
    if let Some(there) = store::by_id(&mut tx, outlet, id).await? {
        if there.deleted || there.stored.fields != fields {
            return Err(ApiError::conflict("id_taken", "There is another product with this id."));
        }
        return Ok(product_answer(StatusCode::OK, there));
    }
    refuse_taken_codes(&mut tx, id, &fields).await?;
    catalogue::write(&mut tx, &[Write { id, fields, version: 1 }]).await?;
    let made = existing(store::by_id(&mut tx, outlet, id).await?)?;
    tx.commit().await?;
    Ok(product_answer(StatusCode::CREATED, made))
}

/// One product.
#[utoipa::path(get, path = "/api/products/{id}", tag = "products", params(("id" = Uuid, Path)),
    responses((status = 200, body = ProductRow, headers(("ETag" = String, description = "The quoted version"))),
        (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn read(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<Id<id::Product>>,
) -> Result<Response, ApiError> {
    caller.require_scope(Scope::ProductsRead)?;
    let mut db = state.db.read().await?;
    let outlet = setup::outlet_of(&mut db, &caller).await?;
    let found = existing(store::by_id(&mut db, outlet, id).await?)?;
    Ok(product_answer(StatusCode::OK, found))
}

/// Replaces a product's fields, if it still has the version in `If-Match`.
#[utoipa::path(put, path = "/api/products/{id}", tag = "products", request_body = ProductFieldsSchema,
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The quoted version that was changed")),
    responses((status = 200, body = ProductRow), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`sku_taken` or `barcode_taken`"),
        (status = 412, body = Problem, description = "`version_mismatch`"),
        (status = 428, body = Problem, description = "`if_match_needed`")))]
async fn replace(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<Id<id::Product>>,
    headers: HeaderMap,
    Json(fields): Json<ProductFields>,
) -> Result<Response, ApiError> {
    caller.require_scope(Scope::ProductsWrite)?;
    let wanted = if_match(&headers)?;
    let fields = checked(fields)?;
    let mut tx = state.db.write().await?;
    let outlet = setup::outlet_of(&mut tx, &caller).await?;
    let there = existing(store::by_id(&mut tx, outlet, id).await?)?;
    wanted.check(there.stored.version)?;
    if there.stored.fields == fields {
        return Ok(product_answer(StatusCode::OK, there));
    }
    refuse_taken_codes(&mut tx, id, &fields).await?;
    catalogue::write(&mut tx, &[Write { id, fields, version: there.stored.version + 1 }]).await?;
    let changed = existing(store::by_id(&mut tx, outlet, id).await?)?;
    tx.commit().await?;
    Ok(product_answer(StatusCode::OK, changed))
}

/// Deletes a product, if it still has the version in `If-Match`. Sales that name it stay as they are.
#[utoipa::path(delete, path = "/api/products/{id}", tag = "products",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The quoted version that was seen")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 412, body = Problem, description = "`version_mismatch`"),
        (status = 428, body = Problem, description = "`if_match_needed`")))]
async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<Id<id::Product>>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    caller.require_scope(Scope::ProductsWrite)?;
    let wanted = if_match(&headers)?;
    let mut tx = state.db.write().await?;
    let outlet = setup::outlet_of(&mut tx, &caller).await?;
    let there = existing(store::by_id(&mut tx, outlet, id).await?)?.stored;
    wanted.check(there.version)?;
    let version = there.version + 1;
    store::drop_barcodes(&mut tx, &[Write { id, fields: there.fields, version }]).await?;
    store::bury(&mut tx, id, version, state.now_ms()).await?;
    feed::record(&mut tx, &[Changed { kind: "product", id: id.uuid(), version, deleted: true }]).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn checked(fields: ProductFields) -> Result<ProductFields, ApiError> {
    let product = Product::new(fields)
        .map_err(|fields| ApiError::invalid("Some fields cannot be taken.").with_fields(fields))?;
    Ok(sorted(product.into_fields()))
}

fn existing(found: Option<Listed>) -> Result<Listed, ApiError> {
    found
        .filter(|listed| !listed.deleted)
        .ok_or_else(|| ApiError::not_found("There is no product with this id."))
}

fn product_answer(status: StatusCode, listed: Listed) -> Response {
    let row = ProductRow::from(listed);
    let etag =
        HeaderValue::from_str(&format!("\"{}\"", row.version)).expect("digits and quotes are a header value");
    (status, [(header::ETAG, etag)], Json(row)).into_response()
}

/// 409 if article code or a barcode belongs to another product.
async fn refuse_taken_codes(
    db: &mut SqliteConnection,
    id: Id<id::Product>,
    fields: &ProductFields,
) -> Result<(), ApiError> {
    let taken = |code, field: &str, reason: String| {
        let fields = vec![FieldError { field: field.to_owned(), reason: reason.clone() }];
        Err(ApiError::conflict(code, reason).with_fields(fields))
    };
    let same_sku = store::by_sku_keys(db, &[fields.sku.to_lowercase()]).await?;
    if let Some(other) = same_sku.into_iter().find(|other| other.id != id) {
        let reason = format!("The article code {} is “{}” already.", other.fields.sku, other.fields.name);
        return taken("sku_taken", "sku", reason);
    }
    let owners = store::barcode_owners(db, &fields.barcodes).await?;
    if let Some(other) = owners.into_iter().find(|other| other.product != id.uuid()) {
        let reason = format!("{} is a barcode of {} “{}” already.", other.code, other.sku, other.name);
        return taken("barcode_taken", "barcodes", reason);
    }
    Ok(())
}

/// What `If-Match` asks for.
enum Wanted {
    Any,
    Versions(Vec<String>),
}

impl Wanted {
    fn check(&self, version: u64) -> Result<(), ApiError> {
        let quoted = format!("\"{version}\"");
        match self {
            Self::Any => Ok(()),
            Self::Versions(tags) if tags.contains(&quoted) => Ok(()),
            Self::Versions(_) => Err(ApiError::new(
                StatusCode::PRECONDITION_FAILED,
                "version_mismatch",
                format!(
                    "Somebody changed this product meanwhile; it has version {version} now. Look at it again."
                ),
            )),
        }
    }
}

fn if_match(headers: &HeaderMap) -> Result<Wanted, ApiError> {
    let given = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok()).map(str::trim);
    match given {
        None | Some("") => Err(ApiError::new(
            StatusCode::PRECONDITION_REQUIRED,
            "if_match_needed",
            "Send If-Match with the quoted version that you saw, so that nobody's change is lost.",
        )),
        Some("*") => Ok(Wanted::Any),
        Some(tags) => Ok(Wanted::Versions(tags.split(',').map(|tag| tag.trim().to_owned()).collect())),
    }
}
