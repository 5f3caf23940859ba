//! A till without a browser: it enrols, makes a journal by the published rules alone, and uploads it. It knows
//! nothing of the engine, so it also shows that the protocol's document is enough.

use crate::server::Server;
use evertill_domain::{BusinessDate, Id, TaxRate, id};
use evertill_protocol::{
    Entry, PROTOCOL,
    body::{LineV1, SALE_SCHEMA, SaleV1, TaxV1, TenderKindV1, TenderV1},
    chain::{GENESIS, Hash, Link},
    terminal::{EnrolRequest, TerminalTokens},
    upload::{Upload, UploadAnswer},
};
use serde_json::Value;
use uuid::Uuid;

/// A client for loopback that heeds no proxy settings of its surroundings.
pub fn http_client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .timeout(std::time::Duration::from_secs(30))
        .build()
        .expect("a client can be made")
}

/// A product as the ERP lists it.
#[derive(Clone, Debug)]
pub struct Wares {
    /// The product.
    pub id: Id<id::Product>,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its price.
    pub price_minor: i64,
    /// Its rate.
    pub tax_rate: TaxRate,
}

/// An enrolled terminal with its journal.
#[derive(Debug)]
pub struct NativeTill {
    client: reqwest::Client,
    origin: String,
    /// What enrolment answered.
    pub tokens: TerminalTokens,
    head: (u64, Hash),
    receipts: u32,
    /// Everything it ever made.
    pub made: Vec<Entry>,
}

impl NativeTill {
    /// One more terminal of this server's shop, which may sell.
    pub async fn of(server: &Server) -> Self {
        let code = server.last_word(&["terminal", "code"]).await;
        Self::enrol(&format!("http://{}", server.address()), &code).await
    }

    /// Enrols with a code.
    pub async fn enrol(origin: &str, code: &str) -> Self {
        Self::enrol_as(origin, code, Uuid::now_v7()).await
    }

    /// Enrols this device with a code: the set-up link's works for the device that set the shop up.
    pub async fn enrol_as(origin: &str, code: &str, device: Uuid) -> Self {
        let client = http_client();
        let request = EnrolRequest { code: code.to_owned(), device };
        let answer = client.post(format!("{origin}/api/terminals/enrol")).json(&request).send().await;
        let answer = answer.expect("the server answers");
        let status = answer.status();
        let text = answer.text().await.expect("an answer has a body");
        assert!(status.is_success(), "enrol: {status} {text}");
        let tokens = serde_json::from_str(&text).expect("an answer of enrolment");
        Self { client, origin: origin.to_owned(), tokens, head: (0, GENESIS), receipts: 0, made: Vec::new() }
    }

