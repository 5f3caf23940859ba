//! What the machine itself can do: a loop with prepared statements straight on SQLite that writes every row and
//! every index that booking the same sales wrote, from values prepared before, in the same batches and with the
//! same durability. It decides nothing and checks nothing. Tables that it does not write must have got no rows.

use evertill_tests::surroundings;
use rusqlite::{CachedStatement, Connection, Statement, types::Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Instant,
};

const BATCH: usize = 500;
const BATCH_SALES: i64 = 500;
/// Tables that booking appends to: (name, which of a batch's keys its rows go by).
const APPENDED: [(&str, &str); 4] =
    [("inbox", "ref"), ("sales", "booked"), ("sale_lines", "sale"), ("movements", "")];

/// Tables in which such sales, with nothing amiss, leave nothing.
const UNTOUCHED: [&str; 3] = ["cases", "lost", "holes"];

/// Rows of one table, in order.
type Rows = Vec<Vec<Value>>;

/// Everything that a server wrote for its sales, in batches.
pub struct Reference {
    batches: Vec<Batch>,
    products: Vec<Value>,
    outlet: Value,
    terminals: Rows,
    epochs: Rows,
}

struct Batch {
    terminal: Value,
    appended: [Rows; 4],
    /// What the batch takes from each product.
    sold: Vec<(Value, i64)>,
    days: Vec<(Value, i64, i64)>,
}

impl Reference {
    /// Reads back what a server booked, without the first sales, which were not measured.
    pub fn read(data: &Path, skipped: usize) -> Self {
        let db = Connection::open(data.join("evertill.db")).expect("the database opens");
        for table in UNTOUCHED {
            assert!(rows(&db, &format!("SELECT * FROM {table}")).is_empty(), "nothing is amiss in {table}");
        }
        let inbox = rows(&db, &format!("SELECT * FROM inbox WHERE ref > {skipped} ORDER BY ref"));
        let sales = rows(&db, &format!("SELECT * FROM sales WHERE booked > {skipped} ORDER BY booked"));
        let lines = rows(
            &db,
            &format!("SELECT * FROM sale_lines WHERE sale > {skipped} ORDER BY outlet, sale, line"),
        );
        let moved = format!(
            "SELECT m.* FROM movements m JOIN sales s ON s.outlet = m.outlet AND s.id = m.source
             WHERE m.reason = 'sale' AND s.booked > {skipped} ORDER BY m.number"
        );
        let movements = rows(&db, &moved);
        assert_eq!(inbox.len(), sales.len(), "everything was booked");
        let per_sale = |rows: &Rows| rows.len() / sales.len();
        let (lines_each, movements_each) = (per_sale(&lines), per_sale(&movements));
        let slice = |rows: &Rows, each: usize, start: usize| {
            rows[start * each..((start + BATCH) * each).min(rows.len())].to_vec()
        };
        let day = column(&db, "sales", "business_date");
        let total = column(&db, "sales", "total_minor");
        let terminal = column(&db, "inbox", "terminal");
        let (product, quantity) =
            (column(&db, "movements", "product"), column(&db, "movements", "quantity_milli"));
        let batches = (0..sales.len())
            .step_by(BATCH)
            .map(|start| {
                let appended = [
                    slice(&inbox, 1, start),
                    slice(&sales, 1, start),
                    slice(&lines, lines_each, start),
                    slice(&movements, movements_each, start),
                ];
                let sold = summed(appended[3].iter().map(|row| (&row[product], integer(&row[quantity]))));
                let days = summed(appended[1].iter().map(|row| (&row[day], integer(&row[total]))));
                let days = days.into_iter().map(|(day, total)| (day, BATCH_SALES, total)).collect();
                Batch { terminal: appended[0][0][terminal].clone(), appended, sold, days }
            })
            .collect();
        let products = rows(&db, "SELECT product FROM on_hand").into_iter().flatten().collect();
        let outlet = rows(&db, "SELECT id FROM outlets LIMIT 1").remove(0).remove(0);
        let terminals = rows(&db, "SELECT * FROM terminals");
        Self { batches, products, outlet, terminals, epochs: rows(&db, "SELECT * FROM epochs") }
    }

