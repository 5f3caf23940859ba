//! `/api/stock/movements`.

use super::{Movement, store};
use crate::{
    auth::{Caller, Scope},
    http::{ApiError, AppState, Json},
    setup,
};
use axum::{extract::State, http::StatusCode};
use evertill_protocol::{
    api::{MovementAnswer, MovementRequest},
    problem::Problem,
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Most that one movement moves, and most that may lie anywhere: a thousand million units.
const QUANTITY_MILLI_MAX: i64 = 1_000_000_000_000;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create))
}

/// Books a movement: goods received, counted, damaged. The same request again answers the same and books nothing.
#[utoipa::path(post, path = "/api/stock/movements", tag = "stock", request_body = MovementRequest,
    responses((status = 201, body = MovementAnswer), (status = 200, body = MovementAnswer, description = "It was booked already."),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem, description = "`not_found`: no such product"),
        (status = 409, body = Problem, description = "`id_taken`: the id belongs to another movement")))]
async fn create(
    State(state): State<AppState>,
    caller: Caller,
    Json(request): Json<MovementRequest>,
) -> Result<(StatusCode, Json<MovementAnswer>), ApiError> {
    caller.require_scope(Scope::StockWrite)?;
    let MovementRequest { id, product, quantity_milli, reason } = request;
    if id.is_nil() {
        return Err(ApiError::invalid("“id” is a UUID other than nil, made by the client."));
    }
    if quantity_milli == 0 || !(-QUANTITY_MILLI_MAX..=QUANTITY_MILLI_MAX).contains(&quantity_milli) {
        return Err(ApiError::invalid(
            "“quantity_milli” is not zero and moves at most a thousand million units.",
        ));
    }
    let mut tx = state.db.write().await?;
    let outlet = setup::outlet_of(&mut tx, &caller).await?;
    if let Some((booked_product, booked_quantity, booked_reason)) = store::find(&mut tx, outlet, id).await? {
        let same = booked_product == product.uuid()
            && booked_quantity == quantity_milli
            && serde_json::to_value(reason).is_ok_and(|reason| reason == booked_reason);
        if !same {
            return Err(ApiError::conflict("id_taken", "Another movement was booked with this id."));
        }
        let on_hand_milli = store::on_hand(&mut tx, outlet, product).await?;
        return Ok((StatusCode::OK, Json(MovementAnswer { id, on_hand_milli })));
    }
    if !store::product_exists(&mut tx, product).await? {
        return Err(ApiError::not_found("There is no product with this id."));
    }
    let before = store::on_hand(&mut tx, outlet, product).await?;
    let on_hand_milli = before.saturating_add(quantity_milli);
    if !(-QUANTITY_MILLI_MAX..=QUANTITY_MILLI_MAX).contains(&on_hand_milli) {
        return Err(ApiError::invalid("On hand would lie beyond a thousand million units."));
    }
    let movement = Movement { source: id, product, quantity_milli, reason, at: state.now_ms() };
    store::book(&mut tx, outlet, &[movement]).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(MovementAnswer { id, on_hand_milli })))
}
