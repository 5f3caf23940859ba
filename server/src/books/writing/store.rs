//! SQL that books. Entries, sales, lines and movements are bound in lists; small sets travel as one JSON parameter.

use super::rows::{Bound, Insert, Repeated};
use crate::db::bind::{set, signed};
use evertill_domain::{BusinessDate, Id, id, sale::SaleLine};
use evertill_ledger::{
    Plan, Request, State,
    facts::{Hole, JournalFacts},
    plan::{BookedSale, DayGain, Healed, NewEntry, kind_name},
};
use evertill_protocol::{Hash, upload::SeqRange};
use sqlx::{Arguments, SqliteConnection, sqlite::SqliteArguments};
use std::collections::BTreeMap;
use uuid::{Uuid, fmt::Simple};

// Entries that were booked when they came: nearly all.
const BOOKED: Insert = Insert {
    head: "
    INSERT INTO inbox (ref, outlet, terminal, epoch, seq, id, kind, schema, receipt, business_date, prev, hash, computed,
                       owns_id, state, code, body, raw, carrier, received_at)
    SELECT column1, @1, @2, @3, column2, column3, column4, column5, column6, column7, column8, column9, column9,
           1, 'booked', NULL, column10, NULL, @4, @5",
    width: 10,
    tail: "",
};
// Entries of any kind.
const KEPT: Insert = Insert {
    head: "
    INSERT INTO inbox (ref, outlet, terminal, epoch, seq, id, kind, schema, receipt, business_date, prev, hash, computed,
                       owns_id, state, code, body, raw, carrier, received_at)
    SELECT column1, @1, @2, @3, column2, column3, column4, column5, column6, column7, column8, column9, column10,
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
    tail: " CROSS JOIN inbox i ON i.ref = v.column1",
};
const LINES: Insert = Insert {
    head: "
    INSERT INTO sale_lines (outlet, sale, line, product, quantity_milli, unit_price_minor, gross_minor, discount_minor,
                            tax_rate_ppm, tax_minor)
    SELECT @1, column1, column2, column3, column4, column5, column6, column7, column8, column9",
    width: 9,
    tail: "",
};
const MOVE_LINES: &str = "
    INSERT INTO movements (outlet, product, quantity_milli, reason, source, line, at)
    SELECT s.outlet, l.product, -l.quantity_milli, 'sale', s.id, l.line, $3
    FROM sales s CROSS JOIN sale_lines l ON l.outlet = s.outlet AND l.sale = s.booked
    WHERE s.booked BETWEEN $1 AND $2";
const ADD_DAYS: &str = "
    INSERT INTO day_totals (outlet, business_date, sale_count, total_minor, tax_minor)
    SELECT $2, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each($1) WHERE true
    ON CONFLICT (outlet, business_date) DO UPDATE
    SET sale_count = sale_count + excluded.sale_count, total_minor = total_minor + excluded.total_minor,
        tax_minor = tax_minor + excluded.tax_minor";
const FEED_POSITION: &str = "SELECT position FROM shop WHERE one = 1";
const MOVE_ON_HAND: &str = "
    INSERT INTO on_hand (outlet, product, quantity_milli, version)
    SELECT $2, unhex(value ->> 0), value ->> 1, $3 + key FROM json_each($1) WHERE true
    ON CONFLICT (outlet, product) DO UPDATE
    SET quantity_milli = quantity_milli + excluded.quantity_milli, version = excluded.version";
const SETTLE_REPLACED: &str =
    "UPDATE inbox SET state = 'settled' WHERE ref IN (SELECT value FROM json_each($1))";
const SETTLE_REPLACED_CASES: &str = "
    UPDATE cases SET state = 'settled', closed_at = $2, note = 'The right entry arrived.'
    WHERE state = 'open' AND kind = 'quarantine' AND inbox IN (SELECT value FROM json_each($1))";
const SETTLE_HEALED: &str = "
    UPDATE cases SET state = 'settled', closed_at = $2, note = (
        SELECT h.value ->> 2 FROM json_each($1) h WHERE h.value ->> 0 = kind AND h.value ->> 1 = subject)
    WHERE state = 'open' AND (kind, subject) IN (SELECT value ->> 0, value ->> 1 FROM json_each($1))";
const INSERT_LOST: &str = "
    INSERT INTO lost (outlet, terminal, epoch, first, last)
    SELECT $4, $2, $3, value ->> 0, value ->> 1 FROM json_each($1) WHERE true
    ON CONFLICT (outlet, terminal, epoch, first) DO UPDATE SET last = max(last, excluded.last)";
