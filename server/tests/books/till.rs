//! A till over HTTP that writes a well-formed journal.

use crate::harness::{START_MS, TestServer};
use evertill_domain::{Id, Quantity, TaxRate, id};
use evertill_protocol::{
    Entry, PROTOCOL,
    body::{LineV1, SaleV1, TaxV1, TenderKindV1, TenderV1},
    chain::GENESIS,
    terminal::TerminalTokens,
    upload::{Outcome, Upload, UploadAnswer},
};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use sqlx::Row;
use uuid::Uuid;

/// A product of the demo shop.
#[derive(Clone, Debug)]
pub struct Good {
    pub id: Id<id::Product>,
    pub price_minor: i64,
    pub opening_milli: i64,
}

/// A running shop with one till and some of its products.
pub struct Shop {
    pub server: TestServer,
    pub till: Till,
    pub goods: Vec<Good>,
}

/// A till with its journal.
#[derive(Clone, Debug)]
pub struct Till {
    pub tokens: TerminalTokens,
    pub entries: Vec<Entry>,
}

impl Shop {
    pub async fn open() -> Self {
        let server = TestServer::demo().await;
        let till = Till { tokens: server.enrol().await, entries: Vec::new() };
        let mut reader = server.state.db.read().await.expect("a reader");
        let rows = sqlx::query(
            "SELECT p.id, p.price_minor, h.quantity_milli FROM products p JOIN on_hand h ON h.product = p.id
             WHERE h.quantity_milli > 20000 ORDER BY p.sku LIMIT 5",
        )
        .fetch_all(&mut *reader)
        .await
        .expect("products");
        drop(reader);
        let good = |row: &sqlx::sqlite::SqliteRow| Good {
            id: Id::new(row.get(0)).expect("not nil"),
            price_minor: row.get(1),
            opening_milli: row.get(2),
        };
        let goods = rows.iter().map(good).collect();
        Self { server, till, goods }
    }

    /// Sells so many pieces of a product at its price.
    pub fn sell(&mut self, good: usize, pieces: i64) -> Entry {
        let body = self.body(good, pieces);
        self.till.write(body)
    }

    pub fn body(&self, good: usize, pieces: i64) -> String {
        serde_json::to_string(&self.sale(good, pieces)).expect("is JSON")
    }

    pub fn sale(&self, good: usize, pieces: i64) -> SaleV1 {
        let Good { id, price_minor, .. } = self.goods[good].clone();
        sale(self.till.tokens.outlet, id, pieces, price_minor)
    }

    /// Sends these entries, as JSON.
    pub async fn send(&self, entries: &[Entry]) -> UploadAnswer {
        answer(self.post(&self.till.upload(entries.to_vec())).await).await
    }

    pub async fn post(&self, upload: &Upload) -> Response {
        self.request(&serde_json::to_value(upload).expect("is JSON")).send().await.expect("an answer")
    }

    pub fn request(&self, upload: &Value) -> RequestBuilder {
        self.server.post("/api/sync/sales", upload).bearer_auth(&self.till.tokens.access_token)
    }

    /// Raw bytes with a content type and an encoding.
    pub fn raw(&self, bytes: Vec<u8>, content_type: &str, encoding: Option<&str>) -> RequestBuilder {
        let request = self
            .server
            .client
            .post(format!("{}/api/sync/sales", self.server.base))
            .bearer_auth(&self.till.tokens.access_token)
            .header("content-type", content_type)
            .body(bytes);
        match encoding {
            Some(encoding) => request.header("content-encoding", encoding),
            None => request,
        }
    }

    pub async fn on_hand(&self, good: usize) -> i64 {
        self.number("SELECT quantity_milli FROM on_hand WHERE product = $1", Some(self.goods[good].id.uuid()))
            .await
    }

    /// A number that the database gives.
    pub async fn number(&self, sql: &'static str, bind: Option<Uuid>) -> i64 {
        let mut reader = self.server.state.db.read().await.expect("a reader");
        let query = sqlx::query_scalar(sql);
        let query = match bind {
            Some(id) => query.bind(id),
            None => query,
        };
        query.fetch_one(&mut *reader).await.expect("a number")
    }

    /// Does something to the database that no route does.
    pub async fn execute(&self, sql: &'static str) {
        let mut tx = self.server.state.db.write().await.expect("the writer");
        sqlx::query(sql).execute(&mut *tx).await.expect("executed");
        tx.commit().await.expect("committed");
    }

