//! What bad input gets: on every route a problem document with the right status, never a 500.

use crate::harness::{TestServer, outcome, problem};
use evertill_server::http::openapi;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use uuid::Uuid;

/// Routes that need no token.
const OPEN: [&str; 4] =
    ["/api/setup", "/api/terminals/enrol", "/api/terminals/token", "/api/terminals/remembered"];

/// Every route and method of the API's own description.
fn table() -> Vec<(Method, String)> {
    let document: Value = serde_json::to_value(openapi()).expect("a document");
    let paths = document["paths"].as_object().expect("paths");
    let mut table = Vec::new();
    for (path, operations) in paths {
        for method in operations.as_object().expect("operations").keys() {
            let method: Method = method.to_uppercase().parse().expect("a method");
            table.push((method, path.clone()));
        }
    }
    assert!(table.len() > 10, "the table has all routes");
    table
}

fn request(server: &TestServer, method: &Method, path: &str) -> RequestBuilder {
    let path = path.replace("{id}", &Uuid::now_v7().to_string());
    server.client.request(method.clone(), format!("{}{path}", server.base))
}

/// No cache between may keep an answer of the API, whatever it says.
fn never_kept(answer: &Response, asked: &str) {
    let caching = answer.headers().get("cache-control").and_then(|value| value.to_str().ok());
    assert_eq!(caching, Some("no-store"), "{asked}");
}

#[tokio::test]
async fn no_answer_is_kept_by_anyone() {
    let server = TestServer::demo().await;
    let tokens = server.enrol().await;
    let mut opened = 0;
    for (method, path) in table() {
        let request = request(&server, &method, &path).bearer_auth(&tokens.access_token);
        // The answer of `/api/events` has no end; its head is what counts.
        let answer = request.send().await.expect("an answer");
        never_kept(&answer, &format!("{method} {path}"));
        opened += u32::from(answer.status().is_success());
    }
    assert!(opened > 5, "only {opened} of them succeeded");
    for path in ["/api/nothing", "/livez", "/readyz", "/api/openapi.json"] {
        never_kept(&server.get(path).send().await.expect("an answer"), path);
    }
    server.stop().await;
}

fn takes_body(method: &Method) -> bool {
    *method == Method::POST || *method == Method::PUT
}

#[tokio::test]
async fn without_a_valid_credential_nothing_opens() {
    let server = TestServer::demo().await;
    let tokens = server.enrol().await;
    let forged = format!("{}x", &tokens.access_token[..tokens.access_token.len() - 1]);
    for (method, path) in table().into_iter().filter(|(_, path)| !OPEN.contains(&path.as_str())) {
        let answer = request(&server, &method, &path).send().await.expect("an answer");
        never_kept(&answer, &format!("{method} {path} without a token"));
        let found = (answer.status().as_u16(), problem(answer).await.code);
        assert_eq!(found, (401, "unauthorized".to_owned()), "{method} {path} without a token");
        for credential in [&forged, &tokens.refresh_token, "x", "evk_AAAA", "", &"a".repeat(10_000)] {
            let found = outcome(request(&server, &method, &path).bearer_auth(credential)).await;
            assert_eq!(found, (401, "unauthorized".to_owned()), "{method} {path} with {credential:.20}");
        }
        let basic = request(&server, &method, &path).basic_auth("owner", Some("owner"));
        assert_eq!(outcome(basic).await.0, 401, "{method} {path} with a password");
    }
    server.advance_ms(900_000);
    for (method, path) in table().into_iter().filter(|(_, path)| !OPEN.contains(&path.as_str())) {
        let found = outcome(request(&server, &method, &path).bearer_auth(&tokens.access_token)).await;
        assert_eq!(found.0, 401, "{method} {path} with an expired token");
    }
    server.stop().await;
}

