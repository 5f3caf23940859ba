//! The sale that is being made and what may happen to it: selling, paying, saving, paid, not saved.
//!
//! The desk lives as long as the app, not as long as a page: leaving the page while a sale is being saved cancels
//! nothing. Which step follows which is decided here; what a step writes is decided in `sync`.

mod goods;
mod paying;
mod stage;

use crate::reactive::prelude::*;
use evertill_domain::cart::{Cart, Totals};
use leptos::task::spawn_local;
pub use stage::{NotSaved, PaidSale, Picture, Said, Stage};

use super::payment::Payment;
use crate::{
    device::preferences::Preferences,
    shop::{OpenCart, Shop},
    widgets::notice::Toasts,
    words::sell as say,
};
use paying::Attempt;

/// The desk of this tab.
#[derive(Clone, Copy)]
pub struct Desk {
    cart: RwSignal<Cart>,
    open: StoredValue<OpenCart>,
    /// The cart after this one, with its lock: so that the next sale can begin the moment this one is paid. One for
    /// which money was taken, of a tab that is gone, comes before a fresh one.
    spare: StoredValue<Option<OpenCart>>,
    /// What was last tried to commit, until it is a sale.
    attempt: StoredValue<Option<Attempt>>,
    chosen: RwSignal<Option<usize>>,
    stage: RwSignal<Stage>,
    /// What was given so far, as it lies in the draft: neither leaving the page nor its end forgets a card.
    payment: RwSignal<Payment>,
    said: RwSignal<Said>,
    shop: Shop,
    preferences: Preferences,
    toasts: Toasts,
}

impl Desk {
    /// A desk over the cart that this tab holds.
    pub fn provide(open: OpenCart) -> Self {
        let desk = Desk {
            cart: RwSignal::new(Cart::default()),
            open: StoredValue::new(open.clone()),
            spare: StoredValue::new(None),
            attempt: StoredValue::new(None),
            chosen: RwSignal::new(None),
            stage: RwSignal::new(Stage::Selling),
            payment: RwSignal::new(Payment::default()),
            said: RwSignal::new(Said::default()),
            shop: Shop::here(),
            preferences: Preferences::here(),
            toasts: Toasts::here(),
        };
        desk.take_up(open);
        Effect::new(move |_| {
            if let Some(paid) = desk.shop.paid_elsewhere()
                && paid == desk.open.with_value(OpenCart::id)
            {
                untrack(|| desk.found_paid());
            }
        });
        provide_context(desk);
        desk
    }

    /// The desk of this tab.
    pub fn here() -> Self {
        expect_context()
    }

    /// Reads the cart and follows it.
    pub fn cart<T>(self, read: impl FnOnce(&Cart) -> T) -> T {
        self.cart.with(read)
    }

    /// Reads the cart at this moment.
    pub fn cart_untracked<T>(self, read: impl FnOnce(&Cart) -> T) -> T {
        self.cart.with_untracked(read)
    }

    /// What the cart adds up to.
    pub fn totals(self) -> Totals {
        self.cart.with(Cart::totals).unwrap_or_default()
    }

    /// The place of the chosen line.
    pub fn chosen(self) -> Option<usize> {
        self.chosen.get()
    }

    /// Where the sale stands.
    pub fn stage(self) -> Stage {
        self.stage.get()
    }

    /// Which picture the page shows.
    pub fn picture(self) -> Picture {
        self.stage.with(|stage| match stage {
            Stage::Selling => Picture::Selling,
            Stage::Paying | Stage::Saving => Picture::Paying,
            Stage::Paid(_) => Picture::Paid,
            Stage::NotSaved(_) => Picture::NotSaved,
        })
    }

    /// Whether the commit is on its way.
    pub fn saving(self) -> bool {
        self.stage.with(|stage| *stage == Stage::Saving)
    }

    /// What was given so far for this sale.
    pub fn payment(self) -> RwSignal<Payment> {
        self.payment
    }

    /// What the last scan or key led to.
    pub fn said(self) -> Said {
        self.said.get()
    }

