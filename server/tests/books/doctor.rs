//! The doctor finds what was changed behind the books' back, and knows what a case names.

use crate::till::Shop;
use evertill_server::db::{DATABASE_FILE, Db};

/// Damages a copy of the database and answers what the doctor says that no case names.
async fn after(shop: &Shop, damage: &'static str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    shop.server.state.db.copy_to(&folder.path().join(DATABASE_FILE)).await.expect("copied");
    let db = Db::open(folder.path()).await.expect("opens");
    let mut tx = db.write().await.expect("the writer");
    sqlx::query(damage).execute(&mut *tx).await.expect("damaged");
    tx.commit().await.expect("committed");
    db.close().await;
    let report = evertill_server::doctor::run(folder.path()).await.expect("the doctor reads");
    let unnamed = report.differences.into_iter().filter(|difference| difference.case.is_none());
    unnamed.map(|difference| difference.what).collect()
}

#[tokio::test]
async fn every_table_is_held_against_what_was_received() {
    let table = [
        (
            "UPDATE inbox SET body = replace(body, '\"pieces\"', '') || ' ' WHERE seq = 2",
            "its bytes were changed",
        ),
        ("UPDATE inbox SET receipt = '2026-04-30-99' WHERE seq = 2", "its bytes were changed"),
        (
            "UPDATE on_hand SET quantity_milli = quantity_milli + 1 WHERE product = (SELECT product FROM sale_lines LIMIT 1)",
            "on hand of product",
        ),
        (
            "DELETE FROM movements WHERE reason = 'sale' AND number = (SELECT max(number) FROM movements)",
            "has no such movement",
        ),
        ("UPDATE sale_lines SET quantity_milli = 1 WHERE sale = 1", "is not what its body says"),
        ("UPDATE sales SET total_minor = total_minor + 1 WHERE booked = 1", "is not what its body says"),
        ("DELETE FROM sales WHERE booked = 1", "there is no sale of it"),
        ("UPDATE day_totals SET tax_minor = tax_minor - 1", "totals of 2026-04-30"),
        ("UPDATE epochs SET contiguous = 2 WHERE max_seq = 3", "the ERP says it has"),
        ("DELETE FROM inbox WHERE seq = 2", "entries 2 to 2 are missing"),
        (
            "DELETE FROM feed WHERE kind = 'stock' AND id = (SELECT product FROM sale_lines LIMIT 1)",
            "the feed does not tell",
        ),
    ];
    let mut shop = Shop::open().await;
    let all: Vec<_> = (0..3).map(|_| shop.sell(0, 1)).collect();
    shop.send(&all).await;
    shop.check_books().await;
    for (damage, expected) in table {
        let found = after(&shop, damage).await;
        assert!(found.iter().any(|what| what.contains(expected)), "{damage}: {found:?}");
    }
    shop.server.stop().await;
}

#[tokio::test]
async fn differences_that_a_case_names_are_listed_with_it() {
    let mut shop = Shop::open().await;
    let mut all: Vec<_> = (0..4).map(|_| shop.sell(0, 1)).collect();
    all[1].prev = all[3].hash;
    shop.till.seal(&mut all[1]);
    let mut upload = shop.till.upload(all[..2].to_vec());
    upload.lost = vec![(3, 3)];
    shop.post(&upload).await;
    let report = evertill_server::doctor::run(shop.server.folder()).await.expect("the doctor reads");
    assert!(report.is_explained(), "{report}");
    assert_eq!((report.differences.len(), report.entries, report.sales), (2, 2, 2), "{report}");
    assert!(report.to_string().contains("each named by a case"));
    shop.server.stop().await;
}

#[tokio::test]
async fn on_hand_is_rebuilt_from_the_movements_and_tills_hear_of_it() {
    let mut shop = Shop::open().await;
    let sale = shop.sell(0, 2);
    shop.send(&[sale]).await;
    let right = [shop.on_hand(0).await, shop.on_hand(1).await];
    let cursor =
        shop.get("/api/sync/snapshot?limit=1").await["cursor"].as_str().expect("a cursor").to_owned();
    let rebuild = async || {
        let mut tx = shop.server.state.db.write().await.expect("the writer");
        let changed = evertill_server::stock::rebuild(&mut tx).await.expect("rebuilt");
        tx.commit().await.expect("committed");
        changed
    };
    assert_eq!(rebuild().await, 0, "nothing to mend");

    shop.execute("UPDATE on_hand SET quantity_milli = quantity_milli + 5 WHERE product = (SELECT product FROM sale_lines)")
        .await;
    shop.execute(
        "INSERT INTO on_hand SELECT outlet, x'00112233445566778899aabbccddeeff', 7, 1 FROM on_hand LIMIT 1",
    )
    .await;
    let unnamed = evertill_server::doctor::run(shop.server.folder()).await.expect("the doctor reads");
    assert!(!unnamed.is_explained());
    assert_eq!(rebuild().await, 2);
    shop.check_books().await;
    assert_eq!([shop.on_hand(0).await, shop.on_hand(1).await], right);
    let news = shop.get(&format!("/api/sync/changes?cursor={cursor}")).await;
    let told: Vec<_> =
        news["changes"].as_array().expect("changes").iter().map(|change| &change["doc"]).collect();
    let stock = serde_json::json!({ "product": shop.goods[0].id, "on_hand_milli": right[0] });
    assert!(told.contains(&&stock), "{told:?}");
    shop.server.stop().await;
}

#[tokio::test]
async fn a_large_catalogue_is_checked_and_rebuilt() {
    // Looking at every pair of so many products would take minutes; at each, a moment.
    let shop = Shop::open().await;
    shop.execute("CREATE TEMP TABLE many (product BLOB)").await;
    shop.execute(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 50000)
         INSERT INTO many SELECT unhex(printf('%032x', n)) FROM n",
    )
    .await;
    for rows in [
        "INSERT INTO on_hand SELECT o.id, product, 3000 + (many.rowid = 7), 1 FROM outlets o, many",
        "INSERT INTO movements (outlet, product, quantity_milli, reason, source, line, at)
         SELECT o.id, product, 3000, 'opening', product, 0, 0 FROM outlets o, many",
        "INSERT INTO feed (kind, id, version, deleted) SELECT 'stock', product, 1, 0 FROM many",
        "UPDATE shop SET position = (SELECT max(position) FROM feed)",
    ] {
        shop.execute(rows).await;
    }
    let report = evertill_server::doctor::run(shop.server.folder()).await.expect("the doctor reads");
    let found: Vec<&str> = report.differences.iter().map(|difference| difference.what.as_str()).collect();
    let seventh = format!("{:032x}", 7);
    assert_eq!(
        found,
        [format!("on hand of product {seventh} is 3001, its movements add up to 3000 thousandths")]
    );
    let mut tx = shop.server.state.db.write().await.expect("the writer");
    let changed = evertill_server::stock::rebuild(&mut tx).await.expect("rebuilt");
    tx.commit().await.expect("committed");
    assert_eq!(changed, 1);
    shop.server.stop().await;
}
