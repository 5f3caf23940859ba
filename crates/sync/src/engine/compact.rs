//! Keeps the overlay short: its rows are merged into one, and into chunks once they hold too much for that.
//!
//! Merging is one small transaction; new chunks are written one by one beside the old, so that no task of the
//! page takes long, and counted in one transaction at the end.

use super::{
    Effort, Engine, EngineError,
    overlay::{Places, append, newest},
};
use crate::{
    catalogue::rows::{
        CHUNK_RECORDS, CHUNK_STOCKS, CatalogueRow, Document, Part, Record, decode_records, encode_records,
    },
    ports::{Decision, Durability, Read, Rows, Store, Surroundings, Table, Transport, Write},
    rows::{JsonRow, Unreadable, meta},
};

/// Overlay rows of a part before they are merged.
const ROWS_MAX: u64 = 64;
/// Records in the overlay of a part before they go into chunks.
const RECORDS_MAX: u64 = 6000;

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    /// Merges or compacts where it is due.
    pub(super) async fn merge_overlay(&self, effort: &mut Effort) -> Result<(), EngineError> {
        let Some(row) = self.till.meta_row::<CatalogueRow>(meta::CATALOGUE).await? else { return Ok(()) };
        for part in [Part::Catalogue, Part::Stock] {
            if row.overlay_rows[part.place()] > ROWS_MAX || row.overlay_records[part.place()] > RECORDS_MAX {
                let merged = self.merge_rows(part).await?;
                if merged > RECORDS_MAX / 2 {
                    self.rewrite_chunks(effort, part).await?;
                }
            }
        }
        Ok(())
    }

    /// One row instead of many. Says how many records are left.
    async fn merge_rows(&self, part: Part) -> Result<u64, EngineError> {
        let range = part.overlay_keys(0);
        let reads = vec![
            Read::Get(Table::Meta, meta::CATALOGUE.to_vec()),
            Read::Scan { table: Table::Overlay, range: Some(range.clone()), limit: u32::MAX },
        ];
        let merged = self
            .store
            .transact(Durability::Relaxed, &[Table::Meta, Table::Overlay], reads, |rows| {
                let [catalogue, overlay] = <[Rows; 2]>::try_from(rows).unwrap_or_default();
                match (catalogue_row(&catalogue), all_records(&overlay)) {
                    (Ok(mut catalogue), Ok(records)) => {
                        let records = newest(records);
                        catalogue.overlay_rows[part.place()] = 0;
                        catalogue.overlay_records[part.place()] = 0;
                        let mut writes = vec![Write::DeleteRange(Table::Overlay, range)];
                        if !records.is_empty() {
                            writes.push(append(&mut catalogue, part, &records));
                        }
                        let row = catalogue.encode();
                        writes.push(Write::Put(Table::Meta, meta::CATALOGUE.to_vec(), row));
                        Decision::Commit(writes, Ok(records.len() as u64))
                    }
                    (Err(error), _) | (_, Err(error)) => Decision::Leave(Err(error)),
                }
            })
            .await??;
        Ok(merged)
    }

    /// A new generation of this part: the old chunks with the overlay applied.
    async fn rewrite_chunks(&self, effort: &mut Effort, part: Part) -> Result<(), EngineError> {
        let Some(begun) = self.begin_generation().await? else { return Ok(()) };
        let (old, new) = match part {
            Part::Catalogue => (begun.generation, begun.newest_generation),
            Part::Stock => (begun.stock_generation, begun.newest_generation),
        };
        let scan = Read::Scan { table: Table::Overlay, range: Some(part.overlay_keys(0)), limit: u32::MAX };
        let overlay = self.store.read(vec![scan]).await?.into_iter().next().unwrap_or_default();
        let changed = newest(all_records(&overlay)?);
        let mut places = Places::of(&changed);
        let mut changed: Vec<Option<Record>> = changed.into_iter().map(Some).collect();
        let keys = Read::Keys { table: Table::Chunks, range: Some(part.chunk_keys(old)), limit: u32::MAX };
        let keys = self.store.read(vec![keys]).await?.into_iter().next().unwrap_or_default();
        let mut number = 0;
        for (key, _) in keys {
            let chunk = self.store.read(vec![Read::Get(Table::Chunks, key)]).await?;
            let records = all_records(&chunk.into_iter().next().unwrap_or_default())?;
            let records = records.into_iter().map(|record| {
                match places.get(&record).and_then(|place| changed.get_mut(place)?.take()) {
                    Some(newer) if newer.version >= record.version => newer,
                    _ => record,
                }
            });
            let records: Vec<Record> =
                records.filter(|record| !matches!(record.document, Document::Gone(_))).collect();
            self.write_chunk(part.chunk_key(new, number), &records).await?;
            number += 1;
            self.surroundings.sleep(0).await;
        }
        let rest = changed.into_iter().flatten();
        let rest: Vec<Record> = rest.filter(|record| !matches!(record.document, Document::Gone(_))).collect();
        let size = if part == Part::Stock { CHUNK_STOCKS } else { CHUNK_RECORDS };
        for chunk in rest.chunks(size) {
            self.write_chunk(part.chunk_key(new, number), chunk).await?;
            number += 1;
        }
        let finished = self.finish_generation(part, old, new, begun.overlay_next).await?;
        effort.changed.catalogue |= finished && part == Part::Catalogue;
        effort.changed.stock |= finished && part == Part::Stock;
        Ok(())
    }

    async fn begin_generation(&self) -> Result<Option<CatalogueRow>, EngineError> {
        let reads = vec![Read::Get(Table::Meta, meta::CATALOGUE.to_vec())];
        let begun = self
            .store
            .transact(Durability::Relaxed, &[Table::Meta], reads, |rows| {
                match rows.first().map(catalogue_row) {
                    Some(Ok(mut row)) => {
                        row.newest_generation += 1;
                        let write = Write::Put(Table::Meta, meta::CATALOGUE.to_vec(), row.encode());
                        Decision::Commit(vec![write], Ok(Some(row)))
                    }
                    Some(Err(error)) => Decision::Leave(Err(error)),
                    None => Decision::Leave(Ok(None)),
                }
            })
            .await??;
        Ok(begun)
    }

    async fn write_chunk(&self, key: Vec<u8>, records: &[Record]) -> Result<(), EngineError> {
        let write = Write::Put(Table::Chunks, key, encode_records(records));
        let commit = |_| Decision::Commit(vec![write], ());
        self.store.transact(Durability::Relaxed, &[Table::Chunks], Vec::new(), commit).await?;
        Ok(())
    }

    /// The new chunks count from now on, unless something changed meanwhile. Chunks that no row names go.
    async fn finish_generation(
        &self,
        part: Part,
        old: u32,
        new: u32,
        overlay_next: u64,
    ) -> Result<bool, EngineError> {
        let reads = vec![
            Read::Get(Table::Meta, meta::CATALOGUE.to_vec()),
            Read::Keys { table: Table::Chunks, range: None, limit: u32::MAX },
        ];
        let tables = [Table::Meta, Table::Chunks, Table::Overlay];
        let finished = self
            .store
            .transact(Durability::Relaxed, &tables, reads, |rows| {
                let [catalogue, chunks] = <[Rows; 2]>::try_from(rows).unwrap_or_default();
                let mut row = match catalogue_row(&catalogue) {
                    Ok(row) => row,
                    Err(error) => return Decision::Leave(Err(error)),
                };
                let counts = match part {
                    Part::Catalogue => &mut row.generation,
                    Part::Stock => &mut row.stock_generation,
                };
                let finished = *counts == old && row.overlay_next == overlay_next;
                let mut writes = Vec::new();
                if finished {
                    *counts = new;
                    row.overlay_rows[part.place()] = 0;
                    row.overlay_records[part.place()] = 0;
                    writes.push(Write::DeleteRange(Table::Overlay, part.overlay_keys(0)));
                    writes.push(Write::Put(Table::Meta, meta::CATALOGUE.to_vec(), row.encode()));
                }
                let loading = row.loading.as_ref().map(|loading| loading.generation);
                let live = |part: Part, generation: u32| match part {
                    Part::Catalogue => generation == row.generation || Some(generation) == loading,
                    Part::Stock => {
                        generation == row.stock_generation
                            || Some(generation) == loading
                            || Some(generation) == row.stock_waiting
                    }
                };
                for (key, _) in chunks {
                    if Part::of_chunk(&key).is_some_and(|(part, generation)| !live(part, generation)) {
                        writes.push(Write::Delete(Table::Chunks, key));
                    }
                }
                if writes.is_empty() {
                    Decision::Leave(Ok(finished))
                } else {
                    Decision::Commit(writes, Ok(finished))
                }
            })
            .await??;
        Ok(finished)
    }
}

fn catalogue_row(rows: &Rows) -> Result<CatalogueRow, Unreadable> {
    Ok(rows.first().map(|(_, value)| CatalogueRow::decode(value)).transpose()?.unwrap_or_default())
}

fn all_records(rows: &Rows) -> Result<Vec<Record>, Unreadable> {
    let mut records = Vec::new();
    for (_, value) in rows {
        records.append(&mut decode_records(value)?);
    }
    Ok(records)
}
