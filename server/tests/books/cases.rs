//! What a person decides.

use crate::{
    harness::outcome,
    till::{Shop, outcomes},
};
use evertill_protocol::upload::Outcome::{Conflict, Duplicate, Quarantined};
use serde_json::json;

#[tokio::test]
async fn released_it_is_booked_and_settled_it_never_is() {
    let mut shop = Shop::open().await;
    let first = shop.sell(0, 1);
    let mut rivals = Vec::new();
    for pieces in [2, 3] {
        let mut rival = first.clone();
        rival.id = evertill_domain::Id::new(uuid::Uuid::now_v7()).expect("not nil");
        rival.body = shop.body(0, pieces);
        shop.till.seal(&mut rival);
        rivals.push(rival);
    }
    let mut unbalanced = shop.sale(0, 1);
    unbalanced.total_minor += 1;
    let unbalanced = shop.till.write(serde_json::to_string(&unbalanced).expect("is JSON"));
    let sent = [first, rivals[0].clone(), rivals[1].clone(), unbalanced.clone()];
    shop.send(&sent).await;
    assert_eq!(shop.open_cases().await, ["conflict", "conflict", "quarantine"]);
    assert_eq!(shop.get("/api/cases/count").await, json!({ "open": 3 }));
    let page = shop.get("/api/cases").await;
    let case = |entry: &evertill_protocol::Entry| {
        let items = page["items"].as_array().cloned().unwrap_or_default();
        items.into_iter().find(|case| case["entry"] == json!(entry.id)).expect("a case")
    };
    let (released, settled, broken) = (case(&rivals[0]), case(&rivals[1]), case(&unbalanced));
    assert_eq!((&released["can_release"], &broken["can_release"]), (&json!(true), &json!(false)));
    assert_eq!(broken["code"], "arithmetic");
    let raw = broken["evidence"]["raw"].as_str().expect("the entry's bytes");
    assert_eq!(serde_json::from_str::<evertill_protocol::Entry>(raw).expect("an entry"), unbalanced);
    let id = |case: &serde_json::Value| case["id"].as_str().expect("an id").to_owned();

    assert_eq!(shop.decide(&id(&settled), "settle", " ").await.status().as_u16(), 400, "a note is needed");
    for _ in 0..2 {
        assert_eq!(shop.decide(&id(&released), "release", "both are real").await.status().as_u16(), 200);
        assert_eq!(shop.decide(&id(&settled), "settle", "a test of the copy").await.status().as_u16(), 200);
    }
    assert_eq!(shop.decide(&id(&settled), "release", "").await.status().as_u16(), 409);
    assert_eq!(shop.decide(&id(&released), "settle", "no").await.status().as_u16(), 409);
    assert_eq!(shop.decide(&id(&broken), "release", "").await.status().as_u16(), 409);
    assert_eq!(shop.open_cases().await, ["quarantine", "receipt_number"]);
    assert_eq!(shop.get("/api/cases/count").await, json!({ "open": 2 }));
    let got = shop.send(&[rivals[0].clone(), rivals[1].clone(), unbalanced]).await;
    assert_eq!(
        outcomes(&got),
        [(Duplicate, None), (Duplicate, Some("settled")), (Quarantined, Some("arithmetic"))]
    );
    assert_eq!(shop.on_hand(0).await, shop.goods[0].opening_milli - 3000);
    shop.check_books().await;

    let seller = shop.server.enrol().await;
    let path = format!("/api/cases/{}/settle", id(&broken));
    let refused = shop.server.post(&path, &json!({ "note": "me too" })).bearer_auth(&seller.access_token);
    assert_eq!(outcome(refused).await, (403, "forbidden".to_owned()));
    let nothing = shop.decide(&uuid::Uuid::now_v7().to_string(), "settle", "x").await;
    assert_eq!(nothing.status().as_u16(), 404);
    shop.server.stop().await;
}

#[tokio::test]
async fn a_hole_is_a_case_after_a_day() {
    let mut shop = Shop::open().await;
    let all: Vec<_> = (0..3).map(|_| shop.sell(0, 1)).collect();
    shop.send(&all[2..]).await;
    shop.server.advance_ms(24 * 60 * 60 * 1000);
    shop.till.tokens = shop.server.renew(&shop.till.tokens.refresh_token, uuid::Uuid::now_v7()).await;
    shop.send(&[]).await;
    assert_eq!(shop.open_cases().await, ["hole"]);
    shop.check_books().await;
    shop.send(&all[..2]).await;
    assert!(shop.open_cases().await.is_empty());
    let mut other = all[0].clone();
    other.body = shop.body(1, 9);
    shop.till.seal(&mut other);
    assert_eq!(outcomes(&shop.send(&[other]).await), [(Conflict, Some("id"))]);
    let case = shop.get("/api/cases?state=open").await["items"][0].clone();
    assert_eq!(case["can_release"], false, "its id is booked");
    shop.close().await;
}
