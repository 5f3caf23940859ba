//! One journal entry as it crosses the wire.

use crate::chain::{Hash, Link};
use evertill_domain::{BusinessDate, Id, id};
use serde::{Deserialize, Serialize};

/// Kinds of entry this version knows. On the wire a kind is text; an unknown one is kept in quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A completed sale.
    Sale,
    /// The till's clock showed a date before the last entry's, or more than two days after it.
    ClockSuspect,
}

impl Kind {
    /// The kind as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::ClockSuspect => "clock_suspect",
        }
    }

    /// The kind with this name, if this version knows it.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Sale, Self::ClockSuspect].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A journal entry whose envelope could be read. Its body is exact text, frozen when it was committed.
/// Unknown envelope fields are ignored (docs/sync-protocol.md, Upload).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entry {
    /// Place in the journal of its epoch, from 1, without holes.
    pub seq: u64,
    /// The idempotency key for ever.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: Id<id::Entry>,
    /// What kind of entry it is; see [`Kind`].
    pub kind: String,
    /// The body's schema.
    pub schema: u16,
    /// The receipt number, if the kind has one.
    #[serde(default)]
    pub receipt: Option<String>,
    /// The business date.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub business_date: BusinessDate,
    /// Hash of the entry before; 32 zero bytes for seq 1.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub prev: Hash,
    /// The entry's own hash as the till computed it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub hash: Hash,
    /// The body's exact text.
    pub body: String,
}

impl Entry {
    /// The hash that this entry, received for this terminal and epoch, should carry.
    pub fn computed_hash(&self, terminal: Id<id::Terminal>, epoch: u32) -> Hash {
        Link {
            terminal,
            epoch,
            seq: self.seq,
            id: self.id,
            kind: &self.kind,
            schema: self.schema,
            receipt: self.receipt.as_deref(),
            business_date: self.business_date,
            body: &self.body,
            prev: self.prev,
        }
        .hash()
    }
}
