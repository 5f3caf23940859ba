//! What can be said about the code without running it. Every check runs, and then those that failed are named.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::workspace::{Workspace, finish, on_path};

/// The crates that only mean something in a browser.
const BROWSER_CRATES: [&str; 3] = ["evertill-app", "evertill-browser", "evertill-worker"];
const LINTS: [&str; 5] = ["--all-targets", "--keep-going", "--", "-D", "warnings"];
const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];

/// Formatting, lints for native and wasm, documentation, dependency rules where the tools are installed.
pub fn everything(workspace: &Workspace) -> Result<()> {
    let chosen = BROWSER_CRATES.iter().flat_map(|name| ["-p", name]);
    let others = BROWSER_CRATES.iter().flat_map(|name| ["--exclude", name]);

    let mut format = workspace.cargo("fmt");
    format.args(["--all", "--check"]);
    let mut lint = workspace.cargo("clippy");
    lint.arg("--workspace").args(others.clone()).args(LINTS);
    let mut lint_wasm = workspace.cargo("clippy");
    lint_wasm.args(chosen.clone()).args(WASM).args(LINTS);
    let mut document = workspace.cargo("doc");
    document.args(["--no-deps", "--workspace"]).args(others).env("RUSTDOCFLAGS", "-D warnings");
    let mut document_wasm = workspace.cargo("doc");
    document_wasm.arg("--no-deps").args(chosen).args(WASM).env("RUSTDOCFLAGS", "-D warnings");

    let mut checks = vec![
        ("formatting", format),
        ("lints, native", lint),
        ("lints, wasm", lint_wasm),
        ("documentation, native", document),
        ("documentation, wasm", document_wasm),
    ];
    // Advisories come from the network; they are a command of their own: `cargo deny check advisories`.
    let deny: [&str; 5] = ["--offline", "check", "bans", "licenses", "sources"];
    checks.extend(installed(workspace, "deny", &deny).map(|command| ("dependency rules", command)));
    checks.extend(installed(workspace, "machete", &[]).map(|command| ("unused dependencies", command)));

    if on_path("python3").is_some() {
        let mut figures = workspace.command("python3");
        figures.arg("tests/replay/expected.py");
        checks.push(("expected figures of the replay", figures));
    }

    let mut failed = Vec::new();
    let total = checks.len();
    for (name, mut command) in checks {
        println!("── {name}");
        if let Err(error) = finish(&mut command) {
            println!("{error:#}");
            failed.push(name);
        }
    }
    println!("check: {} of {total} hold", total - failed.len());
    ensure!(failed.is_empty(), "these do not: {}", failed.join(", "));
    Ok(())
}

fn installed(workspace: &Workspace, subcommand: &str, args: &[&str]) -> Option<Command> {
    if on_path(&format!("cargo-{subcommand}")).is_none() {
        println!("cargo-{subcommand} is not installed; left out (cargo install cargo-{subcommand} --locked)");
        return None;
    }
    let mut command = workspace.cargo(subcommand);
    command.args(args);
    Some(command)
}
