//! The ERP: one binary with the database and the web app inside.

pub mod assets;
pub mod auth;
pub mod books;
pub mod cases;
pub mod cli;
pub mod db;
pub mod demo;
pub mod doctor;
pub mod feed;
pub mod http;
pub mod products;
pub mod sales;
pub mod setup;
pub mod stock;
pub mod sync;
pub mod terminals;
