//! What was imported from other tills and waits here: whose it is, and the way to give it back.
//!
//! Nothing leaves but in a file that was chosen again and holds it, byte for byte.

use super::{
    FileError, OutboxExport, ReadError, Till,
    outbox_file::{VERSION, parse, set_aside},
};
use crate::{
    ports::{Decision, Durability, KeyRange, Read, Store, StoreError, Table, Write},
    rows::{CarriedRow, JsonRow, carried_from_key, meta},
    small::SmallMap,
};
use evertill_domain::{Id, id};
use evertill_protocol::{
    json,
    outbox_file::{ExportedEpoch, FORMAT, OutboxFile, UnreadableRow},
};

/// Imported entries of one terminal that wait here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedOf {
    /// Whose they are.
    pub terminal: Id<id::Terminal>,
    /// Its short code as the file gave it; empty if that was not kept.
    pub short_code: String,
    /// How many, readable or not.
    pub entries: u64,
    /// When the first of them was imported, milliseconds UTC; `None` if none of them can be read.
    pub since_ms: Option<i64>,
}

impl<S: Store> Till<S> {
    /// What waits here for other terminals, by terminal.
    pub async fn carried(&self) -> Result<Vec<CarriedOf>, ReadError> {
        let all = Read::Scan { table: Table::Carried, range: None, limit: u32::MAX };
        let mut found: SmallMap<Id<id::Terminal>, (u64, Option<i64>)> = SmallMap::default();
        for (key, value) in self.store.read(vec![all]).await?.into_iter().flatten() {
            let Some((terminal, _)) = carried_from_key(&key) else { continue };
            let (entries, since_ms) = found.or_insert(terminal, (0, None));
            *entries += 1;
            if let Ok(row) = CarriedRow::decode(&value) {
                *since_ms =
                    Some(since_ms.map_or(row.imported_at_ms, |since_ms| since_ms.min(row.imported_at_ms)));
            }
        }
        let names = found.iter().map(|(terminal, _)| Read::Get(Table::Meta, name_key(*terminal))).collect();
        let names = self.store.read(names).await?;
        let mut names = names.iter().map(|rows| rows.first().map(name_of).unwrap_or_default());
        let groups = found.iter().map(|(terminal, &(entries, since_ms))| CarriedOf {
            terminal: *terminal,
            short_code: names.next().unwrap_or_default(),
            entries,
            since_ms,
        });
        Ok(groups.collect())
    }

    /// What waits here for `terminal`, as the text of a file that any till of the shop can import.
    pub async fn export_carried(
        &self,
        terminal: Id<id::Terminal>,
        now_ms: i64,
    ) -> Result<OutboxExport, FileError> {
        let identity = self.enrolled().await?;
        let name = Read::Get(Table::Meta, name_key(terminal));
        let rows = self.store.read(vec![scan(terminal), name]).await?;
        let short_code = rows.get(1).and_then(|rows| rows.first()).map(name_of).unwrap_or_default();
        let mut epochs: Vec<ExportedEpoch> = Vec::new();
        let mut unreadable: Vec<UnreadableRow> = Vec::new();
        let mut entries = 0;
        for row in rows.into_iter().next().unwrap_or_default() {
            let place = carried_from_key(&row.0);
            let (Some((_, position)), Ok(carried)) = (place, CarriedRow::decode(&row.1)) else {
                unreadable.push(set_aside("carried", &row));
                continue;
            };
            entries += 1;
            match epochs.last_mut().filter(|last| last.epoch == position.epoch) {
                Some(exported) => exported.entries.push(carried.entry),
                None => epochs.push(ExportedEpoch { epoch: position.epoch, entries: vec![carried.entry] }),
            }
        }
        let file_name = format!("evertill-outbox-{short_code}-{now_ms}.json");
        let unreadable_entries = unreadable.len();
        let file = OutboxFile {
            format: FORMAT.to_owned(),
            version: VERSION,
            terminal,
            short_code,
            outlet: identity.outlet,
            exported_at: now_ms,
            epochs,
            unreadable,
        };
        let text = json::indented(&json::write(&file));
        Ok(OutboxExport { file_name, text, entries, unreadable: unreadable_entries, carts: 0 })
    }

