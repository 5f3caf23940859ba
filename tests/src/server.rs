//! The real server binary on a port of its own, with a data folder that goes with the test.

use crate::{
    deadline::{until, until_within},
    ledger::Ledger,
    processes, surroundings,
};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// How long a server may take until it answers.
const START_WITHIN: Duration = Duration::from_mins(2);

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether the demo shop is imported.
    pub demo: bool,
    /// The built web app.
    pub web: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { demo: true, web: None }
    }
}

/// A server process and its data folder.
#[derive(Debug)]
pub struct Server {
    port: u16,
    options: Options,
    folder: tempfile::TempDir,
    child: Option<Child>,
    printed: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `evertill serve --demo` on a fresh data folder, once it answers.
    pub async fn start_demo() -> Self {
        Self::start(Options::default()).await
    }

    /// A server on a fresh data folder, once it answers.
    pub async fn start(options: Options) -> Self {
        let folder = tempfile::Builder::new().prefix("evertill-data-").tempdir().expect("a temporary folder");
        Self::start_in(folder, options).await
    }

    /// A server on a data folder that is there already.
    pub async fn start_in(folder: tempfile::TempDir, options: Options) -> Self {
        let mut server = Self { port: free_port(), options, folder, child: None, printed: Arc::default() };
        server.restart().await;
        server
    }

    /// `http://localhost:<port>`: a secure context for browsers.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// The address that it listens on.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The one-time link that it printed last, on this server's own address.
    pub async fn link(&self) -> String {
        until("the server printed a one-time link", || async { self.printed_link() }).await
    }

    /// The same link, on another origin: the way over a proxy.
    pub async fn link_over(&self, origin: &str) -> String {
        let link = self.link().await;
        let rest = link.splitn(4, '/').nth(3).unwrap_or_default();
        format!("{origin}/{rest}")
    }

    /// A link that enrols one more browser, which may sell.
    pub async fn further_link(&self) -> String {
        format!("{}/enrol#code={}", self.url(), self.last_word(&["terminal", "code"]).await)
    }

    fn printed_link(&self) -> Option<String> {
        let printed = self.printed.lock().expect("no reader panics");
        let words = printed.iter().rev().flat_map(|line| line.split_whitespace());
        words.filter(|word| word.starts_with("http://") && word.contains('#')).map(ToOwned::to_owned).next()
    }

    /// Everything that it printed so far.
    pub fn printed(&self) -> String {
        self.printed.lock().expect("no reader panics").join("\n")
    }

    /// Serves another build of the web app from the next start on.
    pub fn serve_web(&mut self, web: &Path) {
        self.options.web = Some(web.to_path_buf());
    }

    /// Starts it again with other options.
    pub async fn restart_with(&mut self, options: Options) {
        self.options = options;
        self.restart().await;
    }

    /// Starts it (again) on the same port and data folder and waits until it answers.
    pub async fn restart(&mut self) {
        assert!(self.child.is_none(), "the server runs already");
        let mut command = self.command("serve");
        command.args(["--listen", &self.address()]);
        if self.options.demo {
            command.arg("--demo");
        }
        let web = self.options.web.clone().unwrap_or_else(surroundings::web);
        command.arg("--web").arg(web).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("the server's binary can be started");
        self.collect(child.stdout.take().expect("stdout is piped"));
        self.collect(child.stderr.take().expect("stderr is piped"));
        let client = reqwest::Client::new();
        let livez = format!("http://{}/livez", self.address());
        let started = Instant::now();
        until_within(START_WITHIN * 2, "/livez answers", || {
            let ended = child.try_wait().ok().flatten();
            assert!(ended.is_none(), "the server ended at start with {ended:?}:\n{}", self.printed());
            assert!(started.elapsed() < START_WITHIN, "no /livez in two minutes:\n{}", self.printed());
            let asked = client.get(&livez).send();
            async { asked.await.is_ok_and(|answer| answer.status().is_success()).then_some(()) }
        })
        .await;
        self.child = Some(child);
    }

    fn collect(&self, output: impl tokio::io::AsyncRead + Unpin + Send + 'static) {
        let printed = Arc::clone(&self.printed);
        tokio::spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                printed.lock().expect("no reader panics").push(line);
            }
        });
    }

    /// SIGTERM; it must end by itself, with success.
    pub async fn stop(&mut self) {
        let mut child = self.child.take().expect("the server runs");
        processes::terminate(child.id().expect("it was not waited for yet"));
        let ended = tokio::time::timeout(Duration::from_secs(30), child.wait()).await;
        let status = ended.expect("SIGTERM ends the server within 30 s").expect("it can be waited for");
        assert!(status.success(), "after SIGTERM the server ended with {status}:\n{}", self.printed());
    }

    /// SIGKILL, as a power cut would.
    pub async fn kill(&mut self) {
        let mut child = self.child.take().expect("the server runs");
        child.start_kill().expect("it can be killed");
        child.wait().await.expect("it can be waited for");
    }

    /// Whether it was started and not stopped since.
    pub fn is_running(&self) -> bool {
        self.child.is_some()
    }

    /// The most memory that the process ever had resident, in bytes.
    pub fn peak_resident_bytes(&self) -> u64 {
        let pid = self.child.as_ref().and_then(Child::id).expect("the server runs");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) * 1024
    }

    /// `evertill <arguments> --data …`, run beside the server.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        let (first, rest) = arguments.split_first().expect("a subcommand");
        let mut command = self.command(first);
        command.args(rest).output().await.expect("the server's binary can be started")
    }

    /// The last word that a subcommand printed.
    pub async fn last_word(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text.split_whitespace().last().expect("it printed something").to_owned()
    }

    /// `evertill doctor` must find no difference that a case does not name.
    pub async fn doctor(&self) {
        let output = self.run(&["doctor"]).await;
        assert!(
            output.status.success(),
            "doctor found differences:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// The books, read from the database file beside the server.
    pub fn ledger(&self) -> Ledger {
        Ledger::open(&self.data())
    }

    /// Stops it, if it runs, after the doctor has looked; the data folder goes.
    pub async fn close(mut self) {
        self.doctor().await;
        if self.is_running() {
            self.stop().await;
        }
    }

    fn command(&self, subcommand: &str) -> Command {
        let mut command = Command::new(surroundings::server_binary());
        // What the developer's shell has set must not leak into a test.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("EVERTILL_") {
                command.env_remove(name);
            }
        }
        command.arg(subcommand).arg("--data").arg(self.data());
        command
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener.local_addr().expect("a bound socket has an address").port()
}
