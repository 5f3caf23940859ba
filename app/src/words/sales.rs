//! Words of the sales pages.

use evertill_protocol::upload::Outcome;

pub const TITLE: &str = "Sales";
pub const THIS_TILL: &str = "This till";
pub const OUTLET: &str = "Whole shop";
pub const VIEWS: &str = "Which sales";
pub const NUMBER: &str = "Receipt";
pub const WHEN: &str = "When";
pub const LINES: &str = "Lines";
pub const TOTAL: &str = "Total";
pub const STATE: &str = "State";
pub const NONE: &str = "No sales yet";
pub const NONE_TEXT: &str = "Sales made on this till appear here at once, with or without a network.";
pub const NONE_OUTLET_TEXT: &str = "Sales appear here when they have arrived in the ERP.";
pub const OFFLINE: &str = "The whole shop's sales come from the ERP, which cannot be reached just now. This till's own sales are under “This till”.";
pub const DETAIL: &str = "Sale";
pub const GONE: &str = "This sale is not on this device";
pub const GONE_TEXT: &str = "It may have been made on another till, or be older than what this device keeps.";
pub const REPRINT: &str = "Print a copy";
pub const BACK: &str = "All sales";
pub const ID: &str = "Id";
pub const HASH: &str = "Hash";
pub const ENTRY: &str = "Journal entry";
pub const EPOCH: &str = "Epoch";

pub const SETTLED: &str = "Settled";

/// Since when and, where there is one, why.
pub fn since(moment: &str, why: Option<&str>) -> String {
    match why {
        Some(why) => format!("since {moment}: {why}"),
        None => format!("since {moment}"),
    }
}

/// What an outcome without a code means for the shop.
pub fn outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Conflict => why("conflict"),
        Outcome::Quarantined => "the ERP keeps it for a person to look at".to_owned(),
        Outcome::Retry => "the ERP has not taken it yet; it is tried again".to_owned(),
        Outcome::Accepted | Outcome::Duplicate => String::new(),
    }
}

/// Reasons for people, by the codes of the protocol.
pub fn why(code: &str) -> String {
    match code {
        "arithmetic" => "its sums do not hold; the ERP keeps it for a person to look at".to_owned(),
        "hash" => "it was changed on the way; the ERP keeps what arrived".to_owned(),
        "revoked" => "this terminal was revoked; the ERP keeps it for a person to look at".to_owned(),
        "conflict" => "the ERP holds another sale under the same number; both are kept".to_owned(),
        "schema" | "kind" | "body" => "the ERP cannot read it yet; it keeps it as it is".to_owned(),
        other => format!("the ERP says “{other}”"),
    }
}

/// When the ERP booked it.
pub fn booked(moment: &str) -> String {
    format!("booked {moment}")
}
