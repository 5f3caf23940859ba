//! The ERP: one binary with the database and the web app inside.

fn main() {}
