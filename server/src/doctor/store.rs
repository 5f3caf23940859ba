//! SQL of the doctor: everything is read, nothing written.

use evertill_ledger::journal::HOLE_PATIENCE_MS;
use futures_util::{Stream, TryStreamExt};
use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};
use std::collections::HashMap;

const INTEGRITY: &str = "PRAGMA quick_check(20)";
const CASES: &str = "
    SELECT kind, state, summary, inbox, terminal, epoch, seq, evidence ->> 'first' AS first, evidence ->> 'last' AS last
    FROM cases WHERE kind IN ('quarantine', 'conflict', 'chain', 'hole', 'lost')";
const EPOCHS: &str = "
    SELECT e.terminal, e.epoch, t.short_code, e.contiguous, e.max_seq
    FROM epochs e JOIN terminals t ON t.id = e.terminal WHERE e.max_seq > 0 OR e.contiguous > 0
    OR EXISTS (SELECT 1 FROM inbox i WHERE i.outlet = e.outlet AND i.terminal = e.terminal AND i.epoch = e.epoch)";
const LOST: &str = "SELECT terminal, epoch, first, last FROM lost";
const HOLES: &str = "SELECT terminal, epoch, first, last, seen_at FROM holes";
const NOW: &str = "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)";
const ENTRIES: &str = "
    SELECT i.ref, i.terminal, i.epoch, i.seq, i.id, i.kind, i.schema, i.receipt, i.business_date, i.prev, i.hash, i.computed,
           i.state, i.code, i.body, i.raw, s.id, s.business_date, s.completed_at, s.total_minor,
           CASE WHEN s.booked IS NULL THEN NULL ELSE (
               SELECT json_group_array(json_array(line, lower(hex(product)), quantity_milli, unit_price_minor, gross_minor,
                                                  discount_minor, tax_rate_ppm, tax_minor))
               FROM (SELECT * FROM sale_lines WHERE outlet = s.outlet AND sale = s.booked ORDER BY line)) END
    FROM inbox i LEFT JOIN sales s ON s.booked = i.ref
    ORDER BY i.outlet, i.terminal, i.epoch, i.seq, i.ref";
// Both sides in one pile, added up by key: a join of the two without an index looks at every pair.
const ON_HAND: &str = "
    SELECT 'on hand of product ' || lower(hex(product)) || ' is ' || coalesce(sum(held), 'nothing')
           || ', its movements add up to ' || coalesce(sum(moved), 'nothing') || ' thousandths'
    FROM (SELECT outlet, product, quantity_milli AS held, NULL AS moved FROM on_hand
          UNION ALL SELECT outlet, product, NULL, quantity_milli FROM movements)
    GROUP BY outlet, product HAVING coalesce(sum(held), 0) <> coalesce(sum(moved), 0)";
const LINES_WITHOUT_MOVEMENT: &str = "
    SELECT 'line ' || l.line || ' of sale ' || lower(hex(s.id)) || ' has no such movement'
    FROM sale_lines l JOIN sales s ON s.booked = l.sale
    LEFT JOIN movements m ON m.outlet = l.outlet AND m.source = s.id AND m.line = l.line
    WHERE m.number IS NULL OR m.product <> l.product OR m.quantity_milli <> -l.quantity_milli OR m.reason <> 'sale'";
const MOVEMENTS_WITHOUT_LINE: &str = "
    SELECT 'movement ' || m.number || ' says it is a sale''s, but there is no such line'
    FROM movements m LEFT JOIN sales s ON s.outlet = m.outlet AND s.id = m.source
    LEFT JOIN sale_lines l ON l.outlet = s.outlet AND l.sale = s.booked AND l.line = m.line
    WHERE m.reason = 'sale' AND l.sale IS NULL";
const SALES_WITHOUT_ENTRY: &str = "
    SELECT 'sale ' || lower(hex(s.id)) || ' has no booked entry'
    FROM sales s LEFT JOIN inbox i ON i.ref = s.booked AND i.state IN ('booked', 'released') WHERE i.ref IS NULL";
