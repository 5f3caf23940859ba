//! A value that is not read yet.

use core::fmt;
use serde::de::{Deserialize, Deserializer, Visitor};

/// Tells the reader that the text itself is wanted.
pub(super) const RAW: &str = "evertill raw JSON";

/// A valid JSON value as it stands in the text around it, of any type. Only [`super::read`] can make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'text>(&'text str);

impl<'text> Raw<'text> {
    /// Its text, from its first to its last byte.
    pub const fn text(self) -> &'text str {
        self.0
    }
}

impl<'de: 'text, 'text> Deserialize<'de> for Raw<'text> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(RAW, RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON in the till's own reader")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Raw<'de>, E> {
        Ok(Raw(text))
    }
}
