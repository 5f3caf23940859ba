//! A shop small enough to know by heart: four products, set up over the API by an owner without a browser.

use crate::{
    native_till::{NativeTill, http_client},
    server::Server,
};
use evertill_domain::stock::StockPolicy;
use serde_json::json;
use uuid::Uuid;

/// Its products: 50 of tea, 20 mugs, 30 jars, 8.5 of cheese by weight.
pub const PRODUCTS: &str = "sku,name,barcodes,category,price_minor,tax_rate_ppm,weighed,opening_stock_milli\n\
    TEA,Earl Grey tea,2000000000015,Food,350,0,false,50000\n\
    MUG,Mug with a robin,2000000000022,Kitchen,799,200000,false,20000\n\
    JAR,Jam jar,2000000000039,Kitchen,120,200000,false,30000\n\
    CHEESE,Cheddar,2000000000046,Food,1290,0,true,8500\n";

/// Sets it up on a server that has no shop yet; answers its first terminal, T1.
pub async fn set_up(server: &Server, stock_policy: StockPolicy) -> NativeTill {
    let link = server.link().await;
    let code = link.rsplit('=').next().unwrap_or_default();
    let device = Uuid::now_v7();
    let request = json!({
        "code": code, "device": device, "name": "The Corner Shop", "currency": "GBP", "locale": "en-GB",
        "time_zone": "Europe/London", "default_tax_rate_ppm": 200_000, "stock_policy": stock_policy,
        "start_with": { "csv": PRODUCTS },
    });
    let url = format!("http://{}/api/setup", server.address());
    let answer = http_client().post(url).json(&request).send().await.expect("the server answers");
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    let owner = NativeTill::enrol_as(&format!("http://{}", server.address()), code, device).await;
    assert_eq!(owner.tokens.short_code, "T1");
    owner
}
