//! Programs of the workspace in release: the demo shop, the simulation, the benchmark.

use std::ffi::OsString;
use std::process::Command;
use std::{env, iter};

use anyhow::Result;

use crate::browser::Chromium;
use crate::build::{self, Compiled, WebBuild};
use crate::workspace::{Workspace, finish};

/// Builds app, worker and server and becomes `evertill serve --demo`.
pub fn demo_shop(workspace: &Workspace, server_args: &[OsString]) -> Result<()> {
    build_release(workspace)?;
    let mut serve = workspace.command(workspace.server_binary("release"));
    serve.args(["serve", "--demo"]);
    if !names_data_folder(server_args) {
        serve.arg("--data").arg(workspace.root.join("data"));
    }
    become_it(serve.args(server_args))
}

/// The till and the ERP on one clock, with faults.
pub fn simulate(workspace: &Workspace, args: &[OsString]) -> Result<()> {
    finish(&mut simulation(workspace, args))
}

/// The same as a command.
pub fn simulation(workspace: &Workspace, args: impl IntoIterator<Item = impl Into<OsString>>) -> Command {
    let mut command = workspace.cargo("run");
    command.args(["--release", "--quiet", "-p", "evertill-tests", "--bin", "simulate", "--"]);
    command.args(args.into_iter().map(Into::into));
    command
}

/// Measures what the shop gets: everything in release.
pub fn bench(workspace: &Workspace, args: &[OsString]) -> Result<()> {
    let chromium = Chromium::find_or_install(workspace)?;
    build_release(workspace)?;
    let mut measure = workspace.cargo("run");
    measure.args(["--release", "--quiet", "-p", "evertill-tests", "--bin", "bench", "--"]).args(args);
    measure.env("EVERTILL_BIN", workspace.server_binary("release")).env("EVERTILL_WEB", workspace.web());
    measure.env("EVERTILL_BENCH_SUMMARY", workspace.target.join("bench/summary.json"));
    finish(chromium.name_to(&mut measure))
}

fn build_release(workspace: &Workspace) -> Result<()> {
    let build = WebBuild { compiled: Compiled::Release, version_suffix: None, out: workspace.web() };
    build::web(workspace, &build)?;
    finish(workspace.cargo("build").args(["--release", "-p", "evertill-server"]))
}

fn names_data_folder(args: &[OsString]) -> bool {
    let named = |arg: &OsString| arg == "--data" || arg.to_string_lossy().starts_with("--data=");
    args.iter().any(named) || iter::once("EVERTILL_DATA").any(|variable| env::var_os(variable).is_some())
}

/// On Unix the server takes this process's place, so that Ctrl-C and SIGTERM reach it and nothing else.
#[cfg(unix)]
fn become_it(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_it(command: &mut Command) -> Result<()> {
    finish(command)
}
