//! Listing sales, and booking other systems' ones.

use crate::{
    harness::{START_MS, outcome, problem},
    till::{Shop, outcomes, sale},
};
use evertill_protocol::{
    api::{SaleCreate, SaleDetail},
    upload::Outcome,
};
use evertill_server::auth::Scope;
use serde_json::{Value, json};

#[tokio::test]
async fn pages_hold_every_sale_once_newest_first() {
    let mut shop = Shop::open().await;
    let all: Vec<_> = (0..23).map(|_| shop.sell(0, 1)).collect();
    shop.send(&all).await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = shop.get(&format!("/api/sales?limit=5&after={after}")).await;
        seen.extend(
            page["items"].as_array().expect("rows").iter().map(|row| row["id"].as_str().map(str::to_owned)),
        );
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => break,
        }
    }
    let expected: Vec<_> = all.iter().rev().map(|entry| Some(entry.id.to_string())).collect();
    assert_eq!(seen, expected);
    let one: SaleDetail =
        serde_json::from_value(shop.get(&format!("/api/sales/{}", all[4].id)).await).expect("a sale");
    assert_eq!((one.seq, one.hash, one.row.terminal.as_str()), (5, all[4].hash, "T1"));
    for bad in ["/api/sales?after=x", "/api/sales?limit=-1", "/api/sales?colour=red"] {
        let got = outcome(shop.server.get(bad).bearer_auth(&shop.till.tokens.access_token)).await;
        assert_eq!(got, (400, "invalid".to_owned()), "{bad}");
    }
    let gone = shop.server.get(&format!("/api/sales/{}", uuid::Uuid::now_v7()));
    assert_eq!(outcome(gone.bearer_auth(&shop.till.tokens.access_token)).await.0, 404);
    shop.server.stop().await;
}

#[tokio::test]
async fn another_system_books_in_a_journal_of_its_own() {
    let shop = Shop::open().await;
    let key = shop.server.key(&[Scope::SalesWrite, Scope::SalesRead]).await;
    let create = |pieces| SaleCreate {
        id: evertill_domain::Id::new(uuid::Uuid::now_v7()).expect("not nil"),
        sale: shop.sale(0, pieces),
    };
    let post = |body: &Value| shop.server.post("/api/sales", body).bearer_auth(&key);
    let first = serde_json::to_value(create(2)).expect("is JSON");
    let booked = post(&first).send().await.expect("an answer");
    assert_eq!(booked.status().as_u16(), 201);
    let booked: SaleDetail = booked.json().await.expect("a sale");
    assert_eq!((booked.row.terminal.as_str(), booked.epoch, booked.seq), ("S0", 1, 1));
    assert_eq!(booked.row.receipt.as_deref(), Some("2026-04-30-01"));

    // The same again, written differently: compared as parsed.
    let mut spaced = serde_json::to_string_pretty(&first).expect("is JSON");
    spaced.push('\n');
    let again = shop.server.client.post(format!("{}/api/sales", shop.server.base)).bearer_auth(&key);
    let again =
        again.header("content-type", "application/json").body(spaced).send().await.expect("an answer");
    assert_eq!(again.status().as_u16(), 200);
    assert_eq!(again.json::<SaleDetail>().await.expect("a sale"), booked);
    let mut other = first.clone();
    other["sale"] = serde_json::to_value(shop.sale(0, 3)).expect("is JSON");
    assert_eq!(outcome(post(&other)).await, (409, "id_taken".to_owned()));

    let second: SaleDetail = post(&serde_json::to_value(create(1)).expect("is JSON"))
        .send()
        .await
        .expect("sent")
        .json()
        .await
        .expect("a sale");
    assert_eq!((second.seq, second.row.receipt.as_deref()), (2, Some("2026-04-30-02")));
    assert_eq!(shop.on_hand(0).await, shop.goods[0].opening_milli - 3000);

    let text = shop.body(0, 1);
    let mut till = shop.till.clone();
    let entry = till.write(text);
    let mut taken = first.clone();
    taken["id"] = json!(entry.id);
    shop.send(&[entry]).await;
    assert_eq!(outcome(post(&taken)).await, (409, "id_taken".to_owned()), "a till's sale has this id");

    let mut bad = first.clone();
    bad["id"] = json!(uuid::Uuid::now_v7());
    for (field, value, status, code) in [
        ("total_minor", json!(1), 422, "arithmetic"),
        ("change_minor", json!(-1), 422, "body"),
        ("outlet", json!(uuid::Uuid::now_v7()), 422, "outlet"),
        ("currency", json!("JPY"), 422, "currency"),
        ("lines", json!([]), 422, "body"),
        ("colour", json!("red"), 400, "invalid"),
        ("total_minor", json!("1"), 400, "invalid"),
    ] {
        let mut bad = bad.clone();
        bad["sale"][field] = value;
        assert_eq!(outcome(post(&bad)).await, (status, code.to_owned()), "{field}");
    }
    let day = 24 * 60 * 60 * 1000;
    for (field, at_ms) in [
        ("opened_at", 0),
        ("opened_at", START_MS + 2 * day + 1),
        ("completed_at", -1),
        ("completed_at", 1 << 62),
        ("completed_at", -(1 << 62)),
        ("completed_at", 946_684_800_000 - 1),
        ("completed_at", START_MS + 2 * day + 1),
    ] {
        let mut bad = bad.clone();
        bad["sale"][field] = json!(at_ms);
        let got = problem(post(&bad).send().await.expect("an answer")).await;
        assert_eq!((got.status, got.code.as_str()), (422, "time"), "{field} {at_ms}");
        assert_eq!(got.fields.first().map(|fault| &*fault.field), Some(&*format!("sale.{field}")));
    }
    for name in ["\u{200b}", "\u{202e}aeT"] {
        let mut bad = bad.clone();
        bad["sale"]["lines"][0]["name"] = json!(name);
        let got = problem(post(&bad).send().await.expect("an answer")).await;
        assert_eq!((got.status, got.code.as_str()), (422, "body"), "{name:?}");
        assert_eq!(got.fields.first().map(|fault| &*fault.field), Some("sale.lines[0].name"));
    }
    let mut ahead = create(1);
    (ahead.sale.opened_at, ahead.sale.completed_at) = (946_684_800_000, START_MS + 2 * day);
    assert_eq!(outcome(post(&serde_json::to_value(ahead).expect("is JSON"))).await.0, 201);
    let mut foreign = bad.clone();
    foreign["sale"]["currency"] = json!("JPY");
    let words = problem(post(&foreign).send().await.expect("an answer")).await.detail.unwrap_or_default();
    assert!(words.contains("GBP") && words.contains("JPY"), "{words}");
    let mut card = bad.clone();
    card["sale"]["tenders"] = json!([{ "kind": "card", "amount_minor": 10_000, "reference": null }]);
    card["sale"]["change_minor"] = json!(10_000 - card["sale"]["total_minor"].as_i64().expect("an amount"));
    assert_eq!(outcome(post(&card)).await, (422, "change".to_owned()), "a card gives no change");
    let reader = shop.server.key(&[Scope::SalesRead]).await;
    assert_eq!(outcome(shop.server.post("/api/sales", &first).bearer_auth(&reader)).await.0, 403);
    shop.close().await;
}

