//! Many rows in few statements: lists of `VALUES` in a few fixed sizes, so that a handful of prepared statements serves
//! every number of rows, with one parameter for what all rows of a list have in common.
//!
//! Measured alone, per 10,000 sales of three lines in batches of 500: through `json_each` 390 ms, through `jsonb_each`
//! 250 ms, every value bound 150 ms, row by row without sqlx 135 ms. What then costs is the number of bound values,
//! texts and blobs above all, for each is copied twice on its way: within the server, binding 41 values a sale instead
//! of 78 took a batch's writing from 11 ms to 6.

use sqlx::{Arguments, AssertSqlSafe, SqliteConnection, error::BoxDynError, sqlite::SqliteArguments};
use std::{fmt::Write as _, sync::Arc};

/// Rows of a list, longest first. The longest is a full upload; 500 rows of 20 columns stay below SQLite's 32,766
/// parameters.
const SIZES: [usize; 5] = [500, 100, 20, 4, 1];

/// Room for the parameters that all rows share.
const SHARED_MAX: usize = 8;

/// How rows of one table are inserted.
#[derive(Clone, Copy, Debug)]
pub struct Insert {
    /// `INSERT INTO … SELECT …`, where `column1` and so on are a row's own values, and `@1` and so on what all share.
    pub head: &'static str,
    /// How many values a row has of its own.
    pub width: usize,
    /// What follows the list: another table to take values from, or nothing.
    pub tail: &'static str,
}

/// A statement that inserts some rows, complete but for the parameters that all of them share.
#[derive(Debug)]
pub struct List {
    sql: String,
    arguments: SqliteArguments,
}

impl Insert {
    /// The statements that insert the rows in order. `row` adds the parameters of one row.
    pub fn lists<R>(
        self,
        rows: &[R],
        mut row: impl FnMut(&R, &mut SqliteArguments) -> Result<(), BoxDynError>,
    ) -> Result<Vec<List>, BoxDynError> {
        let mut lists = Vec::new();
        let mut rest = rows;
        while let Some(size) = SIZES.into_iter().find(|size| *size <= rest.len()) {
            let (these, others) = rest.split_at(size);
            let mut arguments = SqliteArguments::default();
            arguments.reserve(size * self.width + SHARED_MAX, 0);
            these.iter().try_for_each(|values| row(values, &mut arguments))?;
            lists.push(List { sql: self.sql(size), arguments });
            rest = others;
        }
        Ok(lists)
    }

    /// The parameters of rows are unnumbered, for sqlx looks up the name of each numbered one.
    fn sql(self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.width].join(", "));
        let mut sql = String::with_capacity(self.head.len() + self.tail.len() + rows * (row.len() + 2) + 64);
        self.push_numbered(&mut sql, self.head, rows);
        sql.push_str(" FROM (VALUES ");
        for place in 0..rows {
            sql.push_str(if place == 0 { "" } else { ", " });
            sql.push_str(&row);
        }
        sql.push_str(") v");
        self.push_numbered(&mut sql, self.tail, rows);
        sql
    }

    /// Appends a piece in which what all rows share is numbered behind the parameters of the rows.
    fn push_numbered(self, sql: &mut String, piece: &str, rows: usize) {
        let mut pieces = piece.split('@');
        sql.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let digits = piece.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(piece.len());
            let (number, behind) = piece.split_at(digits);
            let number = number.parse().unwrap_or(0) + rows * self.width;
            write!(sql, "${number}{behind}").expect("writing to a string does not fail");
        }
    }
}

impl List {
    /// Inserts the rows; `shared` adds the parameters of all.
    pub async fn execute(
        mut self,
        db: &mut SqliteConnection,
        shared: impl FnOnce(&mut SqliteArguments) -> Result<(), BoxDynError>,
    ) -> Result<(), sqlx::Error> {
        shared(&mut self.arguments).map_err(sqlx::Error::Encode)?;
        // Made of an `Insert`'s constants and numbers alone.
        sqlx::query_with(AssertSqlSafe(self.sql), self.arguments).execute(db).await?;
        Ok(())
    }
}

/// The text of something that neighbouring rows mostly have in common: made once for all of them.
#[derive(Debug)]
pub struct Repeated<T>(Option<(T, Arc<str>)>);

impl<T> Default for Repeated<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: PartialEq + ToString> Repeated<T> {
    /// Its text, shared with the row before if it is the same.
    pub fn text(&mut self, of: T) -> Arc<str> {
        match &self.0 {
            Some((last, text)) if *last == of => Arc::clone(text),
            _ => {
                let text: Arc<str> = of.to_string().into();
                self.0 = Some((of, Arc::clone(&text)));
                text
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Insert, Repeated};
    use std::sync::Arc;

    #[test]
    fn one_text_for_each_size() {
        let insert =
            Insert { head: "INSERT INTO t (a, b, c) SELECT @1, column1, column2 + @2", width: 2, tail: "" };
        assert_eq!(
            insert.sql(1),
            "INSERT INTO t (a, b, c) SELECT $3, column1, column2 + $4 FROM (VALUES (?, ?)) v"
        );
        let two = "INSERT INTO t (a, b, c) SELECT $5, column1, column2 + $6 FROM (VALUES (?, ?), (?, ?)) v";
        assert_eq!(insert.sql(2), two);
    }

    #[test]
    fn equal_neighbours_share_their_text() {
        let mut dates = Repeated::default();
        let (first, second, third) = (dates.text("a"), dates.text("a"), dates.text("b"));
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!((&*second, &*third), ("a", "b"));
    }
}
