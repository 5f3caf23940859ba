//! From the database into memory: chunks, then the log of changes, in steps that each take a moment.
//!
//! The first catalogue is searchable while it is still coming. A new generation is built beside the old one and takes
//! its place at once. Stock and what it contains switch together, so that each sale counts once at every moment.

use super::{
    Catalogue,
    index::{SEGMENT_PRODUCTS, Segment},
    rows::{CHUNK_RECORDS, CatalogueRow, CursorRow, Part, Record, decode_records},
    sold::{self, Folded},
    stock::OnHand,
};
use crate::{
    ports::{KeyRange, Read, Rows, Store, Table},
    rows::{JsonRow, meta},
    till::ReadError,
};
use core::cell::RefCell;

/// Rows read at once. Each is decoded and indexed before the next is asked for: reading gives the screen its turn.
const ROWS_AT_ONCE: u32 = 1;
const OVERLAY_ROWS_AT_ONCE: u32 = 8;
/// How often stock that changed while it was read is read again before what is there is taken.
const STOCK_ATTEMPTS: u32 = 5;
/// A last segment up to this size is always taken into the next one.
const SMALL_SEGMENT: u32 = 256;

/// How much of the database is in memory.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not states")]
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) complete: bool,
    generation: u32,
    next_chunk: u32,
    /// Number of the first overlay row that was not applied.
    overlay_next: u64,
    indexed: u32,
    stock_generation: u32,
    stock_overlay_next: u64,
    stock_known: bool,
    cursor: Option<CursorRow>,
    folded: Folded,
    /// Whether a row rotted since this was last told.
    damaged: bool,
    /// Whether a row of a later version was met since this was last told.
    newer: bool,
}

impl Loaded {
    /// The records of a row. One that cannot be read costs what lies in it and nothing else.
    fn records(&mut self, row: &[u8]) -> Vec<Record> {
        decode_records(row).unwrap_or_else(|error| {
            self.newer |= error.is_newer();
            self.damaged |= !error.is_newer();
            Vec::new()
        })
    }
}

/// What a refresh changed.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not states")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Products came, went or changed.
    pub products: bool,
    /// Shown stock changed.
    pub stock: bool,
    /// Rows rotted: what lay in them is missing until it is loaded again ([`crate::till::Till::load_again`]).
    pub damaged: bool,
    /// Rows are a later version's: what lies in them is missing here, and nothing is amiss with it.
    pub newer: bool,
}

/// Brings the catalogue in memory up to what the database holds. One at a time: the caller waits for the last before
/// it begins the next. `progress` is called with the number of products after each step.
pub async fn refresh(
    catalogue: &RefCell<Catalogue>,
    store: &impl Store,
    progress: impl Fn(usize),
) -> Result<Refreshed, ReadError> {
    let products = refresh_products(catalogue, store, &progress).await?;
    let stock = refresh_stock(catalogue, store).await?;
    let loaded = &mut catalogue.borrow_mut().loaded;
    let (damaged, newer) = (core::mem::take(&mut loaded.damaged), core::mem::take(&mut loaded.newer));
    Ok(Refreshed { products, stock, damaged, newer })
}

/// Counts sales that were committed since, by this tab or another; cheap, for after each sale. Answers whether any was.
pub async fn refresh_sold(catalogue: &RefCell<Catalogue>, store: &impl Store) -> Result<bool, ReadError> {
    let folded = catalogue.borrow().loaded.folded.clone();
    let newer = sold::newer(store, &folded).await?;
    let mut catalogue = catalogue.borrow_mut();
    let taken = sold::fold(&mut catalogue.loaded.folded, newer);
    for (product, quantity) in &taken {
        catalogue.stock.sold(*product, *quantity);
    }
    Ok(!taken.is_empty())
}

