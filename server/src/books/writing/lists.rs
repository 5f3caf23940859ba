//! The rows of entries, sales and their lines, as lists of bound values.
//!
//! Nearly always every entry of an upload is booked, and then its rows hold nothing but what it says itself and its number
//! in the order of arrival. So they are bound before the upload takes its turn to write, numbered from zero, and what they
//! are numbered from is a parameter that all share.

use super::rows::{Insert, List, Repeated};
use crate::db::bind::signed;
use evertill_domain::{Id, Sale};
use evertill_ledger::{Content, Plan, Received, Request, State, facts::JournalFacts, plan::NewEntry};
use evertill_protocol::Hash;
use sqlx::{Arguments, SqliteConnection, error::BoxDynError, sqlite::SqliteArguments};

// Entries that were booked when they came: nearly all.
const BOOKED: Insert = Insert {
    head: "
    INSERT INTO inbox (ref, outlet, terminal, epoch, seq, id, kind, schema, receipt, business_date, prev, hash, computed,
                       owns_id, state, code, body, raw, carrier, received_at)
    SELECT @6 + column1, @1, @2, @3, column2, column3, column4, column5, column6, column7, column8, column9, column9,
           1, 'booked', NULL, column10, NULL, @4, @5",
    width: 10,
    tail: "",
};
// Entries of any kind.
const KEPT: Insert = Insert {
    head: "
    INSERT INTO inbox (ref, outlet, terminal, epoch, seq, id, kind, schema, receipt, business_date, prev, hash, computed,
                       owns_id, state, code, body, raw, carrier, received_at)
    SELECT @6 + column1, @1, @2, @3, column2, column3, column4, column5, column6, column7, column8, column9, column10,
           column11, column12, column13, column14, column15, @4, @5",
    width: 15,
    tail: "",
};
// What a sale shares with its entry comes from there.
const SALES: Insert = Insert {
    head: "
    INSERT INTO sales (booked, outlet, id, terminal, epoch, seq, receipt, business_date, completed_at, booked_at, currency,
                       total_minor, line_count)
    SELECT i.ref, i.outlet, i.id, i.terminal, i.epoch, i.seq, i.receipt, i.business_date, column2, @1, @2, column3, column4",
    width: 4,
    tail: " CROSS JOIN inbox i ON i.ref = @3 + v.column1",
};
const LINES: Insert = Insert {
    head: "
    INSERT INTO sale_lines (outlet, sale, line, product, quantity_milli, unit_price_minor, gross_minor, discount_minor,
                            tax_rate_ppm, tax_minor)
    SELECT @1, @2 + column1, column2, column3, column4, column5, column6, column7, column8, column9",
    width: 9,
    tail: "",
};

/// What a plan keeps and books, ready to be written but for what all rows share.
#[derive(Debug, Default)]
pub struct Lists {
    booked: Vec<List>,
    kept: Vec<List>,
    sales: Vec<List>,
    lines: Vec<List>,
    counted: (usize, usize),
}

/// A row's number, counted from a base that all rows share, and what it is made of.
type Numbered<T> = (u64, T);

impl Lists {
    /// The rows of these entries if every one is booked, numbered from zero. None where that is not to be expected.
    pub fn ahead(entries: &[Received]) -> Option<Self> {
        let numbered: Vec<Numbered<&Received>> = (0..).zip(entries).collect();
        if !entries.iter().all(|received| received.has_right_hash() && received.content.is_ok()) {
            return None;
        }
        let sales: Vec<Numbered<&Sale>> = (numbered.iter())
            .filter_map(|(number, received)| match &received.content {
                Ok(Content::Sale(sale)) => Some((*number, sale.as_ref())),
                _ => None,
            })
            .collect();
        Self::made(&numbered, &[], &sales).ok()
    }

    /// The rows of a plan, numbered from zero like their references.
    pub fn of(plan: &Plan) -> Result<Self, sqlx::Error> {
        let (booked, others): (Vec<&NewEntry>, Vec<&NewEntry>) =
            plan.entries.iter().partition(|entry| is_plain(entry));
        let booked: Vec<_> = booked.iter().map(|entry| (entry.kept.reference, &entry.received)).collect();
        let sales: Vec<_> =
            plan.sales.iter().map(|booked| (booked.reference, booked.sale.as_ref())).collect();
        Self::made(&booked, &others, &sales).map_err(sqlx::Error::Encode)
    }

    /// The references' base, if the plan does with the entries what was expected when the rows were made ahead.
    pub fn base_for(&self, plan: &Plan) -> Option<u64> {
        let base = plan.entries.first()?.kept.reference;
        let expected = self.counted == (plan.entries.len(), plan.sales.len())
            && (base..)
                .zip(&plan.entries)
                .all(|(number, entry)| entry.kept.reference == number && is_plain(entry));
        expected.then_some(base)
    }

