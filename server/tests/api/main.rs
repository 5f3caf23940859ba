//! The server's routes, over HTTP.

#[path = "../harness/mod.rs"]
mod harness;

mod bad_input;
mod life_of_a_terminal;
mod products;
mod setting_up;
mod web_app;
