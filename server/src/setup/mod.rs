//! The shop: made once, from the set-up link or as the demo shop; and which outlet a request is about.

mod routes;
mod shop;
mod store;

pub use routes::routes;
pub use shop::{NewShop, create, demo};

use crate::{
    auth::Caller,
    http::ApiError,
    products::{self, NewProduct, Progress},
};
use evertill_domain::{Id, id};
use sqlx::SqliteConnection;
use std::sync::Arc;

/// The outlet, if the shop was set up. There is one yet.
pub async fn outlet(db: &mut SqliteConnection) -> Result<Option<Id<id::Outlet>>, sqlx::Error> {
    store::outlet(db).await
}

/// The outlet that a caller works for; 409 `no_shop` for a key before the shop was set up.
pub async fn outlet_of(db: &mut SqliteConnection, caller: &Caller) -> Result<Id<id::Outlet>, ApiError> {
    match caller {
        Caller::Terminal { outlet, .. } => Ok(*outlet),
        Caller::Key { .. } => outlet(db).await?.ok_or_else(|| {
            ApiError::conflict("no_shop", "The shop is not set up yet. Open the set-up link.")
        }),
    }
}

/// The products of a CSV file, read on a thread of its own: a long file does not hold up other requests.
pub async fn parse_catalogue(bytes: Vec<u8>, progress: Arc<Progress>) -> Result<Vec<NewProduct>, ApiError> {
    tokio::task::spawn_blocking(move || products::parse(&bytes, &progress))
        .await
        .map_err(|_| ApiError::internal())?
        .map_err(products::refused)
}
