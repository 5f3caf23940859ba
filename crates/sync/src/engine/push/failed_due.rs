//! Which entries that need attention are sent again: hourly, or all of them when a person asks.

use crate::{
    engine::{AGAIN_MS, Effort, Engine, EngineError},
    ports::{KeyRange, Read, Store, Surroundings, Table, Transport},
    rows::{FailedRow, Position},
    small::SmallMap,
};
use evertill_protocol::upload::Outcome;

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Due {
    /// Those that were sent an hour ago or earlier.
    Hourly,
    /// All, because a person asks.
    All,
}

/// Failed rows looked at in one read.
const FAILED_PAGE: u32 = 2000;

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    /// Collects the failed rows that are due: hourly, or all of them when a person asks.
    pub(in crate::engine) async fn find_failed_due(
        &self,
        effort: &mut Effort,
        due: Due,
    ) -> Result<(), EngineError> {
        let now_ms = self.surroundings.now_ms();
        let mut refused_from: SmallMap<u32, u64> = SmallMap::default();
        let mut first = vec![0];
        loop {
            let range = Some(KeyRange { first, last: vec![0xff; 13] });
            let scan = Read::Scan { table: Table::Failed, range, limit: FAILED_PAGE };
            let rows = self.store.read(vec![scan]).await?.into_iter().next().unwrap_or_default();
            for (key, value) in &rows {
                let Some(position) = Position::from_key(key) else { continue };
                let row = FailedRow::salvage(value);
                if row.outcome == Outcome::Retry && !row.held_by_erp {
                    refused_from.or_insert(position.epoch, position.seq);
                }
                let age_ms = now_ms - row.sent_at_ms;
                if !row.settled && (due == Due::All || !(0..AGAIN_MS).contains(&age_ms)) {
                    effort.failed_due.or_insert(position.epoch, Vec::new()).push(position);
                }
            }
            match rows.last() {
                Some((key, _)) if rows.len() >= FAILED_PAGE as usize => {
                    first = [key.as_slice(), &[0]].concat();
                }
                _ => break,
            }
        }
        self.memory.borrow_mut().refused_from = refused_from;
        Ok(())
    }
}