#[tokio::test]
async fn the_policy_block_holds_other_systems_and_never_a_till() {
    let mut shop = Shop::open().await;
    shop.execute("UPDATE outlets SET doc = json_set(doc, '$.stock_policy', 'block')").await;
    let key = shop.server.key(&[Scope::SalesWrite]).await;
    let there = shop.goods[0].opening_milli / 1000;
    let id = uuid::Uuid::now_v7();
    let too_many = json!({ "id": id, "sale": shop.sale(0, there + 1) });
    let refused =
        shop.server.post("/api/sales", &too_many).bearer_auth(&key).send().await.expect("an answer");
    assert_eq!(refused.status().as_u16(), 422);
    let problem = problem(refused).await;
    assert_eq!(problem.code, "insufficient_stock");
    let short = &problem.short[0];
    assert_eq!(
        (short.product, short.wanted_milli, short.on_hand_milli),
        (shop.goods[0].id, (there + 1) * 1000, shop.goods[0].opening_milli)
    );
    assert!(!short.name.is_empty());
    let fits = json!({ "id": id, "sale": shop.sale(0, there) });
    assert_eq!(outcome(shop.server.post("/api/sales", &fits).bearer_auth(&key)).await.0, 201);
    let entry = shop.sell(0, 1);
    assert_eq!(outcomes(&shop.send(&[entry]).await), [(Outcome::Accepted, None)]);
    assert_eq!(shop.open_cases().await, ["oversell"]);
    shop.close().await;
}

#[tokio::test]
async fn what_the_catalogue_does_not_know_is_booked_with_a_case() {
    let mut shop = Shop::open().await;
    let unknown = evertill_domain::Id::new(uuid::Uuid::now_v7()).expect("not nil");
    let outlet = shop.till.tokens.outlet;
    let text = serde_json::to_string(&sale(outlet, unknown, 1, 100)).expect("is JSON");
    let entry = shop.till.write(text);
    let dearer = serde_json::to_string(&sale(outlet, shop.goods[1].id, 1, shop.goods[1].price_minor + 1));
    let old = shop.till.write(dearer.expect("is JSON"));
    let got = shop.send(&[entry, old]).await;
    assert_eq!(outcomes(&got), [(Outcome::Accepted, None), (Outcome::Accepted, None)]);
    assert_eq!(shop.open_cases().await, ["old_price", "unknown_product"]);
    shop.close().await;
}

#[tokio::test]
async fn a_tills_sale_is_booked_whatever_its_clock_showed() {
    let mut shop = Shop::open().await;
    for at_ms in [-1, 0, i64::MAX, i64::MIN] {
        let mut sale = shop.sale(0, 1);
        (sale.opened_at, sale.completed_at) = (at_ms, at_ms);
        let entry = shop.till.write(serde_json::to_string(&sale).expect("is JSON"));
        assert_eq!(outcomes(&shop.send(&[entry]).await), [(Outcome::Accepted, None)], "{at_ms}");
        let rows = shop.get("/api/sales").await;
        assert_eq!(rows["items"][0]["completed_at"], json!(at_ms));
        assert!(rows["items"][0]["business_date"].is_string());
    }
    shop.close().await;
}
