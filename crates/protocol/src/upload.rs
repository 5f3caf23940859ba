//! `POST /api/sync/sales`: what a till sends and what the ERP answers.

use crate::entry::Entry;
use core::{fmt, marker::PhantomData};
use evertill_domain::{Id, id};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use uuid::Uuid;

/// An inclusive range of seqs, `[first, last]` on the wire.
pub type SeqRange = (u64, u64);

/// An upload: entries of one (terminal, epoch). Unknown fields are ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Upload<E = Entry> {
    /// [`crate::PROTOCOL`].
    pub protocol: u32,
    /// Whose journal this is.
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    pub terminal: Id<id::Terminal>,
    /// The journal's epoch.
    pub epoch: u32,
    /// Names this request; echoed in the answer.
    pub batch: Uuid,
    /// The till's clock, milliseconds UTC.
    #[serde(default)]
    pub sent_at: i64,
    /// Greatest seq issued in this epoch.
    #[serde(default)]
    pub head: u64,
    /// Greatest n such that each of 1…n got an outcome other than `retry`, or was named lost.
    #[serde(default)]
    pub acked_through: u64,
    /// How many entries wait.
    #[serde(default)]
    pub pending: u64,
    /// Age of the oldest waiting entry, in seconds.
    #[serde(default)]
    pub oldest_age_s: u64,
    /// Seqs that the till no longer has.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<u64>>))]
    pub lost: Vec<SeqRange>,
    /// At most 500; may be empty.
    #[serde(default = "Vec::new", deserialize_with = "entries_within_limit")]
    #[serde(bound(deserialize = "E: Deserialize<'de>"))]
    pub entries: Vec<E>,
}

/// Reads entries up to one more than an upload may have; what follows is skipped without being held. A reader
/// sees by that one that there were too many.
fn entries_within_limit<'de, D: Deserializer<'de>, E: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<E>, D::Error> {
    struct Entries<E>(PhantomData<E>);
    impl<'de, E: Deserialize<'de>> Visitor<'de> for Entries<E> {
        type Value = Vec<E>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array of entries")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<E>, A::Error> {
            let mut entries = Vec::new();
            while entries.len() <= crate::UPLOAD_ENTRIES_MAX {
                match seq.next_element()? {
                    Some(entry) => entries.push(entry),
                    None => return Ok(entries),
                }
            }
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(entries)
        }
    }
    deserializer.deserialize_seq(Entries(PhantomData))
}

/// An upload whose entries are still raw JSON: the server keeps each one's bytes, readable or not.
pub type RawUpload = Upload<Box<RawValue>>;

/// What became of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Outcome {
    /// Applied and fsynced.
    Accepted,
    /// The same id with the same hash was there already.
    Duplicate,
    /// Same id with other bytes, or same seq with another id; both are kept and a case is open.
    Conflict,
    /// Cannot be read or applied; its raw bytes are kept and a case is open.
    Quarantined,
    /// The server has nothing of it; send it again.
    Retry,
}

/// The answer for one entry, in the order of `entries`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntryResult {
    /// The entry's seq; 0 if the entry was too broken to tell.
    pub seq: u64,
    /// The entry's id; nil if the entry was too broken to tell.
    #[serde(deserialize_with = "evertill_domain::id::read_uuid")]
    pub id: Uuid,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, for a program: `hash`, `body`, `arithmetic`, `kind`, `revoked`, `settled`, `id`, `seq` …
    #[serde(default)]
    pub code: Option<String>,
    /// The ERP's reference to what it keeps.
    #[serde(default, rename = "ref")]
    pub reference: Option<String>,
    /// For `retry`: not before this many milliseconds.
    #[serde(default)]
    pub retry_after_ms: Option<u64>,
}

/// What the server has of this (terminal, epoch).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Have {
    /// Greatest n with 1…n had.
    pub contiguous: u64,
    /// Greatest seq had.
    pub max: u64,
    /// Ranges below `max` not had, lowest first, at most 100.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<u64>>))]
    pub missing: Vec<SeqRange>,
}

/// What the server asks of the till.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Directives {
    /// The ERP was restored: queue again all from this seq.
    #[serde(default)]
    pub resend_from: Option<u64>,
    /// Wait this long before the next upload; above 300 s counts as 300 s.
    #[serde(default)]
    pub pause_ms: u64,
    /// The lowest protocol that may pull.
    #[serde(default)]
    pub min_protocol: u32,
    /// This terminal was revoked: drain, then stop.
    #[serde(default)]
    pub revoked: bool,
    /// This epoch is forked: ask the token route for a fresh one.
    #[serde(default)]
    pub new_epoch: bool,
}

/// The answer to an upload. It counts only if `batch` echoes the request's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UploadAnswer {
    /// The request's `batch`.
    pub batch: Uuid,
    /// The server's clock, milliseconds UTC.
    pub server_time: i64,
    /// One for each entry, in order.
    pub results: Vec<EntryResult>,
    /// What the server has of this epoch.
    pub have: Have,
    /// Greatest seq that a backup also holds.
    #[serde(default)]
    pub durable_through: u64,
    /// What the server asks of the till.
    #[serde(default)]
    pub directives: Directives,
}
