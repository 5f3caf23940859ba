//! From the cart to a committed sale and its receipt.

use evertill_domain::{
    Id, Sale,
    cart::Cart,
    checkout::{CheckoutContext, CheckoutRefusal, checkout},
    id,
    sale::Tender,
};
use evertill_protocol::{body::SaleV1, changes::OutletDoc};
use evertill_sync::till::{CommitError, PreparedSale};

use super::{OpenCart, Shop};
use crate::{receipt::ReceiptDoc, words::sell as say};

/// A sale ready to be committed, and what its receipt will say. Committed again, it is the same bytes under the same id:
/// one sale, even if the first commit came through and nobody saw it.
#[derive(Clone)]
pub struct Ready {
    prepared: PreparedSale,
    sale: Sale,
}

/// Why a sale could not be prepared or committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveFailure {
    /// The tenders do not fit.
    Refused(CheckoutRefusal),
    /// More than one journal entry may hold.
    TooLong,
    /// The device is full.
    NoRoom,
    /// Anything else, for people.
    Other(String),
}

impl From<CommitError> for SaveFailure {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::TooLong => SaveFailure::TooLong,
            CommitError::Quota => SaveFailure::NoRoom,
            other => SaveFailure::Other(other.to_string()),
        }
    }
}

impl Shop {
    /// The sale with these tenders, its body frozen; or why it cannot be.
    pub fn prepare(self, open: &OpenCart, cart: &Cart, tenders: Vec<Tender>) -> Result<Ready, SaveFailure> {
        let now_ms = self.stamp_ms();
        let context = CheckoutContext {
            outlet: self.identity.with_untracked(|identity| identity.outlet),
            cashier: None,
            currency: self.currency(),
            opened_at_ms: open.opened_at_ms,
            completed_at_ms: now_ms,
        };
        let sale = checkout(cart, tenders, context).map_err(SaveFailure::Refused)?;
        let date = self.outlet.with_untracked(OutletDoc::day_rule).date_at(now_ms);
        let date = date.ok_or_else(|| SaveFailure::Other(say::CLOCK_IMPOSSIBLE.to_owned()))?;
        let prepared = PreparedSale::new(open.id(), &sale, date)?;
        Ok(Ready { prepared, sale })
    }

    /// Commits, beginning at once. `Ok` means that it is on the disk, with the receipt that may now be shown.
    pub fn complete_sale(
        self,
        ready: Ready,
    ) -> impl Future<Output = Result<(Id<id::Entry>, ReceiptDoc), SaveFailure>> {
        let committing = self.device().sell(ready.prepared);
        async move {
            let committed = committing.await?;
            let doc = ReceiptDoc {
                head: self.receipt_head(),
                terminal: self.terminal_label(committed.position.epoch),
                number: committed.receipt.to_string(),
                seq: committed.position.seq,
                hash: committed.hash.to_string(),
                sale: SaleV1::from(&ready.sale),
                copy: false,
            };
            Ok((committed.id, doc))
        }
    }
}