const DAYS: &str = "
    SELECT 'totals of ' || business_date || ' are ' || sum(stated_count) || ' sales, ' || sum(stated_total) || ' and tax '
           || sum(stated_tax) || '; the sales add up to ' || sum(sale_count) || ', ' || sum(total) || ' and ' || sum(tax)
    FROM (SELECT outlet, business_date, sale_count AS stated_count, total_minor AS stated_total, tax_minor AS stated_tax,
                 0 AS sale_count, 0 AS total, 0 AS tax
          FROM day_totals
          UNION ALL
          SELECT outlet, business_date, 0, 0, 0, 1, total_minor,
                 (SELECT coalesce(sum(tax_minor), 0) FROM sale_lines l WHERE l.outlet = s.outlet AND l.sale = s.booked)
          FROM sales s)
    GROUP BY outlet, business_date
    HAVING sum(stated_count) <> sum(sale_count) OR sum(stated_total) <> sum(total) OR sum(stated_tax) <> sum(tax)";
const FEED: &str = "
    SELECT 'the feed does not tell of ' || d.kind || ' ' || lower(hex(d.id)) || ' in version ' || d.version
    FROM (SELECT 'stock' AS kind, product AS id, version FROM on_hand
          UNION ALL SELECT 'product', id, version FROM products
          UNION ALL SELECT 'outlet', id, version FROM outlets
          UNION ALL SELECT 'terminal', id, version FROM terminals) d
    LEFT JOIN feed f ON f.kind = d.kind AND f.id = d.id
    WHERE f.version IS NULL OR f.version <> d.version";
const STOCKED: &str = "SELECT count(*) FROM on_hand";

/// A line of a sale as it is stored: number, product, quantity, price, gross, discount, rate, tax.
pub type Line = (u32, String, i64, i64, i64, i64, u32, i64);

/// A stored case.
#[derive(Debug, FromRow)]
pub struct CaseRow {
    pub kind: String,
    pub state: String,
    pub summary: String,
    pub inbox: Option<i64>,
    pub terminal: Option<Vec<u8>>,
    pub epoch: Option<u32>,
    pub seq: Option<i64>,
    pub first: Option<i64>,
    pub last: Option<i64>,
}

/// What the tables say of an epoch.
#[derive(Debug)]
pub struct Epoch {
    pub short_code: String,
    pub contiguous: u64,
    pub max_seq: u64,
    /// Named lost; taken out when they are added to what is had.
    pub lost: Vec<(u64, u64)>,
    /// The same, to be reported.
    pub named_lost: Vec<(u64, u64)>,
    /// Holes seen less than a day ago.
    pub young_holes: Vec<(u64, u64)>,
}

/// An entry of the inbox with the sale that was booked of it.
#[derive(Debug)]
pub struct Entry {
    pub reference: i64,
    pub terminal: Vec<u8>,
    pub epoch: u32,
    pub seq: u64,
    pub id: Option<Vec<u8>>,
    pub kind: String,
    pub schema: u16,
    pub receipt: Option<String>,
    pub business_date: Option<String>,
    pub prev: Option<Vec<u8>>,
    pub hash: Option<Vec<u8>>,
    pub computed: Vec<u8>,
    pub state: String,
    pub code: Option<String>,
    pub body: String,
    pub raw: Option<String>,
    pub sale: Option<SaleRow>,
}

/// A sale as it is stored.
#[derive(Debug)]
pub struct SaleRow {
    pub id: Vec<u8>,
    pub business_date: String,
    pub completed_at: i64,
    pub total_minor: i64,
    pub lines: Vec<Line>,
}

/// What SQLite itself finds wrong with the file.
pub async fn integrity(db: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let found: Vec<String> = sqlx::query_scalar(INTEGRITY).fetch_all(db).await?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
}

pub async fn cases(db: &mut SqliteConnection) -> Result<Vec<CaseRow>, sqlx::Error> {
    sqlx::query_as(CASES).fetch_all(db).await
}

