//! A plan into the tables, set by set, in the caller's transaction.

mod rows;
mod store;

use crate::{
    db::WriteTx,
    feed::{self, Changed},
};
use evertill_domain::Id;
use evertill_ledger::{Plan, Request, facts::JournalFacts};

/// Writes all that an upload's plan says: kept entries, bookings, cases and the journal's new state.
pub async fn write_plan(
    tx: &mut WriteTx<'_>,
    journal: &JournalFacts,
    request: &Request,
    plan: &Plan,
) -> Result<(), sqlx::Error> {
    let sales = store::sales(journal, &plan.sales, request.now_ms);
    rows::execute_all(tx, store::entries(journal, request, &plan.entries).chain(sales)).await?;
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
    rows::execute_all(tx, store::sales(journal, &plan.sales, now_ms)).await?;
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
        store::move_lines(tx, &plan.sales, now_ms).await?;
        store::add_days(tx, journal.outlet, &plan.days).await?;
        let version = store::feed_position(tx).await? + 1;
        store::move_on_hand(tx, journal.outlet, &plan.stock, version).await?;
        let changes: Vec<Changed> = (plan.stock.keys().zip(version..))
            .map(|(product, version)| Changed {
                kind: "stock",
                id: Id::uuid(*product),
                version: version.unsigned_abs(),
                deleted: false,
            })
            .collect();
        feed::record(tx, &changes).await?;
    }
    if !plan.cases.is_empty() {
        crate::cases::open(tx, journal.outlet, &plan.cases, now_ms).await?;
    }
    Ok(())
}
