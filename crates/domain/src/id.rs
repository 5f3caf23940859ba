//! Typed identifiers: an `Id<Sale>` cannot be passed where an `Id<Product>` is meant.

use core::{cmp::Ordering, fmt, hash, marker::PhantomData, str::FromStr};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A UUID that says what it identifies. Never nil.
pub struct Id<Kind> {
    uuid: Uuid,
    kind: PhantomData<fn() -> Kind>,
}

/// Marks the id of a journal entry; for a sale it is the sale's own id.
#[derive(Debug)]
pub enum Entry {}
/// Marks the id of a product.
#[derive(Debug)]
pub enum Product {}
/// Marks the id of a terminal.
#[derive(Debug)]
pub enum Terminal {}
/// Marks the id of an outlet.
#[derive(Debug)]
pub enum Outlet {}
/// Marks the id of a person who works at a till.
#[derive(Debug)]
pub enum Person {}

/// A nil or malformed UUID was given where an id is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id: a UUID other than nil is needed")]
pub struct InvalidId;

impl<Kind> Id<Kind> {
    /// The id with this UUID; the nil UUID identifies nothing and is refused.
    pub const fn new(uuid: Uuid) -> Result<Self, InvalidId> {
        if uuid.is_nil() { Err(InvalidId) } else { Ok(Self { uuid, kind: PhantomData }) }
    }

    /// The id with these 16 bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, InvalidId> {
        Self::new(Uuid::from_bytes(bytes))
    }

    /// The plain UUID.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }

    /// The 16 bytes in network order, as they enter hashes and storage keys.
    pub const fn to_bytes(self) -> [u8; 16] {
        *self.uuid.as_bytes()
    }
}

impl<Kind> Clone for Id<Kind> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<Kind> Copy for Id<Kind> {}
impl<Kind> PartialEq for Id<Kind> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<Kind> Eq for Id<Kind> {}
impl<Kind> PartialOrd for Id<Kind> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<Kind> Ord for Id<Kind> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<Kind> hash::Hash for Id<Kind> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}
impl<Kind> fmt::Debug for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}
impl<Kind> fmt::Display for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}
impl<Kind> FromStr for Id<Kind> {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text).map_err(|_| InvalidId).and_then(Self::new)
    }
}
impl<Kind> Serialize for Id<Kind> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.uuid.serialize(serializer)
    }
}
impl<'de, Kind> Deserialize<'de> for Id<Kind> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(read_uuid(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Reads a UUID, for `deserialize_with`: as [`Uuid`] reads itself, without its diagnosis of what is no UUID. That takes
/// the text apart letter by letter and was a thirtieth of what a till downloads for its engine.
pub fn read_uuid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    if !deserializer.is_human_readable() {
        return Uuid::deserialize(deserializer);
    }
    deserializer.deserialize_str(UuidText)
}

/// [`read_uuid`] where there may be none; the field needs `default`, too.
pub fn read_optional_uuid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Uuid>, D::Error> {
    struct Plain(Uuid);
    impl<'de> Deserialize<'de> for Plain {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            read_uuid(deserializer).map(Self)
        }
    }
    Ok(Option::<Plain>::deserialize(deserializer)?.map(|Plain(uuid)| uuid))
}

struct UuidText;

impl serde::de::Visitor<'_> for UuidText {
    type Value = Uuid;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a UUID")
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Uuid, E> {
        Uuid::try_parse(text).map_err(|_| E::custom("not a UUID"))
    }
}
