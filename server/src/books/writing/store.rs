//! SQL that follows from what is booked, and the journal's state. Small sets travel as one JSON parameter.

use crate::{
    db::bind::{set, signed},
    feed,
};
use evertill_domain::{Id, id};
use evertill_ledger::{
    Plan, Request,
    facts::{Hole, JournalFacts},
    plan::{Healed, kind_name},
};
use evertill_protocol::upload::SeqRange;
use sqlx::SqliteConnection;
use uuid::{Uuid, fmt::Simple};

// What follows from booked sales, in one trip to the connection's thread: movements, totals, on-hand, the feed. The feed's
// positions are at the same time the versions of the stock documents.
const EFFECTS: &str = "
    INSERT INTO movements (outlet, product, quantity_milli, reason, source, line, at)
    SELECT s.outlet, l.product, -l.quantity_milli, 'sale', s.id, l.line, $3
    FROM sales s CROSS JOIN sale_lines l ON l.outlet = s.outlet AND l.sale = s.booked
    WHERE s.booked BETWEEN $1 AND $2;

    INSERT INTO day_totals (outlet, business_date, sale_count, total_minor, tax_minor)
    SELECT $4, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each($5) WHERE true
    ON CONFLICT (outlet, business_date) DO UPDATE
    SET sale_count = sale_count + excluded.sale_count, total_minor = total_minor + excluded.total_minor,
        tax_minor = tax_minor + excluded.tax_minor;

    INSERT INTO on_hand (outlet, product, quantity_milli, version)
    SELECT $4, unhex(j.value ->> 0), j.value ->> 1, s.position + 1 + j.key
    FROM shop s CROSS JOIN json_each($6) j WHERE s.one = 1
    ON CONFLICT (outlet, product) DO UPDATE
    SET quantity_milli = quantity_milli + excluded.quantity_milli, version = excluded.version;

    INSERT INTO feed (position, kind, id, version, deleted)
    SELECT s.position + 1 + j.key, 'stock', unhex(j.value ->> 0), s.position + 1 + j.key, 0
    FROM shop s CROSS JOIN json_each($6) j WHERE s.one = 1
    ON CONFLICT (kind, id) DO UPDATE
    SET position = excluded.position, version = excluded.version, deleted = excluded.deleted;

    UPDATE shop SET position = position + json_array_length($6) WHERE one = 1 RETURNING position;

    INSERT INTO feed_marks (position, mark) SELECT position, $7 FROM shop WHERE one = 1";
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

/// Lets what was sold leave the stock, adds to the totals of each business date and tells the feed; answers the feed's
/// position. The sales were booked in this transaction, one after the other. The shop must exist.
pub async fn write_effects(
    db: &mut SqliteConnection,
    outlet: Id<id::Outlet>,
    plan: &Plan,
    now_ms: i64,
) -> Result<u64, sqlx::Error> {
    let first = plan.sales.first().map_or(0, |sale| sale.reference);
    let last = plan.sales.last().map_or(0, |sale| sale.reference);
    let days: Vec<_> = (plan.days.iter())
        .map(|(date, gain)| (date, gain.sale_count, gain.total_minor, gain.tax_minor))
        .collect();
    let stock: Vec<_> = plan.stock.iter().map(|(product, change)| (simple(*product), change)).collect();
    let effects = sqlx::query_scalar(EFFECTS)
        .bind(signed(first))
        .bind(signed(last))
        .bind(now_ms)
        .bind(outlet.uuid())
        .bind(set(&days))
        .bind(set(&stock))
        .bind(feed::random_mark());
    // All rows, for after the first alone the statements behind it would not be executed.
    let position: i64 = effects.fetch_all(db).await?.into_iter().next().ok_or(sqlx::Error::RowNotFound)?;
    Ok(position.unsigned_abs())
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
