//! Builds, runs, tests and measures Evertill: `cargo xtask …` is the only build tool there is.
//!
//! It links wasm-bindgen as a library, so nothing is downloaded but crates, and its version cannot differ from the
//! one that the app was compiled with. What a shop runs is built by `build` and `run`; what a developer trusts is
//! decided by `check` and `test`.

#![expect(clippy::print_stdout, reason = "a command line tool answers on stdout")]

mod browser;
mod build;
mod check;
mod demo;
mod glue;
mod run;
mod test;
mod web;
mod workspace;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::build::{Compiled, WebBuild};
use crate::workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, runs, tests and measures Evertill")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the web app into the folder that the server embeds
    Build {
        /// Without optimisation and with debug names, for a quick look
        #[arg(long)]
        dev: bool,
        /// As the browser tests take it: behaves like the shipped one, built in a fraction of the time
        #[arg(long, conflicts_with = "dev")]
        test: bool,
        /// Appended to the version; every hashed name differs as well, so that an update can be tested
        #[arg(long, value_name = "TEXT")]
        version_suffix: Option<String>,
        /// Where to put it [default: web in the target directory]
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
    /// Builds everything in release and starts the demo shop on port 8080
    Run {
        /// For `evertill serve`, after `--`
        #[arg(last = true)]
        server_args: Vec<OsString>,
    },
    /// Formatting, lints for native and wasm, documentation, dependency rules
    Check,
    /// Every test there is, in a real browser too
    Test {
        /// Take only the native tests whose name contains this, and nothing else
        filter: Option<String>,
    },
    /// What a change has to pass: check, then test
    Ci,
    /// The till and the ERP on one clock with faults, from seeds: `--seeds N`
    Simulate {
        /// For the simulator
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Measures what was promised; `--only NAME` for one
    Bench {
        /// For the benchmark
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Cuts the demo shop's products out of a year of real invoices
    DemoCatalogue {
        /// "Online Retail" (D. Chen, 2015, UCI, CC BY 4.0) or a sample of its lines, CSV or CSV in gzip [default: the
        /// sample in tests/replay]
        invoices: Option<PathBuf>,
    },
    /// Runs one compiled wasm test in a browser; cargo calls it (.cargo/config.toml)
    #[command(hide = true)]
    WasmTestRunner {
        /// The test and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    match Workspace::find().and_then(|workspace| perform(&workspace, Cli::parse().task)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(workspace: &Workspace, task: Task) -> anyhow::Result<()> {
    match task {
        Task::Build { dev, test, version_suffix, out } => {
            let compiled = match (dev, test) {
                (true, _) => Compiled::Dev,
                (_, true) => Compiled::Test,
                _ => Compiled::Release,
            };
            let out = out.unwrap_or_else(|| workspace.web());
            build::web(workspace, &WebBuild { compiled, version_suffix, out }).map(drop)
        }
        Task::Run { server_args } => run::demo_shop(workspace, &server_args),
        Task::Check => check::everything(workspace),
        Task::Test { filter: Some(filter) } => test::matching(workspace, &filter),
        Task::Test { filter: None } => test::everything(workspace),
        Task::Ci => {
            check::everything(workspace)?;
            test::everything(workspace)
        }
        Task::Simulate { args } => run::simulate(workspace, &args),
        Task::Bench { args } => run::bench(workspace, &args),
        Task::DemoCatalogue { invoices } => {
            demo::write_catalogue(workspace, &invoices.unwrap_or_else(|| workspace.root.join(demo::INVOICES)))
        }
        Task::WasmTestRunner { args } => browser::run_wasm_test(workspace, &args),
    }
}
