//! The one binary with the web app inside, as a browser gets it. `cargo xtask test` builds it with the feature `embed` and
//! names the folder; by hand: `EVERTILL_WEB_EMBED_FROM=target/web-test cargo test -p evertill-server --features embed
//! --test embedded`.

use reqwest::{Client, Response};
use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStdout, Command, Stdio},
};

/// The binary, serving what lies in it; killed with the test.
struct Server {
    process: Child,
    base: String,
    client: Client,
    _output: BufReader<ChildStdout>,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_evertill"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("EVERTILL_")) {
            command.env_remove(name);
        }
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path().join("data"));
        let mut process = command.stdout(Stdio::piped()).spawn().expect("the binary starts");
        let mut first = String::new();
        let mut output = BufReader::new(process.stdout.take().expect("piped"));
        output.read_line(&mut first).expect("it says where it serves");
        let port = first.trim().rsplit(':').next().expect("a port").to_owned();
        let client = Client::builder().no_gzip().build().expect("a client");
        Self { process, base: format!("http://127.0.0.1:{port}"), client, _output: output, _folder: folder }
    }

    async fn get(&self, path: &str, coding: &str, tag: Option<&str>) -> Response {
        let request = self.client.get(format!("{}{path}", self.base)).header("accept-encoding", coding);
        let request = tag.into_iter().fold(request, |request, tag| request.header("if-none-match", tag));
        request.send().await.expect("an answer")
    }

    /// The file's bytes, the same in brotli, gzip and plain, each with a strong tag of its own that spares the second
    /// download. Answers whether it travels compressed, too.
    async fn check(&self, path: &str, caching: &str) -> (Vec<u8>, bool) {
        let plain = self.get(path, "identity", None).await;
        assert_eq!(plain.status(), 200, "{path}");
        let plain = plain.bytes().await.expect("a body").to_vec();
        assert!(!plain.is_empty(), "{path}");
        let mut tags = BTreeSet::new();
        let mut packed = 0;
        for coding in ["br", "gzip", "identity"] {
            let answer = self.get(path, coding, None).await;
            let header = |name: &str| {
                let value = answer.headers().get(name);
                value.map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
            };
            let (sent_as, tag) = (header("content-encoding"), header("etag"));
            assert_eq!(header("cache-control"), caching, "{path}");
            assert_eq!(header("vary"), "Accept-Encoding", "{path}");
            assert!(tag.starts_with('"') && tag.len() > 10, "{path}: a strong tag, not {tag}");
            let body = answer.bytes().await.expect("a body");
            let mut unpacked = Vec::new();
            match sent_as.as_str() {
                "br" => {
                    brotli::BrotliDecompress(&mut &body[..], &mut unpacked).expect("brotli");
                }
                "gzip" => {
                    flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut unpacked).expect("gzip");
                }
                _ => unpacked.extend_from_slice(&body),
            }
            if !sent_as.is_empty() {
                assert_eq!(sent_as, coding, "{path}");
                assert!(body.len() < plain.len(), "{path} in {coding}");
                packed += 1;
            }
            assert!(unpacked == plain, "{path} in {coding} is another file");
            let again = self.get(path, coding, Some(&tag)).await;
            assert_eq!(again.status(), 304, "{path} in {coding}");
            assert!(again.bytes().await.expect("no body").is_empty(), "{path}");
            assert_eq!(self.get(path, coding, Some("\"another\"")).await.status(), 200, "{path}");
            tags.insert((sent_as, tag));
        }
        let distinct: BTreeSet<&String> = tags.iter().map(|(_, tag)| tag).collect();
        assert_eq!(distinct.len(), tags.len(), "{path}: each coding has a tag of its own");
        (plain, packed == 2)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn the_web_app_is_inside_the_binary_compressed_and_cached_as_it_must_be() {
    const ASK_AGAIN: &str = "no-cache";
    const FOR_EVER: &str = "public, max-age=31536000, immutable";
    let server = Server::start();
    let mut compressed = 0;
    for path in ["/", "/index.html", "/sales", "/service-worker.js", "/manifest.webmanifest", "/precache.js"]
    {
        compressed += u32::from(server.check(path, ASK_AGAIN).await.1);
    }
    assert!(compressed >= 5, "{compressed} of six are worth compressing");
    // Every file of the version, by its own list of what a device keeps.
    let (list, _) = server.check("/precache.js", ASK_AGAIN).await;
    let list = String::from_utf8(list).expect("text");
    let list = list.trim().trim_start_matches("self.EVERTILL = ").trim_end_matches(';');
    let list: serde_json::Value = serde_json::from_str(list).expect("JSON");
    let mut code = 0;
    for path in list["files"].as_object().expect("files").keys() {
        let hashed = path.starts_with("/assets/");
        let (_, both) = server.check(path, if hashed { FOR_EVER } else { ASK_AGAIN }).await;
        if [".wasm", ".js"].iter().any(|end| path.ends_with(end)) {
            assert!(both || !hashed, "{path} travels in brotli and in gzip");
            code += 1;
        }
    }
    assert!(code >= 5, "app, engine and start, each wasm and glue: {list}");
    assert_eq!(server.get("/assets/evertill-app.0000.js", "br", None).await.status(), 404);
}
