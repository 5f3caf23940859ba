//! Where a sale stands, and what the desk shows and says of it.

use evertill_domain::{Id, id};

use crate::receipt::ReceiptDoc;

/// Where the sale stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Goods are being added.
    Selling,
    /// The payment sheet is open.
    Paying,
    /// The commit is on its way; nothing else may begin.
    Saving,
    /// It is durable on this device.
    Paid(Box<PaidSale>),
    /// It is not, and the goods stay here.
    NotSaved(NotSaved),
}

/// A sale whose commit has completed.
#[derive(Clone, Debug, PartialEq)]
pub struct PaidSale {
    /// The sale.
    pub id: Id<id::Entry>,
    /// What is shown and printed.
    pub receipt: ReceiptDoc,
}

/// A commit that failed for good. What was given stands in the payment, for another attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct NotSaved {
    /// Whether room on the device would help.
    pub no_room: bool,
    /// Why, for people.
    pub why: String,
}

/// Which picture the page shows: the stages without their content, so that a change of content builds nothing anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// Products and cart.
    Selling,
    /// The payment sheet, also while saving.
    Paying,
    /// The receipt.
    Paid,
    /// The refusal.
    NotSaved,
}

/// What the last scan or key led to, in words beside the search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Its colour.
    pub bad: bool,
    /// Its words.
    pub text: String,
}
