//! The `evertill` binary: see [`evertill_server::cli`] for what it can do.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    evertill_server::cli::run().await
}
