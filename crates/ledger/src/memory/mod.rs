//! An ERP in memory: the same decisions as the server's, over maps instead of SQL. For the simulator.
//!
//! It is as durable as its value: clone it for a backup, hand the clone to [`Erp::restore`] to go back.

mod feed;
mod load;
mod mistake;
mod write;

pub use mistake::{FORGOTTEN_AFTER_MS, Mistake};

use crate::{
    Received, Request, SeqSet, decide,
    facts::{Hole, Kept, ProductFacts, State},
    journal,
    plan::{BookedSale, NewCase, case_id},
    request::{self, Unfit},
};
use evertill_domain::{Id, id};
use evertill_protocol::{
    api::{CaseKind, CaseState},
    changes::{OutletDoc, ProductDoc, TerminalDoc},
    upload::{RawUpload, UploadAnswer},
};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// One journal's key: whose and which epoch.
pub type JournalKey = (Id<id::Terminal>, u32);

/// A whole ERP.
#[derive(Clone, Debug)]
pub struct Erp {
    outlet: Id<id::Outlet>,
    outlet_doc: OutletDoc,
    terminals: BTreeMap<Id<id::Terminal>, Terminal>,
    journals: BTreeMap<JournalKey, Journal>,
    inbox: Vec<InboxRow>,
    by_id: HashMap<Id<id::Entry>, Vec<usize>>,
    by_place: HashMap<(JournalKey, u64), Vec<usize>>,
    sales: Vec<BookedSale>,
    receipts: HashMap<(JournalKey, String), Vec<Id<id::Entry>>>,
    products: BTreeMap<Id<id::Product>, Product>,
    on_hand: BTreeMap<Id<id::Product>, i64>,
    movements: Vec<Movement>,
    cases: BTreeMap<Uuid, Case>,
    feed: feed::Feed,
    mistake: Option<Mistake>,
}

/// A terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// `T1`, …
    pub short_code: String,
    /// Newest epoch issued.
    pub epoch: u32,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// One epoch of a terminal.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// Whether two histories of it were found.
    pub forked: bool,
    /// What is had: kept entries and what was named lost.
    pub had: SeqSet,
    /// What was named lost.
    pub lost: SeqSet,
    /// Greatest head reported.
    pub head: u64,
    holes: Vec<Hole>,
}

/// A kept entry with its bytes.
#[derive(Clone, Debug)]
pub struct InboxRow {
    /// Its key facts and present state.
    pub kept: Kept,
    /// Its bytes.
    pub received: Received,
    /// Who carried it, if another terminal did.
    pub carrier: Option<Id<id::Terminal>>,
    /// When it was taken, milliseconds UTC.
    pub taken_ms: i64,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its document.
    pub doc: ProductDoc,
    /// Its version.
    pub version: u64,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// One signed change of a product's stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Which product.
    pub product: Id<id::Product>,
    /// Signed, thousandths.
    pub quantity_milli: i64,
    /// The sale, for a sale.
    pub sale: Option<Id<id::Entry>>,
}

/// A case and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// As it was opened.
    pub opened: NewCase,
    /// Whether somebody dealt with it.
    pub state: CaseState,
    /// When it was opened, milliseconds UTC.
    pub opened_at: i64,
}

/// A request that was not taken: the HTTP status and the problem's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// 400, 404, 409, 410, 413, 503, …
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
}

impl From<Unfit> for Refused {
    fn from(unfit: Unfit) -> Self {
        Self { status: unfit.status(), code: unfit.code() }
    }
}

impl Erp {
    /// An empty ERP with one outlet.
    pub fn new(feed: Uuid, outlet: Id<id::Outlet>, outlet_doc: OutletDoc) -> Self {
        let mut erp = Self {
            outlet,
            outlet_doc,
            terminals: BTreeMap::new(),
            journals: BTreeMap::new(),
            inbox: Vec::new(),
            by_id: HashMap::new(),
            by_place: HashMap::new(),
            sales: Vec::new(),
            receipts: HashMap::new(),
            products: BTreeMap::new(),
            on_hand: BTreeMap::new(),
            movements: Vec::new(),
            cases: BTreeMap::new(),
            feed: feed::Feed::new(feed),
            mistake: None,
        };
        erp.feed.record(&[("outlet", outlet.uuid(), 1)]);
        erp
    }

