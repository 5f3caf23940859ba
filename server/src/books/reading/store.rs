//! SQL of facts. Sets of keys travel as one JSON parameter.

use crate::db::bind::{set, signed};
use evertill_domain::{Currency, Id, id};
use evertill_ledger::{
    Kept, SeqSet, State, Wanted,
    facts::{Hole, JournalFacts, ProductFacts},
};
use evertill_protocol::Hash;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use std::collections::HashMap;
use uuid::Uuid;

const JOURNAL: &str = "
    SELECT t.short_code, t.outlet, t.epoch, t.revoked_at, e.forked_at, e.contiguous, o.doc ->> 'currency',
           (SELECT revoked_at FROM terminals WHERE id = $3),
           (SELECT coalesce(max(ref), 0) FROM inbox), e.head, e.max_seq, t.kind = 'till',
           (SELECT outlet FROM terminals WHERE id = $3)
    FROM terminals t
    JOIN epochs e ON e.outlet = t.outlet AND e.terminal = t.id AND e.epoch = $2
    JOIN outlets o ON o.id = t.outlet
    WHERE t.id = $1";
const ABOVE: &str = "
    SELECT 'had', seq, seq, 0 FROM inbox WHERE outlet = $4 AND terminal = $1 AND epoch = $2 AND seq > $3
    UNION ALL SELECT 'had', first, last, 0 FROM lost WHERE outlet = $4 AND terminal = $1 AND epoch = $2 AND last > $3
    UNION ALL SELECT 'hole', first, last, seen_at FROM holes WHERE outlet = $4 AND terminal = $1 AND epoch = $2";
const OPEN_HOLE_CASES: &str = "
    SELECT evidence ->> 'first', evidence ->> 'last' FROM cases
    WHERE state = 'open' AND kind = 'hole' AND terminal = $1 AND epoch = $2";
// All facts in one trip to the connection's thread; the rows of the three statements differ in width. Products, of which
// every upload has many, come as one row, for the thread that waits for them would be woken by each. The plus signs keep the
// search for unreadable entries off the index by place, where it would read the whole journal.
macro_rules! facts {
    ($at_places:literal) => {
        concat!(
            "SELECT ref, terminal, epoch, seq, id, prev, hash, computed, owns_id, state, code FROM inbox
             WHERE ref IN (
                 WITH k (id) AS MATERIALIZED (SELECT unhex(value) FROM json_each($3))
                 SELECT i.ref FROM k CROSS JOIN inbox i ON i.id = k.id AND i.owns_id = 1
                 UNION ALL SELECT i.ref FROM k CROSS JOIN inbox i ON i.id = k.id AND i.owns_id = 0
                 UNION ALL ",
            $at_places,
            "    UNION ALL SELECT i.ref FROM json_each($4) u CROSS JOIN inbox i
                       ON i.id IS NULL AND i.computed = unhex(u.value) AND i.owns_id = 0
                       AND +i.terminal = $1 AND +i.epoch = $2)
             ORDER BY ref;

             SELECT s.receipt, s.id FROM json_each($6) k CROSS JOIN sales s
             ON s.outlet = $5 AND s.terminal = $1 AND s.epoch = $2 AND s.receipt = k.value;

             SELECT json_group_array(json_array(k.value, p.price_minor, p.deleted_at IS NOT NULL, h.quantity_milli))
             FROM json_each($7) k
             LEFT JOIN products p ON p.id = unhex(k.value)
             LEFT JOIN on_hand h ON h.outlet = $5 AND h.product = unhex(k.value)"
        )
    };
}
// Seqs that lie close together are one range of the index; scattered ones are looked up one by one.
const FACTS_DENSE: &str = facts!(
    "SELECT ref FROM inbox WHERE outlet = $5 AND terminal = $1 AND epoch = $2 AND seq BETWEEN $8 AND $9 "
);
const FACTS_SCATTERED: &str = facts!(
    "SELECT i.ref FROM json_each($8) s CROSS JOIN inbox i
     ON i.outlet = $5 AND i.terminal = $1 AND i.epoch = $2 AND i.seq = s.value "
);
/// Columns of a row of the facts' first statement, and of its second.
const KEPT_WIDTH: usize = 11;
const RECEIPT_WIDTH: usize = 2;

