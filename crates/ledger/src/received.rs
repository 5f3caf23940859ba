//! One entry as it arrived: its exact bytes, what could be read of them, and the hash they have.
//!
//! Reading needs no facts, so the server does it before it takes its turn to write. A panic while reading
//! is our mistake, never the sale's end: the entry is kept raw in quarantine.

use crate::content::{self, Content, Refusal};
use evertill_domain::{Id, id};
use evertill_protocol::{Entry, Hash, strict};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::panic::{AssertUnwindSafe, catch_unwind};
use uuid::Uuid;

/// The greatest seq that is taken for one: what a JSON number carries exactly.
pub const SEQ_MAX: u64 = (1 << 53) - 1;

/// Reads a body of this kind and schema.
pub type ReadContent = fn(&str, u16, &str) -> Result<Content, Refusal>;

/// An entry as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// The exact JSON.
    pub raw: Box<RawValue>,
    /// Its seq as far as readable, else 0. Answered as it was sent, even if absurd.
    pub seq: u64,
    /// Its id as far as readable.
    pub id: Option<Id<id::Entry>>,
    /// The envelope, if all of it could be read.
    pub entry: Option<Entry>,
    /// H: the hash of what was received; of the raw bytes if the envelope cannot be read.
    pub computed: Hash,
    /// What it says, or why it cannot be booked.
    pub content: Result<Content, Refusal>,
}

impl Received {
    /// Reads an entry of this (terminal, epoch).
    pub fn read(raw: Box<RawValue>, terminal: Id<id::Terminal>, epoch: u32) -> Self {
        Self::read_with(raw, terminal, epoch, content::read)
    }

    /// The same with another reader of bodies, for tests of what a faulty one does.
    pub fn read_with(raw: Box<RawValue>, terminal: Id<id::Terminal>, epoch: u32, read: ReadContent) -> Self {
        let entry = match read_envelope(raw.get()) {
            Ok(entry) => entry,
            Err(refusal) => return Self::unreadable(raw, refusal),
        };
        let computed = entry.computed_hash(terminal, epoch);
        let content = catch_unwind(AssertUnwindSafe(|| read(&entry.kind, entry.schema, &entry.body)))
            .unwrap_or_else(|_| Err(Refusal::new("internal", "the server failed while reading this entry")));
        Self { raw, seq: entry.seq, id: Some(entry.id), entry: Some(entry), computed, content }
    }

    /// The same entry, set aside: it will be kept in quarantine with this reason.
    #[must_use]
    pub fn set_aside(self, refusal: Refusal) -> Self {
        Self { content: Err(refusal), ..self }
    }

    /// Whether its own hash is the hash of what was received.
    pub fn has_right_hash(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.hash == self.computed)
    }

    /// The seq under which it is had; 0 if none could be read.
    pub fn place(&self) -> u64 {
        if self.seq <= SEQ_MAX { self.seq } else { 0 }
    }

    fn unreadable(raw: Box<RawValue>, refusal: Refusal) -> Self {
        #[derive(Deserialize)]
        struct Loose {
            #[serde(default)]
            seq: serde_json::Value,
            #[serde(default)]
            id: serde_json::Value,
        }
        let loose: Option<Loose> = strict::read_str(raw.get()).ok();
        let seq = loose.as_ref().and_then(|loose| loose.seq.as_u64()).unwrap_or(0);
        let id = loose
            .as_ref()
            .and_then(|loose| loose.id.as_str())
            .and_then(|text| Uuid::parse_str(text).ok())
            .and_then(|uuid| Id::new(uuid).ok());
        let computed = Hash::of(raw.get().as_bytes());
        Self { raw, seq, id, entry: None, computed, content: Err(refusal) }
    }
}

fn read_envelope(raw: &str) -> Result<Entry, Refusal> {
    let entry: Entry = strict::read_str(raw).map_err(|error| Refusal::new("envelope", error.to_string()))?;
    let fits = |text: &str| u16::try_from(text.len()).is_ok();
    if !(1..=SEQ_MAX).contains(&entry.seq) {
        return Err(Refusal::new("envelope", "a seq lies between 1 and 2^53 − 1"));
    }
    if !fits(&entry.kind) || !entry.receipt.as_deref().is_none_or(fits) {
        return Err(Refusal::new("envelope", "a kind or receipt number has at most 65,535 bytes"));
    }
    Ok(entry)
}
