//! The `evertill` binary: see [`evertill_server::cli`] for what it can do.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Uploads are parsed on one thread, written on another and freed on a third; the C library's allocator spent a fifth of
/// an upload's time on that. SQLite's own memory comes from it too.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    evertill_server::cli::run().await
}
