//! Values on their way into statements.

use serde::Serialize;

/// A set or list as one parameter, for `json_each`.
pub fn set<T: Serialize>(values: &[T]) -> String {
    serde_json::to_string(values).expect("plain values can always be written as JSON")
}

/// SQLite's integers are signed; nothing here comes near their end.
pub fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
