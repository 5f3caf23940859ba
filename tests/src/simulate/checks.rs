//! The invariants I1 to I9, read from what lies on the devices and in the ERP. They know nothing of the engine:
//! they decode the rows, recompute every hash and add up every movement on their own.

use super::{
    device::{Device, Street},
    server::{Base, Server},
};
use evertill_domain::{Id, id};
use evertill_ledger::State;
use evertill_protocol::{Entry, Hash, api::CaseKind, chain::GENESIS};
use evertill_sync::{
    catalogue::rows::{CatalogueRow, CursorRow, Document, DocumentKind, Part, Record, decode_records},
    ports::Table,
    rows::{FailedRow, Identity, JournalRow, JsonRow, Position, meta},
    testing::MemoryStore,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    rc::Rc,
};
use uuid::Uuid;

/// What a device's journal holds.
type Journal = BTreeMap<Position, Entry>;

/// Reads the whole journal of a device.
pub fn journal(disk: &MemoryStore) -> Journal {
    let rows = disk.rows(Table::Journal).into_iter();
    rows.filter_map(|(key, value)| Some((Position::from_key(&key)?, JournalRow::decode(&value).ok()?.entry)))
        .collect()
}

/// Everything that must hold once the shop is closed and the network is good.
pub fn at_rest(street: &Street, devices: &[Rc<Device>], whole: bool) {
    for device in devices {
        paid_is_there(street, device);
        chain_is_dense(street, device);
        nothing_waits(street, device);
        catalogue_agrees(street, device);
        stock_shown(street, device);
        first_try_was_soon(street, device);
    }
    every_entry_arrived(street, devices);
    nothing_was_booked_twice(street);
    stock_is_the_sum_of_movements(street);
    what_was_kept_is_kept(street, devices);
    forgeries_are_kept_apart(street);
    if whole {
        no_chain_broke(street);
    }
}

/// I1: whatever was shown as paid is in the device's journal, at the place that was shown, or it was given up for
/// space after the ERP had it. A sold cart is no draft.
fn paid_is_there(street: &Street, device: &Device) {
    let journal = journal(&device.disk);
    let erp = street.server.erp.borrow();
    let mut places = BTreeSet::new();
    for paid in device.paid.borrow().iter() {
        let at_erp = erp
            .journal((device.terminal, paid.position.epoch))
            .is_some_and(|journal| journal.had.contains(paid.position.seq));
        match journal.get(&paid.position) {
            Some(entry) if entry.id == paid.id => {}
            None if at_erp => {}
            _ => {
                let place = paid.position;
                street.world.violated(format!("I1: a paid sale is not in the journal at {place:?}"));
            }
        }
        if !places.insert(paid.position) {
            street.world.violated(format!("I1: two paid sales share the place {:?}", paid.position));
        }
    }
    let drafts: HashSet<Vec<u8>> = device.disk.rows(Table::Drafts).into_iter().map(|(key, _)| key).collect();
    for entry in journal.values() {
        if drafts.contains(entry.id.to_bytes().as_slice()) {
            street.world.violated("I1: a sold cart lies among the drafts again".to_owned());
        }
    }
}

/// I9: dense from 1, each `prev` the hash before, each hash right, each receipt number once.
fn chain_is_dense(street: &Street, device: &Device) {
    let mut last: BTreeMap<u32, (u64, Hash)> = BTreeMap::new();
    let mut receipts = BTreeSet::new();
    for (position, (entry, _)) in device.written.borrow().iter() {
        let (seq, hash) = last.get(&position.epoch).copied().unwrap_or((0, GENESIS));
        if entry.seq != position.seq || position.seq != seq + 1 || entry.prev != hash {
            street.world.violated(format!("I9: the journal breaks at {position:?}"));
        }
        if entry.computed_hash(device.terminal, position.epoch) != entry.hash {
            street.world.violated(format!("I9: a hash is wrong at {position:?}"));
        }
        if !receipts.insert(entry.receipt.clone()) {
            street.world.violated(format!("I9: receipt {:?} was given twice", entry.receipt));
        }
        last.insert(position.epoch, (position.seq, entry.hash));
    }
}

