//! A real, headless Chromium with a profile of its own, steered over the `DevTools` protocol.
//!
//! Guarantees: everything that its pages and service workers complain about (console errors, uncaught exceptions,
//! reports of the content security policy) is kept until [`Browser::finish`], which every test must call; it can be
//! killed with its whole process tree and started again on the same profile; on drop no process of it is left.

pub mod cdp;
mod complaints;
mod page;

pub use complaints::{Complaint, Provoked};
pub use page::{EvalError, Page};

use crate::{
    deadline::{until, until_within},
    processes, surroundings,
};
use cdp::{CallError, Cdp, Event};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{
    process::{Child, Command},
    sync::mpsc,
};

const PROBES: &str = include_str!("probes.js");
/// How long a page may be busy before it answers that it is there.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// What the browser told while it ran.
#[derive(Debug, Default)]
struct Told {
    complaints: Vec<Complaint>,
    reports: Vec<Value>,
    provoked: Vec<Provoked>,
    /// Pages and workers that are listened to: session and target.
    heard: Vec<(String, String)>,
}

/// A browser profile and, mostly, a browser that runs on it.
#[derive(Debug)]
pub struct Browser {
    profile: tempfile::TempDir,
    flags: Vec<String>,
    running: Option<Running>,
    told: Arc<Mutex<Told>>,
    finished: bool,
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
        let mut browser = Self { profile, flags, running: None, told: Arc::default(), finished: false };
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
        told.lock().expect("nothing panics under it").heard.clear();
        let (workers, mut started) = mpsc::unbounded_channel();
        let cdp = until("Chromium took the DevTools connection", || {
            let (told, workers, url) = (Arc::clone(&told), workers.clone(), url.clone());
            async move { Cdp::connect(&url, move |event| listen(&told, &workers, event)).await.ok() }
        })
        .await;
        // What a service worker said before somebody listened is told then.
        let listener = cdp.clone();
        tokio::spawn(async move {
            while let Some(target) = started.recv().await {
                // A worker that is gone already has nothing more to say.
                let attach = json!({ "targetId": target, "flatten": true });
                let Ok(attached) = listener.call("", "Target.attachToTarget", attach).await else { continue };
                let session = attached["sessionId"].as_str().unwrap_or_default();
                for method in ["Runtime.enable", "Log.enable"] {
                    drop(listener.call(session, method, json!({})).await);
                }
            }
        });
        self.running = Some(Running { child, pid, cdp });
        let workers = json!({ "discover": true, "filter": [{ "type": "service_worker" }] });
        self.call("Target.setDiscoverTargets", workers).await.expect("service workers can be found");
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
        self.told().heard.push((page.session().to_owned(), page.target().to_owned()));
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
        let ended = tokio::time::timeout(Duration::from_secs(20), running.child.wait()).await;
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
        self.told().reports.iter().filter(|report| report.get(name).is_some()).cloned().collect()
    }

    /// Receipt numbers that were shown as paid, in order.
    pub fn paid(&self) -> Vec<String> {
        let paid = self.reports("paid");
        paid.iter().filter_map(|report| report["paid"].as_str().map(ToOwned::to_owned)).collect()
    }

    /// Says beforehand what this test does to its own network, so that the requests which fail of it from now on are no
    /// complaint. What was complained about until now stays one.
    pub async fn will_provoke(&self, provoked: impl IntoIterator<Item = Provoked>) {
        self.hear_out().await;
        self.told().provoked.extend(provoked);
    }

    /// What was complained about so far, but for what had been announced as provoked. Forgets it.
    pub fn take_complaints(&self) -> Vec<Complaint> {
        std::mem::take(&mut self.told().complaints)
    }

    /// Ends it: no console error, no exception, no CSP report, no failed request that was not provoked, in any page or
    /// service worker of any of its runs. To be called before the server is stopped for good.
    pub async fn finish(mut self) {
        self.hear_out().await;
        self.finished = true;
        if let Some(running) = self.running.take() {
            self.sweep(running.pid);
        }
        assert_eq!(self.take_complaints(), [], "the browser complained");
    }

    /// Ends it without that look: for what is measured, not tested.
    pub fn dismiss(mut self) {
        self.finished = true;
    }

    /// Everything that pages and workers said until now has arrived: each answers after its own words.
    pub async fn hear_out(&self) {
        let Some(running) = &self.running else { return };
        let heard = self.told().heard.clone();
        for (session, target) in heard {
            let turn = running.cdp.call(&session, "Runtime.evaluate", json!({ "expression": "0" }));
            // What was closed meanwhile answers with an error at once. A worker that another version replaced has gone
            // without that: its session stays and answers no more.
            let gone = until_within(ANSWER_WITHIN, "a page or a worker answers, or is gone", || async {
                let listed =
                    running.cdp.call("", "Target.getTargets", json!({ "filter": [{}] })).await.ok()?;
                let infos = listed["targetInfos"].as_array()?;
                (!infos.iter().any(|info| info["targetId"] == target.as_str())).then_some(())
            });
            tokio::select! {
                _ = turn => {}
                () = gone => {}
            }
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().expect("nothing panics under it")
    }

    /// Grants or denies a permission for an origin: `granted`, `denied`, `prompt`.
    pub async fn permit(&self, origin: &str, permission: &str, setting: &str) {
        let params = json!({ "permission": { "name": permission }, "setting": setting, "origin": origin });
        self.call("Browser.setPermission", params).await.expect("the browser knows this permission");
    }

    /// Puts what pages save into this folder, without asking.
    pub async fn save_to(&self, folder: &Path) {
        let params = json!({ "behavior": "allow", "downloadPath": folder });
        self.call("Browser.setDownloadBehavior", params).await.expect("files can be saved");
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
        assert!(
            self.finished || std::thread::panicking(),
            "a test ends without `finish`, which looks at what its browser complained about"
        );
    }
}

fn listen(told: &Mutex<Told>, workers: &mpsc::UnboundedSender<String>, event: &Event) {
    let mut told = told.lock().expect("nothing panics under it");
    let params = &event.params;
    match event.method.as_str() {
        "Target.attachedToTarget" if params["targetInfo"]["type"] == "service_worker" => {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            told.heard.push((text(&params["sessionId"]), text(&params["targetInfo"]["targetId"])));
        }
        "Target.targetCreated" if params["targetInfo"]["type"] == "service_worker" => {
            // Nobody receives any more once the browser is gone.
            let _ = workers.send(params["targetInfo"]["targetId"].as_str().unwrap_or_default().to_owned());
        }
        "Runtime.bindingCalled" if params["name"] == "evertillReport" => {
            let report: Value =
                serde_json::from_str(params["payload"].as_str().unwrap_or_default()).unwrap_or_default();
            if let Some(policy) = report.get("policy") {
                let (source, text) = ("policy".to_owned(), policy.to_string());
                told.complaints.push(Complaint { source, text, url: String::new() });
            }
            told.reports.push(report);
        }
        _ => {
            if let Some(complaint) = complaints::complaint_in(event)
                && !told.provoked.iter().any(|provoked| provoked.explains(&complaint))
            {
                told.complaints.push(complaint);
            }
        }
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
