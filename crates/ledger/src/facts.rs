//! What the ERP knows before a decision: loaded for the whole batch at once, by the server from SQL, by the
//! simulator from memory.

use crate::ranges::SeqSet;
use evertill_domain::{Currency, Id, id};
use evertill_protocol::{Hash, upload::SeqRange};
use std::collections::{HashMap, HashSet};

/// What became of an entry that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Booked when it came.
    Booked,
    /// Contradicts another entry; waits for a person.
    Conflict,
    /// Could not be read or applied; waits for a person.
    Quarantined,
    /// Booked later by a person.
    Released,
    /// Closed without booking.
    Settled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Booked, Self::Conflict, Self::Quarantined, Self::Released, Self::Settled];

    /// The state's name in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Conflict => "conflict",
            Self::Quarantined => "quarantined",
            Self::Released => "released",
            Self::Settled => "settled",
        }
    }

    /// The state with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether its sale counts.
    pub const fn is_booked(self) -> bool {
        matches!(self, Self::Booked | Self::Released)
    }
}

/// An entry that the ERP keeps, as far as decisions need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Arrival order; answered as `ref`.
    pub reference: u64,
    /// Whose journal.
    pub terminal: Id<id::Terminal>,
    /// Which epoch of it.
    pub epoch: u32,
    /// Place in it; 0 if unreadable.
    pub seq: u64,
    /// Its id, if readable.
    pub id: Option<Id<id::Entry>>,
    /// Hash of the entry before, if readable.
    pub prev: Option<Hash>,
    /// Hash as received, if readable.
    pub hash: Option<Hash>,
    /// Hash as computed from what was received.
    pub computed: Hash,
    /// Whether it is the one that holds its id.
    pub owns_id: bool,
    /// What became of it.
    pub state: State,
    /// Why it was not booked at once.
    pub code: Option<String>,
}

impl Kept {
    /// Whether it holds its id and its place: it carries the right hash, or a person booked it all the same.
    /// A wrong hash holds nothing, or one flipped bit would stand in the way of a real sale.
    pub fn occupies(&self) -> bool {
        self.hash == Some(self.computed) || self.state.is_booked()
    }
}

/// A product as the ERP knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProductFacts {
    /// Its price now, minor units.
    pub price_minor: i64,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// A hole in a journal and when it was first seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// First missing seq.
    pub first: u64,
    /// Last missing seq.
    pub last: u64,
    /// When it was first seen, milliseconds UTC.
    pub seen_at: i64,
}

impl Hole {
    /// Its seqs.
    pub const fn range(&self) -> SeqRange {
        (self.first, self.last)
    }
}

/// The journal that an upload is about.
#[derive(Clone, Debug)]
pub struct JournalFacts {
    /// Its terminal.
    pub terminal: Id<id::Terminal>,
    /// `T1`, `T2`, …
    pub short_code: String,
    /// The terminal's outlet.
    pub outlet: Id<id::Outlet>,
    /// The outlet's currency.
    pub currency: Currency,
    /// The epoch.
    pub epoch: u32,
    /// Newest epoch issued to the terminal.
    pub newest_epoch: u32,
    /// Whether the terminal, or the one that carries the upload, is revoked.
    pub revoked: bool,
    /// Whether two histories of this epoch were found.
    pub forked: bool,
    /// Greatest n with 1…n had.
    pub contiguous: u64,
    /// Seqs had above `contiguous`, by an entry or by being named lost.
    pub had_above: SeqSet,
    /// Its holes.
    pub holes: Vec<Hole>,
    /// Holes for which a case is open.
    pub hole_cases: Vec<SeqRange>,
}

/// All that the decision about one upload needs.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The journal.
    pub journal: JournalFacts,
    /// Entries kept under any id of the batch, and entries of this journal at any of its seqs or beside one.
    pub kept: Vec<Kept>,
    /// Receipt numbers of the batch that booked sales of this journal carry already, with the sales' ids.
    pub receipts: HashMap<String, Vec<Id<id::Entry>>>,
    /// Products that the batch names and the ERP knows.
    pub products: HashMap<Id<id::Product>, ProductFacts>,
    /// On-hand of products that the batch names, thousandths; absent is zero.
    pub on_hand: HashMap<Id<id::Product>, i64>,
    /// The next free reference.
    pub next_reference: u64,
}

/// What to load for a batch.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Ids of entries, readable ones only.
    pub ids: Vec<Id<id::Entry>>,
    /// Seqs of entries and their neighbours.
    pub seqs: Vec<u64>,
    /// Hashes of entries without a readable id.
    pub unreadable: Vec<Hash>,
    /// Products of sales.
    pub products: Vec<Id<id::Product>>,
    /// Receipt numbers of sales.
    pub receipts: Vec<String>,
}

impl Wanted {
    /// What deciding these entries needs.
    pub fn by(entries: &[crate::Received]) -> Self {
        let mut wanted = Self::default();
        let mut products = HashSet::new();
        for received in entries {
            match received.id {
                Some(id) => wanted.ids.push(id),
                None => wanted.unreadable.push(received.computed),
            }
            let place = received.place();
            if place > 0 {
                wanted
                    .seqs
                    .extend([place - 1, place, place.saturating_add(1)].into_iter().filter(|seq| *seq > 0));
            }
            if let Ok(crate::Content::Sale(sale)) = &received.content {
                products.extend(sale.lines.iter().map(|line| line.product));
            }
            wanted.receipts.extend(received.entry.as_ref().and_then(|entry| entry.receipt.clone()));
        }
        wanted.seqs.sort_unstable();
        wanted.seqs.dedup();
        wanted.products = products.into_iter().collect();
        wanted.products.sort_unstable();
        wanted
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.unreadable.is_empty()
    }
}
