//! `POST /api/setup`.

use super::{
    parse_catalogue,
    shop::{self, NewShop},
    store,
};
use crate::{
    auth::secret,
    demo,
    http::{ApiError, AppState, ClientAddress, Json},
    terminals::{
        codes::{Purpose, REPLAY_MS},
        store as terminals,
    },
};
use axum::{
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
};
use evertill_protocol::{
    api::{SetupAnswer, SetupRequest, StartWith},
    problem::Problem,
};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Most bytes of a set-up with a CSV file inside.
const SETUP_MAX: usize = 16 * 1024 * 1024;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(set_up)).layer(DefaultBodyLimit::max(SETUP_MAX))
}

/// Makes the shop. Afterwards the same code enrols the same device as T1, with the right `owner`. The same request again
/// answers the shop that is there.
#[utoipa::path(post, path = "/api/setup", tag = "setup", request_body = SetupRequest, security(()),
    responses((status = 201, body = SetupAnswer), (status = 200, body = SetupAnswer, description = "It was made already."),
        (status = 400, body = Problem, description = "`fields`, or `rows` of the CSV file"),
        (status = 403, body = Problem, description = "`code_unknown`"),
        (status = 409, body = Problem, description = "`shop_exists`"),
        (status = 410, body = Problem, description = "`code_expired`"), (status = 429, body = Problem)))]
async fn set_up(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    Json(request): Json<SetupRequest>,
) -> Result<(StatusCode, Json<SetupAnswer>), ApiError> {
    state.limits.code(address)?;
    if request.device.is_nil() {
        return Err(ApiError::invalid("“device” is a UUID other than nil, made by the client."));
    }
    let hash = secret::hashed(&secret::normal_code(&request.code));
    // The code is looked at before the file is: nobody without one makes the server work.
    let mut db = state.db.read().await?;
    let known = terminals::code(&mut db, &hash).await?;
    drop(db);
    if known.is_none() {
        return Err(unknown_code());
    }
    let SetupRequest { name, currency, locale, time_zone, default_tax_rate_ppm, stock_policy, .. } = request;
    let SetupRequest { address: address_lines, tax_id, .. } = request;
    let shop = NewShop {
        name,
        currency,
        locale,
        time_zone,
        default_tax_rate: default_tax_rate_ppm,
        stock_policy,
        address: address_lines,
        tax_id,
    };
    let doc = shop
        .check()
        .map_err(|fields| ApiError::invalid("Some fields cannot be taken.").with_fields(fields))?;
    let catalogue = match request.start_with {
        StartWith::Empty => Vec::new(),
        StartWith::Demo => demo::taxed(
            parse_catalogue(demo::CATALOGUE.to_vec(), Arc::default()).await?,
            default_tax_rate_ppm,
        ),
        StartWith::Csv(text) => parse_catalogue(text.into_bytes(), Arc::default()).await?,
    };

    let now_ms = state.now_ms();
    let mut tx = state.db.write().await?;
    let code = terminals::code(&mut tx, &hash).await?.ok_or_else(unknown_code)?;
    if let Some(outlet) = store::outlet(&mut tx).await? {
        if code.outlet == Some(outlet) && code.device == Some(request.device) {
            let products = store::count_products(&mut tx).await?;
            return Ok((StatusCode::OK, Json(SetupAnswer { outlet, products })));
        }
        return Err(ApiError::conflict(
            "shop_exists",
            "The shop is set up already. Ask its owner for a code.",
        ));
    }
    if code.purpose != Purpose::Setup {
        return Err(unknown_code());
    }
    if now_ms >= code.expires_at {
        let detail = "This link has ended. Start the server again; it prints a new one.";
        return Err(ApiError::new(StatusCode::GONE, "code_expired", detail));
    }
    let (outlet, products) = shop::create(&mut tx, &doc, catalogue, now_ms).await?;
    terminals::code_of_shop(&mut tx, &hash, outlet, request.device, now_ms + REPLAY_MS).await?;
    tx.commit().await?;
    tracing::info!(products, "the shop was set up");
    Ok((StatusCode::CREATED, Json(SetupAnswer { outlet, products })))
}

fn unknown_code() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "code_unknown", "There is no such code. Use the newest set-up link.")
}
