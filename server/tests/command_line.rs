//! The binary as an operator uses it.

use sqlx::Connection as _;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
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

fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn last_word(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout.clone()).expect("text");
    text.split_whitespace().last().unwrap_or_default().to_owned()
}

fn get(port: u16, path: &str) -> std::io::Result<String> {
    ask(port, &format!("GET {path}"), "\r\n")
}

fn ask(port: u16, what: &str, more: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    write!(stream, "{what} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// A server that is killed with the test.
struct Server {
    process: Child,
    port: u16,
    link: String,
}

impl Server {
    fn start(data: &Path, arguments: &[&str]) -> Self {
        Self::start_with(data, arguments, &[])
    }

    fn start_with(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = evertill(data);
        Self::of(command.arg("serve").args(arguments).envs(environment.iter().copied()))
    }

    fn of(command: &mut Command) -> Self {
        command.env("EVERTILL_LISTEN", "127.0.0.1:0").stdout(Stdio::piped());
        let mut process = command.spawn().expect("the binary starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let mut next = || lines.next().expect("a line").expect("text");
        let first = next();
        let port = first.rsplit(':').next().and_then(|port| port.parse().ok());
        Self { process, port: port.expect("a port in the first line"), link: next() }
    }

    /// Status line and body of a GET.
    fn get(&self, path: &str) -> String {
        get(self.port, path).expect("an answer")
    }

    /// Status line and body of a POST of JSON.
    fn post(&self, path: &str, body: &str) -> String {
        let length = body.len();
        let more = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}");
        ask(self.port, &format!("POST {path}"), &more).expect("an answer")
    }

    fn code(&self) -> String {
        self.link.rsplit("#code=").next().expect("a code").to_owned()
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
fn a_server_whose_log_nobody_reads_any_more_still_works_and_stops() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = evertill(&folder.path().join("data"));
    command.args(["serve", "--demo"]).env("EVERTILL_LOG", "debug").stderr(Stdio::piped());
    let mut server = Server::of(&mut command);
    drop(server.process.stderr.take());
    assert!(server.get("/livez").starts_with("HTTP/1.1 200"));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_demo_shop_is_served_and_run_from_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    assert_eq!(run(&data, &["terminal", "code"]).status.code(), Some(1), "there is no database yet");

    let server = Server::start(&data, &["--demo"]);
    assert!(server.link.contains("http://localhost:"), "{:?}", server.link);
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
    assert_eq!(run(&data, &["key", "create", "--name", " ", "--scope", "sales:read"]).status.code(), Some(2));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&data).expect("the folder is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    let first_code = server.code();
    assert_eq!(server.stop(), Some(0));

    let again = Server::start(&data, &["--demo"]);
    assert_ne!(again.code(), first_code, "no terminal yet: a link again");
    assert_eq!(again.stop(), Some(0));
    let migrated = run(&data, &["migrate"]);
    assert_eq!(migrated.status.code(), Some(0), "{}", error_of(&migrated));
    let words = String::from_utf8(migrated.stdout).expect("text");
    assert!(words.contains("copied to") && words.contains("up to date"), "{words}");
}

/// Every row of every table but the codes, of which each start without a terminal makes one.
fn content(data: &Path) -> Vec<(String, Vec<String>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(data.join("evertill.db"));
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("it opens");
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('codes', '_sqlx_migrations') ORDER BY name",
        )
        .fetch_all(&mut connection)
        .await
        .expect("tables");
        let mut content = Vec::new();
        for table in tables {
            let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)")
                .bind(&table)
                .fetch_all(&mut connection)
                .await
                .expect("columns");
            let row: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
            let rows = format!("SELECT {} FROM {table} ORDER BY 1", row.join(" || ',' || "));
            let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(rows)).fetch_all(&mut connection);
            content.push((table, rows.await.expect("rows")));
        }
        connection.close().await.expect("closed");
        content
    })
}

