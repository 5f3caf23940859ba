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
/// Keys of a table looked at.
const KEYS: u32 = 20_000;

impl<S: Store> Till<S> {
    /// Gives up the ballast and acknowledged history: what a backup of the ERP also holds first, then the oldest
    /// acknowledged entries. What waits, needs a person, or is still counted in the shown stock stays. Looked at and
    /// deleted in one transaction: a restored ERP may ask for an entry again at any time, and then it waits once more.
    pub(crate) async fn free_space(&self) -> Result<(), StoreError> {
        let keys = |table| Read::Keys { table, range: None, limit: KEYS };
        let reads = vec![
            heads::scan(),
            Read::Get(Table::Meta, meta::CURSOR.to_vec()),
            keys(Table::Journal),
            keys(Table::Outbox),
            keys(Table::Failed),
        ];
        let tables =
            [Table::Ballast, Table::Journal, Table::Outbox, Table::Failed, Table::Heads, Table::Meta];
        self.store
            .transact(Durability::Relaxed, &tables, reads, |rows| {
                let ballast = KeyRange { first: vec![0], last: vec![0xff; 8] };
                let mut writes = vec![Write::DeleteRange(Table::Ballast, ballast)];
                for (epoch, first, last) in runs(&history_to_give_up(rows)) {
                    writes.push(Write::DeleteRange(Table::Journal, epoch_range(epoch, first, last)));
                }
                Decision::Commit(writes, ())
            })
            .await
    }
}

/// Acknowledged entries, at most so many as go at once, in order.
fn history_to_give_up(rows: Vec<Rows>) -> Vec<Position> {
    let [heads, cursor, journal, outbox, failed] = <[Rows; 5]>::try_from(rows).unwrap_or_default();
    let Some(Ok(cursor)) = cursor.first().map(|(_, value)| CursorRow::decode(value)) else {
        return Vec::new();
    };
    let heads = heads::decode(&heads).unwrap_or_default();
    let kept: SmallSet<_> = outbox.into_iter().chain(failed).map(|(key, _)| key).collect();
    let (mut durable, mut oldest) = (Vec::new(), Vec::new());
    for (key, _) in journal {
        let Some(at) = Position::from_key(&key).filter(|_| !kept.contains(&key)) else { continue };
        let known = heads.iter().find(|(epoch, _)| *epoch == at.epoch).map(|(_, row)| row);
        let Some(head) = known.filter(|row| at.seq <= row.acked_through) else { continue };
        if cursor.includes(at.epoch, at.seq) {
            if at.seq <= head.durable_through { &mut durable } else { &mut oldest }.push(at);
        }
    }
    oldest.truncate(GIVEN_UP.saturating_sub(durable.len()));
    durable.append(&mut oldest);
    durable.sort_unstable();
    durable
}
