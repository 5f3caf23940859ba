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
};

/// The desk of this tab.
#[derive(Clone, Copy)]
pub struct Desk {
    cart: RwSignal<Cart>,
    open: StoredValue<OpenCart>,
    /// The cart after this one, with its lock: so that the next sale can begin the moment this one is paid.
    spare: StoredValue<Option<OpenCart>>,
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
        let cart = open.cart();
        let chosen = cart.lines().len().checked_sub(1);
        let tenders = open.tenders();
        // Money was taken before this page began: the payment goes on where it stood.
        let stage = if tenders.is_empty() { Stage::Selling } else { Stage::Paying };
        let payment = Payment::taken(cart.totals().unwrap_or_default().total_minor, tenders);
        let desk = Desk {
            cart: RwSignal::new(cart),
            open: StoredValue::new(open),
            spare: StoredValue::new(None),
            chosen: RwSignal::new(chosen),
            stage: RwSignal::new(stage),
            payment: RwSignal::new(payment),
            said: RwSignal::new(Said::default()),
            shop: Shop::here(),
            preferences: Preferences::here(),
            toasts: Toasts::here(),
        };
        desk.tell_idle();
        desk.lay_spare();
        // Another tab paid this very cart: the goods here are a sale of their own.
        Effect::new(move |_| {
            if let Some(paid) = desk.shop.paid_elsewhere()
                && paid == desk.open.with_value(OpenCart::id)
            {
                desk.move_to_fresh_cart();
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

    /// Has the next cart ready.
    fn lay_spare(self) {
        spawn_local(async move { self.spare.set_value(Some(self.shop.fresh_cart().await)) });
    }

    fn move_to_fresh_cart(self) {
        if !matches!(self.stage.get_untracked(), Stage::Selling | Stage::Paying) {
            return;
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
