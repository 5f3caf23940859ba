//! Rows of the device's database: keys, values, and the version byte before each value.
//!
//! What an earlier version wrote, every later one reads: an encoding is never changed, a new one gets the
//! next version byte. Golden files in `tests/golden/` hold every shipped one.

use crate::ports::{Rows, Table, Write};
use evertill_domain::{BusinessDate, Id, cart::Cart, id};
use evertill_protocol::{
    Entry, Hash,
    body::TenderV1,
    changes::OutletDoc,
    json,
    terminal::{Right, TerminalTokens},
    upload::Outcome,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A place in this terminal's journal. Ordered by epoch, then seq; its key's bytes are ordered alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The epoch, from 1.
    pub epoch: u32,
    /// The seq within it, from 1.
    pub seq: u64,
}

impl Position {
    /// The row key: epoch and seq, big-endian.
    pub fn key(self) -> Vec<u8> {
        let mut key = Vec::with_capacity(12);
        key.extend_from_slice(&self.epoch.to_be_bytes());
        key.extend_from_slice(&self.seq.to_be_bytes());
        key
    }

    /// The position in a row key.
    pub fn from_key(key: &[u8]) -> Option<Self> {
        let (epoch, seq) = key.split_at_checked(4)?;
        Some(Self {
            epoch: u32::from_be_bytes(epoch.try_into().ok()?),
            seq: u64::from_be_bytes(seq.try_into().ok()?),
        })
    }
}

/// A value that could not be read: a later version of the app wrote it, or its bytes rotted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored {what} cannot be read: {why}")]
pub struct Unreadable {
    /// What kind of row.
    pub what: &'static str,
    /// Why.
    pub why: String,
}

/// What an [`Unreadable`] is that a later version of the app wrote.
const NEWER: &str = "row of a later version of this app";

impl Unreadable {
    /// The same for any reason that can be told.
    #[cold]
    pub(crate) fn new(what: &'static str, why: &dyn core::fmt::Display) -> Self {
        Self { what, why: why.to_string() }
    }

    /// Whether a later version of the app wrote it: then it is sound, and nothing may be put in its place.
    pub fn is_newer(&self) -> bool {
        self.what == NEWER
    }
}

/// Version bytes are given one after the other and stay far below this: a greater one rotted.
const VERSIONS_MAX: u8 = 16;

/// What is behind the version byte of a stored value, which must be this version.
pub(crate) fn versioned<'value>(
    value: &'value [u8],
    version: u8,
    what: &'static str,
) -> Result<&'value [u8], Unreadable> {
    match value.split_first() {
        Some((known, rest)) if *known == version => Ok(rest),
        Some((newer, _)) if (version..VERSIONS_MAX).contains(newer) => {
            Err(Unreadable::new(NEWER, &format_args!("{what}, version {newer}")))
        }
        Some(_) => Err(Unreadable::new(what, &"it does not begin with its version")),
        None => Err(Unreadable::new(what, &"it is empty")),
    }
}

/// Fails if a later version of the app wrote one of these rows of JSON.
pub(crate) fn none_is_newer(rows: &[Rows]) -> Result<(), Unreadable> {
    for (_, value) in rows.iter().flatten() {
        if let Err(error) = versioned(value, 1, "JSON")
            && error.is_newer()
        {
            return Err(error);
        }
    }
    Ok(())
}

/// A row that is JSON after its version byte, 1. JSON, because rows outlive versions and people must be able to
/// read what a broken till still holds; see docs/decisions.
pub trait JsonRow: Serialize + DeserializeOwned {
    /// What to call it in an error.
    const WHAT: &'static str;

    /// The stored bytes.
    fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![1];
        json::append(&mut bytes, self);
        bytes
    }

    /// The row in stored bytes.
    fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        decode(Self::WHAT, bytes)
    }
}

/// JSON after a version byte, 1.
fn decode<'bytes, T: Deserialize<'bytes>>(what: &'static str, bytes: &'bytes [u8]) -> Result<T, Unreadable> {
    let json = versioned(bytes, 1, what)?;
    json::read(json).map_err(|error| Unreadable::new(what, &error))
}

/// Who this browser is to the ERP. Meta row `identity`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The terminal.
    pub terminal: Id<id::Terminal>,
    /// `T1`, …
    pub short_code: String,
    /// The epoch that new entries are written in.
    pub epoch: u32,
    /// The outlet.
    pub outlet: Id<id::Outlet>,
    /// What it may do.
    pub right: Right,
    /// Whether the ERP revoked it: it drains, then stops.
    #[serde(default)]
    pub revoked: bool,
}