    /// Removes what waits here for `terminal`, if the chosen file holds all of it; answers how many entries went.
    pub async fn give_back_carried(&self, terminal: Id<id::Terminal>, text: &str) -> Result<u64, FileError> {
        let file = parse(text)?;
        if file.terminal != terminal {
            return Err(FileError::OtherTerminal(file.short_code));
        }
        let holds = |row: &(Vec<u8>, Vec<u8>)| {
            let Some((_, position)) = carried_from_key(&row.0) else { return false };
            match CarriedRow::decode(&row.1) {
                Ok(carried) => file
                    .epochs
                    .iter()
                    .filter(|exported| exported.epoch == position.epoch)
                    .any(|exported| exported.entries.contains(&carried.entry)),
                Err(_) => file.unreadable.contains(&set_aside("carried", row)),
            }
        };
        let tables = [Table::Carried, Table::Meta];
        self.store
            .transact(Durability::Strict, &tables, vec![scan(terminal)], |rows| {
                let rows = rows.into_iter().next().unwrap_or_default();
                let missing = rows.iter().filter(|row| !holds(row)).count();
                if missing > 0 {
                    return Decision::Leave(Err(FileError::Incomplete(missing)));
                }
                let count = rows.len() as u64;
                let gone = rows.into_iter().map(|(key, _)| Write::Delete(Table::Carried, key));
                let name = Write::Delete(Table::Meta, name_key(terminal));
                Decision::Commit(gone.chain([name]).collect(), Ok(count))
            })
            .await?
    }

    /// Keeps what people call the terminal whose entries are imported.
    pub(super) async fn name_carried(
        &self,
        terminal: Id<id::Terminal>,
        short_code: &str,
    ) -> Result<(), StoreError> {
        let name = Write::Put(Table::Meta, name_key(terminal), [&[TEXT], short_code.as_bytes()].concat());
        let decide = |_| Decision::Commit(vec![name], ());
        self.store.transact(Durability::Relaxed, &[Table::Meta], Vec::new(), decide).await
    }
}

/// Version byte of a name; UTF-8 text follows.
const TEXT: u8 = 1;

fn name_key(terminal: Id<id::Terminal>) -> Vec<u8> {
    [meta::CARRIED_OF, &terminal.to_bytes()].concat()
}

fn name_of((_, value): &(Vec<u8>, Vec<u8>)) -> String {
    match value.split_first() {
        Some((&TEXT, text)) => String::from_utf8(text.to_vec()).unwrap_or_default(),
        _ => String::new(),
    }
}

fn scan(terminal: Id<id::Terminal>) -> Read {
    let first = terminal.to_bytes().to_vec();
    let last = [&first[..], &[0xff; 45]].concat();
    Read::Scan { table: Table::Carried, range: Some(KeyRange { first, last }), limit: u32::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FixedSurroundings, MemoryStore, run_ready, shop};
    use std::rc::Rc;

    #[test]
    fn what_was_imported_is_listed_and_leaves_only_in_a_file_that_holds_it() {
        let sender = run_ready(shop::enrolled(Rc::new(MemoryStore::new()), 1, 1, 0));
        let surroundings = FixedSurroundings::new(1_777_545_600_000, 1);
        for number in 1..=3 {
            let sale = shop::prepared(shop::id(number), 1_777_545_600_000);
            run_ready(sender.complete_sale(sale, &surroundings)).expect("a sale commits");
        }
        let store = MemoryStore::new();
        let till = run_ready(shop::enrolled(Rc::new(store.clone()), 2, 1, 0));
        let brought = run_ready(sender.export_outbox(0)).expect("saved");
        run_ready(till.import_outbox(&brought.text, 70)).expect("imported");
        let listed = run_ready(till.carried()).expect("listed");
        let [of] = &listed[..] else { panic!("one terminal: {listed:?}") };
        assert_eq!((of.entries, of.since_ms, of.short_code.as_str()), (3, Some(70), "T1"));

        let rotten = store.rows(Table::Carried).into_iter().next().expect("a row").0;
        store.tamper(vec![Write::Put(Table::Carried, rotten, b"\x01rot".to_vec())]);
        let back = |text: &str| run_ready(till.give_back_carried(of.terminal, text));
        assert_eq!(back(&brought.text), Err(FileError::Incomplete(1)), "what rotted is not in it");
        let saved = run_ready(till.export_carried(of.terminal, 80)).expect("saved");
        assert_eq!((saved.entries as u64, saved.unreadable), (of.entries - 1, 1));
        let own = run_ready(till.export_outbox(0)).expect("saved");
        assert!(matches!(back(&own.text), Err(FileError::OtherTerminal(_))));
        assert_eq!(back(&saved.text), Ok(of.entries));
        assert_eq!(run_ready(till.carried()), Ok(Vec::new()));
        assert_eq!(run_ready(till.reset(None)), Ok(()));
    }
}
