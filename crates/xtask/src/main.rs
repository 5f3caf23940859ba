//! Builds, runs, tests and measures Evertill.

fn main() {}
