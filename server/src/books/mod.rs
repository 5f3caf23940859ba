//! The books: facts out of the tables for `ledger` to decide on, and its plans into the tables.
//!
//! Used wherever something is booked: by uploads, by other systems' sales, by a person who releases an entry.
//! A batch costs a fixed number of statements, for each costs more than the rows it carries.

mod reading;
mod writing;

pub use reading::{KeptEntry, LoadedJournal, facts, journal, kept_entries};
pub use writing::{Lists, write_bookings, write_plan, write_plan_ahead};
