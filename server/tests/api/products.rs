//! The catalogue and its stock.

use crate::harness::{TestServer, outcome, problem};
use evertill_protocol::{
    api::{ImportAnswer, MovementAnswer, Page, ProductRow},
    terminal::TerminalTokens,
};
use evertill_server::auth::Scope;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use std::fmt::Write as _;
use uuid::Uuid;

/// Longest that anything here may take, even unoptimised on a loaded machine.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(2);

struct Shop {
    server: TestServer,
    owner: TerminalTokens,
}

impl Shop {
    async fn demo() -> Self {
        let server = TestServer::demo().await;
        let owner = server.enrol().await;
        Self { server, owner }
    }

    fn as_owner(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(&self.owner.access_token)
    }

    async fn post(&self, path: &str, body: &Value) -> Response {
        self.as_owner(self.server.post(path, body)).send().await.expect("an answer")
    }

    async fn put(&self, id: &dyn std::fmt::Display, if_match: Option<&str>, body: &Value) -> Response {
        let url = format!("{}/api/products/{id}", self.server.base);
        let request = self.as_owner(self.server.client.put(url).json(body));
        let request = if_match.into_iter().fold(request, |request, tag| request.header("if-match", tag));
        request.send().await.expect("an answer")
    }

    async fn page(&self, query: &str) -> Page<ProductRow> {
        let request = self.as_owner(self.server.get(&format!("/api/products?{query}")));
        request.send().await.expect("an answer").json().await.expect("a page")
    }

    async fn import(&self, csv: impl Into<reqwest::Body>) -> Response {
        self.import_request("", csv).send().await.expect("an answer")
    }

    fn import_request(&self, query: &str, csv: impl Into<reqwest::Body>) -> RequestBuilder {
        let url = format!("{}/api/products/import{query}", self.server.base);
        let request = self.server.client.post(url).header("content-type", "text/csv; charset=utf-8");
        self.as_owner(request.body(csv))
    }

    /// How far an import is; none if it does not run.
    async fn progress(&self, id: Uuid) -> Option<ImportAnswer> {
        let request = self.as_owner(self.server.get(&format!("/api/products/import/{id}")));
        let far: ImportAnswer = request.send().await.expect("an answer").json().await.expect("numbers");
        Some(far).filter(|far| *far != ImportAnswer::default())
    }

    async fn on_hand(&self, sku: &str) -> i64 {
        let page = self.page(&format!("q={sku}")).await;
        page.items.iter().find(|row| row.fields.sku == sku).expect("it is there").on_hand_milli
    }

    /// The newest change of the feed: kind, deleted.
    async fn last_change(&self) -> (String, bool) {
        let mut reader = self.server.state.db.read().await.expect("a reader");
        sqlx::query_as("SELECT kind, deleted FROM feed ORDER BY position DESC LIMIT 1")
            .fetch_one(&mut *reader)
            .await
            .expect("a change")
    }
}

fn tea(id: Uuid) -> Value {
    json!({ "id": id, "sku": "TEA-1", "name": "Tea", "barcodes": ["2", "1"], "category": "Drinks",
            "price_minor": 295, "tax_rate_ppm": 200_000, "weighed": false })
}

fn without_id(mut product: Value) -> Value {
    product.as_object_mut().expect("an object").remove("id");
    product
}