impl Identity {
    /// What an answer of enrolment or renewal makes of what is known. The epoch never goes back.
    pub fn told(known: Option<&Self>, answer: &TerminalTokens) -> Self {
        Self {
            terminal: answer.terminal,
            short_code: answer.short_code.clone(),
            epoch: known.map_or(answer.epoch, |known| known.epoch.max(answer.epoch)),
            outlet: answer.outlet,
            right: answer.right,
            revoked: known.is_some_and(|known| known.revoked),
        }
    }

    /// The stored row as a revoked terminal's; `None` if it says so already, or cannot be read.
    pub fn put_revoked(stored: Option<&[u8]>) -> Option<Write> {
        Self::put_told(stored, true)
    }

    /// The stored row with what the ERP said of revocation; `None` if it says so already, or cannot be read.
    pub fn put_told(stored: Option<&[u8]>, revoked: bool) -> Option<Write> {
        let known = Self::decode(stored?).ok().filter(|known| known.revoked != revoked)?;
        let row = Self { revoked, ..known }.encode();
        Some(Write::Put(Table::Meta, meta::IDENTITY.to_vec(), row))
    }
}

/// Meta row `tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Access token.
    pub access: String,
    /// When it ends by this device's clock, milliseconds UTC.
    pub access_until_ms: i64,
    /// Refresh token.
    pub refresh: String,
    /// The ask of a renewal that was not answered yet.
    #[serde(default, deserialize_with = "evertill_domain::id::read_optional_uuid")]
    pub ask: Option<uuid::Uuid>,
}

impl Tokens {
    /// The tokens of an answer, which answers every ask before it.
    pub fn told(answer: &TerminalTokens, now_ms: i64) -> Self {
        let lifetime_ms = i64::try_from(answer.expires_in_s).unwrap_or(0).saturating_mul(1000);
        Self {
            access: answer.access_token.clone(),
            access_until_ms: now_ms.saturating_add(lifetime_ms),
            refresh: answer.refresh_token.clone(),
            ask: None,
        }
    }
}

/// Meta row `outlet`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutletRow {
    /// Its version in the feed.
    pub version: u64,
    /// Its document.
    pub doc: OutletDoc,
}

/// An open cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The sale's id, made when the cart opened.
    pub id: Id<id::Entry>,
    /// When it opened, milliseconds UTC.
    pub opened_at_ms: i64,
    /// When it was last changed, milliseconds UTC.
    pub changed_at_ms: i64,
    /// What is in it.
    pub cart: Cart,
    /// What was taken for it already: a card that was charged must outlive the page. 0.1.0 kept none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenders: Vec<TenderV1>,
}

/// A committed journal entry with what the till itself wants to remember of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalRow {
    /// Exactly what is sent.
    pub entry: Entry,
    /// When it was committed, milliseconds UTC.
    pub committed_at_ms: i64,
}

/// What the device's own upkeep needs of a [`JournalRow`]: its place in chain and time, whatever the entry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct JournalLink {
    /// The entry's.
    pub entry: EntryLink,
    /// As in [`JournalRow`].
    pub committed_at_ms: i64,
}

/// Of an [`Entry`], what the next one follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct EntryLink {
    /// Its business date.
    pub business_date: BusinessDate,
    /// Its hash.
    pub hash: Hash,
}

impl JournalLink {
    /// The link in the stored bytes of a [`JournalRow`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        decode(JournalRow::WHAT, bytes)
    }
}

/// An entry that waits. The entry itself lies in the journal under the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// Since when it waits, milliseconds UTC.
    pub queued_at_ms: i64,
    /// How often the ERP answered `retry`, left it out, or refused it alone.
    #[serde(default)]
    pub refusals: u32,
}

impl OutboxRow {
    /// The row in these bytes. Rotten ones still say that their entry waits, so they must not hold up the others:
    /// then it never was refused, and since when it waits is 0.
    pub fn salvage(value: &[u8]) -> Self {
        Self::decode(value).unwrap_or(Self { queued_at_ms: 0, refusals: 0 })
    }
}

/// Why an entry needs attention, or how it was settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedRow {
    /// What the ERP said last; `Retry` for one that was refused too often.
    pub outcome: Outcome,
    /// The ERP's code.
    pub code: Option<String>,
    /// The ERP's reference.
    pub reference: Option<String>,
    /// Since when, milliseconds UTC.
    pub since_ms: i64,
    /// When it was last sent, milliseconds UTC; it is sent again hourly.
    pub sent_at_ms: i64,
    /// Whether the ERP holds it unbooked: then it is no reason to refuse a reset.
    pub held_by_erp: bool,
    /// Whether a person settled it without booking: shown as `Settled`, no longer deducted, no longer sent.
    pub settled: bool,
}

