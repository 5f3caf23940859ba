//! Every test there is, with one number at the end.
//!
//! Browser tests run against the real server binary and the real web app, compiled with a profile that behaves like the
//! shipped one and builds in a fraction of the time. They find both through the environment: `EVERTILL_BIN` the server,
//! `EVERTILL_WEB` the app (the server takes it as `--web`), `EVERTILL_WEB_NEXT` the next version of it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::browser::Chromium;
use crate::build::{self, Compiled, WebBuild};
use crate::run;
use crate::workspace::{Workspace, finish, shown};

const SIMULATION_SEEDS: &str = "1000";

/// Native tests, wasm tests in page and service worker, simulation.
pub fn everything(workspace: &Workspace) -> Result<()> {
    let chromium = build_all(workspace)?;
    let mut report = Report::default();

    let mut native = workspace.cargo("test");
    native.arg("--no-fail-fast");
    report.run("native and end to end", Kind::Tests, with_surroundings(workspace, &chromium, &mut native));

    // What a shop runs: the app inside the binary. By itself, for it is compiled for this alone.
    let mut embedded = workspace.cargo("test");
    embedded
        .args(["-p", "evertill-server", "--features", "embed", "--test", "embedded"])
        .env("EVERTILL_WEB_EMBED_FROM", workspace.target.join("web-test"));
    report.run("the app in the binary", Kind::Tests, &mut embedded);

    // Not a default member, so that plain `cargo test` stays native and quick; its logic is native all the same.
    let mut app = workspace.cargo("test");
    app.args(["-p", "evertill-app", "--no-fail-fast"]);
    report.run("what people see", Kind::Tests, &mut app);

    // The device in each place where it runs; signals and markup where there is a document.
    for (name, mode, packages) in [
        ("in a page", "WASM_BINDGEN_USE_BROWSER", ["evertill-browser", "evertill-app"].as_slice()),
        ("in a service worker", "WASM_BINDGEN_USE_SERVICE_WORKER", &["evertill-browser"]),
    ] {
        let mut wasm = workspace.cargo("test");
        wasm.args(packages.iter().flat_map(|name| ["-p", name]))
            .args(["--target", "wasm32-unknown-unknown", "--no-fail-fast"])
            .env(mode, "1");
        report.run(name, Kind::Tests, chromium.name_to(&mut wasm));
    }

    report.run("simulation", Kind::Program, &mut run::simulation(workspace, ["--seeds", SIMULATION_SEEDS]));
    report.finish()
}

/// The native tests whose name contains `filter`, with the same surroundings.
pub fn matching(workspace: &Workspace, filter: &str) -> Result<()> {
    let chromium = build_all(workspace)?;
    let mut report = Report::default();
    let mut native = workspace.cargo("test");
    native.args(["--no-fail-fast", filter]);
    report.run("native and end to end", Kind::Tests, with_surroundings(workspace, &chromium, &mut native));
    report.finish()
}

fn build_all(workspace: &Workspace) -> Result<Chromium> {
    let chromium = Chromium::find_or_install(workspace)?;
    for (folder, version_suffix) in [("web-test", None), ("web-next", Some("next".to_owned()))] {
        let out = workspace.target.join(folder);
        build::web(workspace, &WebBuild { compiled: Compiled::Test, version_suffix, out })?;
    }
    finish(workspace.cargo("build").args(["-p", "evertill-server"]))?;
    Ok(chromium)
}

fn with_surroundings<'command>(
    workspace: &Workspace,
    chromium: &Chromium,
    command: &'command mut Command,
) -> &'command mut Command {
    command.env("EVERTILL_BIN", workspace.server_binary("debug"));
    command.env("EVERTILL_WEB", workspace.target.join("web-test"));
    command.env("EVERTILL_WEB_NEXT", workspace.target.join("web-next"));
    chromium.name_to(command)
}