#[tokio::test]
async fn a_product_is_made_changed_and_deleted() {
    let shop = Shop::demo().await;
    let id = Uuid::now_v7();
    let made = shop.post("/api/products", &tea(id)).await;
    assert_eq!((made.status().as_u16(), made.headers()["etag"].to_str().expect("text")), (201, "\"1\""));
    let row: ProductRow = made.json().await.expect("a product");
    assert_eq!((row.fields.barcodes, row.version, row.on_hand_milli), (vec!["1".into(), "2".into()], 1, 0));
    assert_eq!(shop.post("/api/products", &tea(id)).await.status(), 200, "a repeat is harmless");
    let mut other = tea(id);
    other["price_minor"] = json!(1);
    assert_eq!(problem(shop.post("/api/products", &other).await).await.code, "id_taken");

    let mut changed = without_id(tea(id));
    changed["name"] = json!("Green tea");
    assert_eq!(problem(shop.put(&id, None, &changed).await).await.status, 428);
    assert_eq!(problem(shop.put(&id, Some("\"7\""), &changed).await).await.code, "version_mismatch");
    let answer = shop.put(&id, Some("\"1\""), &changed).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["etag"].to_str().expect("text")), (200, "\"2\""));
    assert_eq!(shop.last_change().await, ("product".to_owned(), false));
    assert_eq!(shop.put(&id, Some("\"2\""), &changed).await.headers()["etag"], "\"2\"", "nothing changed");
    assert_eq!(
        problem(shop.put(&id, Some("\"2\""), &tea(id)).await).await.status,
        400,
        "the id is in the path"
    );
    assert_eq!(problem(shop.put(&Uuid::now_v7(), Some("*"), &changed).await).await.status, 404);

    let url = format!("{}/api/products/{id}", shop.server.base);
    let delete = |tag: &'static str| shop.as_owner(shop.server.client.delete(&url).header("if-match", tag));
    assert_eq!(outcome(shop.as_owner(shop.server.client.delete(&url))).await.0, 428);
    assert_eq!(outcome(delete("\"1\"")).await, (412, "version_mismatch".to_owned()));
    assert_eq!(outcome(delete("\"2\"")).await.0, 204);
    assert_eq!(shop.last_change().await, ("product".to_owned(), true));
    assert_eq!(outcome(delete("\"3\"")).await.0, 404);
    assert_eq!(outcome(shop.as_owner(shop.server.get(&format!("/api/products/{id}")))).await.0, 404);
    let reborn = shop.post("/api/products", &tea(Uuid::now_v7())).await;
    assert_eq!(reborn.status(), 201, "its codes are free again");
    shop.server.stop().await;
}

#[tokio::test]
async fn codes_belong_to_one_product() {
    let shop = Shop::demo().await;
    shop.post("/api/products", &tea(Uuid::now_v7())).await;
    let mut same_sku = tea(Uuid::now_v7());
    same_sku["sku"] = json!("tea-1");
    same_sku["barcodes"] = json!([]);
    let found = problem(shop.post("/api/products", &same_sku).await).await;
    assert_eq!(
        (found.status, found.code.as_str(), found.fields[0].field.as_str()),
        (409, "sku_taken", "sku")
    );
    assert!(found.detail.expect("words").contains("Tea"), "the other product is named");
    let mut same_barcode = tea(Uuid::now_v7());
    same_barcode["sku"] = json!("TEA-2");
    assert_eq!(problem(shop.post("/api/products", &same_barcode).await).await.code, "barcode_taken");
    shop.server.stop().await;
}

#[tokio::test]
async fn every_product_is_on_one_page() {
    let shop = Shop::demo().await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = shop.page(&format!("limit=500&after={after}")).await;
        seen.extend(page.items.into_iter().map(|row| (row.fields.name.to_lowercase(), row.id)));
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert!(seen.len() > 3000, "{}", seen.len());
    assert!(seen.is_sorted_by(|a, b| a < b), "by name, none twice");
    let all_about_hearts = shop.page("limit=500&q=HEART%20hanging").await.items;
    assert!(!all_about_hearts.is_empty());
    assert!(all_about_hearts.iter().all(|row| row.fields.name.to_lowercase().contains("heart")));
    let one = &all_about_hearts[0];
    let scanned = shop.page(&format!("q={}", one.fields.barcodes[0])).await.items;
    assert_eq!(scanned.iter().map(|row| row.id).collect::<Vec<_>>(), [one.id]);
    assert!(shop.page("q=nothing-like-this").await.items.is_empty());
    for bad in ["after=x", "limit=-1", "limit=many", "colour=red"] {
        let request = shop.as_owner(shop.server.get(&format!("/api/products?{bad}")));
        assert_eq!(outcome(request).await, (400, "invalid".to_owned()), "{bad}");
    }
    shop.server.stop().await;
}