/// Id, price if the product is known, whether it was deleted, on-hand.
type ProductRow = (Id<id::Product>, Option<i64>, u8, Option<i64>);
const ENTRIES: &str = "
    SELECT i.ref, i.terminal, i.epoch, i.seq, i.id, i.prev, i.hash, i.computed, i.owns_id, i.state, i.code, i.raw,
           (SELECT h.ref FROM inbox h WHERE h.id = i.id AND h.owns_id = 1)
    FROM json_each($1) k CROSS JOIN inbox i ON i.ref = k.value";

/// A journal's facts and what goes with loading them.
#[derive(Clone, Debug)]
pub struct LoadedJournal {
    /// The facts.
    pub facts: JournalFacts,
    /// The next free `ref`.
    pub next_reference: u64,
    /// Greatest head reported.
    pub head: u64,
    /// Greatest seq had.
    pub max_seq: u64,
    /// Whether it is a till's; the server's own journal takes no uploads.
    pub is_tills: bool,
    /// The carrier's outlet.
    pub carrier_outlet: Option<Uuid>,
}

/// A kept entry with its bytes.
#[derive(Clone, Debug)]
pub struct KeptEntry {
    /// Its key facts.
    pub kept: Kept,
    /// Its exact JSON as received; none where it was booked at once.
    pub raw: Option<String>,
    /// The `ref` of the entry that holds its id.
    pub id_holder: Option<u64>,
}

/// The journal of this (terminal, epoch); none if that was never issued.
pub async fn journal(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
    epoch: u32,
    carrier: Option<Id<id::Terminal>>,
) -> Result<Option<LoadedJournal>, sqlx::Error> {
    let row = sqlx::query(JOURNAL)
        .bind(terminal.uuid())
        .bind(epoch)
        .bind(carrier.map(Id::uuid))
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let contiguous: i64 = row.try_get(5)?;
    let currency: String = row.try_get(6)?;
    let is_set = |column| row.try_get::<Option<i64>, _>(column).map(|at| at.is_some());
    let mut facts = JournalFacts {
        terminal,
        short_code: row.try_get(0)?,
        outlet: Id::new(row.try_get(1)?).map_err(undecodable)?,
        currency: currency.parse::<Currency>().map_err(undecodable)?,
        epoch,
        newest_epoch: row.try_get(2)?,
        revoked: is_set(3)? || is_set(7)?,
        forked: is_set(4)?,
        contiguous: contiguous.unsigned_abs(),
        had_above: SeqSet::default(),
        holes: Vec::new(),
        hole_cases: Vec::new(),
    };
    let next_reference = row.try_get::<i64, _>(8)?.unsigned_abs() + 1;
    let (head, max_seq) =
        (row.try_get::<i64, _>(9)?.unsigned_abs(), row.try_get::<i64, _>(10)?.unsigned_abs());
    let (is_tills, carrier_outlet) = (row.try_get(11)?, row.try_get(12)?);
    // Where nothing is had behind the last one without a hole before it, there is nothing above, and no hole.
    if max_seq > facts.contiguous {
        above(db, &mut facts, contiguous).await?;
    }
    Ok(Some(LoadedJournal { facts, next_reference, head, max_seq, is_tills, carrier_outlet }))
}

async fn above(
    db: &mut SqliteConnection,
    facts: &mut JournalFacts,
    contiguous: i64,
) -> Result<(), sqlx::Error> {
    let rows: Vec<(String, i64, i64, i64)> = sqlx::query_as(ABOVE)
        .bind(facts.terminal.uuid())
        .bind(facts.epoch)
        .bind(contiguous)
        .bind(facts.outlet.uuid())
        .fetch_all(&mut *db)
        .await?;
    let mut had = Vec::new();
    for (what, first, last, seen_at) in rows {
        let range = (first.unsigned_abs(), last.unsigned_abs());
        match what.as_str() {
            "had" => had.push(range),
            _ => facts.holes.push(Hole { first: range.0, last: range.1, seen_at }),
        }
    }
    facts.had_above = SeqSet::of(had).without(&SeqSet::through(facts.contiguous));
    if !facts.holes.is_empty() {
        let ranges: Vec<(i64, i64)> = sqlx::query_as(OPEN_HOLE_CASES)
            .bind(facts.terminal.uuid())
            .bind(facts.epoch)
            .fetch_all(db)
            .await?;
        facts.hole_cases =
            ranges.into_iter().map(|(first, last)| (first.unsigned_abs(), last.unsigned_abs())).collect();
    }
    Ok(())
}

/// What the tables say of what a batch names.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) kept: Vec<Kept>,
    pub(super) receipts: HashMap<String, Vec<Id<id::Entry>>>,
    pub(super) products: HashMap<Id<id::Product>, ProductFacts>,
    pub(super) on_hand: HashMap<Id<id::Product>, i64>,
}

