//! A plan into the tables, set by set, in the caller's transaction.

mod lists;
mod rows;
mod store;

pub use lists::Lists;

use crate::db::WriteTx;
use evertill_ledger::{Plan, Request, facts::JournalFacts};

/// Writes all that an upload's plan says: kept entries, bookings, cases and the journal's new state.
pub async fn write_plan(
    tx: &mut WriteTx<'_>,
    journal: &JournalFacts,
    request: &Request,
    plan: &Plan,
) -> Result<(), sqlx::Error> {
    write_plan_ahead(tx, journal, request, plan, None).await
}

/// The same with the rows made ahead, which are taken if the plan is what was expected then.
pub async fn write_plan_ahead(
    tx: &mut WriteTx<'_>,
    journal: &JournalFacts,
    request: &Request,
    plan: &Plan,
    ahead: Option<Lists>,
) -> Result<(), sqlx::Error> {
    let ahead = ahead.and_then(|lists| Some((lists.base_for(plan)?, lists)));
    let (base, mut lists) = match ahead {
        Some(ahead) => ahead,
        None => (0, Lists::of(plan)?),
    };
    lists.write_entries(tx, base, journal, request).await?;
    lists.write_sales(tx, base, journal, request.now_ms).await?;
    write_effects(tx, journal, plan, request.now_ms).await?;
    if !plan.replaced.is_empty() {
        store::settle_replaced(tx, &plan.replaced, request.now_ms).await?;
    }
    if !plan.healed.is_empty() {
        store::settle_healed(tx, &plan.healed, request.now_ms).await?;
    }
    if !plan.lost.is_empty() {
        store::insert_lost(tx, journal, &plan.lost).await?;
    }
    if plan.holes != journal.holes {
        store::replace_holes(tx, journal, &plan.holes).await?;
    }
    store::update_journal(tx, journal, request, plan).await
}

/// Writes what a plan books of an entry that is kept already: its sale with all that follows from it.
pub async fn write_bookings(
    tx: &mut WriteTx<'_>,
    journal: &JournalFacts,
    plan: &Plan,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    Lists::of(plan)?.write_sales(tx, 0, journal, now_ms).await?;
    write_effects(tx, journal, plan, now_ms).await
}

/// Writes what follows from booked sales: movements, on-hand, totals, the feed, and the cases that they open.
async fn write_effects(
    tx: &mut WriteTx<'_>,
    journal: &JournalFacts,
    plan: &Plan,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    if !plan.sales.is_empty() {
        let position = store::write_effects(tx, journal.outlet, plan, now_ms).await?;
        tx.reaches(position);
    }
    if !plan.cases.is_empty() {
        crate::cases::open(tx, journal.outlet, &plan.cases, now_ms).await?;
    }
    Ok(())
}