/// Every epoch from which something came.
pub async fn epochs(db: &mut SqliteConnection) -> Result<HashMap<(Vec<u8>, u32), Epoch>, sqlx::Error> {
    let rows: Vec<(Vec<u8>, u32, String, i64, i64)> = sqlx::query_as(EPOCHS).fetch_all(&mut *db).await?;
    let mut epochs: HashMap<_, _> = rows
        .into_iter()
        .map(|(terminal, epoch, short_code, contiguous, max_seq)| {
            let epoch_row = Epoch {
                short_code,
                contiguous: contiguous.unsigned_abs(),
                max_seq: max_seq.unsigned_abs(),
                lost: Vec::new(),
                named_lost: Vec::new(),
                young_holes: Vec::new(),
            };
            ((terminal, epoch), epoch_row)
        })
        .collect();
    let lost: Vec<(Vec<u8>, u32, i64, i64)> = sqlx::query_as(LOST).fetch_all(&mut *db).await?;
    for (terminal, epoch, first, last) in lost {
        if let Some(epoch) = epochs.get_mut(&(terminal, epoch)) {
            epoch.lost.push((first.unsigned_abs(), last.unsigned_abs()));
            epoch.named_lost.push((first.unsigned_abs(), last.unsigned_abs()));
        }
    }
    let now: i64 = sqlx::query_scalar(NOW).fetch_one(&mut *db).await?;
    let holes: Vec<(Vec<u8>, u32, i64, i64, i64)> = sqlx::query_as(HOLES).fetch_all(db).await?;
    // A server looks at holes every ten minutes.
    let old = now - HOLE_PATIENCE_MS - 15 * 60 * 1000;
    for (terminal, epoch, first, last, seen_at) in holes {
        if let Some(epoch) = epochs.get_mut(&(terminal, epoch)).filter(|_| seen_at > old) {
            epoch.young_holes.push((first.unsigned_abs(), last.unsigned_abs()));
        }
    }
    Ok(epochs)
}

/// Every entry, journal by journal in order of seq.
pub fn entries(db: &mut SqliteConnection) -> impl Stream<Item = Result<Entry, sqlx::Error>> + Unpin + '_ {
    sqlx::query(ENTRIES).fetch(db).and_then(|row| std::future::ready(entry(&row)))
}

/// Differences between tables that are found set-wise.
pub async fn set_wise_faults(db: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let mut faults = Vec::new();
    for check in [ON_HAND, LINES_WITHOUT_MOVEMENT, MOVEMENTS_WITHOUT_LINE, SALES_WITHOUT_ENTRY, DAYS, FEED] {
        faults.extend(sqlx::query_scalar::<_, String>(check).fetch_all(&mut *db).await?);
    }
    Ok(faults)
}

pub async fn count_stocked(db: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let count: i64 = sqlx::query_scalar(STOCKED).fetch_one(db).await?;
    Ok(count.unsigned_abs())
}

fn entry(row: &SqliteRow) -> Result<Entry, sqlx::Error> {
    let sale_id: Option<Vec<u8>> = row.try_get(16)?;
    let sale = match sale_id {
        None => None,
        Some(id) => {
            let lines: String = row.try_get(20)?;
            Some(SaleRow {
                id,
                business_date: row.try_get(17)?,
                completed_at: row.try_get(18)?,
                total_minor: row.try_get(19)?,
                lines: serde_json::from_str(&lines).map_err(|error| sqlx::Error::Decode(error.into()))?,
            })
        }
    };
    Ok(Entry {
        reference: row.try_get(0)?,
        terminal: row.try_get(1)?,
        epoch: row.try_get(2)?,
        seq: row.try_get::<i64, _>(3)?.unsigned_abs(),
        id: row.try_get(4)?,
        kind: row.try_get(5)?,
        schema: row.try_get(6)?,
        receipt: row.try_get(7)?,
        business_date: row.try_get(8)?,
        prev: row.try_get(9)?,
        hash: row.try_get(10)?,
        computed: row.try_get(11)?,
        state: row.try_get(12)?,
        code: row.try_get(13)?,
        body: row.try_get(14)?,
        raw: row.try_get(15)?,
        sale,
    })
}
