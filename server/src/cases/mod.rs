//! Cases: what needs a person. Opening, listing, releasing, settling.
//!
//! One case per kind and subject, whatever is repeated. A person books the entry after all (`release`) or closes
//! the case with a note (`settle`); both are answered to the till when it sends the entry again.

mod decide;
mod routes;
mod store;

pub use routes::routes;
pub use store::open;
