//! The ERP: one binary with the database and the web app inside.

pub mod assets;
pub mod auth;
pub mod db;
pub mod feed;
pub mod http;