const DROP_HOLES: &str = "DELETE FROM holes WHERE outlet = $3 AND terminal = $1 AND epoch = $2";
const INSERT_HOLES: &str = "
    INSERT INTO holes (outlet, terminal, epoch, first, last, seen_at)
    SELECT $4, $2, $3, value ->> 0, value ->> 1, value ->> 2 FROM json_each($1)";
const UPDATE_EPOCH: &str = "
    UPDATE epochs SET contiguous = $3, max_seq = $4, head = max(head, $5), acked_through = max(acked_through, $6),
                      forked_at = CASE WHEN $7 THEN coalesce(forked_at, $8) ELSE forked_at END
    WHERE outlet = $9 AND terminal = $1 AND epoch = $2";

/// The statements that add inbox rows.
pub fn entries<'a>(
    journal: &'a JournalFacts,
    request: &'a Request,
    entries: &'a [NewEntry],
) -> impl Iterator<Item = Result<Bound, sqlx::Error>> + 'a {
    let (booked, others): (Vec<&NewEntry>, Vec<&NewEntry>) = entries.iter().partition(|entry| {
        let kept = &entry.kept;
        kept.state == State::Booked && kept.owns_id && kept.hash == Some(kept.computed)
    });
    let shared = |all: &mut SqliteArguments| {
        all.add(journal.outlet.uuid())?;
        all.add(journal.terminal.uuid())?;
        all.add(journal.epoch)?;
        all.add(request.carrier.map(Id::uuid))?;
        all.add(request.now_ms)
    };
    let (mut kinds, mut dates) = (Repeated::default(), Repeated::default());
    let bind_booked = move |entry: &&'a NewEntry, row: &mut SqliteArguments| {
        let NewEntry { kept, received } = *entry;
        let entry = received.entry.as_ref();
        row.add(signed(kept.reference))?;
        row.add(signed(kept.seq))?;
        row.add(kept.id.map(Id::uuid))?;
        row.add(kinds.text(entry.map_or("", |entry| entry.kind.as_str())))?;
        row.add(entry.map_or(0, |entry| entry.schema))?;
        row.add(entry.and_then(|entry| entry.receipt.as_deref()))?;
        row.add(entry.map(|entry| dates.text(entry.business_date)))?;
        row.add(kept.prev.map(bytes))?;
        row.add(bytes(kept.computed))?;
        row.add(entry.map_or("", |entry| entry.body.as_str()))
    };
    let bind_other = |entry: &&'a NewEntry, row: &mut SqliteArguments| {
        let NewEntry { kept, received } = *entry;
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
    };
    BOOKED.lists(booked, bind_booked, shared).chain(KEPT.lists(others, bind_other, shared))
}

/// The statements that add sales, whose entries are in the inbox, and their lines.
pub fn sales(
    journal: &JournalFacts,
    sales: &[BookedSale],
    now_ms: i64,
) -> impl Iterator<Item = Result<Bound, sqlx::Error>> {
    let bind_sale = |booked: &&BookedSale, row: &mut SqliteArguments| {
        row.add(signed(booked.reference))?;
        row.add(booked.sale.completed_at_ms)?;
        row.add(booked.sale.total_minor)?;
        row.add(i64::try_from(booked.sale.lines.len()).unwrap_or(i64::MAX))
    };
    let shared = move |all: &mut SqliteArguments| {
        all.add(now_ms)?;
        all.add(journal.currency.code())
    };
    let lines: Vec<(&BookedSale, &SaleLine)> =
        sales.iter().flat_map(|booked| booked.sale.lines.iter().map(move |line| (booked, line))).collect();
    let bind_line = |(booked, line): &(&BookedSale, &SaleLine), row: &mut SqliteArguments| {
        row.add(signed(booked.reference))?;
        row.add(line.line)?;
        row.add(line.product.uuid())?;
        row.add(line.quantity.milli())?;
        row.add(line.unit_price_minor)?;
        row.add(line.gross_minor)?;
        row.add(line.discount_minor)?;
        row.add(line.tax_rate.ppm())?;
        row.add(line.tax_minor)
    };
    let of_outlet = |all: &mut SqliteArguments| all.add(journal.outlet.uuid());
    SALES.lists(sales.iter().collect(), bind_sale, shared).chain(LINES.lists(lines, bind_line, of_outlet))
}

