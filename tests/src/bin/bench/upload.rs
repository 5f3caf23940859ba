//! 10,000 offline sales over HTTP against the same rows written straight to SQLite.

use crate::{
    bare_sqlite::Reference,
    figure::{Better, Figure, Told, median},
    tills::ONLINE,
};
use evertill_tests::{native_till::http_client, server::Server};
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::Command,
};
use uuid::Uuid;

const TILLS: usize = 4;
const SALES: u32 = 10_000;
const TURNS: usize = 3;
/// What each product is stocked up with: more than is sold, so that no sale opens a case for a person.
const RECEIVED_MILLI: i64 = 10_000_000;

/// Uploads and the bare loop, in turns.
pub async fn measure() -> (Vec<Figure>, Told) {
    let (mut uploads, mut gzipped, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let server = stocked().await;
        uploads.push(upload(&server, "plain").await);
        let reference = Reference::read(&server.data(), TILLS * ONLINE);
        server.close().await;
        bare.push(f64::from(SALES) / reference.write_all());
        let server = stocked().await;
        gzipped.push(upload(&server, "gzip").await);
        server.close().await;
    }
    let gzip =
        Told { name: "upload with gzip", measured: median(&mut gzipped), unit: "sales/s", beside: "upload" };
    let sales = (median(&mut uploads), median(&mut bare));
    (vec![Figure::against("upload", sales, "sales/s", Better::Higher, 0.5)], gzip)
}

/// A demo shop with plenty of everything on its first page of products, which is what the tills sell.
async fn stocked() -> Server {
    let server = Server::start_demo().await;
    let key = server
        .last_word(&["key", "create", "--name", "goods in", "--scope", "products:read,stock:write"])
        .await;
    let client = http_client();
    let products =
        client.get(format!("http://{}/api/products?limit=200", server.address())).bearer_auth(&key);
    let page: Value = products.send().await.expect("the server answers").json().await.expect("a page");
    for product in page["items"].as_array().expect("items") {
        let movement = json!({ "id": Uuid::now_v7(), "product": product["id"], "quantity_milli": RECEIVED_MILLI, "reason": "receiving" });
        let request = client.post(format!("http://{}/api/stock/movements", server.address()));
        let answer = request.bearer_auth(&key).json(&movement).send().await.expect("the server answers");
        assert_eq!(answer.status().as_u16(), 201, "goods are received");
    }
    server
}

/// Sales per second of four tills at once.
async fn upload(server: &Server, encoding: &str) -> f64 {
    let each = SALES as usize / TILLS;
    let mut codes = Vec::new();
    for _ in 0..TILLS {
        codes.push(server.last_word(&["terminal", "code"]).await);
    }
    let program = std::env::current_exe().expect("this program has a path");
    let mut child = Command::new(program)
        .args(["tills", &format!("http://{}", server.address()), &each.to_string(), encoding])
        .args(&codes)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("this program can be started again");
    let mut output = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
    let ready = output.next_line().await.expect("the tills speak");
    assert_eq!(ready.as_deref(), Some("ready"));
    child.stdin.take().expect("stdin is piped").write_all(b"go\n").await.expect("the tills listen");
    let seconds = output.next_line().await.expect("the tills speak").expect("they say how long it took");
    child.wait().await.expect("the tills end");
    let sales = u64::from(SALES) + (TILLS * ONLINE) as u64;
    assert_eq!(server.ledger().sale_count(), sales, "each sale once");
    f64::from(SALES) / seconds.parse::<f64>().expect("seconds")
}
