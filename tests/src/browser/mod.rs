//! A real, headless Chromium with a profile of its own, steered over the `DevTools` protocol.
//!
//! Guarantees: everything that its pages complain about (console errors, uncaught exceptions, reports of the
//! content security policy) is kept until [`Browser::assert_no_complaints`]; it can be killed with its whole
//! process tree and started again on the same profile; on drop no process of it is left.

pub mod cdp;
mod page;

pub use page::{EvalError, Page};

use crate::{deadline::until, processes, surroundings};
use cdp::{CallError, Cdp, Event};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
};
use tokio::process::{Child, Command};

const PROBES: &str = include_str!("probes.js");

/// What a page, a worker or the browser complained about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// `console`, `exception`, `policy`, `network` or another source of the browser's log.
    pub source: String,
    /// What it said.
    pub text: String,
}

/// What the browser told while it ran.
#[derive(Debug, Default)]
struct Told {
    complaints: Vec<Complaint>,
    reports: Vec<Value>,
}

/// A browser profile and, mostly, a browser that runs on it.
#[derive(Debug)]
pub struct Browser {
    profile: tempfile::TempDir,
    flags: Vec<String>,
    running: Option<Running>,
    told: Arc<Mutex<Told>>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    pid: u32,
    cdp: Cdp,
}

impl Browser {
    /// A browser on a fresh profile.
    pub async fn launch() -> Self {
        Self::launch_with(&[]).await
    }

    /// The same with further command line flags, kept for restarts.
    pub async fn launch_with(flags: &[&str]) -> Self {
        let profile =
            tempfile::Builder::new().prefix("evertill-profile-").tempdir().expect("a temporary folder");
        Self::launch_on(profile, flags).await
    }

    /// A browser on a profile folder that is there already.
    pub async fn launch_on(profile: tempfile::TempDir, flags: &[&str]) -> Self {
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let mut browser = Self { profile, flags, running: None, told: Arc::default() };
        browser.start().await;
        browser
    }

    /// Starts it (again) on its profile.
    pub async fn start(&mut self) {
        assert!(self.running.is_none(), "the browser runs already");
        let port_file = self.profile.path().join("DevToolsActivePort");
        let _ = std::fs::remove_file(&port_file);
        // A killed browser leaves its lock behind, which names a process that is gone.
        for lock in ["SingletonLock", "SingletonSocket", "SingletonCookie"] {
            let _ = std::fs::remove_file(self.profile.path().join(lock));
        }
        let mut command = Command::new(surroundings::chromium());
        command
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--no-default-browser-check",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-extensions",
                "--disable-dev-shm-usage",
                "--no-proxy-server",
                "--password-store=basic",
                "--hide-crash-restore-bubble",
                "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
                "--window-size=1280,800",
                "--remote-debugging-port=0",
            ])
            .args(&self.flags)
            .arg(format!("--user-data-dir={}", self.profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        let child = command.spawn().expect("Chromium can be started");
        let pid = child.id().expect("it was not waited for yet");
        let url = until("Chromium opened its DevTools port", || async {
            let text = std::fs::read_to_string(&port_file).ok()?;
            let (port, path) = text.split_once('\n')?;
            (!path.is_empty()).then(|| format!("ws://127.0.0.1:{port}{}", path.trim()))
        })
        .await;
        let told = Arc::clone(&self.told);
        let cdp = until("Chromium took the DevTools connection", || {
            let told = Arc::clone(&told);
            let url = url.clone();
            async move { Cdp::connect(&url, move |event| listen(&told, event)).await.ok() }
        })
        .await;
        self.running = Some(Running { child, pid, cdp });
    }

    /// The connection, for what has no method here.
    pub fn cdp(&self) -> &Cdp {
        &self.running.as_ref().expect("the browser runs").cdp
    }

    /// Calls a method on the browser's own session.
    pub async fn call(&self, method: &str, params: Value) -> Result<Value, CallError> {
        self.cdp().call("", method, params).await
    }

    /// The profile's folder.
    pub fn profile(&self) -> &Path {
        self.profile.path()
    }

    /// A new window on this address. It is visible, whatever other windows there are.
    pub async fn open(&self, url: &str) -> Page {
        let page = self.open_blank().await;
        page.goto(url).await;
        page
    }

    /// A new, empty window, so that a script can be put in before the app's.
    pub async fn open_blank(&self) -> Page {
        let made = self.call("Target.createTarget", json!({ "url": "about:blank", "newWindow": true })).await;
        let target =
            made.expect("a window opens")["targetId"].as_str().expect("a target has an id").to_owned();
        self.attach(&target).await
    }

    /// The page of a target that is there already.
    pub async fn attach(&self, target: &str) -> Page {
        let page = self.session(target).await;
        for method in ["Page.enable", "Runtime.enable", "Log.enable", "Audits.enable"] {
            page.call(method, json!({})).await.expect("every page can be watched");
        }
        let _ = page.call("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await;
        page.call("Runtime.addBinding", json!({ "name": "evertillReport" }))
            .await
            .expect("a binding can be made");
        page.before_load(PROBES).await;
        page
    }

    /// A bare session with a target of any kind, nothing enabled.
    pub async fn session(&self, target: &str) -> Page {
        let attached =
            self.call("Target.attachToTarget", json!({ "targetId": target, "flatten": true })).await;
        let session = attached.expect("a target can be attached to")["sessionId"].clone();
        Page::new(
            self.cdp().clone(),
            session.as_str().expect("a session has an id").to_owned(),
            target.to_owned(),
        )
    }

    /// Targets of a type (`page`, `service_worker`, …): (id, address).
    pub async fn targets(&self, kind: &str) -> Vec<(String, String)> {
        let answer =
            self.call("Target.getTargets", json!({ "filter": [{}] })).await.expect("targets can be listed");
        let infos = answer["targetInfos"].as_array().cloned().unwrap_or_default();
        infos
            .iter()
            .filter(|info| info["type"] == kind)
            .map(|info| {
                let text = |name: &str| info[name].as_str().unwrap_or_default().to_owned();
                (text("targetId"), text("url"))
            })
            .collect()
    }

    /// Closes it as a person would, and waits until every process is gone.
    pub async fn close(&mut self) {
        let _ = self.call("Browser.close", json!({})).await;
        let mut running = self.running.take().expect("the browser runs");
        let ended = tokio::time::timeout(std::time::Duration::from_secs(20), running.child.wait()).await;
        assert!(ended.is_ok(), "Chromium did not close within 20 s");
        self.sweep(running.pid);
    }

    /// SIGKILL for the whole process tree, at once.
    pub async fn kill(&mut self) {
        let mut running = self.running.take().expect("the browser runs");
        self.sweep(running.pid);
        let _ = running.child.wait().await;
        let mark = self.mark();
        until("every process of the browser is gone", || async {
            processes::tree(running.pid, &mark).is_empty().then_some(())
        })
        .await;
    }

    /// Whether it was started and not closed or killed since.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// What the probes in its pages reported, of this name.
    pub fn reports(&self, name: &str) -> Vec<Value> {
        let told = self.told.lock().expect("nothing panics under it");
        told.reports.iter().filter(|report| report.get(name).is_some()).cloned().collect()
    }

    /// Receipt numbers that were shown as paid, in order.
    pub fn paid(&self) -> Vec<String> {
        let paid = self.reports("paid");
        paid.iter().filter_map(|report| report["paid"].as_str().map(ToOwned::to_owned)).collect()
    }

    /// What was complained about so far.
    pub fn complaints(&self) -> Vec<Complaint> {
        self.told.lock().expect("nothing panics under it").complaints.clone()
    }

    /// No console error, no exception, no CSP report, no failed request.
    pub fn assert_no_complaints(&self) {
        assert_eq!(self.complaints(), [], "the browser complained");
    }

    /// The same where the network was taken away on purpose: requests that failed are the browser's own lines.
    pub fn assert_no_complaints_but_network(&self) {
        let complaints: Vec<Complaint> =
            self.complaints().into_iter().filter(|complaint| complaint.source != "network").collect();
        assert_eq!(complaints, [], "the browser complained");
    }

    /// Grants or denies a permission for an origin: `granted`, `denied`, `prompt`.
    pub async fn permit(&self, origin: &str, permission: &str, setting: &str) {
        let params = json!({ "permission": { "name": permission }, "setting": setting, "origin": origin });
        self.call("Browser.setPermission", params).await.expect("the browser knows this permission");
    }

    /// A copy of the profile as it lies on the disk; only of a browser that does not run.
    pub fn copy_profile(&self, to: &Path) {
        assert!(self.running.is_none(), "a running browser writes to its profile");
        copy_folder(self.profile.path(), to);
    }

    fn mark(&self) -> String {
        self.profile.path().display().to_string()
    }

    fn sweep(&self, pid: u32) {
        processes::kill_tree(pid, &self.mark());
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.sweep(running.pid);
        }
    }
}

