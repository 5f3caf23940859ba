//! What the promises of the database rest on, on a real file.

use super::{Db, write_back::checkpoint};
use sqlx::Connection as _;
use std::time::Duration;

async fn open() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let db = Db::open(&folder.path().join("data")).await.expect("a new database opens");
    (folder, db)
}

#[tokio::test]
async fn the_writer_is_durable_and_the_folder_closed() {
    let (_keep, db) = open().await;
    let mut tx = db.write().await.expect("the writer");
    let synchronous: i64 =
        sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *tx).await.expect("answers");
    let journal: String =
        sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *tx).await.expect("answers");
    assert_eq!((synchronous, journal.as_str()), (2, "wal"), "FULL and WAL");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(db.folder()).expect("exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

#[tokio::test]
async fn readers_cannot_write() {
    let (_keep, db) = open().await;
    let mut reader = db.read().await.expect("a reader");
    let refused = sqlx::query("DELETE FROM inbox").execute(&mut *reader).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing_and_no_lock() {
    let (_keep, db) = open().await;
    for polls in 0..40_u32 {
        let writing = async {
            let mut tx = db.write().await.expect("the writer");
            sqlx::query("INSERT INTO secrets (name, value) VALUES ('half', x'00')")
                .execute(&mut *tx)
                .await
                .expect("inserts");
            std::future::pending::<()>().await;
        };
        // Cancelled after a different stretch of time each round, like a request whose client is gone.
        let _ = tokio::time::timeout(Duration::from_micros(u64::from(polls) * 50), writing).await;
    }
    let mut tx = db.write().await.expect("the writer is free");
    let half: i64 =
        sqlx::query_scalar("SELECT count(*) FROM secrets").fetch_one(&mut *tx).await.expect("answers");
    assert_eq!(half, 0);
    tx.commit().await.expect("commits");
}

#[tokio::test]
async fn a_second_open_changes_nothing_and_a_copy_is_whole() {
    let (keep, db) = open().await;
    assert_eq!(db.migrated().applied, [1, 2]);
    db.close().await;
    let again = Db::open(&keep.path().join("data")).await.expect("opens again");
    assert!(again.migrated().applied.is_empty() && again.migrated().copy.is_none());
    let copy = keep.path().join("copy's.db");
    again.copy_to(&copy).await.expect("copies");
    assert!(copy.exists());
}

#[tokio::test]
async fn the_outlet_leads_every_key_of_the_ledger() {
    // An entry's id is the idempotency key of all outlets together.
    const BY_ID: [&str; 2] = ["inbox_by_id", "inbox_beside"];
    let (_keep, db) = open().await;
    let mut reader = db.read().await.expect("a reader");
    let first_columns = "
        SELECT i.name, c.name FROM pragma_index_list($1) i JOIN pragma_index_info(i.name) c WHERE c.seqno = 0";
    for table in
        ["epochs", "inbox", "lost", "holes", "sales", "sale_lines", "movements", "on_hand", "day_totals"]
    {
        let query = sqlx::query_as(first_columns).bind(table);
        let keys: Vec<(String, String)> = query.fetch_all(&mut *reader).await.expect("answers");
        assert!(!keys.is_empty(), "{table}");
        for (key, first) in keys.into_iter().filter(|(key, _)| !BY_ID.contains(&key.as_str())) {
            assert_eq!(first, "outlet", "{key} of {table}");
        }
    }
}

#[tokio::test]
async fn each_column_that_the_second_migration_left_without_a_word_is_explained() {
    let explained = include_str!("../../migrations/README.md");
    let (_keep, db) = open().await;
    let mut reader = db.read().await.expect("a reader");
    for table in ["epochs", "lost", "holes", "sales", "sale_lines"] {
        let (_, section) = explained.split_once(&format!("### `{table}`")).expect("it has a section");
        let section = section.split("\n### ").next().unwrap_or_default();
        let named = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let query = sqlx::query_scalar("SELECT name FROM pragma_table_info($1) ORDER BY cid").bind(table);
        let columns: Vec<String> = query.fetch_all(&mut *reader).await.expect("answers");
        assert_eq!(named.collect::<Vec<_>>(), columns, "{table}");
    }
}

/// Holes, what was named lost, a fork and a case, at the fixture's own terminals and as the first version wrote them.
async fn add_what_the_fixture_lacks(file: &std::path::Path) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).foreign_keys(true);
    let mut old = sqlx::SqliteConnection::connect_with(&options).await.expect("it opens as it was");
    // The copies join terminals. Nothing ever deletes one, and no epoch is without its terminal.
    let without: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM epochs WHERE terminal NOT IN (SELECT id FROM terminals WHERE outlet IS NOT NULL)",
    )
    .fetch_one(&mut old)
    .await
    .expect("answers");
    assert_eq!(without, 0);
    let delete = sqlx::query("DELETE FROM terminals WHERE id IN (SELECT terminal FROM epochs)");
    assert!(delete.execute(&mut old).await.is_err(), "a key keeps a terminal that has an epoch");
    for add in [
        "INSERT INTO lost SELECT terminal, epoch, max_seq + 5, max_seq + 7 FROM epochs",
        "INSERT INTO holes SELECT terminal, epoch, max_seq + 8, max_seq + 9, 1777539600000 FROM epochs",
        "UPDATE epochs SET forked_at = 1777539600000, durable_through = 1",
    ] {
        let added = sqlx::query(add).execute(&mut old).await.expect(add);
        assert!(added.rows_affected() > 0, "{add}");
    }
    old.close().await.expect("closed");
}

