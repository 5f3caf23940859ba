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
    if !plan.entries.is_empty() {
        store::insert_entries(tx, journal, request, &plan.entries).await?;
    }
    write_bookings(tx, journal, plan, request.now_ms).await?;
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

/// Writes what a plan books: sales, movements, on-hand, totals and the feed, with the cases it opens.
pub async fn write_bookings(
    tx: &mut WriteTx<'_>,
    journal: &JournalFacts,
    plan: &Plan,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    if !plan.sales.is_empty() {
        store::insert_sales(tx, journal.outlet, &plan.sales, now_ms).await?;
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
