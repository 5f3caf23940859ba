//! What is to be written and answered: the whole result of a decision, as values.

use crate::{Received, facts::Hole, facts::Kept};
use evertill_domain::{BusinessDate, Id, Sale, id};
use evertill_protocol::{
    api::CaseKind,
    upload::{Directives, EntryResult, Have, SeqRange},
};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// An entry to be kept.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Its key facts.
    pub kept: Kept,
    /// Its bytes and what could be read of them.
    pub received: Received,
}

/// A sale to be booked.
#[derive(Clone, Debug)]
pub struct BookedSale {
    /// The entry that says so.
    pub reference: u64,
    /// The sale's id.
    pub id: Id<id::Entry>,
    /// Its terminal.
    pub terminal: Id<id::Terminal>,
    /// Its epoch.
    pub epoch: u32,
    /// Its seq.
    pub seq: u64,
    /// Its receipt number.
    pub receipt: Option<String>,
    /// Its business date.
    pub business_date: BusinessDate,
    /// What was sold.
    pub sale: Arc<Sale>,
}

/// What one business date gains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayGain {
    /// Sales.
    pub sale_count: i64,
    /// Minor units.
    pub total_minor: i64,
    /// Minor units.
    pub tax_minor: i64,
}

/// A case to be opened, unless one of this kind about this subject exists.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCase {
    /// What it is about.
    pub kind: CaseKind,
    /// Names the thing: one case per kind and subject, whatever is repeated.
    pub subject: String,
    /// One sentence for the person who deals with it.
    pub summary: String,
    /// What the ERP knows.
    pub evidence: serde_json::Value,
    /// The kept entry it is about.
    pub reference: Option<u64>,
    /// The terminal it is about.
    pub terminal: Option<Id<id::Terminal>>,
    /// The epoch.
    pub epoch: Option<u32>,
    /// The seq.
    pub seq: Option<u64>,
}

impl NewCase {
    /// The case's id: the same for the same kind and subject, so that no random number is needed here.
    pub fn id(&self) -> Uuid {
        case_id(self.kind, &self.subject)
    }
}

/// The id of the case of this kind about this subject.
pub fn case_id(kind: CaseKind, subject: &str) -> Uuid {
    let hash = evertill_protocol::Hash::of(format!("case/{}/{subject}", kind_name(kind)).as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.0[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// A case kind's name on the wire and in storage.
pub fn kind_name(kind: CaseKind) -> String {
    serde_json::to_value(kind)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .expect("a unit variant is written as its name")
}

/// A case that closes by itself, because what it asked about has come right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Healed {
    /// The case's kind.
    pub kind: CaseKind,
    /// Its subject.
    pub subject: String,
    /// What to note.
    pub note: String,
}

/// What is to be written and answered.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// An outcome for each entry, in order.
    pub results: Vec<EntryResult>,
    /// New inbox rows, in order of their references.
    pub entries: Vec<NewEntry>,
    /// New sales.
    pub sales: Vec<BookedSale>,
    /// Signed change of on-hand per product, thousandths.
    pub stock: BTreeMap<Id<id::Product>, i64>,
    /// What each business date gains.
    pub days: BTreeMap<BusinessDate, DayGain>,
    /// Cases to open.
    pub cases: Vec<NewCase>,
    /// Kept entries, also of this plan, that a right one replaced: they and their cases are settled, after all
    /// else is written.
    pub replaced: Vec<u64>,
    /// Cases that close by themselves.
    pub healed: Vec<Healed>,
    /// Ranges newly named lost.
    pub lost: Vec<SeqRange>,
    /// Whether this upload showed that the epoch is forked.
    pub forks: bool,
    /// The journal's holes from now on.
    pub holes: Vec<Hole>,
    /// What is had from now on.
    pub have: Have,
    /// What is asked of the till.
    pub directives: Directives,
}

impl Plan {
    /// Makes room for what as many entries come to.
    pub(crate) fn reserve(&mut self, entries: usize) {
        self.results.reserve(entries);
        self.entries.reserve(entries);
        self.sales.reserve(entries);
    }
}
