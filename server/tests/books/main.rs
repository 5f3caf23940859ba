//! What must never go wrong with the books, on the real server and its real database.

#[path = "../harness/mod.rs"]
mod harness;
mod till;

mod bad_uploads;
mod cases;
mod doctor;
mod faults;
mod pulls;
mod sales;
mod uploads;
