//! The command line. Every flag is also an environment variable `EVERTILL_…`.
//!
//! `terminal`, `key` and `doctor` work on the same database beside a running server: what they change counts
//! from the next request on. They never migrate it under that server.

mod doctor;
mod key;
mod migrate;
mod output;
mod serve;
mod terminal;

use crate::http;
use clap::{Parser, Subcommand};
use std::{error::Error, path::PathBuf, process::ExitCode};
use tracing_subscriber::EnvFilter;

/// Retail point of sale that never stops selling: the ERP server with the web app inside.
#[derive(Debug, Parser)]
#[command(name = "evertill", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Folder of the database; made if it is missing.
    #[arg(long, global = true, env = "EVERTILL_DATA", default_value = "data", value_name = "FOLDER")]
    data: PathBuf,
    /// What is logged to standard error, such as `info` or `evertill_server=debug`.
    #[arg(
        long,
        global = true,
        env = "EVERTILL_LOG",
        default_value = "info,sqlx=warn",
        value_name = "FILTER"
    )]
    log: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the ERP and the till.
    Serve(serve::Serve),
    /// Bring the database to this version, after writing a copy of it; refused while a server runs in the folder.
    Migrate,
    /// Recompute every hash, journal, on-hand and total, beside a running server; exits 1 when something is wrong that no
    /// case names.
    Doctor(doctor::Doctor),
    /// Print the API's description (OpenAPI, JSON).
    Openapi,
    /// Codes for new terminals; the list of terminals; revoking one.
    #[command(subcommand)]
    Terminal(terminal::Terminal),
    /// Keys for other systems.
    #[command(subcommand)]
    Key(key::Key),
    /// Print the version.
    Version,
}

type Outcome = Result<ExitCode, Box<dyn Error + Send + Sync>>;

/// Reads the command line, does what it says and answers the process's exit code.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_new(&cli.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(ansi)
        .with_writer(std::io::stderr)
        // Who read the log may be gone: that is then told on the same closed stream, which is a panic amid a sale.
        .log_internal_errors(false)
        .init();
    let outcome = match cli.command {
        Command::Serve(serve) => serve.run(&cli.data).await,
        Command::Migrate => migrate::run(&cli.data).await,
        Command::Doctor(doctor) => doctor.run(&cli.data).await,
        Command::Openapi => openapi(),
        Command::Terminal(terminal) => terminal.run(&cli.data).await,
        Command::Key(key) => key.run(&cli.data).await,
        Command::Version => version(),
    };
    outcome.unwrap_or_else(|error| {
        output::explain(error.as_ref());
        ExitCode::FAILURE
    })
}

fn openapi() -> Outcome {
    output::line(&http::openapi().to_pretty_json()?)?;
    Ok(ExitCode::SUCCESS)
}

fn version() -> Outcome {
    output::line(concat!("evertill ", env!("CARGO_PKG_VERSION")))?;
    Ok(ExitCode::SUCCESS)
}