#[tokio::test]
async fn a_file_is_imported_whole_or_not_at_all() {
    let shop = Shop::demo().await;
    let header = "sku,name,barcodes,category,price_minor,tax_rate_ppm,weighed,opening_stock_milli";
    let answer = shop
        .import(format!(
            "{header}\nX1,Nails,77|78,Tools,100,200000,false,5000\nX2,Rope,,Tools,50,0,true,-20\n"
        ))
        .await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.json::<ImportAnswer>().await.expect("counts"),
        ImportAnswer { rows: 2, checked: 2, written: 2, created: 2, updated: 0, unchanged: 0 }
    );
    assert_eq!(shop.on_hand("X1").await, 5000);
    let again = shop
        .import(format!(
            "{header}\nx1,Nails,78|77,Tools,100,200000,false,9000\nX2,Rope,77,Tools,50,0,true,0\n"
        ))
        .await;
    let found = problem(again).await;
    assert_eq!((found.code.as_str(), found.rows[0].line), ("rows", 3), "a barcode is there once in a file");
    let swapped = shop
        .import(format!("{header}\nX1,Nails,78,Tools,100,200000,false,9000\nX2,Rope,77,Tools,50,0,true,0\nX3,Glue,,,1,0,no,0\n"))
        .await;
    assert_eq!(
        swapped.json::<ImportAnswer>().await.expect("counts"),
        ImportAnswer { rows: 3, checked: 3, written: 3, created: 1, updated: 2, unchanged: 0 },
        "barcodes may move within the file"
    );
    assert_eq!(shop.on_hand("X1").await, 5000, "stock of a known product is not touched");

    let bad = shop
        .import(format!(
            "{header}\nX4,Fine,,,1,0,no,0\nX5,,,,1,0,no,0\nX6,Taken,78,,1,0,no,0\nX7,Dear,,,x,0,no,0\n"
        ))
        .await;
    let rows: Vec<_> = problem(bad).await.rows.into_iter().map(|row| (row.line, row.field)).collect();
    assert_eq!(rows, [(3, Some("name".to_owned())), (5, Some("price_minor".to_owned()))]);
    let taken = shop.import(format!("{header}\nX4,Fine,,,1,0,no,0\nX6,Taken,78,,1,0,no,0\n")).await;
    let rows = problem(taken).await.rows;
    assert_eq!((rows.len(), rows[0].line), (1, 3));
    assert!(rows[0].reason.contains("Nails"), "{}", rows[0].reason);
    let half = shop.page("limit=500&q=X4").await.items;
    assert!(half.iter().all(|row| row.fields.sku != "X4"), "nothing was half-imported");
    for (csv, code) in [("", "rows"), ("a,b\n1,2", "rows"), ("\u{feff}", "rows")] {
        assert_eq!(problem(shop.import(csv).await).await.code, code, "{csv:?}");
    }
    assert_eq!(
        problem(shop.import(b"sku,name,price_minor,tax_rate_ppm\n\xff,\xff,1,0".to_vec()).await).await.code,
        "rows"
    );
    let json = shop.post("/api/products/import", &json!({})).await;
    assert_eq!(problem(json).await.status, 415);
    shop.server.stop().await;
}