/// Lets what was sold leave the stock. The sales were booked in this transaction, one after the other.
pub async fn move_lines(
    db: &mut SqliteConnection,
    sales: &[BookedSale],
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let (Some(first), Some(last)) = (sales.first(), sales.last()) else { return Ok(()) };
    let range = sqlx::query(MOVE_LINES).bind(signed(first.reference)).bind(signed(last.reference));
    range.bind(now_ms).execute(db).await?;
    Ok(())
}

/// Adds to the totals of each business date.
pub async fn add_days(
    db: &mut SqliteConnection,
    outlet: Id<id::Outlet>,
    days: &BTreeMap<BusinessDate, DayGain>,
) -> Result<(), sqlx::Error> {
    let rows: Vec<_> =
        days.iter().map(|(date, gain)| (date, gain.sale_count, gain.total_minor, gain.tax_minor)).collect();
    sqlx::query(ADD_DAYS).bind(set(&rows)).bind(outlet.uuid()).execute(db).await?;
    Ok(())
}

/// The number of the newest change.
pub async fn feed_position(db: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(FEED_POSITION).fetch_one(db).await
}

/// Moves on-hand; the products get versions from `version` on, in order.
pub async fn move_on_hand(
    db: &mut SqliteConnection,
    outlet: Id<id::Outlet>,
    stock: &BTreeMap<Id<id::Product>, i64>,
    version: i64,
) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = stock.iter().map(|(product, change)| (simple(*product), change)).collect();
    sqlx::query(MOVE_ON_HAND).bind(set(&rows)).bind(outlet.uuid()).bind(version).execute(db).await?;
    Ok(())
}

/// Settles entries with a wrong hash that a right one replaced, and their cases.
pub async fn settle_replaced(
    db: &mut SqliteConnection,
    references: &[u64],
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let rows = set(references);
    sqlx::query(SETTLE_REPLACED).bind(&rows).execute(&mut *db).await?;
    sqlx::query(SETTLE_REPLACED_CASES).bind(&rows).bind(now_ms).execute(db).await?;
    Ok(())
}

/// Closes cases that came right by themselves.
pub async fn settle_healed(
    db: &mut SqliteConnection,
    healed: &[Healed],
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let rows: Vec<_> =
        healed.iter().map(|healed| (kind_name(healed.kind), &healed.subject, &healed.note)).collect();
    sqlx::query(SETTLE_HEALED).bind(set(&rows)).bind(now_ms).execute(db).await?;
    Ok(())
}

/// Keeps what a till named lost.
pub async fn insert_lost(
    db: &mut SqliteConnection,
    journal: &JournalFacts,
    lost: &[SeqRange],
) -> Result<(), sqlx::Error> {
    sqlx::query(INSERT_LOST)
        .bind(set(lost))
        .bind(journal.terminal.uuid())
        .bind(journal.epoch)
        .bind(journal.outlet.uuid())
        .execute(db)
        .await?;
    Ok(())
}

/// Writes the holes as they are now.
pub async fn replace_holes(
    db: &mut SqliteConnection,
    journal: &JournalFacts,
    holes: &[Hole],
) -> Result<(), sqlx::Error> {
    let (outlet, terminal) = (journal.outlet.uuid(), journal.terminal.uuid());
    sqlx::query(DROP_HOLES).bind(terminal).bind(journal.epoch).bind(outlet).execute(&mut *db).await?;
    if holes.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = holes.iter().map(|hole| (hole.first, hole.last, hole.seen_at)).collect();
    let insert = sqlx::query(INSERT_HOLES).bind(set(&rows)).bind(terminal).bind(journal.epoch);
    insert.bind(outlet).execute(db).await?;
    Ok(())
}

/// Writes what is had of the journal and what the till said of it.
pub async fn update_journal(
    db: &mut SqliteConnection,
    journal: &JournalFacts,
    request: &Request,
    plan: &Plan,
) -> Result<(), sqlx::Error> {
    let (head, acked) = match request.carrier {
        Some(_) => (0, 0),
        None => (request.head, request.acked_through),
    };
    sqlx::query(UPDATE_EPOCH)
        .bind(journal.terminal.uuid())
        .bind(journal.epoch)
        .bind(signed(plan.have.contiguous))
        .bind(signed(plan.have.max))
        .bind(signed(head))
        .bind(signed(acked))
        .bind(plan.forks)
        .bind(request.now_ms)
        .bind(journal.outlet.uuid())
        .execute(db)
        .await?;
    Ok(())
}

/// Ids travel as 32 hex digits, for `unhex`.
fn simple<Kind>(id: Id<Kind>) -> Simple {
    Uuid::simple(id.uuid())
}

fn bytes(hash: Hash) -> Vec<u8> {
    hash.0.to_vec()
}
