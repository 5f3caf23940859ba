//! A hole in a journal becomes a case after a day, also when nobody uploads any more.

mod store;

use crate::{
    books,
    db::{Db, DbError},
    http::Clock,
};
use evertill_domain::Id;
use evertill_ledger::{Request, Wanted, decide, journal::HOLE_PATIENCE_MS};
use std::time::Duration;

/// How often holes are looked at.
const EVERY: Duration = Duration::from_mins(10);

/// Looks at holes every ten minutes, for ever; to be spawned beside the server and dropped with it.
pub async fn watch_holes(db: Db, clock: Clock) {
    let mut turn = tokio::time::interval(EVERY);
    loop {
        turn.tick().await;
        if let Err(error) = open_overdue(&db, clock()).await {
            tracing::warn!(%error, "holes could not be looked at");
        }
    }
}

/// Opens a case for every hole that was first seen a day ago or earlier.
pub async fn open_overdue(db: &Db, now_ms: i64) -> Result<(), DbError> {
    let mut reader = db.read().await?;
    let journals = store::overdue(&mut reader, now_ms.saturating_sub(HOLE_PATIENCE_MS)).await?;
    drop(reader);
    for (terminal, epoch) in journals {
        let Ok(terminal) = Id::new(terminal) else { continue };
        let mut tx = db.write().await?;
        let Some(loaded) = books::journal(&mut tx, terminal, epoch, None).await? else { continue };
        let facts = books::facts(&mut tx, &loaded, &Wanted::default()).await?;
        let request = Request { now_ms, ..Request::default() };
        let plan = decide(&request, Vec::new(), facts);
        books::write_plan(&mut tx, &loaded.facts, &request, &plan).await?;
        tx.commit().await?;
    }
    Ok(())
}
