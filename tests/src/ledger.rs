//! The ERP's books as an auditor reads them: straight from the database file, beside the running server.

use rusqlite::{Connection, OpenFlags};
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};
use uuid::Uuid;

/// A read-only view of the data folder's database.
#[derive(Debug)]
pub struct Ledger {
    connection: Connection,
}

/// A booked sale.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Booked {
    /// Its terminal's short code.
    pub terminal: String,
    /// Epoch of the journal.
    pub epoch: u32,
    /// Place in the journal.
    pub seq: u64,
    /// Receipt number as printed.
    pub receipt: String,
    /// The sale's id.
    pub id: Uuid,
    /// What was paid.
    pub total_minor: i64,
}

/// What was traded, summed over some sales.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Traded {
    /// Sales.
    pub sales: u64,
    /// Their lines.
    pub lines: u64,
    /// Thousandths.
    pub quantity_milli: i64,
    /// Minor units.
    pub gross_minor: i64,
    /// Minor units.
    pub tax_minor: i64,
}

/// How [`Ledger::traded`] groups sales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// All in one, under an empty name.
    All,
    /// The business date's month, `2011-03`.
    Month,
    /// The product's id in hex.
    Product,
}

impl Ledger {
    /// The books in this data folder.
    pub fn open(data: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(data.join("evertill.db"), flags).expect("the database opens");
        connection.busy_timeout(std::time::Duration::from_secs(10)).expect("a time-out can be set");
        connection.pragma_update(None, "query_only", true).expect("it can be made read-only");
        Self { connection }
    }

    /// Every booked sale in the order of booking.
    pub fn sales(&self) -> Vec<Booked> {
        let sql = "SELECT t.short_code, s.epoch, s.seq, coalesce(s.receipt, ''), s.id, s.total_minor
                   FROM sales s JOIN terminals t ON t.id = s.terminal ORDER BY s.booked";
        let mut statement = self.connection.prepare(sql).expect("the schema has sales");
        let rows = statement.query_map([], |row| {
            Ok(Booked {
                terminal: row.get(0)?,
                epoch: row.get(1)?,
                seq: row.get::<_, i64>(2)?.unsigned_abs(),
                receipt: row.get(3)?,
                id: Uuid::from_slice(&row.get::<_, Vec<u8>>(4)?).unwrap_or_default(),
                total_minor: row.get(5)?,
            })
        });
        rows.expect("it can be read").map(|row| row.expect("a row of sales")).collect()
    }

    /// Seqs of one terminal's booked sales, in the order of booking.
    pub fn seqs(&self, terminal: &str, epoch: u32) -> Vec<u64> {
        let sales = self.sales().into_iter();
        sales.filter(|sale| sale.terminal == terminal && sale.epoch == epoch).map(|sale| sale.seq).collect()
    }

    /// Booked sales summed from their lines.
    pub fn traded(&self, by: By) -> BTreeMap<String, Traded> {
        let group = match by {
            By::All => "''",
            By::Month => "substr(s.business_date, 1, 7)",
            By::Product => "lower(hex(l.product))",
        };
        let sql = format!(
            "SELECT {group}, count(DISTINCT s.booked), count(*), sum(l.quantity_milli),
                    sum(l.gross_minor - l.discount_minor), sum(l.tax_minor)
             FROM sales s JOIN sale_lines l ON l.outlet = s.outlet AND l.sale = s.booked GROUP BY 1"
        );
        let mut statement = self.connection.prepare(&sql).expect("the schema has sales and lines");
        let rows = statement.query_map([], |row| {
            let traded = Traded {
                sales: row.get::<_, i64>(1)?.unsigned_abs(),
                lines: row.get::<_, i64>(2)?.unsigned_abs(),
                quantity_milli: row.get(3)?,
                gross_minor: row.get(4)?,
                tax_minor: row.get(5)?,
            };
            Ok((row.get(0)?, traded))
        });
        rows.expect("it can be read").map(|row| row.expect("a row of sums")).collect()
    }

    /// How many sales are booked.
    pub fn sale_count(&self) -> u64 {
        self.count("SELECT count(*) FROM sales")
    }

    /// How many entries arrived, booked or not.
    pub fn inbox_count(&self) -> u64 {
        self.count("SELECT count(*) FROM inbox")
    }

