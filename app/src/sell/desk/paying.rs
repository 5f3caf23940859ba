//! From the cart to a sale: the payment begins, parts are given, the commit goes out, and either it is paid or not saved.

use std::time::Duration;

use crate::reactive::prelude::*;
use evertill_domain::{
    cart::Cart,
    sale::{Tender, TenderKind},
};
use leptos::task::spawn_local;

use super::{Desk, NotSaved, PaidSale, Said, Stage};
use crate::{
    sell::{pay, payment::Payment},
    shop::{OpenCart, Ready, SaveFailure},
    widgets::chip::Mood,
    words::sell as say,
};

/// How long a commit may take before the screen says so.
const SAVING_SHOWN_AFTER: Duration = Duration::from_millis(100);

/// A commit that was begun, bytes and all: tried again, it is the same sale.
pub(super) struct Attempt {
    cart: Cart,
    pub(super) tenders: Vec<Tender>,
    ready: Ready,
    /// Whether it was repeated already because the journal was found to have it.
    pub(super) found: bool,
}

impl Desk {
    /// Opens the payment sheet. What could not be stored is refused here, before money is taken.
    pub fn begin_payment(self) {
        if !matches!(self.stage.get_untracked(), Stage::Selling) || !untrack(|| self.can_pay()) {
            return;
        }
        let cart = self.cart.get_untracked();
        if let Some(refusal) = self.held_back_in(&cart) {
            return self.refuse(refusal);
        }
        let total_minor = cart.totals().unwrap_or_default().total_minor;
        let exact = if total_minor > 0 {
            vec![Tender { kind: TenderKind::Cash, amount_minor: total_minor, reference: None }]
        } else {
            Vec::new()
        };
        match self.shop.prepare(&self.open.get_value(), &cart, exact) {
            Ok(_) => {
                self.said.set(Said::default());
                self.payment.set(Payment::of(total_minor));
                self.stage.set(Stage::Paying);
                self.tell_idle();
            }
            Err(failure) => self.refuse(failure_words(failure)),
        }
    }

    /// A part was given or taken back.
    pub fn give(self, payment: Payment) {
        self.payment.set(payment);
        self.keep_draft();
    }

    /// Back to the goods, once nothing that was given stands.
    pub fn back_to_sale(self) {
        if matches!(self.stage.get_untracked(), Stage::Paying) {
            self.stage.set(Stage::Selling);
            self.tell_idle();
        }
    }

    /// From a sale that was not saved back to its payment: there money is given back, or the sale completed.
    pub fn back_to_payment(self) {
        if matches!(self.stage.get_untracked(), Stage::NotSaved(_)) {
            self.stage.set(Stage::Paying);
        }
    }

    /// Completes the sale with tenders that cover it. However often it is asked, one sale.
    pub fn complete(self, tenders: Vec<Tender>) {
        if !matches!(self.stage.get_untracked(), Stage::Paying | Stage::NotSaved(_)) {
            return;
        }
        let cart = self.cart.get_untracked();
        let ready = match self.begun(&cart, &tenders).map_or_else(|| self.begin(&cart, &tenders), Ok) {
            Ok(ready) => ready,
            Err(failure) => {
                // A card that was charged stands, whatever becomes of the sale.
                self.give(Payment::taken(cart.totals().unwrap_or_default().total_minor, tenders));
                return self.toasts.say(Mood::Bad, failure_words(failure));
            }
        };
        let committing = self.shop.complete_sale(ready);
        self.begin_saving();
        spawn_local(async move {
            match committing.await {
                Ok((id, receipt)) => {
                    // From here on it is a fact. The lock of its cart goes with the cart.
                    self.attempt.set_value(None);
                    let fresh = |spare: &mut Option<OpenCart>| spare.take_if(|spare| !spare.is_charged());
                    let next = match self.spare.try_update_value(fresh).flatten() {
                        Some(spare) => spare,
                        None => self.shop.fresh_cart().await,
                    };
                    self.open.set_value(next);
                    self.cart.set(Cart::default());
                    self.chosen.set(None);
                    self.stage.set(Stage::Paid(Box::new(PaidSale { id, receipt })));
                    self.payment.set(Payment::default());
                    self.tell_idle();
                    self.lay_spare();
                }
                Err(failure) => {
                    self.stage.set(Stage::NotSaved(NotSaved {
                        no_room: matches!(failure, SaveFailure::NoRoom),
                        why: failure_words(failure),
                    }));
                    self.give(Payment::taken(cart.totals().unwrap_or_default().total_minor, tenders));
                }
            }
        });
    }

    /// The attempt that failed, if nothing has changed since: what was given stands as it stood.
    fn begun(self, cart: &Cart, tenders: &[Tender]) -> Option<Ready> {
        let stands = self.payment.with_untracked(|payment| payment.tenders() == tenders);
        self.attempt.with_value(|attempt| {
            let same = |attempt: &&Attempt| stands && attempt.tenders == tenders && attempt.cart == *cart;
            attempt.as_ref().filter(same).map(|attempt| attempt.ready.clone())
        })
    }

    /// A first attempt.
    fn begin(self, cart: &Cart, tenders: &[Tender]) -> Result<Ready, SaveFailure> {
        let ready = self.shop.prepare(&self.open.get_value(), cart, tenders.to_vec())?;
        let (cart, tenders) = (cart.clone(), tenders.to_vec());
        self.attempt.set_value(Some(Attempt { cart, tenders, ready: ready.clone(), found: false }));
        Ok(ready)
    }

    /// Nothing else may begin from here on. It is shown only when it takes long enough to be read: a sheet that turns
    /// grey for the few milliseconds of a commit flickers, and its painting holds the commit up.
    fn begin_saving(self) {
        if matches!(self.stage.get_untracked(), Stage::NotSaved(_)) {
            return self.stage.set(Stage::Saving);
        }
        self.stage.update_untracked(|stage| *stage = Stage::Saving);
        let still_saving = move || {
            if self.stage.try_get_untracked() == Some(Stage::Saving) {
                self.stage.notify();
            }
        };
        set_timeout(still_saving, SAVING_SHOWN_AFTER);
    }

    /// The same sale once more: the same bytes under the same id.
    pub fn try_again(self) {
        if matches!(self.stage.get_untracked(), Stage::NotSaved(_)) {
            self.complete(self.payment.with_untracked(|payment| payment.tenders().to_vec()));
        }
    }

    /// On to the next customer.
    pub fn new_sale(self) {
        if matches!(self.stage.get_untracked(), Stage::Paid(_)) {
            self.said.set(Said::default());
            self.stage.set(Stage::Selling);
            self.tell_idle();
            self.see_to_who_waits();
        }
    }
}

fn failure_words(failure: SaveFailure) -> String {
    match failure {
        SaveFailure::Refused(refusal) => pay::in_words(refusal),
        SaveFailure::TooLong => say::TOO_BIG_SALE.to_owned(),
        SaveFailure::NoRoom => say::NOT_SAVED_QUOTA.to_owned(),
        SaveFailure::Other(why) => why,
    }
}
