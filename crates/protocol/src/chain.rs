//! The hash that chains a terminal's journal: it proves order and completeness, not authorship.

use crate::hex;
use core::fmt;
use evertill_domain::{BusinessDate, Id, id};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// A SHA-256 hash, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

/// What `prev` of the first entry of an epoch is.
pub const GENESIS: Hash = Hash([0; 32]);

impl Hash {
    /// The SHA-256 of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The first eight hex digits in two groups, as printed on receipts.
    pub fn short(&self) -> String {
        let text = hex::encode(&self.0[..4]);
        format!("{} {}", &text[..4], &text[4..])
    }
}
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}
impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        hex::decode32(&text)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("64 lower-case hex digits are needed"))
    }
}

/// Everything that an entry's hash covers.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// The terminal.
    pub terminal: Id<id::Terminal>,
    /// Its epoch.
    pub epoch: u32,
    /// Place in the journal, from 1.
    pub seq: u64,
    /// The entry's id.
    pub id: Id<id::Entry>,
    /// The entry's kind, as text.
    pub kind: &'a str,
    /// The body's schema.
    pub schema: u16,
    /// The receipt number as text, if there is one.
    pub receipt: Option<&'a str>,
    /// The business date.
    pub business_date: BusinessDate,
    /// The body's exact text.
    pub body: &'a str,
    /// The hash of the entry before, or [`GENESIS`].
    pub prev: Hash,
}

impl Link<'_> {
    /// The entry's hash, by the byte layout of docs/sync-protocol.md "Identity".
    pub fn hash(&self) -> Hash {
        self.hash_with_body_digest(Hash::of(self.body.as_bytes()))
    }

    /// The same, where the body's SHA-256 was computed before: the till does so outside the transaction.
    pub fn hash_with_body_digest(&self, body_digest: Hash) -> Hash {
        let length = |text: &str| u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes();
        let receipt = self.receipt.unwrap_or("");
        let mut hasher = Sha256::new();
        hasher.update(b"evertill/1\0");
        hasher.update(self.terminal.to_bytes());
        hasher.update(self.epoch.to_be_bytes());
        hasher.update(self.seq.to_be_bytes());
        hasher.update(self.id.to_bytes());
        hasher.update(length(self.kind));
        hasher.update(self.kind.as_bytes());
        hasher.update(self.schema.to_be_bytes());
        hasher.update(length(receipt));
        hasher.update(receipt.as_bytes());
        hasher.update(self.business_date.to_string().as_bytes());
        hasher.update(body_digest.0);
        hasher.update(self.prev.0);
        Hash(hasher.finalize().into())
    }
}