/// I8: nothing waits any more; what needs a person is held by the ERP.
fn nothing_waits(street: &Street, device: &Device) {
    let waiting = device.disk.rows(Table::Outbox).len();
    if waiting > 0 {
        street.world.violated(format!("I8: {waiting} entries still wait on device {}", device.number));
    }
    for (key, value) in device.disk.rows(Table::Failed) {
        if FailedRow::decode(&value).is_ok_and(|row| !row.held_by_erp) {
            let position = Position::from_key(&key);
            street.world.violated(format!("I8: {position:?} was given up though the ERP takes it"));
        }
    }
}

/// I8: the first request goes out within a minute of recovery while a page is visible, within 300 s while hidden, or
/// when the wait is over that the ERP asked for.
fn first_try_was_soon(street: &Street, device: &Device) {
    // What the device's own database takes before a request.
    const STEPS_MS: i64 = 2_000;
    let within_ms = if street.scenario.hidden { 300_000 } else { 60_000 };
    let attempts = &device.attempts;
    let since_ms = attempts.since_ms.get().max(street.scenario.quiet_from_ms);
    let latest_ms = (since_ms + within_ms).max(attempts.ordered_until_ms.get()) + STEPS_MS;
    match attempts.first_ms.get() {
        Some(at_ms) if at_ms <= latest_ms => {}
        at_ms => {
            let number = device.number;
            street
                .world
                .violated(format!("I8: device {number} first tried at {at_ms:?}, not by {latest_ms}"));
        }
    }
}

/// I2: every entry of every journal is in the ERP's inbox; what a device lost is named.
fn every_entry_arrived(street: &Street, devices: &[Rc<Device>]) {
    let erp = street.server.erp.borrow();
    let inbox: HashSet<(Id<id::Entry>, Hash)> =
        erp.inbox().iter().filter_map(|row| Some((row.kept.id?, row.kept.computed))).collect();
    for device in devices {
        let journal = journal(&device.disk);
        for (position, (entry, _)) in device.written.borrow().iter() {
            let named = erp
                .journal((device.terminal, position.epoch))
                .is_some_and(|journal| journal.had.contains(position.seq));
            // A clone may still hold what its original gave up and named lost before the ERP asked.
            let gone_and_named = named && (device.has_clone.get() || !journal.contains_key(position));
            if !inbox.contains(&(entry.id, entry.hash)) && !gone_and_named {
                street.world.violated(format!("I2: the ERP lacks {position:?} of device {}", device.number));
            }
        }
    }
}

/// I3: one sale id has one sale and one set of movements, and both say the same.
fn nothing_was_booked_twice(street: &Street) {
    let erp = street.server.erp.borrow();
    let mut sold: BTreeMap<(Id<id::Entry>, Id<id::Product>), i64> = BTreeMap::new();
    let mut ids = HashSet::new();
    for sale in erp.sales() {
        if !ids.insert(sale.id) {
            street.world.violated(format!("I3: sale {} was booked twice", sale.id));
        }
        for line in &sale.sale.lines {
            *sold.entry((sale.id, line.product)).or_default() -= line.quantity.milli();
        }
    }
    let mut moved: BTreeMap<(Id<id::Entry>, Id<id::Product>), i64> = BTreeMap::new();
    let mut by_hand = 0;
    for movement in erp.movements() {
        match movement.sale {
            Some(sale) => *moved.entry((sale, movement.product)).or_default() += movement.quantity_milli,
            None if movement.quantity_milli < 0 => by_hand += 1,
            None => {}
        }
    }
    if sold != moved || by_hand > 0 {
        street.world.violated("I3: movements are not what was sold".to_owned());
    }
}

/// I6 at the ERP.
fn stock_is_the_sum_of_movements(street: &Street) {
    let erp = street.server.erp.borrow();
    let mut sums: BTreeMap<Id<id::Product>, i64> = BTreeMap::new();
    for movement in erp.movements() {
        *sums.entry(movement.product).or_default() += movement.quantity_milli;
    }
    for product in erp.products().keys() {
        if erp.on_hand(*product) != sums.get(product).copied().unwrap_or(0) {
            street.world.violated("I6: on-hand is not the sum of the movements".to_owned());
        }
    }
}