    /// Everything adds up, whatever happened.
    pub async fn check_books(&self) {
        let report = evertill_server::doctor::run(self.server.folder()).await.expect("the doctor reads");
        assert!(report.is_explained(), "{report}");
    }

    /// The books are looked at once more, and the server stops.
    pub async fn close(self) {
        self.check_books().await;
        self.server.stop().await;
    }

    pub async fn get(&self, path: &str) -> Value {
        let request = self.server.get(path).bearer_auth(&self.till.tokens.access_token);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        answer.json().await.expect("JSON")
    }

    /// Kinds of the open cases, sorted.
    pub async fn open_cases(&self) -> Vec<String> {
        let page = self.get("/api/cases?state=open&limit=200").await;
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let mut kinds: Vec<String> =
            items.iter().map(|case| case["kind"].as_str().unwrap_or("").to_owned()).collect();
        kinds.sort();
        kinds
    }

    pub async fn decide(&self, case: &str, verb: &str, note: &str) -> Response {
        let path = format!("/api/cases/{case}/{verb}");
        let request = self.server.post(&path, &json!({ "note": note }));
        request.bearer_auth(&self.till.tokens.access_token).send().await.expect("an answer")
    }
}

impl Till {
    /// Journals this body.
    pub fn write(&mut self, body: String) -> Entry {
        let seq = self.entries.len() as u64 + 1;
        let mut entry = Entry {
            seq,
            id: Id::new(Uuid::now_v7()).expect("not nil"),
            kind: "sale".to_owned(),
            schema: 1,
            receipt: Some(format!("2026-04-30-{seq:02}")),
            business_date: "2026-04-30".parse().expect("a date"),
            prev: self.entries.last().map_or(GENESIS, |entry| entry.hash),
            hash: GENESIS,
            body,
        };
        self.seal(&mut entry);
        self.entries.push(entry.clone());
        entry
    }

    /// Gives an entry the hash that it should have.
    pub fn seal(&self, entry: &mut Entry) {
        entry.hash = entry.computed_hash(self.tokens.terminal, self.tokens.epoch);
    }

    pub fn upload<E>(&self, entries: Vec<E>) -> Upload<E> {
        Upload {
            protocol: PROTOCOL,
            terminal: self.tokens.terminal,
            epoch: self.tokens.epoch,
            batch: Uuid::now_v7(),
            sent_at: 0,
            head: self.entries.len() as u64,
            acked_through: 0,
            pending: 0,
            oldest_age_s: 0,
            lost: Vec::new(),
            entries,
        }
    }
}

pub async fn answer(response: Response) -> UploadAnswer {
    let status = response.status();
    let text = response.text().await.expect("a body");
    assert_eq!(status.as_u16(), 200, "{text}");
    serde_json::from_str(&text).expect("an answer")
}

pub fn outcomes(answer: &UploadAnswer) -> Vec<(Outcome, Option<&str>)> {
    answer.results.iter().map(|result| (result.outcome, result.code.as_deref())).collect()
}

/// A sale that adds up: so many pieces of one product, paid in cash.
pub fn sale(outlet: Id<id::Outlet>, product: Id<id::Product>, pieces: i64, price_minor: i64) -> SaleV1 {
    let rate = TaxRate::from_ppm(200_000).expect("a rate");
    let quantity = Quantity::from_units(pieces).expect("fits");
    let total = quantity.times_price_minor(price_minor).expect("fits");
    let tax = rate.contained_in(total).expect("fits");
    SaleV1 {
        outlet,
        cashier: None,
        opened_at: START_MS - 20_000,
        completed_at: START_MS,
        currency: "GBP".parse().expect("a currency"),
        lines: vec![LineV1 {
            line: 1,
            product,
            sku: "S".to_owned(),
            name: "Naïve “thing” 🫖".to_owned(),
            quantity_milli: quantity.milli(),
            unit_price_minor: price_minor,
            gross_minor: total,
            discount_minor: 0,
            tax_rate_ppm: rate,
            tax_minor: tax,
        }],
        taxes: vec![TaxV1 { rate_ppm: rate, net_minor: total - tax, tax_minor: tax, gross_minor: total }],
        tenders: vec![TenderV1 { kind: TenderKindV1::Cash, amount_minor: total, reference: None }],
        change_minor: 0,
        rounding_minor: 0,
        total_minor: total,
    }
}