    fn made(
        booked: &[Numbered<&Received>],
        others: &[&NewEntry],
        sales: &[Numbered<&Sale>],
    ) -> Result<Self, BoxDynError> {
        let lines: Vec<_> =
            sales.iter().flat_map(|(number, sale)| sale.lines.iter().map(|line| (*number, line))).collect();
        let (mut kinds, mut dates) = (Repeated::default(), Repeated::default());
        Ok(Self {
            booked: BOOKED.lists(booked, |(number, received), row| {
                let entry = received.entry.as_ref();
                row.add(signed(*number))?;
                row.add(signed(received.place()))?;
                row.add(received.id.map(Id::uuid))?;
                row.add(kinds.text(entry.map_or("", |entry| entry.kind.as_str())))?;
                row.add(entry.map_or(0, |entry| entry.schema))?;
                row.add(entry.and_then(|entry| entry.receipt.as_deref()))?;
                row.add(entry.map(|entry| dates.text(entry.business_date)))?;
                row.add(entry.map(|entry| bytes(entry.prev)))?;
                row.add(bytes(received.computed))?;
                row.add(entry.map_or("", |entry| entry.body.as_str()))
            })?,
            kept: KEPT.lists(others, |entry, row| bind_kept(entry, row))?,
            sales: SALES.lists(sales, |(number, sale), row| {
                row.add(signed(*number))?;
                row.add(sale.completed_at_ms)?;
                row.add(sale.total_minor)?;
                row.add(i64::try_from(sale.lines.len()).unwrap_or(i64::MAX))
            })?,
            lines: LINES.lists(&lines, |(number, line), row| {
                row.add(signed(*number))?;
                row.add(line.line)?;
                row.add(line.product.uuid())?;
                row.add(line.quantity.milli())?;
                row.add(line.unit_price_minor)?;
                row.add(line.gross_minor)?;
                row.add(line.discount_minor)?;
                row.add(line.tax_rate.ppm())?;
                row.add(line.tax_minor)
            })?,
            counted: (booked.len(), sales.len()),
        })
    }

    /// Inserts the entries.
    pub async fn write_entries(
        &mut self,
        db: &mut SqliteConnection,
        base: u64,
        journal: &JournalFacts,
        request: &Request,
    ) -> Result<(), sqlx::Error> {
        let shared = |all: &mut SqliteArguments| {
            all.add(journal.outlet.uuid())?;
            all.add(journal.terminal.uuid())?;
            all.add(journal.epoch)?;
            all.add(request.carrier.map(Id::uuid))?;
            all.add(request.now_ms)?;
            all.add(signed(base))
        };
        for list in self.booked.drain(..).chain(self.kept.drain(..)) {
            list.execute(db, shared).await?;
        }
        Ok(())
    }

    /// Inserts the sales, whose entries are in the inbox, and their lines.
    pub async fn write_sales(
        self,
        db: &mut SqliteConnection,
        base: u64,
        journal: &JournalFacts,
        now_ms: i64,
    ) -> Result<(), sqlx::Error> {
        for list in self.sales {
            let shared = |all: &mut SqliteArguments| {
                all.add(now_ms)?;
                all.add(journal.currency.code())?;
                all.add(signed(base))
            };
            list.execute(db, shared).await?;
        }
        for list in self.lines {
            let shared = |all: &mut SqliteArguments| {
                all.add(journal.outlet.uuid())?;
                all.add(signed(base))
            };
            list.execute(db, shared).await?;
        }
        Ok(())
    }
}

/// Booked when it came, and right in every way.
fn is_plain(entry: &NewEntry) -> bool {
    let kept = &entry.kept;
    kept.state == State::Booked && kept.owns_id && kept.hash == Some(kept.computed)
}

fn bind_kept(entry: &NewEntry, row: &mut SqliteArguments) -> Result<(), BoxDynError> {
    let NewEntry { kept, received } = entry;
    let entry = received.entry.as_ref();
    row.add(signed(kept.reference))?;
    row.add(signed(kept.seq))?;
    row.add(kept.id.map(Id::uuid))?;
    row.add(entry.map_or("", |entry| entry.kind.as_str()))?;
    row.add(entry.map_or(0, |entry| entry.schema))?;
    row.add(entry.and_then(|entry| entry.receipt.as_deref()))?;
    row.add(entry.map(|entry| entry.business_date.to_string()))?;
    row.add(kept.prev.map(bytes))?;
    row.add(kept.hash.map(bytes))?;
    row.add(bytes(kept.computed))?;
    row.add(kept.owns_id)?;
    row.add(kept.state.as_str())?;
    row.add(kept.code.as_deref())?;
    row.add(entry.map_or("", |entry| entry.body.as_str()))?;
    row.add((!kept.state.is_booked()).then(|| received.raw.get()))
}

fn bytes(hash: Hash) -> Vec<u8> {
    hash.0.to_vec()
}