    /// Whether there is something to pay for and this terminal may sell.
    pub fn can_pay(self) -> bool {
        self.cart.with(|cart| !cart.is_empty()) && !self.shop.revoked()
    }

    /// The draft follows each change; a later change overtakes an earlier one.
    fn keep_draft(self) {
        self.tell_idle();
        self.payment.with_untracked(|payment| {
            self.shop.keep_draft(&self.open.get_value(), self.cart.get_untracked(), payment.tenders());
        });
    }

    /// Has the next cart ready. If the customer of one waits whose tab is gone and this desk is free, it is taken up.
    pub fn lay_spare(self) {
        spawn_local(async move {
            // At once, for the next sale; that a tab is gone shows only after a while.
            let fresh = self.shop.fresh_cart().await;
            self.spare.update_value(|now| {
                now.get_or_insert(fresh);
            });
            let Some(charged) = self.shop.charged_cart().await else { return };
            // One that waits here already is held by this tab, and so was not found again.
            self.spare.update_value(|now| {
                if !now.as_ref().is_some_and(OpenCart::is_charged) {
                    *now = Some(charged);
                }
            });
            self.see_to_who_waits();
        });
    }

    /// Takes up a cart for which money was taken and whose tab is gone, if there is one and nothing lies in this one.
    fn see_to_who_waits(self) {
        // What this one holds must be on the disk first: the next cart's rows take its place in the waiting line.
        let kept = !untrack(|| self.shop.money_unkept());
        let free = kept
            && matches!(self.stage.get_untracked(), Stage::Selling)
            && self.cart.with_untracked(Cart::is_empty);
        let waits = |spare: &mut Option<OpenCart>| spare.take_if(|spare| spare.is_charged());
        if free && let Some(open) = self.spare.try_update_value(waits).flatten() {
            self.take_up(open);
            self.lay_spare();
        }
    }

    /// Goes on with this cart where it stood: if money was taken for it, with the payment.
    fn take_up(self, open: OpenCart) {
        let (cart, tenders) = (open.cart(), open.tenders());
        let charged = !tenders.is_empty();
        if charged {
            self.shop.goes_on_charged(&open);
        }
        self.chosen.set(cart.lines().len().checked_sub(1));
        self.payment.set(Payment::taken(cart.totals().unwrap_or_default().total_minor, tenders));
        self.cart.set(cart);
        self.attempt.set_value(None);
        self.open.set_value(open);
        self.stage.set(if charged { Stage::Paying } else { Stage::Selling });
        self.tell_idle();
    }

    /// The journal has a sale with the id of this cart. It is the attempt whose commit nobody saw, and then the same
    /// once more finds itself; or another tab paid the cart, and the goods here are a sale of their own.
    fn found_paid(self) {
        let standing = self.payment.with_untracked(|payment| payment.tenders().to_vec());
        let stage = self.stage.get_untracked();
        let first_time = |attempt: &mut Option<Attempt>| {
            let attempt = attempt.as_mut().filter(|attempt| attempt.tenders == standing);
            attempt.is_some_and(|attempt| !std::mem::replace(&mut attempt.found, true))
        };
        match stage {
            Stage::NotSaved(_) | Stage::Paying if self.attempt.try_update_value(first_time) == Some(true) => {
                self.complete(standing);
            }
            Stage::Selling | Stage::Paying => self.move_to_fresh_cart(),
            Stage::NotSaved(_) | Stage::Saving | Stage::Paid(_) => {}
        }
    }

    fn move_to_fresh_cart(self) {
        if self.attempt.try_update_value(Option::take).flatten().is_some() {
            self.refuse(say::SAVED_AFTER_ALL.to_owned());
        }
        spawn_local(async move {
            let mut fresh = self.shop.fresh_cart().await;
            fresh.opened_at_ms = self.open.with_value(|open| open.opened_at_ms);
            self.open.set_value(fresh);
            self.keep_draft();
        });
    }

    /// An update waits while something lies in the cart or money is being counted.
    fn tell_idle(self) {
        let idle =
            self.cart.with_untracked(Cart::is_empty) && matches!(self.stage.get_untracked(), Stage::Selling);
        self.shop.set_idle(idle);
    }
}
