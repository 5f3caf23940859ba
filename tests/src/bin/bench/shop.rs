//! A shop with a made-up catalogue, imported as CSV through the server, and its owner.

use crate::catalogue;
use evertill_protocol::api::{SetupRequest, StartWith};
use evertill_tests::{
    native_till::{NativeTill, http_client},
    server::{Options, Server},
};
use uuid::Uuid;

/// A server whose shop started with so many products, and its first terminal.
pub async fn with_products(count: usize) -> (Server, NativeTill) {
    let server = Server::start(Options { demo: false, web: None }).await;
    let link = server.link().await;
    let code = link.rsplit('=').next().unwrap_or_default().to_owned();
    let device = Uuid::now_v7();
    let request = SetupRequest {
        code: code.clone(),
        device,
        name: "The Great Emporium".to_owned(),
        currency: "GBP".parse().expect("a currency"),
        locale: "en-GB".to_owned(),
        time_zone: "Europe/London".to_owned(),
        default_tax_rate_ppm: evertill_domain::TaxRate::from_ppm(200_000).expect("20 % is a rate"),
        stock_policy: evertill_domain::stock::StockPolicy::default(),
        address: Vec::new(),
        tax_id: None,
        start_with: StartWith::Csv(catalogue::csv(count)),
    };
    let origin = format!("http://{}", server.address());
    let answer = http_client()
        .post(format!("{origin}/api/setup"))
        .timeout(std::time::Duration::from_mins(5))
        .json(&request)
        .send()
        .await
        .expect("the server answers");
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    let owner = NativeTill::enrol_as(&origin, &code, device).await;
    (server, owner)
}

/// The link that enrols a further browser.
pub async fn further_link(server: &Server) -> String {
    let code = server.last_word(&["terminal", "code"]).await;
    format!("{}/enrol#code={code}", server.url())
}
