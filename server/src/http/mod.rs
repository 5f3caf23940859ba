//! The HTTP shell: state, the table of routes, problem documents, headers, limits, the serving loop.
//!
//! Guarantees: every error under `/api` is a problem document; no answer of `/api` is cached; a panic in a
//! handler is a 500 and ends nothing else; a body is never read beyond its route's limit.

mod extract;
mod headers;
mod limits;
mod misread;
pub mod paging;
mod problem;
mod routes;
mod serve;
mod state;

pub use extract::{Json, Path, Query, parse_json, read_body, refuse_content_encoding, require_content_type};
pub use limits::{ClientAddress, RateLimits};
pub use problem::ApiError;
pub use routes::{openapi, router};
pub use serve::{serve, stop_on_signal};
pub use state::{AppState, Clock, Shared, machine_clock};