    /// How many cases are open, by kind.
    pub fn open_cases(&self) -> BTreeMap<String, u64> {
        let sql = "SELECT kind, count(*) FROM cases WHERE state = 'open' GROUP BY kind";
        let mut statement = self.connection.prepare(sql).expect("the schema has cases");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())));
        rows.expect("it can be read").map(|row| row.expect("a row of cases")).collect()
    }

    /// On hand of a product, thousandths.
    pub fn on_hand_milli(&self, sku: &str) -> i64 {
        let sql =
            "SELECT coalesce(sum(h.quantity_milli), 0) FROM on_hand h JOIN products p ON p.id = h.product
                   WHERE p.sku = ?1";
        self.connection.query_row(sql, [sku], |row| row.get(0)).expect("the schema has on_hand")
    }

    /// What was sold of a product, thousandths, by the lines of booked sales.
    pub fn sold_milli(&self, sku: &str) -> i64 {
        let sql =
            "SELECT coalesce(sum(l.quantity_milli), 0) FROM sale_lines l JOIN products p ON p.id = l.product
                   WHERE p.sku = ?1";
        self.connection.query_row(sql, [sku], |row| row.get(0)).expect("the schema has sale_lines")
    }

    /// Every product's on-hand must be what movements other than sales brought, less what was sold: exactly once.
    pub fn assert_stock_adds_up(&self) {
        let sql = "SELECT p.sku, h.quantity_milli,
                     coalesce((SELECT sum(quantity_milli) FROM movements m WHERE m.product = h.product AND m.reason <> 'sale'), 0)
                   - coalesce((SELECT sum(quantity_milli) FROM sale_lines l WHERE l.product = h.product), 0) AS derived
                   FROM on_hand h JOIN products p ON p.id = h.product WHERE h.quantity_milli <> derived";
        let mut statement = self.connection.prepare(sql).expect("the schema has movements");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let off: Vec<(String, i64, i64)> =
            rows.expect("it can be read").map(|row| row.expect("a row of on_hand")).collect();
        assert!(off.is_empty(), "on hand differs from opening − sold: {off:?}");
    }

    /// Each (terminal, epoch) must have the seqs 1…n once each over all entries, and every receipt number once.
    pub fn assert_dense(&self) {
        let sql = "SELECT hex(terminal) || '/' || epoch, count(*), count(DISTINCT seq), min(seq), max(seq)
                   FROM inbox GROUP BY terminal, epoch";
        let mut statement = self.connection.prepare(sql).expect("the schema has an inbox");
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, [row.get::<_, i64>(1)?, row.get(2)?, row.get(3)?, row.get(4)?]))
        });
        for row in rows.expect("it can be read") {
            let (journal, [entries, distinct, first, last]) = row.expect("a row of the inbox");
            assert_eq!(
                (entries, distinct, first),
                (last, last, 1),
                "{journal}: entries, distinct seqs, first seq against the last seq {last}"
            );
        }
        let doubled = self.count(
            "SELECT count(*) FROM (SELECT 1 FROM sales GROUP BY terminal, epoch, receipt HAVING count(*) > 1)",
        );
        assert_eq!(doubled, 0, "receipt numbers that were given twice");
    }

    /// A few products that can be sold by the piece: (sku, price), by sku.
    pub fn piece_products(&self, count: u32) -> Vec<(String, i64)> {
        let sql = "SELECT sku, price_minor FROM products
                   WHERE deleted_at IS NULL AND weighed = 0 AND price_minor BETWEEN 100 AND 2000 ORDER BY sku LIMIT ?1";
        let mut statement = self.connection.prepare(sql).expect("the schema has products");
        let rows = statement.query_map([count], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.expect("it can be read").map(|row| row.expect("a row of products")).collect()
    }

    /// A product's first barcode.
    pub fn barcode(&self, sku: &str) -> Option<String> {
        let sql =
            "SELECT b.code FROM barcodes b JOIN products p ON p.id = b.product WHERE p.sku = ?1 LIMIT 1";
        self.connection.query_row(sql, [sku], |row| row.get(0)).ok()
    }

    /// One number from the books.
    pub fn count(&self, sql: &str) -> u64 {
        self.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a count").unsigned_abs()
    }
}
