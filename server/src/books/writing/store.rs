//! SQL that books. Entries, sales, lines and movements are bound in lists; small sets travel as one JSON parameter.

use super::rows::Insert;
use crate::db::bind::{set, signed};
use evertill_domain::{BusinessDate, Id, id, sale::SaleLine};
use evertill_ledger::{
    Plan, Request,
    facts::{Hole, JournalFacts},
    plan::{BookedSale, DayGain, Healed, NewEntry, kind_name},
};
use evertill_protocol::{Hash, upload::SeqRange};
use sqlx::{Arguments, SqliteConnection, sqlite::SqliteArguments};
use std::collections::BTreeMap;
use uuid::{Uuid, fmt::Simple};

const ENTRIES: Insert = Insert {
    head: "
    INSERT INTO inbox (ref, outlet, terminal, epoch, seq, id, kind, schema, receipt, business_date, prev, hash, computed,
                       owns_id, state, code, body, raw, carrier, received_at) VALUES",
    row: "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
};
const SALES: Insert = Insert {
    head: "
    INSERT INTO sales (booked, outlet, id, terminal, epoch, seq, receipt, business_date, completed_at, booked_at, currency,
                       total_minor, line_count) VALUES",
    row: "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
};
const LINES: Insert = Insert {
    head: "
    INSERT INTO sale_lines (sale, line, product, quantity_milli, unit_price_minor, gross_minor, discount_minor,
                            tax_rate_ppm, tax_minor) VALUES",
    row: "(?, ?, ?, ?, ?, ?, ?, ?, ?)",
};
const MOVEMENTS: Insert = Insert {
    head: "INSERT INTO movements (outlet, product, quantity_milli, reason, source, line, at) VALUES",
    row: "(?, ?, ?, 'sale', ?, ?, ?)",
};
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
    INSERT INTO lost (terminal, epoch, first, last)
    SELECT $2, $3, value ->> 0, value ->> 1 FROM json_each($1) WHERE true
    ON CONFLICT (terminal, epoch, first) DO UPDATE SET last = max(last, excluded.last)";
const DROP_HOLES: &str = "DELETE FROM holes WHERE terminal = $1 AND epoch = $2";
const INSERT_HOLES: &str = "
    INSERT INTO holes (terminal, epoch, first, last, seen_at)
    SELECT $2, $3, value ->> 0, value ->> 1, value ->> 2 FROM json_each($1)";
const UPDATE_EPOCH: &str = "
    UPDATE epochs SET contiguous = $3, max_seq = $4, head = max(head, $5), acked_through = max(acked_through, $6),
                      forked_at = CASE WHEN $7 THEN coalesce(forked_at, $8) ELSE forked_at END
    WHERE terminal = $1 AND epoch = $2";

/// Adds inbox rows.
pub async fn insert_entries(
    db: &mut SqliteConnection,
    journal: &JournalFacts,
    request: &Request,
    entries: &[NewEntry],
) -> Result<(), sqlx::Error> {
    let (outlet, terminal) = (journal.outlet.uuid(), journal.terminal.uuid());
    let carrier = request.carrier.map(Id::uuid);
    let bind = |NewEntry { kept, received }: &NewEntry, row: &mut SqliteArguments| {
        let entry = received.entry.as_ref();
        row.add(signed(kept.reference))?;
        row.add(outlet)?;
        row.add(terminal)?;
        row.add(journal.epoch)?;
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
        row.add((!kept.state.is_booked()).then(|| received.raw.get()))?;
        row.add(carrier)?;
        row.add(request.now_ms)
    };
    ENTRIES.all(db, entries, bind).await
}

/// Adds sales with their lines and movements.
pub async fn insert_sales(
    db: &mut SqliteConnection,
    outlet: Id<id::Outlet>,
    sales: &[BookedSale],
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let outlet = outlet.uuid();
    let bind_sale = |booked: &BookedSale, row: &mut SqliteArguments| {
        row.add(signed(booked.reference))?;
        row.add(outlet)?;
        row.add(booked.id.uuid())?;
        row.add(booked.terminal.uuid())?;
        row.add(booked.epoch)?;
        row.add(signed(booked.seq))?;
        row.add(booked.receipt.as_deref())?;
        row.add(booked.business_date.to_string())?;
        row.add(booked.sale.completed_at_ms)?;
        row.add(now_ms)?;
        row.add(booked.sale.currency.code())?;
        row.add(booked.sale.total_minor)?;
        row.add(i64::try_from(booked.sale.lines.len()).unwrap_or(i64::MAX))
    };
    SALES.all(db, sales, bind_sale).await?;

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
    LINES.all(db, &lines, bind_line).await?;
    let bind_movement = |(booked, line): &(&BookedSale, &SaleLine), row: &mut SqliteArguments| {
        row.add(outlet)?;
        row.add(line.product.uuid())?;
        row.add(line.quantity.milli().saturating_neg())?;
        row.add(booked.id.uuid())?;
        row.add(line.line)?;
        row.add(now_ms)
    };
    MOVEMENTS.all(db, &lines, bind_movement).await
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
    let terminal = journal.terminal.uuid();
    sqlx::query(DROP_HOLES).bind(terminal).bind(journal.epoch).execute(&mut *db).await?;
    if holes.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = holes.iter().map(|hole| (hole.first, hole.last, hole.seen_at)).collect();
    sqlx::query(INSERT_HOLES).bind(set(&rows)).bind(terminal).bind(journal.epoch).execute(db).await?;
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
