//! The entries of one journal as a batch sees them: who holds an id or a place, what is a copy of what, and
//! whether each entry follows from the one before.

use crate::{Received, facts::Kept};
use evertill_domain::{Id, id};
use evertill_protocol::{Hash, chain::GENESIS};
use std::collections::HashMap;

/// Kept entries, those of the batch included as they are decided.
#[derive(Debug)]
pub(crate) struct Journal {
    terminal: Id<id::Terminal>,
    epoch: u32,
    kept: Vec<Kept>,
    by_id: HashMap<Id<id::Entry>, Vec<usize>>,
    by_seq: HashMap<u64, Vec<usize>>,
    by_bytes: HashMap<Hash, Vec<usize>>,
    added_from: usize,
    /// Whether two ids with right hashes were found at one place, in this batch.
    pub(crate) forked: bool,
}

/// What an entry's arrival does to the chain.
#[derive(Debug, Default)]
pub(crate) struct Breaks {
    /// Entries that do not follow.
    pub(crate) opened: Vec<Kept>,
    /// Subjects of breaks that turned out to be none.
    pub(crate) healed: Vec<String>,
}

impl Journal {
    pub(crate) fn new(kept: Vec<Kept>, terminal: Id<id::Terminal>, epoch: u32) -> Self {
        let mut journal = Self {
            terminal,
            epoch,
            kept: Vec::with_capacity(kept.len()),
            by_id: HashMap::new(),
            by_seq: HashMap::new(),
            by_bytes: HashMap::new(),
            added_from: kept.len(),
            forked: false,
        };
        for entry in kept {
            journal.insert(entry);
        }
        journal
    }

    /// Makes room for as many more entries.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.kept.reserve(more);
        self.by_id.reserve(more);
        self.by_seq.reserve(more);
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Kept> {
        self.kept.get(at)
    }

    pub(crate) fn with_reference(&self, reference: u64) -> Option<&Kept> {
        self.kept.iter().find(|kept| kept.reference == reference)
    }

    /// The entry that holds this id.
    pub(crate) fn holder_of_id(&self, id: Id<id::Entry>) -> Option<&Kept> {
        self.at(self.by_id.get(&id)).find(|kept| kept.owns_id)
    }

    /// An entry that holds this place under another id.
    pub(crate) fn holder_of_seq(&self, seq: u64, id: Id<id::Entry>) -> Option<&Kept> {
        self.at(self.by_seq.get(&seq)).find(|kept| kept.occupies() && kept.id != Some(id))
    }

    /// The kept entry that this one is a copy of: the same H, and where the hash was wrong the same wrong hash.
    pub(crate) fn copy_of(&self, received: &Received) -> Option<usize> {
        let entry = received.entry.as_ref()?;
        let copies = self.by_id.get(&entry.id)?;
        let same = |at: &&usize| {
            self.kept.get(**at).is_some_and(|kept| {
                kept.computed == received.computed && (kept.occupies() || kept.hash == Some(entry.hash))
            })
        };
        copies
            .iter()
            .filter(same)
            .min_by_key(|at| self.kept.get(**at).is_none_or(|kept| !kept.occupies()))
            .copied()
    }

    /// The kept entry with the same unreadable bytes.
    pub(crate) fn same_bytes(&self, received: &Received) -> Option<usize> {
        self.by_bytes.get(&received.computed)?.first().copied()
    }

    /// Entries with a wrong hash that stand at the place or under the id of this right one.
    pub(crate) fn replaced_by(&self, right: &Kept) -> Vec<u64> {
        let by_id = right.id.and_then(|id| self.by_id.get(&id));
        let mut replaced: Vec<u64> = self
            .at(by_id)
            .chain(self.at(self.by_seq.get(&right.seq)))
            .filter(|kept| kept.state == crate::facts::State::Quarantined && !kept.occupies())
            .map(|kept| kept.reference)
            .collect();
        replaced.sort_unstable();
        replaced.dedup();
        replaced
    }

    /// Compares this entry with the one before it, and the one behind it with this; to be called before
    /// [`Journal::keep`].
    pub(crate) fn breaks_around(&self, new: &Kept) -> Breaks {
        let mut breaks = Breaks::default();
        if self.follows(new, None) == Some(false) {
            breaks.opened.push(new.clone());
        }
        for next in self.at(self.by_seq.get(&new.seq.saturating_add(1))).filter(|kept| kept.occupies()) {
            match (self.follows(next, None), self.follows(next, Some(new))) {
                (None, Some(false)) => breaks.opened.push(next.clone()),
                (Some(false), Some(true)) => breaks.healed.push(Self::chain_subject(next)),
                _ => {}
            }
        }
        breaks
    }

    /// Names the break before this entry.
    pub(crate) fn chain_subject(broken: &Kept) -> String {
        format!("{}/{}/{}/{}", broken.terminal, broken.epoch, broken.seq, broken.computed)
    }

    /// Takes a decided entry in.
    pub(crate) fn keep(&mut self, kept: Kept) {
        let rival = |other: &Kept| other.occupies() && other.id != kept.id;
        if kept.seq > 0 && kept.occupies() && self.at(self.by_seq.get(&kept.seq)).any(rival) {
            self.forked = true;
        }
        self.insert(kept);
    }

    /// Marks a kept entry as settled, because a right one came.
    pub(crate) fn settle(&mut self, reference: u64) {
        for kept in self.kept.iter_mut().filter(|kept| kept.reference == reference) {
            kept.state = crate::facts::State::Settled;
        }
    }

    /// Places of the entries that this batch added.
    pub(crate) fn added_seqs(&self) -> impl Iterator<Item = u64> {
        self.kept.iter().skip(self.added_from).map(|kept| kept.seq).filter(|seq| *seq > 0)
    }

    /// Whether `entry` follows from an entry before it, `also` counted among them; `None` while none is there.
    fn follows(&self, entry: &Kept, also: Option<&Kept>) -> Option<bool> {
        let prev = entry.prev?;
        if entry.seq == 1 {
            return Some(prev == GENESIS);
        }
        let mut before = self
            .at(self.by_seq.get(&entry.seq.saturating_sub(1)))
            .chain(also)
            .filter(|kept| kept.hash.is_some())
            .peekable();
        before.peek()?;
        Some(before.any(|kept| kept.hash == Some(prev) || kept.computed == prev))
    }

    fn at<'a>(&'a self, places: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a Kept> {
        places.into_iter().flatten().filter_map(|at| self.kept.get(*at))
    }

    fn insert(&mut self, kept: Kept) {
        let at = self.kept.len();
        if let Some(id) = kept.id {
            self.by_id.entry(id).or_default().push(at);
        }
        if kept.terminal == self.terminal && kept.epoch == self.epoch {
            if kept.seq > 0 {
                self.by_seq.entry(kept.seq).or_default().push(at);
            }
            if kept.hash.is_none() {
                self.by_bytes.entry(kept.computed).or_default().push(at);
            }
        }
        self.kept.push(kept);
    }
}
