//! A value that is kept as its text.

use super::raw::RAW;
use core::fmt;
use serde::{
    Serialize,
    de::{Deserialize, Deserializer, Error, Visitor},
    ser::{Error as _, Serializer},
};
use serde_json::value::RawValue;

/// A JSON value of any type as text, for those who only show it. On the wire it is the value itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document(String);

impl Document {
    /// Its text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl From<serde_json::Value> for Document {
    fn from(value: serde_json::Value) -> Self {
        Self(value.to_string())
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(RAW, DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    /// The till's own reader gives the text.
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Document, E> {
        Ok(Document(text.to_owned()))
    }

    /// `serde_json` gives the value.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Document, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|raw| Document(raw.get().to_owned()))
    }
}