async fn refresh_products(
    catalogue: &RefCell<Catalogue>,
    store: &impl Store,
    progress: &impl Fn(usize),
) -> Result<bool, ReadError> {
    let mut changed = false;
    loop {
        let (row, _) = meta_rows(store).await?;
        let (generation, empty) = {
            let catalogue = catalogue.borrow();
            (catalogue.loaded.generation, catalogue.is_empty())
        };
        // Before the first load is complete, what came so far may be shown; but not in the place of a whole catalogue.
        let target = match &row.loading {
            Some(loading) if row.generation == 0 && (empty || generation == loading.generation) => {
                loading.generation
            }
            _ => row.generation,
        };
        let whole = row.generation == target;
        if target == 0 {
            catalogue.borrow_mut().loaded.complete = true;
        } else if generation == target {
            changed |= fill(catalogue, store, whole, progress).await?;
        } else if empty {
            catalogue.borrow_mut().begin(target, row.loading.as_ref().map_or(0, |loading| loading.total));
            changed |= fill(catalogue, store, whole, progress).await?;
        } else {
            let aside = RefCell::new(Catalogue::default());
            aside.borrow_mut().begin(target, 0);
            fill(&aside, store, whole, &|_| ()).await?;
            let fresh = aside.into_inner();
            let mut catalogue = catalogue.borrow_mut();
            catalogue.products = fresh.products;
            catalogue.segments = fresh.segments;
            catalogue.loaded = Loaded {
                complete: fresh.loaded.complete,
                generation: fresh.loaded.generation,
                next_chunk: fresh.loaded.next_chunk,
                overlay_next: fresh.loaded.overlay_next,
                indexed: fresh.loaded.indexed,
                damaged: fresh.loaded.damaged || catalogue.loaded.damaged,
                newer: fresh.loaded.newer || catalogue.loaded.newer,
                ..core::mem::take(&mut catalogue.loaded)
            };
            changed = true;
        }
        // While this was read the engine may have switched to another generation and removed what was read from.
        let (now, _) = meta_rows(store).await?;
        if now.generation == row.generation {
            return Ok(changed);
        }
    }
}

/// Reads the rest of the generation's chunks and, once it is whole, the log of changes.
async fn fill(
    catalogue: &RefCell<Catalogue>,
    store: &impl Store,
    whole: bool,
    progress: &impl Fn(usize),
) -> Result<bool, ReadError> {
    let mut changed = false;
    loop {
        let range = {
            let loaded = &catalogue.borrow().loaded;
            let first = Part::Catalogue.chunk_key(loaded.generation, loaded.next_chunk);
            KeyRange { first, last: Part::Catalogue.chunk_keys(loaded.generation).last }
        };
        let rows = scan(store, Table::Chunks, range, ROWS_AT_ONCE).await?;
        if rows.is_empty() {
            break;
        }
        changed = true;
        for (_, value) in rows {
            let mut catalogue = catalogue.borrow_mut();
            let records = catalogue.loaded.records(&value);
            catalogue.loaded.next_chunk += 1;
            catalogue.apply(records);
            catalogue.index_full();
        }
        progress(catalogue.borrow().len());
    }
    catalogue.borrow_mut().index_rest();
    changed |= whole && apply_changes(catalogue, store).await?;
    catalogue.borrow_mut().loaded.complete = whole;
    progress(catalogue.borrow().len());
    Ok(changed)
}

/// Applies the log of changes from where it was applied last.
async fn apply_changes(catalogue: &RefCell<Catalogue>, store: &impl Store) -> Result<bool, ReadError> {
    let mut changed = false;
    loop {
        let first = catalogue.borrow().loaded.overlay_next;
        let rows =
            scan(store, Table::Overlay, Part::Catalogue.overlay_keys(first), OVERLAY_ROWS_AT_ONCE).await?;
        if rows.is_empty() {
            return Ok(changed);
        }
        changed = true;
        for (key, value) in rows {
            let mut catalogue = catalogue.borrow_mut();
            let records = catalogue.loaded.records(&value);
            catalogue.apply(records);
            if let Some(number) = Part::overlay_number(&key) {
                catalogue.loaded.overlay_next = number + 1;
            }
        }
        catalogue.borrow_mut().index_rest();
    }
}

