//! A snapshot, loaded beside the old catalogue and swapped in at its end. It resumes where it broke off; journal,
//! outbox and drafts are never touched.

use super::{
    Effort, Engine, EngineError, Progress, Step,
    course::Event,
    documents::{Kept, read_document},
    page::SnapshotPage,
    pull::{first, query_value, staged_keys},
    verdict::{Verdict, judge},
};
use crate::{
    catalogue::rows::{
        CHUNK_RECORDS, CHUNK_STOCKS, CatalogueRow, CursorRow, DocumentKind, Loading, Part, Record,
        encode_records,
    },
    ports::{Decision, Durability, KeyRange, Read, Rows, Store, Surroundings, Table, Transport, Write},
    rows::{JsonRow, OutletRow, meta, none_is_newer},
};

/// Documents asked for in one page.
const PAGE: u32 = 4000;

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    /// The next page of the snapshot.
    pub(super) async fn pull_snapshot(
        &self,
        effort: &mut Effort,
        catalogue: CatalogueRow,
    ) -> Result<Step, EngineError> {
        let after = catalogue.loading.as_ref().map(|loading| loading.after.clone()).unwrap_or_default();
        let path = format!("/api/sync/snapshot?after={}&limit={PAGE}", query_value(&after));
        let token = self.access_token().await?;
        let answer = self.get(path, Some(token)).await;
        let now_ms = self.surroundings.now_ms();
        let verdict = judge::<SnapshotPage<'_>>(&answer, now_ms);
        effort.heard(&verdict);
        match verdict {
            Verdict::Answer(page) => {
                let last = page.next.is_none();
                let loaded = self.store_snapshot_page(effort, catalogue.loading, page).await?;
                if let Some((loaded, total)) = loaded {
                    self.report(Progress::Loading { loaded, total });
                }
                effort.changed.catalogue |= last;
                Ok(Step::Happened(Event::Pulled))
            }
            Verdict::Resync if !after.is_empty() => {
                // The ERP changed under the snapshot: it begins again.
                self.restart_snapshot().await?;
                Ok(Step::GoOn)
            }
            verdict => self.pull_refused(effort, verdict).await,
        }
    }

    async fn restart_snapshot(&self) -> Result<(), EngineError> {
        let reads = vec![Read::Get(Table::Meta, meta::CATALOGUE.to_vec())];
        self.store
            .transact(Durability::Relaxed, &[Table::Meta, Table::Chunks], reads, |rows| {
                let row = rows.first().and_then(|rows| rows.first());
                let catalogue = row.and_then(|(_, value)| CatalogueRow::decode(value).ok());
                let Some(mut catalogue) = catalogue else { return Decision::Leave(()) };
                let writes = drop_loading(&mut catalogue);
                Decision::Commit(writes, ())
            })
            .await?;
        Ok(())
    }

    async fn store_snapshot_page(
        &self,
        effort: &mut Effort,
        asked: Option<Loading>,
        page: SnapshotPage<'_>,
    ) -> Result<Option<(u64, u64)>, EngineError> {
        let mut page_rows = PageRows::default();
        for item in &page.items {
            match read_document(&item.kind, item.id, item.version, item.doc)? {
                Some(Kept::Record(record)) if record.document.kind() == DocumentKind::Stock => {
                    page_rows.stock.push(record);
                }
                Some(Kept::Record(record)) => page_rows.documents.push(record),
                Some(Kept::Outlet(row)) => page_rows.outlet = Some(row),
                None => {}
            }
        }
        effort.changed.outlet |= page_rows.outlet.is_some();
        page_rows.count = page.items.len() as u64;
        let now_ms = self.surroundings.now_ms();
        let keys = [meta::CATALOGUE, meta::CURSOR, meta::OUTLET];
        let reads = keys.map(|key| Read::Get(Table::Meta, key.to_vec())).to_vec();
        let tables = [Table::Meta, Table::Chunks, Table::Overlay, Table::Staged];
        let loaded = self
            .store
            .transact(Durability::Relaxed, &tables, reads, |rows| {
                match page_rows.store(asked.as_ref(), page, rows, now_ms) {
                    Some((writes, loaded)) => Decision::Commit(writes, Some(loaded)),
                    None => Decision::Leave(None),
                }
            })
            .await?;
        Ok(loaded)
    }
}

/// Forgets a snapshot that is being loaded.
fn drop_loading(catalogue: &mut CatalogueRow) -> Vec<Write> {
    let mut writes = Vec::new();
    if let Some(loading) = catalogue.loading.take() {
        for part in [Part::Catalogue, Part::Stock] {
            writes.push(Write::DeleteRange(Table::Chunks, part.chunk_keys(loading.generation)));
        }
    }
    writes.push(Write::Put(Table::Meta, meta::CATALOGUE.to_vec(), catalogue.encode()));
    writes
}

/// What to write, and how many documents are loaded of about how many.
type Stored = (Vec<Write>, (u64, u64));

