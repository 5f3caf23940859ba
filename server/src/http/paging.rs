//! Keyset paging of lists that show the newest first: a page ends at a number, the next begins below it.

use super::ApiError;

/// The number below which the page lies: `after` as an earlier page gave it, or above every number.
pub fn newest_below(after: Option<&str>) -> Result<i64, ApiError> {
    match after {
        None | Some("") => Ok(i64::MAX),
        Some(text) => text.parse().map_err(|_| not_a_cursor()),
    }
}

/// The answer to an `after` that no page gave.
pub fn not_a_cursor() -> ApiError {
    ApiError::invalid("“after” is not what an earlier page gave as “next”.")
}
