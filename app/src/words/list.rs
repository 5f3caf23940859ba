//! Words of lists that are read page by page.

/// Fetches the next page.
pub const MORE: &str = "Show more";

/// How many rows are in view.
pub fn shown(number: usize) -> String {
    super::counted(number as u64, "row shown", "rows shown")
}
