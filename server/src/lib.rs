//! The ERP: one binary with the database and the web app inside.

pub mod assets;
pub mod auth;
pub mod cli;
pub mod db;
pub mod demo;
pub mod feed;
pub mod http;
pub mod products;
pub mod setup;
pub mod stock;
pub mod terminals;