/// I4 and I5: whatever got an outcome is kept, byte for byte, also where another has the same id or place.
fn what_was_kept_is_kept(street: &Street, devices: &[Rc<Device>]) {
    let erp = street.server.erp.borrow();
    let inbox: HashSet<(Id<id::Entry>, Hash)> =
        erp.inbox().iter().filter_map(|row| Some((row.kept.id?, row.kept.computed))).collect();
    let gone: HashSet<(Id<id::Entry>, Hash)> = devices
        .iter()
        .flat_map(|device| {
            let journal = journal(&device.disk);
            let written = device.written.borrow();
            let gone = written
                .iter()
                .filter(|(position, _)| device.has_clone.get() || !journal.contains_key(position));
            gone.map(|(_, (entry, _))| (entry.id, entry.hash)).collect::<Vec<_>>()
        })
        .collect();
    for kept in &street.server.notebook.borrow().kept {
        // A restored ERP lacks what its till no longer holds: I2 looks whether that is named.
        if !inbox.contains(kept) && !gone.contains(kept) {
            street.world.violated(format!("I4: entry {} got an outcome and is gone", kept.0));
        }
    }
}

/// I5: an entry with the same id and other bytes is kept beside the first, with a case, and never in its place.
fn forgeries_are_kept_apart(street: &Street) {
    let erp = street.server.erp.borrow();
    for forged in &street.server.notebook.borrow().forged {
        let row =
            |hash| erp.inbox().iter().find(|row| row.kept.id == Some(forged.id) && row.kept.computed == hash);
        let first_is_booked = row(forged.first).is_some_and(|row| row.kept.state.is_booked());
        let other_waits = row(forged.other).is_some_and(|row| row.kept.state == State::Conflict);
        let has_case = erp.cases().any(|case| case.opened.reference == Some(forged.reference));
        if !first_is_booked || !other_waits || !has_case {
            street.world.violated(format!("I5: other bytes under the id {} were not kept apart", forged.id));
        }
    }
}

/// I9 at the ERP: without clones and damage no chain case is open.
fn no_chain_broke(street: &Street) {
    let erp = street.server.erp.borrow();
    for case in erp.cases() {
        if street
            .server
            .notebook
            .borrow()
            .forged
            .iter()
            .any(|forged| Some(forged.reference) == case.opened.reference)
        {
            continue;
        }
        let broken = matches!(
            case.opened.kind,
            CaseKind::Chain | CaseKind::Conflict | CaseKind::Quarantine | CaseKind::Hole | CaseKind::Lost
        );
        if broken && case.state == evertill_protocol::api::CaseState::Open {
            street.world.violated(format!("I9: a case that nothing explains: {}", case.opened.summary));
        }
    }
}

/// I7: the till's catalogue is the ERP's.
fn catalogue_agrees(street: &Street, device: &Device) {
    let erp = street.server.erp.borrow();
    let records = documents(&device.disk, Part::Catalogue);
    for (product, known) in erp.products() {
        let here = match records.get(&(DocumentKind::Product, product.uuid())) {
            Some(Record { document: Document::Product(doc), .. }) => Some(doc),
            _ => None,
        };
        if here != Some(&known.doc).filter(|_| !known.deleted) {
            street.world.violated(format!("I7: device {} shows another product {product}", device.number));
        }
    }
}

