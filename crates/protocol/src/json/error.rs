//! Why a text was not read.

use core::fmt;

pub(super) const OTHER_TYPE: &str = "another type of value is needed here";
const NOT_ALLOWED: &str = "a value that is not allowed here";

/// Why a text was not read, and how far reading had come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError(Box<Fault>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    why: &'static str,
    /// The field that is missing or there twice; empty for other faults.
    field: &'static str,
    /// Bytes read.
    place: usize,
}

impl JsonError {
    /// `why` as the end of a sentence that begins with the place.
    #[cold]
    #[inline(never)]
    pub(super) fn new(why: &'static str) -> Self {
        Self::of_field(why, "")
    }

    #[cold]
    #[inline(never)]
    fn of_field(why: &'static str, field: &'static str) -> Self {
        Self(Box::new(Fault { why, field, place: 0 }))
    }

    /// The same after so many bytes.
    #[cold]
    #[inline(never)]
    pub(super) fn at(mut self, place: usize) -> Self {
        self.0.place = place;
        self
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { why, field, place } = *self.0;
        write!(f, "after {place} bytes: {why}{field}")
    }
}

impl core::error::Error for JsonError {}

/// What a type says of a value that is JSON but not what it needs. The texts that serde offers beside are not used: with
/// them every type would bring its own.
impl serde::de::Error for JsonError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new(NOT_ALLOWED)
    }
    fn invalid_type(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self::new(OTHER_TYPE)
    }
    fn invalid_value(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self::new(NOT_ALLOWED)
    }
    fn invalid_length(_: usize, _: &dyn serde::de::Expected) -> Self {
        Self::new("another number of items is needed here")
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("a name that is not known here")
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("a field that is not known here")
    }
    fn missing_field(field: &'static str) -> Self {
        Self::of_field("no field ", field)
    }
    fn duplicate_field(field: &'static str) -> Self {
        Self::of_field("a second field ", field)
    }
}
