//! The ERP: one binary with the database and the web app inside.

pub mod db;
pub mod feed;