/// I6 at the till: the shown stock counts each own sale exactly once, whatever is under way.
pub fn stock_shown(street: &Street, device: &Device) {
    // Two devices that believe to be one terminal cannot both know what the other sold.
    if device.has_clone.get() {
        return;
    }
    let disk = &device.disk;
    let Some(cursor) = meta_row::<CursorRow>(disk, meta::CURSOR) else { return };
    let catalogue: CatalogueRow = meta_row(disk, meta::CATALOGUE).unwrap_or_default();
    let notebook = street.server.notebook.borrow();
    let key = (device.terminal, cursor.cursor.clone());
    // In the middle of a run of pages the old stock counts, which was checked when it came.
    let staged = !disk.rows(Table::Staged).is_empty() || catalogue.stock_waiting.is_some();
    let Some(base) = notebook.bases.get(&key).filter(|_| !staged && !cursor.resync) else { return };
    let failed: BTreeMap<Position, FailedRow> = disk
        .rows(Table::Failed)
        .into_iter()
        .filter_map(|(key, value)| Some((Position::from_key(&key)?, FailedRow::decode(&value).ok()?)))
        .collect();
    let journal = disk.keys(Table::Journal);
    let held: BTreeSet<Position> = journal.iter().filter_map(|key| Position::from_key(key)).collect();
    let restored = street.server.was_restored.get();
    let (mut sold, mut deducted) = (Base::new(), Base::new());
    for (position, (_, lines)) in device.written.borrow().iter() {
        if failed.get(position).is_some_and(|row| row.settled) {
            continue;
        }
        let here = held.contains(position);
        let included = cursor.includes(position.epoch, position.seq);
        // Lost by damage, or given up for space and then forgotten by a restored ERP: no till can know of it.
        let explained = restored || device.damaged.borrow().contains(position);
        if !here && !included && explained {
            continue;
        }
        for (product, milli) in lines {
            *sold.entry(*product).or_default() += milli;
            if here && !included {
                *deducted.entry(*product).or_default() += milli;
            }
        }
    }
    let records = documents(disk, Part::Stock);
    for (product, base) in base {
        let on_hand = match records.get(&(DocumentKind::Stock, product.uuid())) {
            Some(Record { document: Document::Stock { on_hand_milli }, .. }) => *on_hand_milli,
            _ => 0,
        };
        let shown = on_hand - deducted.get(product).copied().unwrap_or(0);
        let right = base - sold.get(product).copied().unwrap_or(0);
        if shown != right {
            street.world.violated(format!(
                "I6: device {} shows {shown} of {product} where {right} are left",
                device.number
            ));
        }
    }
}

fn meta_row<R: JsonRow>(disk: &MemoryStore, key: &[u8]) -> Option<R> {
    let rows = disk.rows(Table::Meta);
    rows.iter().find(|(name, _)| name == key).and_then(|(_, value)| R::decode(value).ok())
}

/// The newest record of each document, from chunks and overlay.
fn documents(disk: &MemoryStore, part: Part) -> BTreeMap<(DocumentKind, Uuid), Record> {
    let catalogue: CatalogueRow = meta_row(disk, meta::CATALOGUE).unwrap_or_default();
    let generation = match part {
        Part::Catalogue => catalogue.generation,
        Part::Stock => catalogue.stock_generation,
    };
    let (chunks, overlay) = (part.chunk_keys(generation), part.overlay_keys(0));
    let in_chunks = disk.rows(Table::Chunks).into_iter();
    let in_chunks = in_chunks.filter(|(key, _)| (&chunks.first..=&chunks.last).contains(&key));
    let in_overlay = disk.rows(Table::Overlay).into_iter();
    let in_overlay = in_overlay.filter(|(key, _)| (&overlay.first..=&overlay.last).contains(&key));
    let mut documents: BTreeMap<(DocumentKind, Uuid), Record> = BTreeMap::new();
    for (_, value) in in_chunks.chain(in_overlay) {
        for record in decode_records(&value).unwrap_or_default() {
            let key = (record.document.kind(), record.id);
            if documents.get(&key).is_none_or(|known| known.version <= record.version) {
                documents.insert(key, record);
            }
        }
    }
    documents
}

/// Whether every device has sent and read everything, as far as its own rows tell.
pub fn all_quiet(street: &Street, devices: &[Rc<Device>]) -> bool {
    devices.iter().all(|device| {
        let disk = &device.disk;
        let waits = !disk.keys(Table::Outbox).is_empty()
            || disk
                .rows(Table::Failed)
                .iter()
                .any(|(_, value)| FailedRow::decode(value).is_ok_and(|row| !row.held_by_erp));
        let cursor: Option<CursorRow> = meta_row(disk, meta::CURSOR);
        let read = cursor.is_some_and(|cursor| !cursor.resync && is_newest(&street.server, device, &cursor));
        let enrolled = meta_row::<Identity>(disk, meta::IDENTITY).is_some();
        enrolled && !waits && read && device.attempts.first_ms.get().is_some()
    })
}

fn is_newest(server: &Server, device: &Device, cursor: &CursorRow) -> bool {
    let page = server.erp.borrow().changes(device.terminal, &cursor.cursor, Some(1));
    page.is_ok_and(|page| page.changes.is_empty() && page.included == cursor.included)
}

/// Entries that are held unbooked, for the report.
pub fn held(server: &Server) -> usize {
    let erp = server.erp.borrow();
    let held = erp.inbox().iter().filter(|row| !matches!(row.kept.state, State::Booked | State::Released));
    held.count()
}
