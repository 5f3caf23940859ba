//! How the ERP books: what becomes of each entry of an upload, what a cursor is worth, which entries a
//! stock contains. Pure decisions over facts that somebody else loads, resulting in values that somebody
//! else writes: the server with SQL, the simulator in memory.
//!
//! The order of decisions is that of `docs/sync-protocol.md`, "Upload". Nothing here knows a database,
//! a socket or a clock.

pub mod content;
pub mod cursor;
pub mod decide;
pub mod facts;
pub mod included;
pub mod journal;
#[cfg(any(test, feature = "testing"))]
pub mod memory;
pub mod plan;
pub mod ranges;
pub mod received;
pub mod release;
pub mod renewal;
pub mod request;

mod book;
mod chain;
#[cfg(test)]
mod tests;

pub use content::{Content, Refusal};
pub use cursor::Cursor;
pub use decide::{Request, decide};
pub use facts::{Facts, Kept, State, Wanted};
pub use plan::{NewCase, Plan};
pub use ranges::SeqSet;
pub use received::Received;