/// A data folder as the first version left it.
fn of_the_first_version() -> (tempfile::TempDir, std::path::PathBuf) {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/v0.1.0/evertill.db.gz");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    let mut file = std::fs::File::create(data.join(super::DATABASE_FILE)).expect("a file");
    let mut kept = flate2::read::GzDecoder::new(std::fs::File::open(kept).expect("it is kept"));
    std::io::copy(&mut kept, &mut file).expect("unpacked");
    (folder, data)
}

#[tokio::test]
async fn the_doctor_finds_a_database_of_the_first_version_in_order() {
    let (_keep, data) = of_the_first_version();
    Db::open(&data).await.expect("it opens").close().await;
    let report = crate::doctor::run(&data).await.expect("the doctor reads");
    assert!(report.is_explained(), "{report}");
}

#[tokio::test]
async fn a_database_of_the_first_version_keeps_every_row() {
    let (_keep, data) = of_the_first_version();
    add_what_the_fixture_lacks(&data.join(super::DATABASE_FILE)).await;
    let db = Db::open(&data).await.expect("it opens");
    assert_eq!(db.migrated().applied, [2]);
    let copy = db.migrated().copy.clone().expect("it was copied first");
    let mut reader = db.read().await.expect("a reader");
    let attach = format!("ATTACH '{}' AS old", copy.display());
    sqlx::query(sqlx::AssertSqlSafe(attach)).execute(&mut *reader).await.expect("attached");
    for (table, columns) in [
        (
            "epochs",
            "terminal, epoch, issued_at, token_number, ask, answer, forked_at, head, acked_through, contiguous, max_seq,
             durable_through",
        ),
        ("lost", "terminal, epoch, first, last"),
        ("holes", "terminal, epoch, first, last, seen_at"),
        ("terminals", "*"),
        ("cases", "*"),
        ("inbox", "*"),
        (
            "sales",
            "booked, outlet, id, terminal, epoch, seq, receipt, business_date, completed_at, booked_at, currency,
             total_minor, line_count",
        ),
        (
            "sale_lines",
            "sale, line, product, quantity_milli, unit_price_minor, gross_minor, discount_minor, tax_rate_ppm, tax_minor",
        ),
        ("movements", "*"),
        ("on_hand", "*"),
    ] {
        let sql = format!(
            "SELECT (SELECT count(*) FROM main.{table}), (SELECT count(*) FROM old.{table}),
                    (SELECT count(*) FROM (SELECT {columns} FROM old.{table} EXCEPT SELECT {columns} FROM main.{table}))"
        );
        let query = sqlx::query_as(sqlx::AssertSqlSafe(sql));
        let (now, before, gone): (i64, i64, i64) = query.fetch_one(&mut *reader).await.expect("answers");
        assert!(now == before && gone == 0, "{table}: {now} of {before}, {gone} gone");
        assert!(now > 0 || table == "cases", "{table} is empty");
    }
    let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut *reader).await.expect("answers");
    assert!(broken.is_empty());
}

#[tokio::test]
async fn the_wal_is_written_back_beside_the_writer() {
    let (_keep, db) = open().await;
    let waiting = async || {
        let mut reader = db.read().await.expect("a reader");
        let (_, pages, done) = checkpoint(&mut reader, "PRAGMA wal_checkpoint(NOOP)").await.expect("looks");
        pages - done
    };
    let grow = async |bytes: i64| {
        let mut tx = db.write().await.expect("the writer");
        let insert = "INSERT INTO secrets (name, value) VALUES ($1, zeroblob($1))";
        sqlx::query(insert).bind(bytes).execute(&mut *tx).await.expect("inserts");
        tx.commit().await.expect("commits");
    };
    grow(100_000).await;
    db.write_back_once().await.expect("looks");
    assert!(waiting().await > 0, "a little stays where it is");
    grow(20_000_000).await;
    assert!(waiting().await > 4_000, "the writer does not write back yet");
    let held = db.write().await.expect("the writer");
    db.write_back_once().await.expect("writes back while somebody writes");
    assert_eq!(waiting().await, 0);
    drop(held);
}

#[tokio::test]
async fn writing_back_ends_with_the_database() {
    let (_keep, db) = open().await;
    let task = {
        let db = db.clone();
        tokio::spawn(async move { db.write_back().await })
    };
    db.inner.committed.notify_one();
    db.close().await;
    db.inner.committed.notify_one();
    tokio::time::timeout(Duration::from_secs(10), task).await.expect("it ends").expect("it ends well");
}