#[tokio::test]
async fn a_file_may_name_ids() {
    let shop = Shop::demo().await;
    let header = "id,sku,name,price_minor,tax_rate_ppm,opening_stock_milli,version";
    let (tea, gone, fresh) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    for (id, sku) in [(tea, "TEA-1"), (gone, "GONE")] {
        let body = json!({ "id": id, "sku": sku, "name": "Tea", "price_minor": 295, "tax_rate_ppm": 0 });
        assert_eq!(shop.post("/api/products", &body).await.status(), 201);
    }
    let url = format!("{}/api/products/{gone}", shop.server.base);
    assert_eq!(outcome(shop.as_owner(shop.server.client.delete(url).header("if-match", "*"))).await.0, 204);

    let taken = shop
        .import(format!(
            "{header}\n{tea},TEA-2,Tea,1,0,0,1\n{},TEA-1,Tea,1,0,0,1\n{gone},GONE-2,Tea,1,0,0,1\n{fresh},NEW,Tea,1,0,0,1\n",
            Uuid::now_v7()
        ))
        .await;
    let rows: Vec<_> = problem(taken).await.rows.into_iter().map(|row| (row.line, row.field)).collect();
    let id = || Some("id".to_owned());
    assert_eq!(rows, [(2, id()), (3, id()), (4, id())], "an id is its own product's");
    assert!(shop.page("q=NEW").await.items.iter().all(|row| row.fields.sku != "NEW"), "nothing half");

    let csv = format!("{header}\n{tea},tea-1,Green tea,300,0,9000,77\n{fresh},NEW,Cake,400,0,2000,5\n");
    let answer: ImportAnswer = shop.import(csv).await.json().await.expect("counts");
    assert_eq!((answer.created, answer.updated), (1, 1));
    let found = shop.page("q=NEW").await.items;
    let new = found.iter().find(|row| row.fields.sku == "NEW").expect("it is there");
    assert_eq!((new.id.uuid(), new.version, new.on_hand_milli), (fresh, 1, 2000));
    let row =
        shop.as_owner(shop.server.get(&format!("/api/products/{tea}"))).send().await.expect("an answer");
    let row: ProductRow = row.json().await.expect("a product");
    assert_eq!((row.fields.name.as_str(), row.version, row.on_hand_milli), ("Green tea", 2, 0));
    shop.server.stop().await;
}

/// A file of so many products with opening stock.
fn many(rows: usize) -> String {
    let mut csv =
        String::from("sku,name,barcodes,category,price_minor,tax_rate_ppm,weighed,opening_stock_milli\n");
    for number in 0..rows {
        let _ = writeln!(
            csv,
            "N{number},Product number {number},9{number:011},Many,{},200000,false,1000",
            number % 5000
        );
    }
    csv
}

#[tokio::test]
async fn an_import_says_how_far_it_is_and_shows_nothing_before_its_end() {
    const ROWS: u64 = 30_000;
    let shop = Shop::demo().await;
    let id = Uuid::now_v7();
    assert_eq!(shop.progress(id).await, None, "it has not begun");
    let request = shop.import_request(&format!("?id={id}"), many(30_000));
    let importing = tokio::spawn(async move { request.send().await.expect("an answer") });
    let mut seen: Vec<ImportAnswer> = Vec::new();
    let began = std::time::Instant::now();
    while !importing.is_finished() {
        assert!(began.elapsed() < PATIENCE, "it does not end: {:?}", seen.last());
        let page = shop.page("q=N29999").await;
        let Some(now) = shop.progress(id).await else { continue };
        // It commits after the last row was written.
        assert!(now.written == now.rows || page.items.is_empty(), "{now:?}");
        seen.push(now);
    }
    let answer: ImportAnswer = importing.await.expect("no panic").json().await.expect("counts");
    assert_eq!((answer.created, answer.checked, answer.written), (ROWS, ROWS, ROWS));
    let numbers = |now: &ImportAnswer| (now.checked, now.written);
    assert!(seen.is_sorted_by_key(numbers), "it only grows: {seen:?}");
    assert!(seen.iter().all(|now| now.checked <= now.rows && now.written <= now.rows), "{seen:?}");
    assert!(seen.iter().any(|now| now.rows == ROWS && (1..ROWS).contains(&now.written)), "{seen:?}");
    assert_eq!(shop.progress(id).await, None, "it has ended");
    shop.server.stop().await;
}

#[tokio::test]
async fn an_import_whose_client_is_gone_leaves_nothing() {
    let shop = Shop::demo().await;
    let id = Uuid::now_v7();
    let request = shop.import_request(&format!("?id={id}"), many(30_000));
    let importing = tokio::spawn(async move { request.send().await });
    let began = std::time::Instant::now();
    while shop.progress(id).await.is_none_or(|now| now.written == 0) {
        assert!(!importing.is_finished(), "it was seen while it wrote");
        assert!(began.elapsed() < PATIENCE, "it does not begin to write");
    }
    importing.abort();
    let left = std::time::Instant::now();
    while shop.progress(id).await.is_some() {
        assert!(left.elapsed() < PATIENCE, "it goes on without its client");
    }
    assert!(shop.page("q=N29999").await.items.is_empty());
    assert_eq!(shop.import(many(10)).await.json::<ImportAnswer>().await.expect("counts").created, 10);
    shop.server.stop().await;
}