/// What a command is to the report.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `cargo test`: it names how many passed.
    Tests,
    /// A program that is one test by itself.
    Program,
}

/// What ran and how it ended.
#[derive(Default)]
struct Report {
    steps: Vec<Step>,
}

struct Step {
    name: &'static str,
    seconds: u64,
    passed: u64,
    failed: u64,
}

impl Report {
    fn run(&mut self, name: &'static str, kind: Kind, command: &mut Command) {
        println!("── {name}");
        let started = Instant::now();
        let (passed, failed) = counted(kind, command).unwrap_or_else(|error| {
            println!("{error:#}");
            (0, 1)
        });
        self.steps.push(Step { name, seconds: started.elapsed().as_secs(), passed, failed });
    }

    fn finish(&self) -> Result<()> {
        println!("── tests");
        for Step { name, seconds, passed, failed } in &self.steps {
            println!("  {name:<24} {passed:>5} passed {failed:>3} failed {seconds:>5} s");
        }
        let passed: u64 = self.steps.iter().map(|step| step.passed).sum();
        let failed: u64 = self.steps.iter().map(|step| step.failed).sum();
        println!("{passed} passed, {failed} failed");
        ensure!(failed == 0, "{failed} failed");
        ensure!(passed > 0, "no test ran");
        Ok(())
    }
}

/// Runs it, shows its output, and adds up its `test result:` lines. One that failed without naming a failed test (it did
/// not compile, it was killed) counts as one failure more, and so does a `cargo test` that names no result at all.
fn counted(kind: Kind, command: &mut Command) -> Result<(u64, u64)> {
    let shown = shown(command);
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("{shown} could not be started"))?;
    let output = child.stdout.take().context("stdout was asked for")?;
    let (mut passed, mut failed, mut results) = (0, 0, 0);
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if let Some((more_passed, more_failed)) = result_line(&line) {
            passed += more_passed;
            failed += more_failed;
            results += 1;
        }
    }
    let status = child.wait()?;
    match (status.success(), kind) {
        (true, Kind::Program) => passed = 1,
        (true, Kind::Tests) if results == 0 => {
            println!("{shown} ran no test");
            failed = 1;
        }
        (false, _) if failed == 0 => {
            println!("{shown} ended with {status}");
            failed = 1;
        }
        _ => {}
    }
    Ok((passed, failed))
}

/// `test result: ok. 12 passed; 0 failed; …`
fn result_line(line: &str) -> Option<(u64, u64)> {
    let (_, counts) = line.split_once("test result: ")?.1.split_once(". ")?;
    let count = |word: &str| {
        let part = counts.split(';').map(str::trim).find(|part| part.ends_with(word))?;
        part.split_once(' ')?.0.parse().ok()
    };
    Some((count("passed")?, count("failed")?))
}

#[cfg(test)]
mod tests {
    use super::{Kind, counted, result_line};
    use std::process::Command;

    #[test]
    fn a_run_without_results_is_a_test_of_nothing() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        for (script, tests, program) in
            [("true", (0, 1), (1, 0)), ("false", (0, 1), (0, 1)), ("kill -9 $$", (0, 1), (0, 1))]
        {
            assert_eq!(counted(Kind::Tests, &mut shell(script)).ok(), Some(tests), "{script}");
            assert_eq!(counted(Kind::Program, &mut shell(script)).ok(), Some(program), "{script}");
        }
        let ran = "echo 'test result: ok. 3 passed; 0 failed; 0 ignored'";
        assert_eq!(counted(Kind::Tests, &mut shell(ran)).ok(), Some((3, 0)));
    }

    #[test]
    fn results_are_read_from_native_and_wasm_runs() {
        let native =
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        let wasm = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 filtered out";
        assert_eq!(result_line(native), Some((12, 0)));
        assert_eq!(result_line(wasm), Some((3, 2)));
        assert_eq!(result_line("test store::commit ... ok"), None);
    }
}