    /// Writes it all to a fresh database; answers the seconds that took.
    pub fn write_all(&self) -> f64 {
        let folder = tempfile::Builder::new().prefix("evertill-bare-").tempdir().expect("a temporary folder");
        let mut db = Connection::open(folder.path().join("bare.db")).expect("a new database opens");
        self.prepare(&db);
        let started = Instant::now();
        let mut position = 1_000_000_i64;
        for batch in &self.batches {
            let tx = db
                .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
                .expect("a transaction begins");
            for ((table, _), rows) in APPENDED.iter().zip(&batch.appended) {
                let mut insert = insert_into(&tx, table, rows.first().map_or(0, Vec::len));
                for row in rows {
                    execute(&mut insert, row);
                }
            }
            let mut on_hand = tx
                .prepare_cached(
                    "UPDATE on_hand SET quantity_milli = quantity_milli + ?2, version = ?3 WHERE outlet = ?4 AND product = ?1",
                )
                .expect("the schema has on_hand");
            let mut feed = tx
                .prepare_cached("INSERT OR REPLACE INTO feed (position, kind, id, version, deleted) VALUES (?1, 'stock', ?2, ?1, 0)")
                .expect("the schema has a feed");
            for (product, quantity) in &batch.sold {
                position += 1;
                on_hand.execute((product, quantity, position, &self.outlet)).expect("a row is written");
                feed.execute((position, product)).expect("a row is written");
            }
            let mut day = tx
                .prepare_cached(
                    "INSERT INTO day_totals VALUES (?1, ?2, ?3, ?4, 0) ON CONFLICT DO UPDATE SET
                     sale_count = sale_count + excluded.sale_count, total_minor = total_minor + excluded.total_minor",
                )
                .expect("the schema has day_totals");
            for (date, count, total) in &batch.days {
                day.execute((&self.outlet, date, count, total)).expect("a row is written");
            }
            let mut epoch = tx
                .prepare_cached(
                    "UPDATE epochs SET contiguous = contiguous + ?2, max_seq = max_seq + ?2, head = head + ?2,
                     acked_through = acked_through + ?2 WHERE outlet = ?3 AND terminal = ?1",
                )
                .expect("the schema has epochs");
            epoch.execute((&batch.terminal, BATCH_SALES, &self.outlet)).expect("a row is written");
            let mut terminal = tx
                .prepare_cached("UPDATE terminals SET seen_at = seen_at + 1, pending = ?2 WHERE id = ?1")
                .expect("the schema has terminals");
            terminal.execute((&batch.terminal, position)).expect("a row is written");
            let mut shop = tx.prepare_cached("UPDATE shop SET position = ?1").expect("the schema has a shop");
            shop.execute([position]).expect("a row is written");
            let mut mark =
                tx.prepare_cached("INSERT INTO feed_marks VALUES (?1, ?1)").expect("the schema has marks");
            mark.execute([position]).expect("a row is written");
            drop((on_hand, feed, day, epoch, terminal, shop, mark));
            tx.commit().expect("it commits");
        }
        started.elapsed().as_secs_f64()
    }

    fn prepare(&self, db: &Connection) {
        for pragma in [
            "journal_mode = WAL",
            "synchronous = FULL",
            "wal_autocheckpoint = 4000",
            "cache_size = -32768",
            "temp_store = memory",
        ] {
            db.execute_batch(&format!("PRAGMA {pragma}")).expect("a pragma is taken");
        }
        let folder = surroundings::workspace_root().join("server/migrations");
        let mut files: Vec<_> =
            std::fs::read_dir(folder).expect("migrations").flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "sql")) {
            let sql = std::fs::read_to_string(file).expect("a migration");
            db.execute_batch(&sql).expect("the migrations run");
        }
        db.execute_batch("PRAGMA foreign_keys = OFF; BEGIN").expect("a pragma is taken");
        db.execute("INSERT INTO shop VALUES (1, x'00', 1000000, 0, 0)", []).expect("a row is written");
        for product in &self.products {
            db.execute("INSERT INTO on_hand VALUES (?1, ?2, 0, 1)", (&self.outlet, product))
                .expect("a row is written");
        }
        for (table, rows) in [("terminals", &self.terminals), ("epochs", &self.epochs)] {
            for row in rows {
                execute(&mut insert_into(db, table, row.len()), row);
            }
        }
        db.execute_batch("COMMIT").expect("it commits");
    }
}

fn insert_into<'a>(db: &'a Connection, table: &str, width: usize) -> CachedStatement<'a> {
    let places = vec!["?"; width].join(", ");
    let sql = format!("INSERT INTO {table} VALUES ({places})");
    db.prepare_cached(&sql).expect("the schema has the table")
}

fn execute(statement: &mut Statement<'_>, row: &[Value]) {
    statement.execute(rusqlite::params_from_iter(row)).expect("a row is written");
}

fn rows(db: &Connection, sql: &str) -> Rows {
    let mut statement = db.prepare(sql).expect("the schema has the table");
    let width = statement.column_count();
    let rows = statement.query_map([], |row| (0..width).map(|place| row.get(place)).collect());
    rows.expect("it can be read").map(|row| row.expect("a row")).collect()
}

/// The place of a column in `SELECT *`.
fn column(db: &Connection, table: &str, name: &str) -> usize {
    let statement = db.prepare(&format!("SELECT * FROM {table}")).expect("the schema has the table");
    statement.column_index(name).expect("the table has the column")
}

fn integer(value: &Value) -> i64 {
    if let Value::Integer(number) = value { *number } else { 0 }
}

fn summed<'a>(rows: impl Iterator<Item = (&'a Value, i64)>) -> Vec<(Value, i64)> {
    let mut order: Vec<&Value> = Vec::new();
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for (key, amount) in rows {
        let name = format!("{key:?}");
        *sums.entry(name.clone()).or_default() += amount;
        if seen.insert(name) {
            order.push(key);
        }
    }
    order.into_iter().map(|key| (key.clone(), sums[&format!("{key:?}")])).collect()
}
