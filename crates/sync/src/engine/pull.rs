//! Changes: pages in commit order, each stored in one transaction with its cursor.
//!
//! Stock of a page with more behind it is staged; stock and `included` switch together in the commit of the
//! answer after which nothing is left, so what the till shows counts each own sale exactly once.

use super::{
    Changed, Effort, Engine, EngineError, Step,
    course::Event,
    documents::{FROM_THE_ERP, Kept, read_change},
    overlay::{append, newest},
    page::ChangesPage,
    verdict::{Verdict, judge},
};
use crate::{
    catalogue::rows::{CatalogueRow, CursorRow, DocumentKind, Part, Record, decode_records, encode_records},
    ports::{Decision, Durability, KeyRange, Read, Rows, Store, Surroundings, Table, Transport, Write},
    rows::{Identity, JsonRow, OutletRow, Unreadable, meta, none_is_newer},
};
use core::fmt::Write as _;

/// Changes asked for in one page.
const PAGE: u32 = 1000;

/// Staged rows, all of them.
pub(super) fn staged_keys() -> KeyRange {
    KeyRange { first: vec![0; 8], last: vec![0xff; 8] }
}

impl<S: Store, T: Transport, C: Surroundings> Engine<S, T, C> {
    /// The next page of changes, or of a snapshot where one is due.
    pub(super) async fn pull(&self, effort: &mut Effort) -> Result<Step, EngineError> {
        let step = self.pull_page(effort).await;
        if let Err(EngineError::Unreadable(error)) = &step {
            if error.is_newer() {
                // A later version keeps its catalogue here. This one only sends from now on, and overwrites nothing of it.
                self.memory.borrow_mut().update_needed = true;
                return Ok(Step::Nothing);
            }
            if error.what != FROM_THE_ERP {
                // Rows of the device rotted. The ERP has all of it.
                self.till.load_again().await?;
            }
        }
        step
    }

    async fn pull_page(&self, effort: &mut Effort) -> Result<Step, EngineError> {
        let keys = [meta::CURSOR, meta::CATALOGUE, meta::OUTLET];
        let reads = keys.map(|key| Read::Get(Table::Meta, key.to_vec())).to_vec();
        let rows = self.store.read(reads).await?;
        none_is_newer(&rows)?;
        let [cursor, catalogue, outlet] = <[Rows; 3]>::try_from(rows).unwrap_or_default();
        let cursor = first(&cursor).and_then(|row| CursorRow::decode(row).ok());
        let catalogue = first(&catalogue).map(CatalogueRow::decode).transpose();
        // What rotted comes with a snapshot: an outlet is told in changes only when it changes.
        let whole = catalogue.is_ok() && first(&outlet).is_none_or(|row| OutletRow::decode(row).is_ok());
        let catalogue = catalogue.ok().flatten().unwrap_or_default();
        match cursor {
            Some(cursor) if whole && !cursor.resync && catalogue.loading.is_none() => {
                self.pull_changes(effort, cursor).await
            }
            _ => self.pull_snapshot(effort, catalogue).await,
        }
    }

    async fn pull_changes(&self, effort: &mut Effort, cursor: CursorRow) -> Result<Step, EngineError> {
        let path = format!("/api/sync/changes?cursor={}&limit={PAGE}", query_value(&cursor.cursor));
        let token = self.access_token().await?;
        let answer = self.get(path, Some(token)).await;
        let now_ms = self.surroundings.now_ms();
        let verdict = judge::<ChangesPage<'_>>(&answer, now_ms);
        effort.heard(&verdict);
        match verdict {
            Verdict::Answer(page) if page.feed == cursor.feed => {
                let included = (!page.more).then(|| page.included.clone());
                self.store_page(effort, cursor, page, now_ms).await?;
                if let Some(included) = included {
                    self.ask_about_gaps(&included).await?;
                    self.merge_overlay(effort).await?;
                    effort.pulled = true;
                }
                Ok(Step::Happened(Event::Pulled))
            }
            Verdict::Answer(_) | Verdict::Resync => {
                // The ERP no longer knows our cursor: it may have been restored, so every epoch is greeted anew, too.
                self.memory.borrow_mut().greeted.clear();
                self.till.load_again().await?;
                Ok(Step::GoOn)
            }
            verdict => self.pull_refused(effort, verdict).await,
        }
    }

    /// What a pull that brought nothing means.
    pub(super) async fn pull_refused<V>(
        &self,
        effort: &mut Effort,
        verdict: Verdict<V>,
    ) -> Result<Step, EngineError> {
        match verdict {
            Verdict::Unauthorised if !effort.renewed => {
                effort.renew = true;
                Ok(Step::GoOn)
            }
            Verdict::Revoked => {
                effort.revoked = true;
                effort.changed.identity |= self.mark_revoked().await?;
                Ok(Step::Nothing)
            }
            Verdict::UpdateNeeded => {
                self.memory.borrow_mut().update_needed = true;
                Ok(Step::Nothing)
            }
            Verdict::Nothing(event) => Ok(Step::Happened(event)),
            _ => Ok(Step::Happened(Event::Lost)),
        }
    }

    async fn mark_revoked(&self) -> Result<bool, EngineError> {
        let reads = vec![Read::Get(Table::Meta, meta::IDENTITY.to_vec())];
        let marked = self
            .store
            .transact(Durability::Strict, &[Table::Meta], reads, |rows| {
                let row = rows.first().and_then(|rows| rows.first());
                match Identity::put_revoked(row.map(|(_, value)| value.as_slice())) {
                    Some(write) => Decision::Commit(vec![write], true),
                    None => Decision::Leave(false),
                }
            })
            .await?;
        Ok(marked)
    }

