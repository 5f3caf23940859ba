//! Space for the sale: what can be given up when the browser says that there is none left.

use super::{Till, epoch_range, heads, runs};
use crate::{
    catalogue::rows::CursorRow,
    ports::{Decision, Durability, KeyRange, Read, Rows, Store, StoreError, Table, Write},
    rows::{JsonRow, Position, meta},
    small::SmallSet,
};

/// So many entries go at once: those that a backup holds, and the oldest others if these are fewer.
const GIVEN_UP: usize = 500;
/// Keys of an epoch looked at.
const KEYS: u32 = 20_000;

impl<S: Store> Till<S> {
    /// Gives up the ballast and acknowledged history: what a backup of the ERP also holds first, then the oldest
    /// acknowledged entries. What waits, needs a person, or is still counted in the shown stock stays.
    pub(crate) async fn free_space(&self) -> Result<(), StoreError> {
        let mut writes =
            vec![Write::DeleteRange(Table::Ballast, KeyRange { first: vec![0], last: vec![0xff; 8] })];
        let (mut given_up, oldest) = self.history_to_give_up().await?;
        given_up.extend(oldest.into_iter().take(GIVEN_UP.saturating_sub(given_up.len())));
        given_up.sort_unstable();
        for (epoch, first, last) in runs(&given_up) {
            writes.push(Write::DeleteRange(Table::Journal, epoch_range(epoch, first, last)));
        }
        self.store
            .transact(Durability::Relaxed, &[Table::Ballast, Table::Journal], Vec::new(), |_| {
                Decision::Commit(writes, ())
            })
            .await
    }

    /// Acknowledged entries: those that a backup holds, and the oldest others.
    async fn history_to_give_up(&self) -> Result<(Vec<Position>, Vec<Position>), StoreError> {
        let reads = vec![heads::scan(), Read::Get(Table::Meta, meta::CURSOR.to_vec())];
        let [heads, cursor] = <[Rows; 2]>::try_from(self.store.read(reads).await?).unwrap_or_default();
        let (mut durable, mut oldest) = (Vec::new(), Vec::new());
        let Some(Ok(cursor)) = cursor.first().map(|(_, value)| CursorRow::decode(value)) else {
            return Ok((durable, oldest));
        };
        for (epoch, head) in heads::decode(&heads).unwrap_or_default() {
            let range = Some(epoch_range(epoch, 1, head.acked_through));
            let keys = |table| Read::Keys { table, range: range.clone(), limit: KEYS };
            let rows = self.store.read(vec![keys(Table::Journal), keys(Table::Failed)]).await?;
            let [journal, failed] = <[Rows; 2]>::try_from(rows).unwrap_or_default();
            let failed: SmallSet<_> = failed.into_iter().map(|(key, _)| key).collect();
            for (key, _) in journal {
                let Some(at) = Position::from_key(&key).filter(|_| !failed.contains(&key)) else { continue };
                if cursor.includes(epoch, at.seq) {
                    if at.seq <= head.durable_through {
                        durable.push(at);
                    } else if oldest.len() < GIVEN_UP {
                        oldest.push(at);
                    }
                }
            }
        }
        Ok((durable, oldest))
    }
}
