//! Uploads: once each, in any order, whatever else goes on.

use crate::{
    harness::START_MS,
    till::{Shop, answer, outcomes},
};
use evertill_protocol::upload::Outcome::{Accepted, Conflict, Duplicate, Quarantined};
use evertill_server::sync::open_overdue;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

#[tokio::test]
async fn sent_twice_it_is_booked_once() {
    let mut shop = Shop::open().await;
    let sale = shop.sell(0, 3);
    assert_eq!(outcomes(&shop.send(std::slice::from_ref(&sale)).await), [(Accepted, None)]);
    let again = shop.send(&[sale.clone(), sale]).await;
    assert_eq!(outcomes(&again), [(Duplicate, None), (Duplicate, None)]);
    assert_eq!(shop.on_hand(0).await, shop.goods[0].opening_milli - 3000);
    let sales = shop.get("/api/sales").await;
    assert_eq!(sales["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(sales["items"][0]["terminal"], "T1");
    shop.close().await;
}

#[tokio::test]
async fn out_of_order_and_together_they_end_the_same() {
    let mut shop = Shop::open().await;
    let all: Vec<_> = (0..40).map(|at| shop.sell(at % 5, 1)).collect();
    let mut mixed: Vec<_> = all.iter().rev().cloned().collect();
    mixed.swap(3, 30);
    let (first, second) = mixed.split_at(17);
    let (one, two, three) = tokio::join!(shop.send(first), shop.send(second), shop.send(&all));
    let accepted = [&one, &two, &three].into_iter().flat_map(|answer| &answer.results);
    assert_eq!(accepted.filter(|result| result.outcome == Accepted).count(), 40);
    let last = shop.send(&[]).await;
    assert_eq!((last.have.contiguous, last.have.max, last.have.missing.len()), (40, 40, 0));
    for good in 0..5 {
        assert_eq!(shop.on_hand(good).await, shop.goods[good].opening_milli - 8000);
    }
    assert!(shop.open_cases().await.is_empty());
    shop.close().await;
}

#[tokio::test]
async fn holes_conflicts_forks_and_carriers_over_http() {
    let mut shop = Shop::open().await;
    let all: Vec<_> = (0..6).map(|_| shop.sell(0, 1)).collect();
    let mut rival = all[1].clone();
    rival.id = evertill_domain::Id::new(uuid::Uuid::now_v7()).expect("not nil");
    shop.till.seal(&mut rival);
    let mut damaged = all[2].clone();
    damaged.body.push(' ');
    let sent = [all[0].clone(), all[1].clone(), rival.clone(), damaged, all[5].clone()];
    let got = shop.send(&sent).await;
    let expected = [
        (Accepted, None),
        (Accepted, None),
        (Conflict, Some("seq")),
        (Quarantined, Some("hash")),
        (Accepted, None),
    ];
    assert_eq!(outcomes(&got), expected);
    assert!(got.directives.new_epoch);
    assert_eq!((got.have.contiguous, got.have.max, got.have.missing.clone()), (3, 6, vec![(4, 5)]));
    assert_eq!(shop.open_cases().await, ["conflict", "quarantine"]);

    let other = shop.server.enrol().await;
    let mut carried = shop.till.upload(all.clone());
    carried.lost = vec![(4, 4)];
    let request = shop.server.post("/api/sync/sales", &serde_json::to_value(&carried).expect("is JSON"));
    let got = answer(request.bearer_auth(&other.access_token).send().await.expect("an answer")).await;
    assert_eq!(got.have.contiguous, 6);
    assert_eq!(shop.open_cases().await, ["conflict"], "the true third entry settled its damaged copy");
    assert_eq!(shop.number("SELECT count(*) FROM inbox WHERE carrier IS NOT NULL", None).await, 3);
    shop.close().await;
}

#[tokio::test]
async fn gzip_is_taken_and_bytes_are_kept_as_they_are() {
    let mut shop = Shop::open().await;
    let odd = "{\"a\": \"\u{0}\u{1f}\u{2028}\u{ffff}🫖\\ud83d\", \"b\" :1e3}\n";
    let entry = shop.till.write(odd.to_owned());
    let upload = shop.till.upload(vec![entry.clone()]);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&serde_json::to_vec(&upload).expect("is JSON")).expect("packs");
    let packed = encoder.finish().expect("packs");
    let got =
        answer(shop.raw(packed, "application/json; charset=utf-8", Some("gzip")).send().await.expect("sent"))
            .await;
    assert_eq!(outcomes(&got), [(Quarantined, Some("body"))]);
    let mut reader = shop.server.state.db.read().await.expect("a reader");
    let (body, raw): (String, String) =
        sqlx::query_as("SELECT body, raw FROM inbox").fetch_one(&mut *reader).await.expect("kept");
    assert_eq!(body, odd, "byte for byte");
    assert_eq!(raw, serde_json::to_string(&entry).expect("is JSON"));
    drop(reader);
    shop.close().await;
}

#[tokio::test]
async fn a_revoked_terminal_drains_into_quarantine() {
    let mut shop = Shop::open().await;
    let second = shop.server.enrol().await;
    let owner = std::mem::replace(&mut shop.till.tokens, second);
    let (before, after) = (shop.sell(0, 1), shop.sell(0, 1));
    shop.send(std::slice::from_ref(&before)).await;
    let path = format!("/api/terminals/{}/revoke", shop.till.tokens.terminal);
    let revoked =
        shop.server.post(&path, &serde_json::json!({})).bearer_auth(&owner.access_token).send().await;
    assert!(revoked.expect("an answer").status().is_success());
    let got = shop.send(&[before, after]).await;
    assert_eq!(outcomes(&got), [(Duplicate, None), (Quarantined, Some("revoked"))]);
    assert!(got.directives.revoked);
    shop.close().await;
}

#[tokio::test]
async fn a_hole_becomes_a_case_after_a_day_although_nobody_uploads() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let mut shop = Shop::open().await;
    let sales = [shop.sell(0, 1), shop.sell(0, 1), shop.sell(0, 1)];
    let got = shop.send(&[sales[0].clone(), sales[2].clone()]).await;
    assert_eq!(got.have.missing, [(2, 2)]);
    let db = shop.server.state.db.clone();
    open_overdue(&db, START_MS + DAY_MS - 1).await.expect("looked");
    assert!(shop.open_cases().await.is_empty(), "a day has not passed");
    for _ in 0..2 {
        open_overdue(&db, START_MS + DAY_MS).await.expect("looked");
        assert_eq!(shop.open_cases().await, ["hole"], "once, however often it is looked");
    }
    shop.send(&sales[1..2]).await;
    assert!(shop.open_cases().await.is_empty(), "what arrives closes it");
    shop.close().await;
}

#[tokio::test]
async fn what_an_upload_brought_no_longer_waits() {
    let mut shop = Shop::open().await;
    let all: Vec<_> = (0..3).map(|_| shop.sell(0, 1)).collect();
    for (pending, sent, left) in [(5, &all[..2], 3), (1, &all[2..], 0), (0, &all[2..], 0)] {
        let mut upload = shop.till.upload(sent.to_vec());
        upload.pending = pending;
        assert_eq!(shop.post(&upload).await.status().as_u16(), 200);
        let waiting = shop.get("/api/terminals").await[0]["pending"].as_u64();
        assert_eq!(waiting, Some(left), "{pending} reported");
    }
    shop.server.stop().await;
}