    /// Makes a terminal known, with epoch 1, or issues its next epoch, which ends the newest; answers the epoch.
    pub fn enrol(&mut self, terminal: Id<id::Terminal>, now_ms: i64) -> u32 {
        let ended = self.terminals.get(&terminal).map_or(0, |known| known.epoch);
        self.leave_epoch(terminal, ended, now_ms)
    }

    /// Issues the next epoch to a till that leaves this one; answers the epoch.
    pub fn leave_epoch(&mut self, terminal: Id<id::Terminal>, ended: u32, now_ms: i64) -> u32 {
        let number = self.terminals.len() + 1;
        let known = self.terminals.entry(terminal).or_insert_with(|| Terminal {
            short_code: format!("T{number}"),
            epoch: 0,
            revoked: false,
        });
        known.epoch += 1;
        let epoch = known.epoch;
        self.journals.insert((terminal, epoch), Journal::default());
        self.feed.record(&[("terminal", terminal.uuid(), u64::from(epoch))]);
        if let Some(facts) = self.journal_facts((terminal, ended), None) {
            let journal = self.journals.get(&(terminal, ended));
            let (max, head) = journal.map_or((0, 0), |journal| (journal.had.max(), journal.head));
            if let Some(case) = journal::epoch_ended(&facts, max, head) {
                self.open_case(case, now_ms);
            }
        }
        epoch
    }

    /// Makes an epoch known that a token proves was issued before a restore.
    pub fn recreate(&mut self, terminal: Id<id::Terminal>, short_code: &str, epoch: u32) {
        let known = self.terminals.entry(terminal).or_insert_with(|| Terminal {
            short_code: short_code.to_owned(),
            epoch: 0,
            revoked: false,
        });
        known.epoch = known.epoch.max(epoch);
        self.journals.entry((terminal, epoch)).or_default();
        self.feed.record(&[("terminal", terminal.uuid(), u64::from(epoch))]);
    }

    /// Revokes a terminal.
    pub fn revoke(&mut self, terminal: Id<id::Terminal>) {
        if let Some(known) = self.terminals.get_mut(&terminal) {
            known.revoked = true;
            let version = u64::from(known.epoch) + 1;
            self.feed.record(&[("terminal", terminal.uuid(), version)]);
        }
    }

    /// Adds or changes a product.
    pub fn put_product(&mut self, id: Id<id::Product>, doc: ProductDoc) {
        let version = self.products.get(&id).map_or(1, |known| known.version + 1);
        self.products.insert(id, Product { doc, version, deleted: false });
        self.feed.record(&[("product", id.uuid(), version)]);
    }

    /// Deletes a product; its sales and its stock stay.
    pub fn delete_product(&mut self, id: Id<id::Product>) {
        if let Some(known) = self.products.get_mut(&id) {
            known.deleted = true;
            known.version += 1;
            let version = known.version;
            self.feed.bury("product", id.uuid(), version);
        }
    }

    /// Moves stock by hand.
    pub fn move_stock(&mut self, product: Id<id::Product>, quantity_milli: i64) {
        self.movements.push(Movement { product, quantity_milli, sale: None });
        self.change_stock(&[(product, quantity_milli)]);
    }