fn listen(told: &Mutex<Told>, event: &Event) {
    let params = &event.params;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let complaint = |source: &str, text: String| Some(Complaint { source: source.to_owned(), text });
    let found = match event.method.as_str() {
        "Runtime.consoleAPICalled" if params["type"] == "error" || params["type"] == "assert" => {
            let arguments = params["args"].as_array().cloned().unwrap_or_default();
            let words: Vec<String> = arguments
                .iter()
                .map(|argument| text(argument.get("value").unwrap_or(&argument["description"])))
                .collect();
            complaint("console", words.join(" "))
        }
        "Runtime.exceptionThrown" => {
            let details = &params["exceptionDetails"];
            complaint(
                "exception",
                format!("{} {}", text(&details["text"]), text(&details["exception"]["description"])),
            )
        }
        "Log.entryAdded" if params["entry"]["level"] == "error" => {
            let entry = &params["entry"];
            complaint(&text(&entry["source"]), format!("{} {}", text(&entry["text"]), text(&entry["url"])))
        }
        "Audits.issueAdded" if params["issue"]["code"] == "ContentSecurityPolicyIssue" => {
            complaint("policy", params["issue"]["details"].to_string())
        }
        "Runtime.bindingCalled" if params["name"] == "evertillReport" => {
            let report: Value =
                serde_json::from_str(params["payload"].as_str().unwrap_or_default()).unwrap_or_default();
            let policy = report.get("policy").map(text);
            told.lock().expect("nothing panics under it").reports.push(report);
            policy.and_then(|policy| complaint("policy", policy))
        }
        _ => None,
    };
    if let Some(found) = found {
        told.lock().expect("nothing panics under it").complaints.push(found);
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the copy can be written");
    for entry in std::fs::read_dir(from).expect("the folder can be read").flatten() {
        let (path, target): (PathBuf, PathBuf) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => copy_folder(&path, &target),
            Ok(kind) if kind.is_file() => {
                std::fs::copy(&path, &target).expect("the copy can be written");
            }
            _ => {}
        }
    }
}
