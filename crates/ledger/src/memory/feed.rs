//! The change feed in memory: the newest row per document in commit order, changes and snapshot.

use super::{Erp, Refused};
use crate::{
    State,
    cursor::{Cursor, FeedFacts, Resync, SnapshotPlace},
    included::EpochBookings,
};
use evertill_domain::{Id, id};
use evertill_protocol::changes::{
    Change, ChangesPage, Included, Op, PAGE_DEFAULT, PAGE_MAX, SnapshotItem, SnapshotPage, StockDoc,
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// One row of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FeedRow {
    /// `product`, `stock`, `outlet`, `terminal`.
    kind: &'static str,
    id: Uuid,
    version: u64,
    deleted: bool,
    /// When it was written, milliseconds UTC.
    pub(super) at_ms: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Feed {
    /// The time that rows are written at.
    pub(super) now_ms: i64,
    name: Uuid,
    position: u64,
    tombstones_from: u64,
    rows: BTreeMap<u64, FeedRow>,
    places: HashMap<(&'static str, Uuid), u64>,
    marks: BTreeMap<u64, u64>,
    next_mark: u64,
}

impl Feed {
    pub(super) fn new(name: Uuid) -> Self {
        Self {
            now_ms: 0,
            name,
            position: 0,
            tombstones_from: 0,
            rows: BTreeMap::new(),
            places: HashMap::new(),
            marks: BTreeMap::new(),
            next_mark: 1,
        }
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn fresh_mark(&self) -> u64 {
        self.next_mark
    }

    /// Marks below `mark` were given in a history that is forgotten.
    pub(super) fn never_repeat(&mut self, mark: u64) {
        self.next_mark = self.next_mark.max(mark) + 1_000_000;
    }

    /// Puts documents, each with its kind, id and version, in one commit.
    pub(super) fn record(&mut self, puts: &[(&'static str, Uuid, u64)]) {
        for &(kind, id, version) in puts {
            self.add(FeedRow { kind, id, version, deleted: false, at_ms: self.now_ms });
        }
        if !puts.is_empty() {
            self.mark();
        }
    }

    /// Deletes a document, in a commit of its own.
    pub(super) fn bury(&mut self, kind: &'static str, id: Uuid, version: u64) {
        self.add(FeedRow { kind, id, version, deleted: true, at_ms: self.now_ms });
        self.mark();
    }

    /// The row at this position, or the last one below it that is still there.
    pub(super) fn row_at(&self, position: u64) -> Option<&FeedRow> {
        self.rows.range(..=position).next_back().map(|(_, row)| row)
    }

    fn add(&mut self, row: FeedRow) {
        self.position += 1;
        if let Some(old) = self.places.insert((row.kind, row.id), self.position) {
            self.rows.remove(&old);
        }
        self.rows.insert(self.position, row);
    }

    fn mark(&mut self) {
        self.marks.insert(self.position, self.next_mark);
        self.next_mark += 1;
    }

    fn mark_at(&self, position: u64) -> Option<u64> {
        self.marks.range(position..).next().map(|(_, mark)| *mark)
    }

    fn cursor_at(&self, position: u64) -> Cursor {
        let mark = if position == 0 { 0 } else { self.mark_at(position).unwrap_or(0) };
        Cursor { feed: self.name, position, mark }
    }

    fn check(&self, cursor: &Cursor) -> Result<(), Resync> {
        cursor.check(&FeedFacts {
            feed: self.name,
            position: self.position,
            tombstones_from: self.tombstones_from,
            mark_at_cursor: self.mark_at(cursor.position),
        })
    }
}

impl From<Resync> for Refused {
    fn from(_: Resync) -> Self {
        Self { status: 410, code: "resync" }
    }
}

impl Erp {
    /// A page of changes after this cursor, with what of the terminal's own is booked in its stock.
    pub fn changes(
        &self,
        caller: Id<id::Terminal>,
        cursor: &str,
        limit: Option<u32>,
    ) -> Result<ChangesPage, Refused> {
        self.may_pull(caller)?;
        let cursor = Cursor::decode(cursor)?;
        self.feed.check(&cursor)?;
        let limit = page_size(limit);
        let mut rows = self
            .feed
            .rows
            .range(cursor.position.saturating_add(1)..)
            .filter(|(_, row)| !self.passes_over(cursor.position, row));
        let page: Vec<_> = rows.by_ref().take(limit).collect();
        let more = rows.next().is_some();
        let through = match page.last() {
            Some((position, _)) if more => **position,
            _ => self.feed.position,
        };
        Ok(ChangesPage {
            feed: self.feed.name,
            changes: page.into_iter().map(|(_, row)| self.change(row)).collect(),
            next: self.feed.cursor_at(through).encode(),
            more,
            included: self.included(caller),
        })
    }

    /// A page of the whole state.
    pub fn snapshot(
        &self,
        caller: Id<id::Terminal>,
        after: Option<&str>,
        limit: Option<u32>,
    ) -> Result<SnapshotPage, Refused> {
        self.may_pull(caller)?;
        let begin = || SnapshotPlace {
            cursor: self.feed.cursor_at(self.feed.position),
            read_through: 0,
            total: u64::try_from(self.feed.rows.len()).unwrap_or(u64::MAX),
        };
        let place = match after.filter(|after| !after.is_empty()) {
            Some(after) => SnapshotPlace::decode(after)?,
            None => begin(),
        };
        self.feed.check(&place.cursor)?;
        let limit = page_size(limit);
        let from = place.read_through.saturating_add(1);
        let mut rows = self
            .feed
            .rows
            .range(from..=place.cursor.position.max(place.read_through.saturating_add(1)))
            .filter(|(position, row)| !row.deleted && **position <= place.cursor.position);
        let page: Vec<_> = rows.by_ref().take(limit).collect();
        let next = match page.last() {
            Some((position, _)) if rows.next().is_some() => {
                Some(SnapshotPlace { read_through: **position, ..place }.encode())
            }
            _ => None,
        };
        let items = page.into_iter().filter_map(|(_, row)| {
            let doc = self.doc(row)?;
            Some(SnapshotItem { kind: row.kind.to_owned(), id: row.id, version: row.version, doc })
        });
        Ok(SnapshotPage {
            feed: self.feed.name,
            cursor: place.cursor.encode(),
            items: items.collect(),
            next,
            total: place.total,
        })
    }

    /// Forgets deletes up to now: older cursors must resync.
    pub fn forget_tombstones(&mut self) {
        self.feed.tombstones_from = self.feed.position;
        let gone: Vec<u64> =
            self.feed.rows.iter().filter(|(_, row)| row.deleted).map(|(position, _)| *position).collect();
        for position in gone {
            if let Some(row) = self.feed.rows.remove(&position) {
                self.feed.places.remove(&(row.kind, row.id));
            }
        }
    }

    fn may_pull(&self, caller: Id<id::Terminal>) -> Result<(), Refused> {
        match self.terminals.get(&caller) {
            None => Err(Refused { status: 401, code: "unauthorized" }),
            Some(known) if known.revoked => Err(Refused { status: 403, code: "revoked" }),
            Some(_) => Ok(()),
        }
    }

    fn included(&self, caller: Id<id::Terminal>) -> Vec<Included> {
        let epochs = self.journals.range((caller, 0)..=(caller, u32::MAX));
        epochs
            .filter_map(|(key, journal)| {
                let contiguous = journal.had.contiguous();
                let is_booked = |seq: u64| {
                    let rows = self.by_place.get(&(*key, seq)).into_iter().flatten();
                    rows.filter_map(|at| self.inbox.get(*at)).any(|row| row.kept.state.is_booked())
                };
                let kept = self.inbox.iter().filter(|row| (row.kept.terminal, row.kept.epoch) == *key);
                let not_booked = kept
                    .filter(|row| !matches!(row.kept.state, State::Booked | State::Released))
                    .map(|row| row.kept.seq);
                let lost = journal.lost.ranges().iter().flat_map(|(first, last)| *first..=*last);
                let unbooked =
                    not_booked.chain(lost).filter(|seq| *seq <= contiguous && !is_booked(*seq)).collect();
                let above = journal
                    .had
                    .ranges()
                    .iter()
                    .flat_map(|(first, last)| (*first).max(contiguous + 1)..=*last);
                let booked_above = above.filter(|seq| is_booked(*seq)).collect();
                EpochBookings { epoch: key.1, contiguous, booked_above, unbooked }.included()
            })
            .collect()
    }

    fn change(&self, row: &FeedRow) -> Change {
        let doc = if row.deleted { None } else { self.doc(row) };
        let op = if row.deleted { Op::Delete } else { Op::Put };
        Change { kind: row.kind.to_owned(), id: row.id, version: row.version, op, doc }
    }

    fn doc(&self, row: &FeedRow) -> Option<Box<RawValue>> {
        match row.kind {
            "product" => raw(&self.products.get(&Id::new(row.id).ok()?)?.doc),
            "stock" => {
                let product = Id::new(row.id).ok()?;
                raw(&StockDoc { product, on_hand_milli: self.on_hand(product) })
            }
            "outlet" => raw(&self.outlet_doc),
            "terminal" => raw(&self.terminal_doc(row.id)?),
            _ => None,
        }
    }
}

fn raw(doc: &impl Serialize) -> Option<Box<RawValue>> {
    to_raw_value(doc).ok()
}

fn page_size(limit: Option<u32>) -> usize {
    usize::try_from(limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX)).unwrap_or(usize::MAX)
}
