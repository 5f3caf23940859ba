//! What the commands print.

use std::{
    error::Error,
    io::{self, Write},
};

/// Prints a line on standard output and makes sure that it left the process.
pub fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Prints an error with its causes on standard error.
pub fn explain(error: &dyn Error) {
    let mut text = format!("evertill: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
}