/// A page's documents by where they go.
#[derive(Default)]
struct PageRows {
    documents: Vec<Record>,
    stock: Vec<Record>,
    outlet: Option<OutletRow>,
    count: u64,
}

impl PageRows {
    /// What becomes of it; `None` if another engine was quicker, or is a later version's.
    fn store(
        self,
        asked: Option<&Loading>,
        page: SnapshotPage<'_>,
        rows: Vec<Rows>,
        now_ms: i64,
    ) -> Option<Stored> {
        none_is_newer(&rows).ok()?;
        let [catalogue, cursor, _] = <[Rows; 3]>::try_from(rows).unwrap_or_default();
        let mut writes = Vec::new();
        let mut catalogue = match first(&catalogue).map(CatalogueRow::decode) {
            Some(Ok(catalogue)) => catalogue,
            None => CatalogueRow::default(),
            Some(Err(_)) => {
                // Nobody knows any more which rows belonged to what it said.
                let range = KeyRange { first: vec![0], last: vec![0xff; 16] };
                for table in [Table::Chunks, Table::Overlay, Table::Staged] {
                    writes.push(Write::DeleteRange(table, range.clone()));
                }
                // A page may still hold what it read under the old numbers: these were never given.
                let unused = u64::try_from(now_ms).unwrap_or(0);
                CatalogueRow {
                    newest_generation: u32::try_from(unused / 1000).unwrap_or(u32::MAX / 2),
                    overlay_next: unused,
                    staged_next: unused,
                    ..CatalogueRow::default()
                }
            }
        };
        let cursor = first(&cursor).and_then(|row| CursorRow::decode(row).ok());
        if catalogue.loading.as_ref() != asked {
            return None;
        }
        let same = |loading: &Loading| loading.feed == page.feed && loading.cursor == page.cursor;
        if asked.is_some_and(|loading| !same(loading)) {
            // Another snapshot than the one that was begun: what was loaded belongs to no moment at all.
            writes.append(&mut drop_loading(&mut catalogue));
            return Some((writes, (0, page.total)));
        }
        let mut loading = catalogue.loading.take().unwrap_or_else(|| {
            catalogue.newest_generation += 1;
            Loading {
                generation: catalogue.newest_generation,
                feed: page.feed,
                cursor: page.cursor.clone(),
                after: String::new(),
                next_chunk: 0,
                next_stock_chunk: 0,
                loaded: 0,
                total: page.total,
            }
        });
        for chunk in self.documents.chunks(CHUNK_RECORDS) {
            let key = Part::Catalogue.chunk_key(loading.generation, loading.next_chunk);
            writes.push(Write::Put(Table::Chunks, key, encode_records(chunk)));
            loading.next_chunk += 1;
        }
        for chunk in self.stock.chunks(CHUNK_STOCKS) {
            let key = Part::Stock.chunk_key(loading.generation, loading.next_stock_chunk);
            writes.push(Write::Put(Table::Chunks, key, encode_records(chunk)));
            loading.next_stock_chunk += 1;
        }
        if let Some(outlet) = self.outlet {
            writes.push(Write::Put(Table::Meta, meta::OUTLET.to_vec(), outlet.encode()));
        }
        loading.loaded += self.count;
        loading.total = page.total.max(loading.loaded);
        let progress = (loading.loaded, loading.total);
        match page.next {
            Some(after) => {
                loading.after = after;
                catalogue.loading = Some(loading);
            }
            None => writes.append(&mut swap(&mut catalogue, loading, cursor)),
        }
        writes.push(Write::Put(Table::Meta, meta::CATALOGUE.to_vec(), catalogue.encode()));
        Some((writes, progress))
    }
}

/// The loaded catalogue takes the old one's place; its stock waits for the next complete answer of changes.
fn swap(catalogue: &mut CatalogueRow, loading: Loading, cursor: Option<CursorRow>) -> Vec<Write> {
    let mut writes = Vec::new();
    if let Some(waiting) = catalogue.stock_waiting.replace(loading.generation) {
        writes.push(Write::DeleteRange(Table::Chunks, Part::Stock.chunk_keys(waiting)));
    }
    writes.push(Write::DeleteRange(Table::Chunks, Part::Catalogue.chunk_keys(catalogue.generation)));
    writes.push(Write::DeleteRange(Table::Overlay, Part::Catalogue.overlay_keys(0)));
    writes.push(Write::DeleteRange(Table::Staged, staged_keys()));
    catalogue.generation = loading.generation;
    catalogue.overlay_rows[Part::Catalogue.place()] = 0;
    catalogue.overlay_records[Part::Catalogue.place()] = 0;
    let (as_of_ms, included) = cursor.map_or((None, Vec::new()), |row| (row.as_of_ms, row.included));
    let row = CursorRow { feed: loading.feed, cursor: loading.cursor, as_of_ms, included, resync: false };
    writes.push(Write::Put(Table::Meta, meta::CURSOR.to_vec(), row.encode()));
    writes
}