impl FailedRow {
    /// The row in these bytes. Rotten ones still say that their entry needs attention: then nobody knows whether the
    /// ERP holds it, it is sent again at once, and the answer mends the row.
    pub fn salvage(value: &[u8]) -> Self {
        Self::decode(value).unwrap_or_else(|_| Self {
            outcome: Outcome::Retry,
            code: Some("unreadable".to_owned()),
            reference: None,
            since_ms: 0,
            sent_at_ms: 0,
            held_by_erp: false,
            settled: false,
        })
    }
}

/// An entry of another terminal, imported from a file; sent as it is, under its own terminal and epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedRow {
    /// Exactly what the file held.
    pub entry: Entry,
    /// When it was imported, milliseconds UTC.
    pub imported_at_ms: i64,
}

/// The row key of a carried entry: terminal, epoch, seq, hash. With the hash in it, two different entries that
/// claim one place are both kept, and importing a file twice changes nothing.
pub fn carried_key(terminal: Id<id::Terminal>, position: Position, hash: Hash) -> Vec<u8> {
    let mut key = terminal.to_bytes().to_vec();
    key.extend_from_slice(&position.key());
    key.extend_from_slice(&hash.0);
    key
}

/// The terminal and position in the key of a carried entry.
pub fn carried_from_key(key: &[u8]) -> Option<(Id<id::Terminal>, Position)> {
    let (terminal, rest) = key.split_at_checked(16)?;
    let terminal = Id::from_bytes(terminal.try_into().ok()?).ok()?;
    Some((terminal, Position::from_key(rest.get(..12)?)?))
}

/// The newest entry of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadRow {
    /// Its seq.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// Its business date.
    pub date: BusinessDate,
    /// What the till has acknowledged in this epoch: greatest n with an outcome other than `retry` for each of 1…n.
    #[serde(default)]
    pub acked_through: u64,
    /// Greatest seq of this epoch that a backup of the ERP also holds, as the ERP last told.
    #[serde(default)]
    pub durable_through: u64,
}

impl JsonRow for Identity {
    const WHAT: &'static str = "identity";
}
impl JsonRow for Tokens {
    const WHAT: &'static str = "token";
}
impl JsonRow for OutletRow {
    const WHAT: &'static str = "outlet";
}
impl JsonRow for Draft {
    const WHAT: &'static str = "cart";
}
impl JsonRow for JournalRow {
    const WHAT: &'static str = "journal entry";
}
impl JsonRow for OutboxRow {
    const WHAT: &'static str = "outbox row";
}
impl JsonRow for FailedRow {
    const WHAT: &'static str = "failed row";
}
impl JsonRow for CarriedRow {
    const WHAT: &'static str = "carried entry";
}
impl JsonRow for HeadRow {
    const WHAT: &'static str = "head";
}

/// Keys of [`crate::ports::Table::Meta`].
pub mod meta {
    /// [`super::Identity`].
    pub const IDENTITY: &[u8] = b"identity";
    /// [`super::Tokens`].
    pub const TOKENS: &[u8] = b"tokens";
    /// [`super::OutletRow`].
    pub const OUTLET: &[u8] = b"outlet";
    /// The device's UUID for enrolment, 16 bytes after the version byte.
    pub const DEVICE: &[u8] = b"device";
    /// Feed, cursor and included ranges: `engine::pull`.
    pub const CURSOR: &[u8] = b"cursor";
    /// Which generation of chunks is current, and one being loaded: `catalogue`.
    pub const CATALOGUE: &[u8] = b"catalogue";
    /// Before the bytes of a terminal whose entries were imported: its short code as text, after the version byte.
    pub const CARRIED_OF: &[u8] = b"carried";
    /// Name of the preference that says that this browser left its terminal on purpose.
    pub const LEFT: &str = "left";
    /// No key that lies above this lies below a preference's.
    pub const BEFORE_PREFERENCES: &[u8] = b"preference";
    /// No key that lies below this lies above a preference's.
    pub const AFTER_PREFERENCES: &[u8] = b"preference;";

    /// The key of a preference: `till::preferences`.
    pub fn preference(name: &str) -> Vec<u8> {
        [b"preference:", name.as_bytes()].concat()
    }
}