#[tokio::test]
async fn a_hundred_thousand_rows_are_imported_in_one_go() {
    let shop = Shop::demo().await;
    let csv = many(100_000);
    let started = std::time::Instant::now();
    let answer = shop.import(csv).await;
    assert_eq!(answer.json::<ImportAnswer>().await.expect("counts").created, 100_000);
    let took = started.elapsed();
    assert!(took.as_secs() < 60, "even unoptimised it takes seconds, not {took:?}");
    assert_eq!(shop.on_hand("N99999").await, 1000);
    let started = std::time::Instant::now();
    assert!(shop.page("q=product%20nothing-like-this").await.items.is_empty());
    eprintln!(
        "import of 100,000 rows: {took:?}; a search that finds nothing among them: {:?}",
        started.elapsed()
    );
    shop.server.stop().await;
}

#[tokio::test]
async fn a_movement_is_booked_once() {
    let shop = Shop::demo().await;
    let product = &shop.page("limit=1").await.items[0];
    let (id, before) = (Uuid::now_v7(), product.on_hand_milli);
    let movement = |id: Uuid, quantity: i64| json!({ "id": id, "product": product.id, "quantity_milli": quantity, "reason": "receiving" });
    for status in [201, 200, 200] {
        let answer = shop.post("/api/stock/movements", &movement(id, 7000)).await;
        assert_eq!(answer.status(), status);
        let answer: MovementAnswer = answer.json().await.expect("an answer");
        assert_eq!(answer.on_hand_milli, before + 7000);
    }
    assert_eq!(shop.last_change().await, ("stock".to_owned(), false));
    for (body, status, code) in [
        (movement(id, 1), 409, "id_taken"),
        (movement(Uuid::now_v7(), 0), 400, "invalid"),
        (movement(Uuid::now_v7(), i64::MIN), 400, "invalid"),
        (movement(Uuid::nil(), 1), 400, "invalid"),
        (
            json!({ "id": id, "product": Uuid::now_v7(), "quantity_milli": 1, "reason": "count" }),
            409,
            "id_taken",
        ),
        (
            json!({ "id": Uuid::now_v7(), "product": Uuid::now_v7(), "quantity_milli": 1, "reason": "count" }),
            404,
            "not_found",
        ),
        (
            json!({ "id": Uuid::now_v7(), "product": product.id, "quantity_milli": 1.5, "reason": "count" }),
            400,
            "invalid",
        ),
        (
            json!({ "id": Uuid::now_v7(), "product": product.id, "quantity_milli": 1, "reason": "sale" }),
            400,
            "invalid",
        ),
    ] {
        let found = problem(shop.post("/api/stock/movements", &body).await).await;
        assert_eq!((found.status, found.code.as_str()), (status, code), "{body}");
    }
    shop.server.stop().await;
}

#[tokio::test]
async fn a_key_may_do_what_its_scopes_name() {
    let shop = Shop::demo().await;
    let second = shop.server.enrol().await;
    let reader = shop.server.key(&[Scope::ProductsRead]).await;
    let writer = shop.server.key(&[Scope::ProductsWrite, Scope::StockWrite]).await;
    let create =
        |credential: &str| shop.server.post("/api/products", &tea(Uuid::now_v7())).bearer_auth(credential);
    let list = |credential: &str| shop.server.get("/api/products").bearer_auth(credential);
    for (request, status) in [
        (list(&reader), 200),
        (create(&reader), 403),
        (list(&writer), 403),
        (create(&writer), 201),
        (list(&second.access_token), 200),
        (shop.server.post("/api/products", &tea(Uuid::now_v7())).bearer_auth(&second.access_token), 403),
        (list("evk_NOTAKEY"), 401),
    ] {
        assert_eq!(outcome(request).await.0, status);
    }
    shop.server.stop().await;
}
