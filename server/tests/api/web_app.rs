//! The web app as a browser gets it.

use crate::harness::TestServer;
use reqwest::{Response, header::HeaderMap};
use std::{fs, path::Path};

fn put(folder: &Path, name: &str, content: &str) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    fs::write(file, content).expect("written");
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().expect("text"))
}

async fn get(server: &TestServer, path: &str, accept_encoding: &str) -> Response {
    let client = reqwest::Client::builder().no_gzip().build().expect("a client");
    let request = client.get(format!("{}{path}", server.base)).header("accept-encoding", accept_encoding);
    request.send().await.expect("an answer")
}

#[tokio::test]
async fn files_navigations_and_what_is_missing() {
    let web = tempfile::tempdir().expect("a folder");
    put(web.path(), "index.html", "shell");
    put(web.path(), "index.html.br", "shell in brotli");
    put(web.path(), "index.html.gz", "shell in gzip");
    put(web.path(), "service-worker.js", "worker");
    put(web.path(), "assets/app-1234.wasm", "wasm");
    let server = TestServer::with_web(web.path()).await;

    for path in ["/", "/index.html", "/sales/3", "/setup", "/products?q=x"] {
        for (accepted, coding, text) in [
            ("gzip, br", "br", "shell in brotli"),
            ("gzip", "gzip", "shell in gzip"),
            ("identity", "", "shell"),
        ] {
            let answer = get(&server, path, accepted).await;
            assert_eq!(answer.status(), 200, "{path}");
            let headers = answer.headers().clone();
            assert_eq!(header(&headers, "content-encoding"), coding, "{path}");
            assert_eq!(header(&headers, "content-type"), "text/html; charset=utf-8");
            assert_eq!(header(&headers, "cache-control"), "no-cache");
            assert_eq!(header(&headers, "vary"), "Accept-Encoding");
            assert_eq!(header(&headers, "x-content-type-options"), "nosniff");
            let policy = header(&headers, "content-security-policy");
            assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe-inline"), "{policy}");
            assert_eq!(answer.text().await.expect("a body"), text, "{path}");
        }
    }
    let asset = get(&server, "/assets/app-1234.wasm", "br").await;
    assert_eq!(header(asset.headers(), "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(header(asset.headers(), "content-type"), "application/wasm");
    let worker = get(&server, "/service-worker.js", "br").await;
    assert_eq!(header(worker.headers(), "cache-control"), "no-cache");

    let etag = header(worker.headers(), "etag").to_owned();
    assert!(etag.starts_with('"'), "strong: {etag}");
    let again =
        server.get("/service-worker.js").header("if-none-match", &etag).send().await.expect("an answer");
    assert_eq!((again.status().as_u16(), again.content_length().unwrap_or(0)), (304, 0));
    put(web.path(), "service-worker.js", "the next worker");
    let changed =
        server.get("/service-worker.js").header("if-none-match", &etag).send().await.expect("an answer");
    assert_eq!(changed.status(), 200);

    for missing in
        ["/assets/app-0000.wasm", "/icons/none.svg", "/old-chunk.js", "/index.html.br", "/..%2fsecret.txt"]
    {
        assert_eq!(get(&server, missing, "br").await.status(), 404, "{missing}");
    }
    let posted = server.client.post(format!("{}/sales", server.base)).send().await.expect("an answer");
    assert_eq!(posted.status(), 405);
    server.stop().await;
}

#[tokio::test]
async fn health_answers_without_a_token_and_is_never_cached() {
    let server = TestServer::empty().await;
    for path in ["/livez", "/readyz", "/api/openapi.json"] {
        let answer = server.get(path).send().await.expect("an answer");
        assert_eq!(
            (answer.status().as_u16(), header(answer.headers(), "cache-control")),
            (200, "no-store"),
            "{path}"
        );
    }
    server.stop().await;
}
