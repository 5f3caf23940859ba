//! What an entry says, once its body could be read.

use evertill_domain::Sale;
use evertill_protocol::{
    BODY_MAX, Kind,
    body::{self, ClockSuspectV1},
};
use std::sync::Arc;

/// The content of an entry that can be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A completed sale whose sums hold. Shared, for the plan that books it holds it too.
    Sale(Arc<Sale>),
    /// The till did not trust its clock.
    ClockSuspect(ClockSuspectV1),
}

/// Why an entry cannot be booked: a stable code for programs and a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// `envelope`, `kind`, `schema`, `body`, `arithmetic`, `outlet`, `currency`, `internal`.
    pub code: &'static str,
    /// What is wrong.
    pub reason: String,
}

impl Refusal {
    /// A refusal with this code and reason.
    pub fn new(code: &'static str, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}

/// Reads a body. Every schema ever shipped stays readable here, with its own meaning.
pub fn read(kind: &str, schema: u16, text: &str) -> Result<Content, Refusal> {
    if text.len() > BODY_MAX {
        return Err(Refusal::new(
            "body",
            format!("a body has at most {BODY_MAX} bytes, this one {}", text.len()),
        ));
    }
    let refused = |error: body::BodyError| Refusal::new(error.code(), error.to_string());
    match (Kind::parse(kind), schema) {
        (Some(Kind::Sale), body::SALE_SCHEMA) => {
            body::decode_sale(schema, text).map(|sale| Content::Sale(Arc::new(sale))).map_err(refused)
        }
        (Some(Kind::ClockSuspect), body::CLOCK_SUSPECT_SCHEMA) => {
            body::decode_clock_suspect(schema, text).map(Content::ClockSuspect).map_err(refused)
        }
        (Some(_), _) => {
            Err(Refusal::new("schema", format!("schema {schema} of “{kind}” is not known to this version")))
        }
        (None, _) => Err(Refusal::new("kind", "this kind of entry is not known to this version")),
    }
}
