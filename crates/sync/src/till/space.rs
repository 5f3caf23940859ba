//! Space for the sale: what can be given up when the browser says that there is none left.

use super::{Till, epoch_range, heads, runs};
use crate::{
    catalogue::rows::CursorRow,
    ports::{Decision, Durability, KeyRange, Read, Rows, Store, StoreError, Table, Write},
    rows::{HeadRow, JsonRow, Position, meta},
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
    let heads = heads::decode(&heads);
    let kept: SmallSet<_> = outbox.into_iter().chain(failed).map(|(key, _)| key).collect();
    let (mut durable, mut oldest) = (Vec::new(), Vec::new());
    for (key, _) in journal {
        let Some(at) = Position::from_key(&key).filter(|_| !kept.contains(&key)) else { continue };
        let known = heads.iter().find(|(epoch, _)| *epoch == at.epoch).map(|(_, row)| row);
        // The newest entry stays: a damaged head is set right from it.
        let goes = |row: &&HeadRow| at.seq <= row.acked_through && at.seq < row.seq;
        let Some(head) = known.filter(goes) else { continue };
        if cursor.includes(at.epoch, at.seq) {
            if at.seq <= head.durable_through { &mut durable } else { &mut oldest }.push(at);
        }
    }
    oldest.truncate(GIVEN_UP.saturating_sub(durable.len()));
    durable.into_iter().chain(oldest).collect::<SmallSet<Position>>().into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ports::Surroundings,
        rows::OutboxRow,
        testing::{FixedSurroundings, MemoryStore, run_ready, shop},
    };
    use evertill_protocol::changes::Included;
    use std::rc::Rc;

    /// A database in which a restored ERP's question is answered at the worst moment: just before something is given
    /// up, everything waits again.
    struct AskedAgain(MemoryStore);

    impl Store for AskedAgain {
        async fn read(&self, reads: Vec<Read>) -> Result<Vec<Rows>, StoreError> {
            self.0.read(reads).await
        }

        async fn transact<T, D>(
            &self,
            durability: Durability,
            tables: &[Table],
            reads: Vec<Read>,
            decide: D,
        ) -> Result<T, StoreError>
        where
            D: FnOnce(Vec<Rows>) -> Decision<T>,
        {
            let queued = OutboxRow { queued_at_ms: 0, refusals: 0 }.encode();
            let keys = self.0.keys(Table::Journal).into_iter();
            let mut writes: Vec<Write> =
                keys.map(|key| Write::Put(Table::Outbox, key, queued.clone())).collect();
            for (key, value) in self.0.rows(Table::Heads) {
                let head = HeadRow { acked_through: 0, ..HeadRow::decode(&value).expect("a head") };
                writes.push(Write::Put(Table::Heads, key, head.encode()));
            }
            self.0.tamper(writes);
            self.0.transact(durability, tables, reads, decide).await
        }
    }

    /// A till whose three sales the ERP acknowledged and counts.
    fn acknowledged(store: &MemoryStore) {
        let surroundings = FixedSurroundings::new(1_777_500_000_000, 7);
        let till = run_ready(shop::enrolled(Rc::new(store.clone()), 1, 1, surroundings.now_ms()));
        for number in 1..=3 {
            let sale = shop::prepared(shop::id(number), surroundings.now_ms());
            run_ready(till.complete_sale(sale, &surroundings)).expect("a sale commits");
        }
        let everything = KeyRange { first: vec![0], last: vec![0xff; 13] };
        let included = vec![Included { epoch: 1, seqs: vec![(1, 3)] }];
        let cursor = CursorRow {
            feed: uuid::Uuid::from_u128(1),
            cursor: "c".to_owned(),
            as_of_ms: Some(1),
            included,
            resync: false,
        };
        let mut writes = vec![
            Write::DeleteRange(Table::Outbox, everything),
            Write::Put(Table::Meta, meta::CURSOR.to_vec(), cursor.encode()),
        ];
        for (key, value) in store.rows(Table::Heads) {
            let head = HeadRow { acked_through: 3, ..HeadRow::decode(&value).expect("a head") };
            writes.push(Write::Put(Table::Heads, key, head.encode()));
        }
        store.tamper(writes);
    }

    #[test]
    fn acknowledged_history_is_given_up() {
        let store = MemoryStore::new();
        acknowledged(&store);
        run_ready(Till::new(Rc::new(store.clone())).free_space()).expect("space is freed");
        assert_eq!(store.keys(Table::Journal).len(), 1, "all but the newest");
    }

    #[test]
    fn what_a_restored_erp_asks_for_meanwhile_stays() {
        let store = MemoryStore::new();
        acknowledged(&store);
        let till = Till::new(Rc::new(AskedAgain(store.clone())));
        run_ready(till.free_space()).expect("space is freed");
        assert_eq!(store.keys(Table::Journal).len(), 3, "each waits once more");
        assert_eq!(store.keys(Table::Outbox), store.keys(Table::Journal));
    }
}
