//! SQL of terminals, their epochs and one-time codes.

mod codes;
mod epochs;
mod terminals;

pub use codes::{Code, Used, code, code_of_shop, insert_code, use_code};
pub use epochs::{Answered, answered, rise_to, set_forked, set_token, tokens_of};
pub use terminals::{
    Terminal, by_short_code, free_short_code, has_till, insert_terminal, list, owners, set_revoked,
    set_right, terminal,
};

use evertill_domain::Id;
use evertill_protocol::terminal::Right;
use sqlx::{Row, sqlite::SqliteRow};

fn right_text(right: Right) -> &'static str {
    match right {
        Right::Owner => "owner",
        Right::Sell => "sell",
    }
}

fn typed<Kind>(row: &SqliteRow, column: usize) -> Result<Id<Kind>, sqlx::Error> {
    Id::new(row.try_get(column)?).map_err(|error| sqlx::Error::Decode(error.into()))
}
