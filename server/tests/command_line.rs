//! The binary as an operator uses it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

const BINARY: &str = env!("CARGO_BIN_EXE_evertill");
/// Longest that anything here may take, even unoptimised on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A command on this data folder, untouched by the settings of whoever runs the tests.
fn evertill(data: &Path) -> Command {
    let mut command = Command::new(BINARY);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("EVERTILL_")) {
        command.env_remove(name);
    }
    command.env("EVERTILL_DATA", data).env("EVERTILL_LOG", "warn");
    command
}

fn run(data: &Path, arguments: &[&str]) -> Output {
    evertill(data).args(arguments).output().expect("the binary starts")
}

fn last_word(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout.clone()).expect("text");
    text.split_whitespace().last().unwrap_or_default().to_owned()
}

/// A server that is killed with the test.
struct Server {
    process: Child,
    port: u16,
    link: Option<String>,
}

impl Server {
    fn start(data: &Path, arguments: &[&str], has_link: bool) -> Self {
        let mut process = evertill(data)
            .arg("serve")
            .args(arguments)
            .env("EVERTILL_LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let mut next = || lines.next().expect("a line").expect("text");
        let first = next();
        let port = first.rsplit(':').next().and_then(|port| port.parse().ok());
        let link = has_link.then(&mut next);
        Self { process, port: port.expect("a port in the first line"), link }
    }

    /// Status line and body of a GET.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    fn code(&self) -> String {
        let link = self.link.as_ref().expect("a link");
        link.rsplit("#code=").next().expect("a code").to_owned()
    }

    /// SIGTERM, then the exit code.
    fn stop(mut self) -> Option<i32> {
        let sent = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        assert!(sent.expect("kill starts").success());
        let asked = Instant::now();
        loop {
            match self.process.try_wait().expect("the process can be waited for") {
                Some(status) => return status.code(),
                None => assert!(asked.elapsed() < PATIENCE, "the server does not stop"),
            }
            std::thread::yield_now();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_demo_shop_is_served_and_run_from_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    assert_eq!(run(&data, &["terminal", "code"]).status.code(), Some(1), "there is no database yet");

    let server = Server::start(&data, &["--demo"], true);
    assert!(server.link.as_ref().is_some_and(|link| link.contains("http://localhost:")), "{:?}", server.link);
    assert!(server.get("/livez").starts_with("HTTP/1.1 200"), "it listens when all is done");
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    let code = last_word(&run(&data, &["terminal", "code"]));
    assert_eq!(code.len(), 10, "{code}");
    assert_ne!(code, server.code());
    assert_eq!(run(&data, &["terminal", "revoke", "T9"]).status.code(), Some(1));
    let key =
        last_word(&run(&data, &["key", "create", "--name", "shop", "--scope", "products:read,sales:write"]));
    assert!(key.starts_with("evk_"));
    let list = String::from_utf8(run(&data, &["key", "list"]).stdout).expect("text");
    assert!(list.contains("products:read,sales:write") && !list.contains(&key), "{list}");
    let id = list.split('\t').next().expect("an id").to_owned();
    assert!(run(&data, &["key", "revoke", &id]).status.success());
    assert_eq!(run(&data, &["key", "revoke", &id]).status.code(), Some(1));
    assert_eq!(run(&data, &["key", "create", "--name", "x", "--scope", "everything"]).status.code(), Some(2));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&data).expect("the folder is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    let first_code = server.code();
    assert_eq!(server.stop(), Some(0));

    let again = Server::start(&data, &["--demo"], true);
    assert_ne!(again.code(), first_code, "no terminal yet: a link again");
    assert_eq!(again.stop(), Some(0));
    let migrated = run(&data, &["migrate"]);
    let words = String::from_utf8(migrated.stdout).expect("text");
    assert!(words.contains("copied to") && words.contains("up to date"), "{words}");
}

#[test]
fn an_empty_folder_gets_a_set_up_link() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &[], true);
    assert!(server.link.as_ref().is_some_and(|link| link.contains("/setup#code=")), "{:?}", server.link);
    let code = last_word(&run(folder.path(), &["terminal", "code"]));
    assert_eq!(code.len(), 10, "before the shop is set up it is the set-up code");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn it_says_what_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(last_word(&run(folder.path(), &["version"])), env!("CARGO_PKG_VERSION"));
    let document = run(folder.path(), &["openapi"]).stdout;
    let document: serde_json::Value = serde_json::from_slice(&document).expect("JSON");
    assert!(document["paths"]["/api/products"]["get"].is_object());
    assert_eq!(run(folder.path(), &["serve", "--listen", "nowhere"]).status.code(), Some(2));
}
