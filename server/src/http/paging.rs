//! Pages of lists: how many rows, where a page ends, and where the next begins. Keyset paging alone: the cost of a page
//! does not depend on how many lie before it.

use super::ApiError;

/// How many rows a page has.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Where nothing is asked.
    pub usual: u32,
    /// At most.
    pub most: u32,
}

impl Limits {
    /// The rows of a page for which so many were asked: at least one. Read one row more, for [`cut`].
    pub fn rows(self, asked: Option<u32>) -> u32 {
        asked.unwrap_or(self.usual).clamp(1, self.most)
    }
}

/// Takes away what was read beyond the page. Answers the page's last row, by which the next one begins, if there was
/// more.
pub fn cut<T>(rows: &mut Vec<T>, limit: u32) -> Option<&T> {
    let limit = limit as usize;
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| more)
}

/// The number below which a page of a list lies that shows the newest first: `after` as an earlier page gave it, or
/// above every number.
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

#[cfg(test)]
mod tests {
    use super::{Limits, cut};

    #[test]
    fn a_page_ends_where_the_next_begins() {
        let limits = Limits { usual: 50, most: 200 };
        assert_eq!([None, Some(0), Some(7), Some(900)].map(|asked| limits.rows(asked)), [50, 1, 7, 200]);
        for (read, limit, expected, next) in [
            (vec![], 2, vec![], None),
            (vec![1, 2], 2, vec![1, 2], None),
            (vec![1, 2, 3], 2, vec![1, 2], Some(2)),
        ] {
            let mut rows = read;
            assert_eq!(cut(&mut rows, limit).copied(), next);
            assert_eq!(rows, expected);
        }
    }
}