async fn refresh_stock(catalogue: &RefCell<Catalogue>, store: &impl Store) -> Result<bool, ReadError> {
    for attempt in 1.. {
        let (row, cursor) = meta_rows(store).await?;
        let (same_generation, first, same_cursor) = {
            let loaded = &catalogue.borrow().loaded;
            let same = loaded.stock_known && loaded.stock_generation == row.stock_generation;
            (same, if same { loaded.stock_overlay_next } else { 0 }, loaded.cursor == cursor)
        };
        let mut fresh = (!same_generation).then(OnHand::default);
        if let Some(on_hand) = &mut fresh {
            on_hand.reserve(catalogue.borrow().len());
            load_stock_chunks(catalogue, store, row.stock_generation, on_hand).await?;
        }
        let mut next = first;
        let mut changes: Vec<Record> = Vec::new();
        loop {
            let rows =
                scan(store, Table::Overlay, Part::Stock.overlay_keys(next), OVERLAY_ROWS_AT_ONCE).await?;
            if rows.is_empty() {
                break;
            }
            for (key, value) in rows {
                changes.extend(catalogue.borrow_mut().loaded.records(&value));
                next = Part::overlay_number(&key).map_or(next, |number| next.max(number + 1));
            }
        }
        if same_generation && same_cursor && changes.is_empty() {
            let folded = catalogue.borrow().loaded.folded.clone();
            if !sold::settled_changed(store, &folded).await? {
                return refresh_sold(catalogue, store).await;
            }
        }
        let sold = sold::since(store, cursor.as_ref()).await?;
        let again = meta_rows(store).await?;
        let moved = (again.0.stock_generation, &again.1) != (row.stock_generation, &cursor);
        let mut catalogue = catalogue.borrow_mut();
        // A sale that was counted while this was read must not be uncounted.
        if (moved || !sold.folded.reaches(&catalogue.loaded.folded)) && attempt < STOCK_ATTEMPTS {
            continue;
        }
        let as_of_ms = cursor.as_ref().and_then(|cursor| cursor.as_of_ms);
        catalogue.stock.switch(fresh, as_of_ms, sold.sold);
        for record in &changes {
            catalogue.stock.apply(record);
        }
        catalogue.loaded.stock_known = true;
        catalogue.loaded.stock_generation = row.stock_generation;
        catalogue.loaded.stock_overlay_next = next;
        catalogue.loaded.cursor = cursor;
        catalogue.loaded.folded = sold.folded;
        return Ok(true);
    }
    Ok(false)
}

async fn load_stock_chunks(
    catalogue: &RefCell<Catalogue>,
    store: &impl Store,
    generation: u32,
    on_hand: &mut OnHand,
) -> Result<(), ReadError> {
    if generation == 0 {
        return Ok(());
    }
    for number in 0.. {
        let key = Part::Stock.chunk_key(generation, number);
        let rows = store.read(vec![Read::Get(Table::Chunks, key)]).await?;
        let Some((_, value)) = rows.into_iter().flatten().next() else { break };
        for record in catalogue.borrow_mut().loaded.records(&value) {
            on_hand.apply(&record);
        }
    }
    Ok(())
}

async fn scan(store: &impl Store, table: Table, range: KeyRange, limit: u32) -> Result<Rows, ReadError> {
    let rows = store.read(vec![Read::Scan { table, range: Some(range), limit }]).await?;
    Ok(rows.into_iter().next().unwrap_or_default())
}

/// Which chunks count, and what their stock contains, of one moment.
async fn meta_rows(store: &impl Store) -> Result<(CatalogueRow, Option<CursorRow>), ReadError> {
    let get = |key: &[u8]| Read::Get(Table::Meta, key.to_vec());
    let rows = store.read(vec![get(meta::CATALOGUE), get(meta::CURSOR)]).await?;
    let row = |place: usize| rows.get(place).and_then(|rows| rows.first()).map(|(_, value)| value.as_slice());
    let catalogue = row(0).map(CatalogueRow::decode).transpose()?.unwrap_or_default();
    let cursor = row(1).and_then(|row| CursorRow::decode(row).ok());
    Ok((catalogue, cursor))
}

impl Catalogue {
    fn begin(&mut self, generation: u32, expected: u64) {
        self.loaded.generation = generation;
        self.loaded.next_chunk = 0;
        self.loaded.overlay_next = 0;
        self.products.reserve(usize::try_from(expected / 2).unwrap_or(0));
    }

    fn apply(&mut self, records: Vec<Record>) {
        for record in records {
            self.products.apply(record);
        }
    }

    /// Indexes what was appended, once it fills a segment.
    fn index_full(&mut self) {
        let waiting = self.products.end() - self.loaded.indexed;
        let chunk = u32::try_from(CHUNK_RECORDS).unwrap_or(SEGMENT_PRODUCTS);
        if waiting + chunk > SEGMENT_PRODUCTS {
            self.index_rest();
        }
    }

    /// Indexes what was appended. A small last segment is taken in, so that many small changes stay few segments.
    fn index_rest(&mut self) {
        let end = self.products.end();
        let mut from = self.loaded.indexed;
        if from == end {
            return;
        }
        if let Some(last) = self.segments.last() {
            let (begin, size) = (last.range().start, last.range().end - last.range().start);
            let worth_it = size <= SMALL_SEGMENT || size <= (end - from).saturating_mul(4);
            if worth_it && end - begin <= SEGMENT_PRODUCTS {
                from = begin;
                self.segments.pop();
            }
        }
        while from < end {
            let to = end.min(from.saturating_add(SEGMENT_PRODUCTS));
            self.segments.push(Segment::build(&self.products, from..to));
            from = to;
        }
        self.loaded.indexed = end;
    }
}