#[test]
fn a_demo_changes_nothing_where_there_is_a_shop() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = folder.path().join("demo");
    assert_eq!(Server::start(&demo, &["--demo"]).stop(), Some(0));
    // A shop of others: set up without the demo, with one product of its own.
    let own = folder.path().join("own");
    let server = Server::start(&own, &[]);
    let shop = format!(
        r#"{{"code":"{}","device":"01968a3e-0000-7000-8000-000000000001","name":"Corner","currency":"EUR","locale":"de-DE",
            "time_zone":"Europe/Berlin","default_tax_rate_ppm":190000,
            "start_with":{{"csv":"sku,name,price_minor,tax_rate_ppm,opening_stock_milli\nA1,Tee,295,190000,5000\n"}}}}"#,
        server.code()
    );
    let answer = server.post("/api/setup", &shop);
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    assert_eq!(server.stop(), Some(0));
    for (data, products) in [(demo, 3129), (own, 1)] {
        let before = content(&data);
        let count = |content: &[(String, Vec<String>)], of: &str| {
            content.iter().find(|(table, _)| table == of).map_or(0, |(_, rows)| rows.len())
        };
        assert_eq!(count(&before, "products"), products);
        assert!(count(&before, "feed") >= products && count(&before, "movements") > 0, "{data:?}");
        assert_eq!(Server::start(&data, &["--demo"]).stop(), Some(0));
        let after = content(&data);
        for (before, after) in before.iter().zip(&after) {
            assert!(before == after, "{} of {} changed", before.0, data.display());
        }
        assert_eq!(before.len(), after.len());
    }
}

#[test]
fn livez_answers_only_when_the_demo_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    // The port is asked from before the server has it, and so while it migrates and imports.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let listen = format!("127.0.0.1:{port}");
    let mut command = evertill(&data);
    command.args(["serve", "--demo", "--listen", &listen]).stdout(Stdio::null());
    let mut process = command.spawn().expect("the binary starts");
    let began = Instant::now();
    let answer = loop {
        assert!(began.elapsed() < PATIENCE, "it never answers");
        assert!(process.try_wait().expect("the process can be asked").is_none(), "it ended");
        if let Ok(answer) = get(port, "/livez") {
            break answer;
        }
        std::thread::yield_now();
    };
    // Looked at from outside the server at the very moment of its first answer.
    let there = content(&data);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for (table, least) in [("shop", 1), ("products", 3129), ("movements", 3000), ("feed", 3129)] {
        let rows = there.iter().find(|(name, _)| name == table).map_or(0, |(_, rows)| rows.len());
        assert!(rows >= least, "{rows} of {table} when it answered");
    }
    let _ = process.kill();
    let _ = process.wait();
}

#[test]
fn an_empty_folder_gets_a_set_up_link() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &[]);
    assert!(server.link.contains("/setup#code="), "{:?}", server.link);
    let code = last_word(&run(folder.path(), &["terminal", "code"]));
    assert_eq!(code.len(), 10, "before the shop is set up it is the set-up code");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_switch_of_the_environment_takes_yes_and_no() {
    let folder = tempfile::tempdir().expect("a folder");
    for (said, path) in [("0", "/setup#code="), ("no", "/setup#code="), ("1", "/enrol#code=")] {
        let server = Server::start_with(folder.path(), &[], &[("EVERTILL_DEMO", said)]);
        assert!(server.link.contains(path), "{said}: {:?}", server.link);
        assert_eq!(server.stop(), Some(0));
    }
}

#[test]
fn a_port_or_a_folder_in_use_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let data = folder.path().join("data");
    let refused = run(&data, &["serve", "--listen", &address]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!data.exists(), "nothing was made");

    let server = Server::start(&data, &["--demo"]);
    let files = || std::fs::read_dir(&data).expect("readable").count();
    let before = files();
    for arguments in [["serve", "--listen=127.0.0.1:0"].as_slice(), &["migrate"]] {
        let refused = run(&data, arguments);
        let words = error_of(&refused);
        assert_eq!(refused.status.code(), Some(1), "{words}");
        let sentence = format!("the data folder {} is in use by a running server", data.display());
        assert!(words.contains(&sentence), "{words}");
        assert!(refused.stdout.is_empty());
    }
    assert_eq!(files(), before, "and no copy was written");
    assert!(run(&data, &["terminal", "list"]).status.success(), "beside the server");
    assert!(run(&data, &["doctor"]).status.success(), "beside the server");
    assert_eq!(server.stop(), Some(0));
    assert_eq!(Server::start(&data, &["--demo"]).stop(), Some(0), "a lock ends with its server");
}

