//! The one table of all routes.

use super::{ApiError, AppState, headers};
use crate::{assets, cases, products, sales, setup, stock, sync, terminals};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::StatusCode,
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder,
    security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};
use utoipa_axum::router::OpenApiRouter;

/// Most bytes of a body where a route says nothing else.
const BODY_MAX: usize = 1024 * 1024;
/// What the API's description calls its one way to authenticate.
const BEARER: &str = "bearer";

/// Every route of the server.
pub fn router(state: AppState) -> Router {
    let (api, openapi) = api().split_for_parts();
    let document = openapi.to_json().unwrap_or_default();
    api.route(
        "/api/openapi.json",
        get(async move || ([("content-type", "application/json")], document.clone())),
    )
    .route("/livez", get(live))
    .route("/readyz", get(ready))
    .method_not_allowed_fallback(method_not_allowed)
    .fallback(elsewhere)
    .layer(DefaultBodyLimit::max(BODY_MAX))
    .layer(CatchPanicLayer::custom(panicked))
    .layer(middleware::from_fn(headers::harden))
    .with_state(state)
}

/// The OpenAPI document of [`router`].
pub fn openapi() -> OpenApi {
    api().split_for_parts().1
}

/// The routes that the OpenAPI document describes, area by area.
fn api() -> OpenApiRouter<AppState> {
    let info = InfoBuilder::new()
        .title("Evertill")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The ERP behind the tills. Errors are problem documents (RFC 9457) with stable codes.",
        ))
        .build();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A terminal's access token, or a key made with `evertill key create`."))
        .build();
    let components = ComponentsBuilder::new().security_scheme(BEARER, SecurityScheme::Http(bearer)).build();
    let document = OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .security(Some([SecurityRequirement::new(BEARER, [""; 0])]))
        .build();
    OpenApiRouter::with_openapi(document)
        .merge(setup::routes())
        .merge(terminals::routes())
        .merge(products::routes())
        .merge(stock::routes())
        .merge(sync::routes())
        .merge(sales::routes())
        .merge(cases::routes())
}

/// The process serves: the database is migrated, the demo shop imported.
async fn live() -> &'static str {
    "live\n"
}

/// The database answers.
async fn ready(State(state): State<AppState>) -> Result<&'static str, ApiError> {
    state.db.answers().await?;
    Ok("ready\n")
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method", "This address does not know this method.")
}

/// A path of the web app, or nothing.
async fn elsewhere(State(state): State<AppState>, request: Request) -> Response {
    if headers::is_api(request.uri().path()) {
        return ApiError::not_found("There is nothing at this address.").into_response();
    }
    let (parts, _) = request.into_parts();
    assets::answer(&state.web, &parts).await
}

fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    ApiError::internal().into_response()
}
