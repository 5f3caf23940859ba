//! The till and the back office: what people see.

fn main() {}