#[cfg(unix)]
#[test]
fn a_folder_of_others_is_left_as_it_is() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let folder = tempfile::tempdir().expect("a folder");
    let mode = || fs::metadata(folder.path()).expect("it is there").permissions().mode() & 0o777;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("opened");
    let file = folder.path().join("letter.txt");
    fs::write(&file, "dear").expect("written");
    let refused = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let words = error_of(&refused);
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains("--data") && words.contains("chmod 700"), "{words}");
    assert_eq!(mode(), 0o755);
    assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1, "nothing was made");

    fs::remove_file(file).expect("removed");
    assert_eq!(Server::start(folder.path(), &[]).stop(), Some(0));
    assert_eq!(mode(), 0o700, "an empty folder is taken");
}

#[test]
fn the_doctor_says_what_a_file_is() {
    let folder = tempfile::tempdir().expect("a folder");
    for (content, expected) in [("", "is empty"), ("dear shop, how are you?", "is no SQLite database")] {
        std::fs::write(folder.path().join("evertill.db"), content).expect("written");
        let told = run(folder.path(), &["doctor"]);
        assert_eq!(told.status.code(), Some(1));
        let words = error_of(&told);
        assert!(words.contains(expected), "{words}");
        assert_eq!(run(folder.path(), &["terminal", "list"]).status.code(), Some(1));
    }
}

#[test]
fn a_sqlite_file_of_others_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("evertill.db");
    let foreign = {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
            let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("a database");
            sqlx::query("CREATE TABLE letters (text)").execute(&mut connection).await.expect("a table");
            connection.close().await.expect("closed");
        });
        std::fs::read(&file).expect("readable")
    };
    #[cfg(unix)]
    let mode = {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("it is ours");
        || std::fs::metadata(folder.path()).expect("there").permissions().mode() & 0o777
    };
    for arguments in
        [["serve", "--listen=127.0.0.1:0"].as_slice(), &["migrate"], &["terminal", "list"], &["doctor"]]
    {
        let refused = run(folder.path(), arguments);
        let words = error_of(&refused);
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}: {words}");
        assert!(words.contains("not of Evertill"), "{arguments:?}: {words}");
        #[cfg(unix)]
        assert_eq!(mode(), 0o755, "{arguments:?} closed the folder");
        let there: Vec<_> = std::fs::read_dir(folder.path()).expect("there").flatten().collect();
        assert_eq!(there.len(), 1, "{arguments:?} left {there:?}");
        assert_eq!(std::fs::read(&file).expect("readable"), foreign, "{arguments:?} changed it");
    }
}

#[test]
fn nothing_is_migrated_under_a_running_server() {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/v0.1.0/evertill.db.gz");
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    // The server of that version holds the folder.
    let serving = evertill_server::db::lock_folder(&data).expect("the folder is free");
    let file = data.join("evertill.db");
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(kept).expect("it is kept"))
        .read_to_end(&mut unpacked)
        .expect("gzip");
    std::fs::write(&file, &unpacked).expect("written");
    let beside = [
        ["terminal", "list"].as_slice(),
        &["terminal", "code"],
        &["key", "list"],
        &["doctor"],
        &["doctor", "--rebuild-stock"],
    ];
    for arguments in beside {
        let refused = run(&data, arguments);
        let words = error_of(&refused);
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}: {words}");
        assert!(words.contains("earlier version") && words.contains("evertill migrate"), "{words}");
        assert_eq!(std::fs::read(&file).expect("readable"), unpacked, "{arguments:?} changed it");
    }
    drop(serving);
    assert!(run(&data, &["terminal", "list"]).status.success(), "nobody serves: it is brought up to date");
    assert!(data.join("evertill-at-0001.db").is_file(), "after a copy");
    for arguments in beside {
        let done = run(&data, arguments);
        assert!(done.status.success(), "{arguments:?}: {}", error_of(&done));
    }
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
