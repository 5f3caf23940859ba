//! Words about what needs a person.

use evertill_protocol::api::CaseKind;

pub const TITLE: &str = "Cases";
pub const INTRO: &str =
    "What the ERP could not settle by itself. No sale is lost here; each is kept until somebody has looked.";
pub const OPEN: &str = "Open";
pub const SETTLED: &str = "Settled";
pub const VIEWS: &str = "Which cases";
pub const NONE: &str = "Nothing needs you";
pub const NONE_TEXT: &str =
    "Oversold goods, sales that could not be read and gaps in a journal would appear here.";
pub const NONE_SETTLED_TEXT: &str = "Cases that were settled are listed here with their notes.";
pub const OFFLINE: &str = "Cases are kept in the ERP, which cannot be reached just now.";
pub const EVIDENCE: &str = "Evidence";
pub const RELEASE: &str = "Release";
pub const RELEASE_TEXT: &str = "Try to book it again as it is.";
pub const SETTLE: &str = "Settle";
pub const NOTE: &str = "Note";
pub const NOTE_HINT: &str = "What was found and what was done. Others will read it.";
pub const NOTE_NEEDED: &str = "Say in a few words what was done.";
pub const RELEASED: &str = "Released.";
pub const SETTLED_NOW: &str = "Settled.";

pub const RELEASED_STATE: &str = "Released";

pub fn opened(moment: &str) -> String {
    format!("Opened {moment}")
}

pub fn closed(moment: &str, note: &str) -> String {
    format!("Closed {moment}: {note}")
}

pub fn place(terminal: &str, seq: u64) -> String {
    format!("· {terminal}, entry {}", crate::format::count(seq))
}

/// A case in a few words of the shop.
pub fn kind(kind: CaseKind) -> &'static str {
    match kind {
        CaseKind::Oversell => "More was sold than was in stock",
        CaseKind::UnknownProduct => "A sale names a product that is not known",
        CaseKind::OldPrice => "Sold at another price than the present one",
        CaseKind::Tax => "A line’s tax is off the rule",
        CaseKind::Change => "Change was given out of a card",
        CaseKind::Quarantine => "A sale that could not be booked",
        CaseKind::Conflict => "Two records under one number",
        CaseKind::Hole => "A gap in a till’s journal",
        CaseKind::Lost => "A till no longer has some entries",
        CaseKind::Chain => "A journal’s chain does not fit",
        CaseKind::Clock => "A till’s clock looks wrong",
        CaseKind::ReceiptNumber => "One receipt number on two sales",
        CaseKind::EpochEnded => "A till started anew; some sales may be missing",
        CaseKind::Clone => "A copy of a terminal was found",
        CaseKind::Restored => "The ERP was restored from a backup",
    }
}