    /// Takes an upload as its bytes arrive, decompressed. `caller` is the terminal of the token.
    pub fn upload(
        &mut self,
        caller: Id<id::Terminal>,
        body: &[u8],
        now_ms: i64,
    ) -> Result<UploadAnswer, Refused> {
        if body.len() > evertill_protocol::UPLOAD_REQUEST_MAX {
            return Err(Unfit::TooLarge.into());
        }
        let upload: RawUpload =
            evertill_protocol::strict::read(body).map_err(|_| Refused { status: 400, code: "malformed" })?;
        request::check(&upload)?;
        let carrier = (caller != upload.terminal).then_some(caller);
        let key = (upload.terminal, upload.epoch);
        if !self.terminals.contains_key(&upload.terminal) {
            return Err(Unfit::UnknownTerminal.into());
        }
        let journal = self.journal_facts(key, carrier).ok_or(Unfit::Epoch)?;
        let read = |raw| Received::read(raw, upload.terminal, upload.epoch);
        let entries: Vec<Received> = upload.entries.into_iter().map(read).collect();
        request::check_bodies(&entries)?;
        let facts = self.facts(journal, &entries);
        let request = Request {
            carrier,
            head: upload.head,
            acked_through: upload.acked_through,
            lost: upload.lost,
            now_ms,
        };
        let plan = decide(&request, entries, facts);
        let answer = UploadAnswer {
            batch: upload.batch,
            server_time: now_ms,
            results: plan.results.clone(),
            have: plan.have.clone(),
            durable_through: 0,
            directives: plan.directives.clone(),
        };
        self.apply(key, &request, plan, now_ms);
        Ok(answer)
    }

    /// Goes back to a backup; what the ERP wrote since is forgotten, the till's cursors are not.
    pub fn restore(&mut self, backup: Self) {
        let marks = self.feed.fresh_mark();
        *self = backup;
        self.feed.never_repeat(marks);
    }

    /// A person closes the case of an unbooked entry without booking it; false if there is no such entry.
    pub fn settle(&mut self, reference: u64) -> bool {
        let Some(row) = self.row_mut(reference).filter(|row| !row.kept.state.is_booked()) else {
            return false;
        };
        row.kept.state = State::Settled;
        self.close_entry_cases(reference, CaseState::Settled);
        true
    }

    /// A person books an unbooked entry after all; false if it cannot be.
    pub fn release(&mut self, reference: u64, now_ms: i64) -> bool {
        let Some(row) = self.row(reference).cloned() else { return false };
        let key = (row.kept.terminal, row.kept.epoch);
        let Some(journal) = self.journal_facts(key, None) else { return false };
        let facts = self.facts(journal, std::slice::from_ref(&row.received));
        let Ok(plan) = crate::release::release(&row.kept, &row.received, facts) else { return false };
        if let Some(row) = self.row_mut(reference) {
            row.kept.state = State::Released;
            row.kept.owns_id = true;
        }
        self.book(&plan, now_ms);
        self.close_entry_cases(reference, CaseState::Released);
        true
    }

    /// The terminal, if known.
    pub fn terminal(&self, terminal: Id<id::Terminal>) -> Option<&Terminal> {
        self.terminals.get(&terminal)
    }

    /// One journal, if its epoch was issued.
    pub fn journal(&self, key: JournalKey) -> Option<&Journal> {
        self.journals.get(&key)
    }

    /// Every entry that is kept, in order of arrival.
    pub fn inbox(&self) -> &[InboxRow] {
        &self.inbox
    }

    /// Every booked sale, in order of booking.
    pub fn sales(&self) -> &[BookedSale] {
        &self.sales
    }

    /// Every movement, in order.
    pub fn movements(&self) -> &[Movement] {
        &self.movements
    }

    /// On-hand as kept beside the movements, thousandths.
    pub fn on_hand(&self, product: Id<id::Product>) -> i64 {
        self.on_hand.get(&product).copied().unwrap_or(0)
    }

    /// Every product, deleted ones included.
    pub fn products(&self) -> &BTreeMap<Id<id::Product>, Product> {
        &self.products
    }

    /// Every case.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.cases.values()
    }

    /// The case of this kind about this subject.
    pub fn case(&self, kind: CaseKind, subject: &str) -> Option<&Case> {
        self.cases.get(&case_id(kind, subject))
    }

    fn product_facts(&self, id: Id<id::Product>) -> Option<ProductFacts> {
        let known = self.products.get(&id)?;
        Some(ProductFacts { price_minor: known.doc.price_minor, deleted: known.deleted })
    }

    fn terminal_doc(&self, id: Uuid) -> Option<TerminalDoc> {
        let known = self.terminals.get(&Id::new(id).ok()?)?;
        Some(TerminalDoc { short_code: known.short_code.clone(), revoked: known.revoked })
    }
}
