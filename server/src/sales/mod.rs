//! Sales as the ERP lists them, and sales that other systems book.

mod book;
mod routes;
mod store;

pub use routes::routes;