    /// `GET` with this terminal's token.
    pub async fn get(&self, path: &str) -> Value {
        let request =
            self.client.get(format!("{}{path}", self.origin)).bearer_auth(&self.tokens.access_token);
        let answer = request.send().await.expect("the server answers");
        let status = answer.status();
        let text = answer.text().await.expect("an answer has a body");
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Some products that are sold by the piece.
    pub async fn wares(&self, count: usize) -> Vec<Wares> {
        let page = self.get("/api/products?limit=200").await;
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let wares =
            items.iter().filter(|item| item["weighed"] == false && item["price_minor"].as_i64() > Some(0));
        let wares = wares.take(count).map(|item| Wares {
            id: serde_json::from_value(item["id"].clone()).expect("an id"),
            sku: item["sku"].as_str().unwrap_or_default().to_owned(),
            name: item["name"].as_str().unwrap_or_default().to_owned(),
            price_minor: item["price_minor"].as_i64().unwrap_or(0),
            tax_rate: serde_json::from_value(item["tax_rate_ppm"].clone()).expect("a rate"),
        });
        let wares: Vec<Wares> = wares.collect();
        assert_eq!(wares.len(), count, "the shop has that many products on its first page");
        wares
    }

    /// Sells one piece of each, in cash, and appends it to the journal.
    pub fn sell(&mut self, wares: &[Wares], at_ms: i64) -> Entry {
        let lines: Vec<LineV1> = (1_u32..)
            .zip(wares)
            .map(|(line, ware)| LineV1 {
                line,
                product: ware.id,
                sku: ware.sku.clone(),
                name: ware.name.clone(),
                quantity_milli: 1000,
                unit_price_minor: ware.price_minor,
                gross_minor: ware.price_minor,
                discount_minor: 0,
                tax_rate_ppm: ware.tax_rate,
                tax_minor: ware.tax_rate.contained_in(ware.price_minor).expect("a small price"),
            })
            .collect();
        let mut taxes: Vec<TaxV1> = Vec::new();
        for line in &lines {
            let (gross_minor, tax_minor) = (line.gross_minor, line.tax_minor);
            match taxes.iter_mut().find(|row| row.rate_ppm == line.tax_rate_ppm) {
                Some(row) => {
                    row.gross_minor += gross_minor;
                    row.tax_minor += tax_minor;
                    row.net_minor += gross_minor - tax_minor;
                }
                None => taxes.push(TaxV1 {
                    rate_ppm: line.tax_rate_ppm,
                    net_minor: gross_minor - tax_minor,
                    tax_minor,
                    gross_minor,
                }),
            }
        }
        let total_minor = lines.iter().map(|line| line.gross_minor).sum();
        let sale = SaleV1 {
            outlet: self.tokens.outlet,
            cashier: None,
            opened_at: at_ms - 20_000,
            completed_at: at_ms,
            currency: "GBP".parse().expect("a currency"),
            lines,
            taxes,
            tenders: vec![TenderV1 { kind: TenderKindV1::Cash, amount_minor: total_minor, reference: None }],
            change_minor: 0,
            rounding_minor: 0,
            total_minor,
        };
        self.append(serde_json::to_string(&sale).expect("a sale is JSON"))
    }

    fn append(&mut self, body: String) -> Entry {
        let date = "2026-04-30";
        let business_date: BusinessDate = date.parse().expect("a date");
        self.receipts += 1;
        let (seq, prev) = (self.head.0 + 1, self.head.1);
        let mut entry = Entry {
            seq,
            id: Id::new(Uuid::now_v7()).expect("not nil"),
            kind: "sale".to_owned(),
            schema: SALE_SCHEMA,
            receipt: Some(format!("{date}-{:02}", self.receipts)),
            business_date,
            prev,
            hash: GENESIS,
            body,
        };
        entry.hash = Link {
            terminal: self.tokens.terminal,
            epoch: self.tokens.epoch,
            seq,
            id: entry.id,
            kind: &entry.kind,
            schema: entry.schema,
            receipt: entry.receipt.as_deref(),
            business_date,
            body: &entry.body,
            prev,
        }
        .hash();
        self.head = (seq, entry.hash);
        self.made.push(entry.clone());
        entry
    }

    /// The upload of these entries.
    pub fn upload_of(&self, entries: Vec<Entry>) -> Upload {
        Upload {
            protocol: PROTOCOL,
            terminal: self.tokens.terminal,
            epoch: self.tokens.epoch,
            batch: Uuid::new_v4(),
            sent_at: 0,
            head: self.head.0,
            acked_through: 0,
            pending: entries.len() as u64,
            oldest_age_s: 0,
            lost: Vec::new(),
            entries,
        }
    }

    /// Uploads entries once. `None` if no valid answer came, for whatever reason.
    pub async fn upload(&self, entries: Vec<Entry>) -> Option<UploadAnswer> {
        let upload = self.upload_of(entries);
        let request = self.client.post(format!("{}/api/sync/sales", self.origin));
        let answer = request.bearer_auth(&self.tokens.access_token).json(&upload).send().await.ok()?;
        let status = answer.status();
        let text = answer.text().await.ok()?;
        assert!(status.is_success() || status.as_u16() == 503, "an upload was answered {status}: {text}");
        let answer: UploadAnswer = serde_json::from_str(&text).ok()?;
        (answer.batch == upload.batch && answer.results.len() == upload.entries.len()).then_some(answer)
    }
}
