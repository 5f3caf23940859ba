//! One upload as it is made from the device's rows: which entries, in what order, and its exact text.
//!
//! Entries lie in the journal in the very form in which they are sent, so their bytes are copied, not made anew.

use crate::{
    ports::Key,
    rows::{FailedRow, OutboxRow, Position},
};
use core::fmt::Write as _;
use evertill_domain::{Id, id};
use evertill_protocol::{
    PROTOCOL, UPLOAD_BODIES_MAX,
    json::{self, Raw},
    upload::SeqRange,
};
use serde::Deserialize;
use uuid::Uuid;

/// Whose entries an upload carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// This terminal's own, of one epoch.
    Own {
        /// The epoch.
        epoch: u32,
    },
    /// Another terminal's, from an imported file.
    Carried {
        /// The terminal.
        terminal: Id<id::Terminal>,
        /// The epoch.
        epoch: u32,
    },
}

/// Why an entry is in a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It waits in the outbox.
    Queued(OutboxRow),
    /// It needs attention and is sent again.
    Failed(FailedRow),
    /// It was imported and lies under this key.
    Imported(Key),
}

/// An entry of a batch, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its place.
    pub position: Position,
    /// Its id.
    pub id: Uuid,
    /// Why it is sent.
    pub origin: Origin,
}

/// What the envelope says beside the entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Whose journal.
    pub terminal: Id<id::Terminal>,
    /// Its epoch.
    pub epoch: u32,
    /// Names the request.
    pub batch: Uuid,
    /// The till's clock.
    pub sent_at_ms: i64,
    /// Greatest seq issued.
    pub head: u64,
    /// Acknowledged so far.
    pub acked_through: u64,
    /// How many entries wait.
    pub pending: u64,
    /// Age of the oldest.
    pub oldest_age_s: u64,
    /// What is no longer there.
    pub lost: Vec<SeqRange>,
}

/// The fields of an entry that the engine itself looks at.
#[derive(Deserialize)]
struct EntryHead<'a> {
    #[serde(deserialize_with = "evertill_domain::id::read_uuid")]
    id: Uuid,
    seq: u64,
    #[serde(borrow)]
    body: Raw<'a>,
}

/// A stored row around an entry: journal and import rows alike.
#[derive(Deserialize)]
struct StoredEntry<'a> {
    #[serde(borrow)]
    entry: Raw<'a>,
}

/// Entries and their text, collected until a bound is reached.
#[derive(Debug, Default)]
pub struct Batch {
    /// The entries, in the order in which they are sent.
    pub sent: Vec<Sent>,
    entries: String,
    body_bytes: usize,
}

/// Whether an entry went into a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is in.
    Yes,
    /// The batch is full.
    Full,
    /// The stored bytes are no entry of this seq.
    Unreadable,
}

impl Batch {
    /// Takes an entry as it is stored, if it fits: at most `limit` entries, and 1 MiB of bodies unless it is alone.
    pub fn take(&mut self, limit: usize, position: Position, stored: &[u8], origin: Origin) -> Taken {
        let Some((1, json)) = stored.split_first() else { return Taken::Unreadable };
        let Ok(stored) = json::read::<StoredEntry<'_>>(json) else { return Taken::Unreadable };
        let text = stored.entry.text();
        let Ok(head) = json::read::<EntryHead<'_>>(text.as_bytes()) else { return Taken::Unreadable };
        if head.seq != position.seq {
            return Taken::Unreadable;
        }
        // Escaped, a body is never shorter than its bytes.
        let body_bytes = self.body_bytes + head.body.text().len();
        if self.sent.len() >= limit || (!self.sent.is_empty() && body_bytes > UPLOAD_BODIES_MAX) {
            return Taken::Full;
        }
        if !self.entries.is_empty() {
            self.entries.push(',');
        }
        self.entries.push_str(text);
        self.body_bytes = body_bytes;
        self.sent.push(Sent { position, id: head.id, origin });
        Taken::Yes
    }

    /// The request's text.
    pub fn request(&self, envelope: &Envelope) -> String {
        let mut text = String::with_capacity(self.entries.len() + 512);
        let lost = json::write(&envelope.lost);
        write!(
            text,
            concat!(
                r#"{{"protocol":{},"terminal":"{}","epoch":{},"batch":"{}","sent_at":{},"head":{},"#,
                r#""acked_through":{},"pending":{},"oldest_age_s":{},"lost":{},"entries":["#
            ),
            PROTOCOL,
            envelope.terminal,
            envelope.epoch,
            envelope.batch.as_hyphenated(),
            envelope.sent_at_ms,
            envelope.head,
            envelope.acked_through,
            envelope.pending,
            envelope.oldest_age_s,
            lost,
        )
        .expect("writing to a string does not fail");
        text.push_str(&self.entries);
        text.push_str("]}");
        text
    }
}

impl Target {
    /// The epoch.
    pub const fn epoch(self) -> u32 {
        match self {
            Self::Own { epoch } | Self::Carried { epoch, .. } => epoch,
        }
    }
}