    /// One transaction: the page, staged stock where it was the last, and the cursor behind it.
    async fn store_page(
        &self,
        effort: &mut Effort,
        asked: CursorRow,
        page: ChangesPage<'_>,
        now_ms: i64,
    ) -> Result<(), EngineError> {
        let mut records = Vec::with_capacity(page.changes.len());
        let mut outlet = None;
        for change in &page.changes {
            match read_change(change)? {
                Some(Kept::Record(record)) => records.push(record),
                Some(Kept::Outlet(row)) => outlet = Some(row),
                None => {}
            }
        }
        let (stock, documents): (Vec<Record>, Vec<Record>) =
            records.into_iter().partition(|record| record.document.kind() == DocumentKind::Stock);
        let reads = vec![
            Read::Get(Table::Meta, meta::CATALOGUE.to_vec()),
            Read::Get(Table::Meta, meta::CURSOR.to_vec()),
            Read::Get(Table::Meta, meta::OUTLET.to_vec()),
            Read::Scan {
                table: Table::Staged,
                range: Some(staged_keys()),
                limit: if page.more { 0 } else { u32::MAX },
            },
        ];
        let tables = [Table::Meta, Table::Overlay, Table::Staged, Table::Chunks];
        let pulled = Pulled { asked, page, documents, stock, outlet, now_ms };
        let changed = self
            .store
            .transact(Durability::Relaxed, &tables, reads, |rows| match pulled.store(rows) {
                Ok(Some((writes, changed))) => Decision::Commit(writes, Ok(changed)),
                Ok(None) => Decision::Leave(Ok(Changed::default())),
                Err(error) => Decision::Leave(Err(error)),
            })
            .await??;
        effort.changed.catalogue |= changed.catalogue;
        effort.changed.stock |= changed.stock;
        effort.changed.outlet |= changed.outlet;
        Ok(())
    }
}

/// The value of the row that a get found.
pub(super) fn first(rows: &Rows) -> Option<&[u8]> {
    rows.first().map(|(_, value)| value.as_slice())
}

/// What to write, and which of catalogue, stock and outlet change.
type Stored = (Vec<Write>, Changed);

/// A page with what it says.
struct Pulled<'text> {
    asked: CursorRow,
    page: ChangesPage<'text>,
    documents: Vec<Record>,
    stock: Vec<Record>,
    outlet: Option<OutletRow>,
    now_ms: i64,
}

impl Pulled<'_> {
    /// What becomes of it; `None` if another engine was quicker.
    fn store(self, rows: Vec<Rows>) -> Result<Option<Stored>, Unreadable> {
        let [catalogue, cursor, outlet, staged] = <[Rows; 4]>::try_from(rows).unwrap_or_default();
        let mut catalogue = first(&catalogue).map(CatalogueRow::decode).transpose()?.unwrap_or_default();
        let Some(cursor) = first(&cursor).map(CursorRow::decode).transpose()? else {
            return Ok(None);
        };
        if cursor != self.asked {
            return Ok(None);
        }
        let mut writes = Vec::new();
        let mut changed = Changed::default();
        if !self.documents.is_empty() {
            changed.catalogue = true;
            writes.push(append(&mut catalogue, Part::Catalogue, &self.documents));
        }
        let known = first(&outlet).map(OutletRow::decode).transpose()?;
        if let Some(row) = self.outlet
            && known.is_none_or(|known| known.version < row.version)
        {
            changed.outlet = true;
            writes.push(Write::Put(Table::Meta, meta::OUTLET.to_vec(), row.encode()));
        }
        let mut next = CursorRow { cursor: self.page.next, ..cursor };
        if self.page.more {
            if !self.stock.is_empty() {
                let key = catalogue.staged_next.to_be_bytes().to_vec();
                catalogue.staged_next += 1;
                writes.push(Write::Put(Table::Staged, key, encode_records(&self.stock)));
            }
        } else {
            let mut stock = Vec::new();
            for (_, value) in &staged {
                stock.append(&mut decode_records(value)?);
            }
            stock.extend(self.stock);
            changed.stock = !stock.is_empty() || next.included != self.page.included;
            if let Some(generation) = catalogue.stock_waiting.take() {
                changed.stock = true;
                let old = catalogue.stock_generation;
                if old != generation {
                    writes.push(Write::DeleteRange(Table::Chunks, Part::Stock.chunk_keys(old)));
                }
                writes.push(Write::DeleteRange(Table::Overlay, Part::Stock.overlay_keys(0)));
                catalogue.stock_generation = generation;
                catalogue.overlay_rows[Part::Stock.place()] = 0;
                catalogue.overlay_records[Part::Stock.place()] = 0;
            }
            if !stock.is_empty() {
                writes.push(append(&mut catalogue, Part::Stock, &newest(stock)));
            }
            if !staged.is_empty() {
                writes.push(Write::DeleteRange(Table::Staged, staged_keys()));
            }
            next.included = self.page.included;
            next.as_of_ms = Some(self.now_ms);
        }
        writes.push(Write::Put(Table::Meta, meta::CATALOGUE.to_vec(), catalogue.encode()));
        writes.push(Write::Put(Table::Meta, meta::CURSOR.to_vec(), next.encode()));
        Ok(Some((writes, changed)))
    }
}

/// Percent-encodes what may not stand in a query (RFC 3986, 2.3).
pub(super) fn query_value(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string does not fail");
        }
    }
    encoded
}