#[tokio::test]
async fn whatever_the_body_is_the_answer_is_a_problem_with_a_right_status() {
    let server = TestServer::demo().await;
    let tokens = server.enrol().await;
    let long = "x".repeat(10 * 1024 * 1024);
    let deep = "[".repeat(100_000);
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("half a JSON", b"{\"id\": ".to_vec()),
        ("not UTF-8", vec![0xff, 0xfe, 0x00]),
        ("null", b"null".to_vec()),
        ("a number", b"1e999".to_vec()),
        ("an array", b"[1,2,3]".to_vec()),
        ("unknown fields", b"{\"colour\":\"red\"}".to_vec()),
        (
            "wrong types",
            b"{\"id\":1,\"code\":2,\"device\":3,\"sku\":[],\"protocol\":\"one\",\"entries\":{}}".to_vec(),
        ),
        ("NaN", b"{\"price_minor\":NaN}".to_vec()),
        ("deep nesting", deep.into_bytes()),
        ("10 MB in one string", format!("{{\"name\":\"{long}\"}}").into_bytes()),
    ];
    for (method, path) in table().into_iter().filter(|(method, _)| takes_body(method)) {
        for (what, body) in &bodies {
            for content_type in
                ["application/json", "text/csv", "text/plain", "multipart/form-data; boundary=x"]
            {
                let request = request(&server, &method, &path)
                    .bearer_auth(&tokens.access_token)
                    .header("if-match", "*")
                    .header("content-type", content_type)
                    .body(body.clone());
                let Ok(answer) = request.send().await else {
                    // The server may close a connection on which more comes than it reads.
                    assert!(body.len() > 1024 * 1024, "{method} {path}: {what} got no answer");
                    continue;
                };
                never_kept(&answer, &format!("{method} {path}: {what}"));
                let status = answer.status().as_u16();
                let allowed: &[u16] = match content_type {
                    "application/json" | "text/csv" => &[204, 400, 403, 404, 409, 410, 413, 415, 422, 429],
                    _ => &[204, 404, 409, 413, 415, 429],
                };
                assert!(allowed.contains(&status), "{method} {path}: {what} as {content_type} got {status}");
                if status >= 400 {
                    let detail = problem(answer).await.detail.unwrap_or_default();
                    let of_serde = ["at line 1 column", "expected", "struct ", "`"];
                    let found = of_serde.iter().find(|words| detail.contains(**words));
                    assert_eq!(found, None, "{method} {path}: {what} is told “{detail}”");
                }
            }
        }
    }
    let compressed = request(&server, &Method::POST, "/api/products")
        .bearer_auth(&tokens.access_token)
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .body(vec![0x1f, 0x8b]);
    assert_eq!(outcome(compressed).await, (415, "content_encoding".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn paths_and_methods_that_do_not_exist() {
    let server = TestServer::demo().await;
    let tokens = server.enrol().await;
    let with_token = |request: RequestBuilder| request.bearer_auth(&tokens.access_token);
    for path in
        ["/api", "/api/", "/api/nothing", "/api/products/x/y", "/api/products/not-a-uuid", "/api/../api/x"]
    {
        assert_eq!(outcome(with_token(server.get(path))).await.0, 404, "{path}");
    }
    let nil = format!("/api/products/{}", Uuid::nil());
    assert_eq!(outcome(with_token(server.get(&nil))).await.0, 404);
    for (method, path) in
        [(Method::PATCH, "/api/products"), (Method::DELETE, "/api/setup"), (Method::GET, "/api/setup")]
    {
        let answer = with_token(request(&server, &method, path)).send().await.expect("an answer");
        assert!(answer.headers().contains_key("allow"), "{method} {path}");
        assert_eq!(problem(answer).await.code, "method", "{method} {path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_list_is_taken_for_no_object() {
    let server = TestServer::demo().await;
    let tokens = server.enrol().await;
    let outlet = tokens.outlet;
    let id = Uuid::now_v7();
    let sale = json!([outlet, null, 1, 2, "GBP", [], [], [], 0, 0, 0]);
    for (path, body, field) in [
        ("/api/products", json!([id, "POS1", "A", [], null, 1, 0, false]), ""),
        ("/api/stock/movements", json!([id, id, 1, "receiving"]), ""),
        ("/api/sales", json!([id, sale]), ""),
        ("/api/sales", json!({ "id": id, "sale": sale }), "sale"),
        ("/api/terminals/codes", json!(["T9", false]), ""),
        ("/api/terminals/enrol", json!(["code", id, null]), ""),
        ("/api/terminals/token", json!([id, "token", null]), ""),
    ] {
        let answer = server.post(path, &body).bearer_auth(&tokens.access_token).send().await;
        let found = problem(answer.expect("an answer")).await;
        assert_eq!((found.status, found.code.as_str()), (400, "invalid"), "{path}");
        assert_eq!(found.fields.first().map(|fault| fault.field.as_str()), Some(field), "{path}");
        let told = found.detail.unwrap_or_default();
        assert!(told.ends_with(" is a list where an object is needed."), "{path}: {told}");
    }
    server.stop().await;
}

#[tokio::test]
async fn absurd_values_are_named() {
    let server = TestServer::demo().await;
    let tokens = server.enrol().await;
    let good = json!({ "sku": "A", "name": "B", "price_minor": 1, "tax_rate_ppm": 0 });
    for (field, value) in [
        ("sku", json!("")),
        ("sku", json!("x".repeat(65))),
        ("name", json!("a\u{0}b")),
        ("name", json!("\u{200b}")),
        ("name", json!("\u{202e}aeT")),
        ("sku", json!("\u{feff}\u{2060}")),
        ("category", json!("\u{200b}")),
        ("name", json!("x".repeat(100_000))),
        ("barcodes", json!(["a b"])),
        ("barcodes", json!((0..21).map(|n| n.to_string()).collect::<Vec<_>>())),
        ("category", json!("x".repeat(65))),
        ("price_minor", json!(-1)),
        ("price_minor", json!(i64::MAX)),
        ("tax_rate_ppm", json!(1_000_001)),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = server.post("/api/products", &body).bearer_auth(&tokens.access_token).send().await;
        let found = problem(answer.expect("an answer")).await;
        assert_eq!((found.status, found.code.as_str()), (400, "invalid"), "{field}");
        assert_eq!(found.fields.first().map(|fault| fault.field.as_str()), Some(field));
    }
    for (field, value) in [
        ("price_minor", json!(1.5)),
        ("price_minor", json!("1")),
        ("price_minor", json!(9e99)),
        ("tax_rate_ppm", json!(-1)),
        ("weighed", json!(1)),
        ("barcodes", json!("1")),
        ("colour", json!("red")),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = server.post("/api/products", &body).bearer_auth(&tokens.access_token).send().await;
        let found = problem(answer.expect("an answer")).await;
        assert_eq!((found.status, found.code.as_str()), (400, "invalid"), "{field}");
        assert_eq!(found.fields.first().map(|fault| fault.field.as_str()), Some(field));
    }
    for (query, detail) in [
        ("limit=many", "“limit”: a whole number is needed."),
        ("limit=-1", "“limit”: a whole number is needed."),
        ("limit=1&limit=2", "“limit” is there twice."),
        ("colour=red", "“colour” is not known here; known are limit, after, q."),
    ] {
        let request = server.get(&format!("/api/products?{query}")).bearer_auth(&tokens.access_token);
        let found = problem(request.send().await.expect("an answer")).await;
        assert_eq!((found.code.as_str(), found.detail.as_deref()), ("invalid", Some(detail)), "{query}");
    }
    let request = server.get("/api/products/7").bearer_auth(&tokens.access_token);
    let found = problem(request.send().await.expect("an answer")).await;
    assert_eq!(found.detail.as_deref(), Some("There is nothing at this address: an id is a UUID."));
    server.stop().await;
}