pub(super) async fn found(
    db: &mut SqliteConnection,
    journal: &JournalFacts,
    wanted: &Wanted,
) -> Result<Found, sqlx::Error> {
    let ids: Vec<_> = wanted.ids.iter().map(|id| id.uuid().simple()).collect();
    let products: Vec<_> = wanted.products.iter().map(|id| id.uuid().simple()).collect();
    let (first, last) = match wanted.seqs.as_slice() {
        [] => (0, 0),
        [first, .., last] => (*first, *last),
        [only] => (*only, *only),
    };
    let known = u64::try_from(wanted.seqs.len()).unwrap_or(u64::MAX);
    let dense = last - first < known.saturating_mul(2);
    let query = sqlx::query(if dense { FACTS_DENSE } else { FACTS_SCATTERED })
        .bind(journal.terminal.uuid())
        .bind(journal.epoch)
        .bind(set(&ids))
        .bind(set(&wanted.unreadable))
        .bind(journal.outlet.uuid())
        .bind(set(&wanted.receipts))
        .bind(set(&products));
    let query =
        if dense { query.bind(signed(first)).bind(signed(last)) } else { query.bind(set(&wanted.seqs)) };
    let mut found = Found::default();
    for row in query.fetch_all(db).await? {
        match row.len() {
            KEPT_WIDTH => found.kept.push(decode_kept(&row)?),
            RECEIPT_WIDTH => found.add_receipt(row.try_get(0)?, row.try_get(1)?)?,
            _ => found.add_products(row.try_get(0)?)?,
        }
    }
    Ok(found)
}

impl Found {
    fn add_receipt(&mut self, number: String, id: Uuid) -> Result<(), sqlx::Error> {
        let id = Id::new(id).map_err(undecodable)?;
        let known = self.receipts.entry(number).or_default();
        if !known.contains(&id) {
            known.push(id);
        }
        Ok(())
    }

    fn add_products(&mut self, rows: &str) -> Result<(), sqlx::Error> {
        let rows: Vec<ProductRow> = serde_json::from_str(rows).map_err(undecodable)?;
        self.products.reserve(rows.len());
        self.on_hand.reserve(rows.len());
        for (id, price_minor, deleted, quantity_milli) in rows {
            if let Some(price_minor) = price_minor {
                self.products.insert(id, ProductFacts { price_minor, deleted: deleted != 0 });
            }
            self.on_hand.insert(id, quantity_milli.unwrap_or(0));
        }
        Ok(())
    }
}

/// The kept entries with these `ref`s.
pub async fn kept_entries(
    db: &mut SqliteConnection,
    references: &[i64],
) -> Result<Vec<KeptEntry>, sqlx::Error> {
    let rows = sqlx::query(ENTRIES).bind(set(references)).fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            let id_holder = row.try_get::<Option<i64>, _>(12)?.map(i64::unsigned_abs);
            Ok(KeptEntry { kept: decode_kept(row)?, raw: row.try_get(11)?, id_holder })
        })
        .collect()
}

/// Reads the eleven columns that make a [`Kept`], in the order of every statement here.
fn decode_kept(row: &SqliteRow) -> Result<Kept, sqlx::Error> {
    let hash = |column| -> Result<Option<Hash>, sqlx::Error> {
        let bytes: Option<&[u8]> = row.try_get(column)?;
        bytes.map(|bytes| bytes.try_into().map(Hash).map_err(undecodable)).transpose()
    };
    let state: &str = row.try_get(9)?;
    Ok(Kept {
        reference: row.try_get::<i64, _>(0)?.unsigned_abs(),
        terminal: Id::new(row.try_get(1)?).map_err(undecodable)?,
        epoch: row.try_get(2)?,
        seq: row.try_get::<i64, _>(3)?.unsigned_abs(),
        id: row.try_get::<Option<Uuid>, _>(4)?.and_then(|id| Id::new(id).ok()),
        prev: hash(5)?,
        hash: hash(6)?,
        computed: hash(7)?.unwrap_or_default(),
        owns_id: row.try_get(8)?,
        state: State::parse(state).ok_or_else(|| undecodable(UnknownState))?,
        code: row.try_get(10)?,
    })
}

#[derive(Debug, thiserror::Error)]
#[error("an inbox row has a state that this version does not know")]
struct UnknownState;

fn undecodable(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}
