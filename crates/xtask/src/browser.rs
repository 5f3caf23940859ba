//! A real Chromium and its driver: found, or installed where that is ours to do, or explained.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, finish, on_path, write};

/// Set for the second, real call of the test runner; wasm-bindgen reads the browser's capabilities from it.
const CAPABILITIES: &str = "WASM_BINDGEN_TEST_WEBDRIVER_JSON";
/// Where wasm tests can run. Without a choice it is a page: nothing of ours runs in Node.
const MODES: [&str; 4] = [
    "WASM_BINDGEN_USE_BROWSER",
    "WASM_BINDGEN_USE_DEDICATED_WORKER",
    "WASM_BINDGEN_USE_SHARED_WORKER",
    "WASM_BINDGEN_USE_SERVICE_WORKER",
];

/// A browser and the program that steers it.
pub struct Chromium {
    browser: PathBuf,
    driver: PathBuf,
}

impl Chromium {
    /// `CHROMEDRIVER` and `CHROMIUM` first, then `PATH`.
    pub fn find() -> Option<Self> {
        let set_in = |variable: &str| env::var_os(variable).map(PathBuf::from).filter(|file| file.is_file());
        let names = ["chromium", "google-chrome-stable", "google-chrome", "chromium-browser"];
        let browser = set_in("CHROMIUM").or_else(|| names.iter().find_map(|name| on_path(name)));
        let driver = set_in("CHROMEDRIVER").or_else(|| on_path("chromedriver"));
        Some(Self {
            browser: browser.filter(|file| !is_snap_stub(file))?,
            driver: driver.filter(|file| !is_snap_stub(file))?,
        })
    }

    /// The same, after installing the packages on Debian with root's rights.
    pub fn find_or_install(workspace: &Workspace) -> Result<Self> {
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        if system_id() == "debian" && is_root() {
            println!("installing chromium and chromium-driver");
            let apt = |arguments: &[&str]| {
                finish(workspace.command("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
            };
            apt(&["update"])?;
            apt(&["install", "--yes", "--no-install-recommends", "chromium", "chromium-driver"])?;
            return Self::find().context("chromium is installed and yet not on PATH");
        }
        bail!("{}", steps(&system_id()))
    }

    /// Tells a test where both are.
    pub fn name_to<'command>(&self, command: &'command mut Command) -> &'command mut Command {
        command.env("CHROMIUM", &self.browser).env("CHROMEDRIVER", &self.driver)
    }

    fn capabilities(&self) -> String {
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
        ];
        serde_json::json!({ "goog:chromeOptions": { "binary": self.browser, "args": arguments } }).to_string()
    }
}

/// Runs one compiled test, as cargo's `runner` for wasm.
///
/// The runner takes its settings from the environment, which cannot be changed safely in a running program; so the first
/// call finds the browser and starts this program a second time with everything set.
pub fn run_wasm_test(workspace: &Workspace, args: &[OsString]) -> Result<()> {
    if env::var_os(CAPABILITIES).is_some() {
        let program = OsString::from("wasm-bindgen-test-runner");
        return wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(
            std::iter::once(&program).chain(args),
        );
    }
    let chromium = Chromium::find_or_install(workspace)?;
    let capabilities = workspace.target.join("webdriver.json");
    write(&capabilities, chromium.capabilities())?;
    let mut again = Command::new(env::current_exe().context("this program has a path")?);
    again.arg("wasm-test-runner").args(args).env(CAPABILITIES, capabilities);
    if MODES.iter().all(|mode| env::var_os(mode).is_none()) {
        again.env(MODES[0], "1");
    }
    for (variable, seconds) in
        [("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "30"), ("WASM_BINDGEN_TEST_TIMEOUT", "300")]
    {
        if env::var_os(variable).is_none() {
            again.env(variable, seconds);
        }
    }
    finish(chromium.name_to(&mut again))
}

/// Ubuntu's package of that name only calls snap, whose confinement keeps the driver out of `/tmp`.
fn is_snap_stub(file: &Path) -> bool {
    let head =
        fs::read(file).map(|bytes| bytes.into_iter().take(4096).collect::<Vec<_>>()).unwrap_or_default();
    head.starts_with(b"#!") && String::from_utf8_lossy(&head).contains("snap")
}

fn system_id() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let id = release.lines().find_map(|line| line.strip_prefix("ID="));
    id.unwrap_or("unknown").trim_matches('"').to_owned()
}

fn is_root() -> bool {
    let answer = Command::new("id").arg("-u").output();
    answer.is_ok_and(|answer| answer.stdout.trim_ascii() == b"0")
}

fn steps(system: &str) -> String {
    let how = match system {
        "debian" => "    sudo apt-get install chromium chromium-driver",
        "ubuntu" => {
            "    Ubuntu's own chromium is a snap, which a driver cannot steer. Take Chrome and its driver from Google:\n    \
             npx @puppeteer/browsers install chrome@stable\n    \
             npx @puppeteer/browsers install chromedriver@stable\n    \
             export CHROMIUM=$PWD/chrome/<version>/chrome-linux64/chrome\n    \
             export CHROMEDRIVER=$PWD/chromedriver/<version>/chromedriver-linux64/chromedriver"
        }
        _ => {
            "    Install Chromium or Chrome and the chromedriver of the same version, so that both are on PATH, or\n    \
             export CHROMIUM=/path/to/chromium CHROMEDRIVER=/path/to/chromedriver"
        }
    };
    format!(
        "the tests need a Chromium and its chromedriver, and there is none here:\n{how}\nThen run the same command again."
    )
}

#[cfg(test)]
mod tests {
    use super::{is_snap_stub, steps};

    #[test]
    fn a_script_that_calls_snap_is_no_browser() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let stub = folder.path().join("chromium-browser");
        std::fs::write(&stub, "#!/bin/sh\nexec /snap/bin/chromium \"$@\"\n").expect("it can be written");
        assert!(is_snap_stub(&stub));
        std::fs::write(&stub, "#!/bin/sh\nexec /usr/lib/chromium/chromium \"$@\"\n")
            .expect("it can be written");
        assert!(!is_snap_stub(&stub));
    }

    #[test]
    fn every_system_is_told_what_to_do() {
        for (system, word) in [("debian", "apt-get install"), ("ubuntu", "snap"), ("arch", "CHROMEDRIVER=")] {
            assert!(steps(system).contains(word), "{system}");
        }
    }
}
