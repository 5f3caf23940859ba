//! From an empty data folder to a shop with its first terminal.

use crate::harness::{TestServer, outcome, problem};
use evertill_protocol::{api::SetupAnswer, terminal::Right};
use serde_json::{Value, json};
use uuid::Uuid;

fn request(code: &str, device: Uuid, start_with: impl serde::Serialize) -> Value {
    json!({ "code": code, "device": device, "name": "Corner Shop", "currency": "EUR", "locale": "de-DE",
            "time_zone": "Europe/Berlin", "default_tax_rate_ppm": 190_000, "start_with": start_with })
}

#[tokio::test]
async fn one_link_makes_the_shop_and_enrols_its_first_terminal() {
    let server = TestServer::empty().await;
    let code = server.code().await;
    assert!(code.path.starts_with("/setup#code="));
    let device = Uuid::now_v7();
    let csv = "sku,name,price_minor,tax_rate_ppm,opening_stock_milli\nA1,Tea,295,190000,5000\nA2,Coffee,495,190000,0\n";
    let body = request(&code.code, device, json!({ "csv": csv }));
    assert_eq!(
        outcome(server.post("/api/terminals/enrol", &json!({ "code": code.code, "device": device }))).await,
        (409, "no_shop".to_owned()),
        "first the shop, then the terminal"
    );
    let answer = server.post("/api/setup", &body).send().await.expect("an answer");
    assert_eq!(answer.status(), 201);
    let made: SetupAnswer = answer.json().await.expect("an answer");
    assert_eq!(made.products, 2);

    let again = server.post("/api/setup", &body).send().await.expect("an answer");
    assert_eq!(again.status(), 200, "a lost answer costs nothing");
    assert_eq!(again.json::<SetupAnswer>().await.expect("the same"), made);
    let foreign = request(&code.code, Uuid::now_v7(), json!("empty"));
    assert_eq!(outcome(server.post("/api/setup", &foreign)).await, (409, "shop_exists".to_owned()));
    assert_eq!(
        outcome(server.post("/api/terminals/enrol", &json!({ "code": code.code, "device": Uuid::now_v7() })))
            .await,
        (410, "code_used".to_owned()),
        "the code belongs to the device that made the shop"
    );

    let tokens = server.enrol_with(&code.code, device).await;
    assert_eq!((tokens.short_code.as_str(), tokens.epoch, tokens.right), ("T1", 1, Right::Owner));
    assert_eq!(tokens.outlet, made.outlet);
    let second = server.enrol().await;
    assert_eq!((second.short_code.as_str(), second.right), ("T2", Right::Sell));
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_set_up_from_what_cannot_be_taken() {
    let server = TestServer::empty().await;
    let code = server.code().await.code;
    let device = Uuid::now_v7();
    let good = request(&code, device, json!("empty"));
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    for (body, status, expected) in [
        (with("code", json!("WRONG")), 403, "code_unknown"),
        (with("device", json!(Uuid::nil())), 400, "invalid"),
        (with("name", json!("")), 400, "invalid"),
        (with("currency", json!("euro")), 400, "invalid"),
        (with("locale", json!("german")), 400, "invalid"),
        (with("time_zone", json!("Berlin")), 400, "invalid"),
        (with("default_tax_rate_ppm", json!(1_000_001)), 400, "invalid"),
        (with("start_with", json!({ "csv": "sku,name\n1,2" })), 400, "rows"),
        (with("start_with", json!("everything")), 400, "invalid"),
        (with("extra", json!(1)), 400, "invalid"),
    ] {
        let found = outcome(server.post("/api/setup", &body)).await;
        assert_eq!(found, (status, expected.to_owned()), "{body}");
    }
    assert_eq!(outcome(server.post("/api/setup", &good)).await.0, 201, "the code survived all that");
    server.stop().await;
}

#[tokio::test]
async fn a_shop_prints_its_address_and_sells_the_demo_catalogue_at_its_own_tax() {
    let server = TestServer::empty().await;
    let mut body = request(&server.code().await.code, Uuid::now_v7(), json!("demo"));
    body["address"] = json!(["Hauptstraße 1", "10115 Berlin"]);
    body["tax_id"] = json!("DE 123456789");
    assert_eq!(outcome(server.post("/api/setup", &body)).await.0, 201);
    let mut reader = server.state.db.read().await.expect("a reader");
    let doc: String =
        sqlx::query_scalar("SELECT doc FROM outlets").fetch_one(&mut *reader).await.expect("an outlet");
    let doc: Value = serde_json::from_str(&doc).expect("JSON");
    assert_eq!((&doc["address"], &doc["tax_id"]), (&body["address"], &body["tax_id"]));
    let rates: Vec<i64> = sqlx::query_scalar("SELECT DISTINCT tax_rate_ppm FROM products")
        .fetch_all(&mut *reader)
        .await
        .expect("rates");
    assert_eq!(rates, [190_000]);
    drop(reader);
    server.stop().await;
}

#[tokio::test]
async fn a_link_ends_after_half_an_hour_and_when_another_made_the_shop() {
    let server = TestServer::empty().await;
    let late = server.code().await.code;
    server.advance_ms(30 * 60 * 1000);
    let body = request(&late, Uuid::now_v7(), json!("empty"));
    assert_eq!(outcome(server.post("/api/setup", &body)).await, (410, "code_expired".to_owned()));
    let (beside, code) = (server.code().await.code, server.code().await.code);
    let body = request(&code, Uuid::now_v7(), json!("empty"));
    assert_eq!(outcome(server.post("/api/setup", &body)).await.0, 201);
    let body = request(&beside, Uuid::now_v7(), json!("empty"));
    assert_eq!(outcome(server.post("/api/setup", &body)).await, (403, "code_unknown".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn codes_cannot_be_tried_for_long() {
    let server = TestServer::demo().await;
    let body = json!({ "code": "AAAAAAAAAA", "device": Uuid::now_v7() });
    for _ in 0..100 {
        let answer = server.post("/api/terminals/enrol", &body).send().await.expect("an answer");
        if answer.status() == 429 {
            assert!(answer.headers().contains_key("retry-after"));
            assert_eq!(problem(answer).await.code, "too_many");
            return server.stop().await;
        }
        assert_eq!(problem(answer).await.code, "code_unknown");
    }
    panic!("a hundred codes could be tried in a row");
}
