//! The sale that is being made and what may happen to it: selling, paying, saving, paid, not saved.
//!
//! The desk lives as long as the app, not as long as a page: leaving the page while a sale is being saved cancels
//! nothing. Which step follows which is decided here; what a step writes is decided in `sync`.

use std::time::Duration;

use evertill_domain::{
    Id, Quantity,
    cart::{Cart, CartError, CartProduct, Totals},
    id,
    sale::{Tender, TenderKind},
    stock::StockPolicy,
};
use leptos::{prelude::*, task::spawn_local};

use super::{find::stock_age, pay, payment::Payment};
use crate::{
    device::{preferences::Preferences, sound},
    format,
    receipt::ReceiptDoc,
    shop::{OpenCart, SaveFailure, Shop},
    widgets::{chip::Mood, notice::Toasts},
    words::{self, sell as say},
};

/// How long a commit may take before the screen says so.
const SAVING_SHOWN_AFTER: Duration = Duration::from_millis(100);

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
    Paid(PaidSale),
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

/// The desk of this tab.
#[derive(Clone, Copy)]
pub struct Desk {
    cart: RwSignal<Cart>,
    open: StoredValue<OpenCart, LocalStorage>,
    /// The cart after this one, with its lock: so that the next sale can begin the moment this one is paid.
    spare: StoredValue<Option<OpenCart>, LocalStorage>,
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
            open: StoredValue::new_local(open),
            spare: StoredValue::new_local(None),
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

    // Goods

    /// A code from the scanner. In the middle of a payment nothing is added; after one, the next sale begins.
    pub fn scanned(self, code: &str) {
        match self.stage.get_untracked() {
            Stage::Selling => {}
            Stage::Paid(_) => self.new_sale(),
            Stage::Paying | Stage::Saving | Stage::NotSaved(_) => {
                return self.refuse(say::SCAN_AFTER_PAYMENT.to_owned());
            }
        }
        match self.shop.by_barcode(code) {
            Some(product) => self.add(product),
            None => self.refuse(say::unknown_barcode(code)),
        }
    }

    /// One more of a product. What the shop's stock policy holds back is said, and the cart stays.
    pub fn add(self, product: CartProduct) {
        if !matches!(self.stage.get_untracked(), Stage::Selling) {
            return;
        }
        let wanted = self.in_cart(product.id).checked_add(Quantity::ONE);
        if let Some(refusal) = wanted.and_then(|wanted| self.held_back(&product, wanted)) {
            return self.refuse(refusal);
        }
        let name = product.name.clone();
        let added = self.changed(|cart| cart.add(product, Quantity::ONE));
        if let Some(place) = added {
            self.chosen.set(Some(place));
            self.said.set(Said { bad: false, text: say::scanned(&name) });
        }
    }

    /// Puts `units` more or less on a line; the last one less takes the line out.
    pub fn change_by(self, place: usize, units: i64) {
        let Some((product, now)) = self.line(place) else { return };
        let step = Quantity::from_units(units).and_then(|step| now.checked_add(step));
        match step {
            Some(next) if next <= Quantity::ZERO => self.remove(place),
            Some(next) => self.set_quantity(place, &product, next),
            None => self.refuse(say::BAD_QUANTITY.to_owned()),
        }
    }

    /// A quantity as a person typed it.
    pub fn type_quantity(self, place: usize, text: &str) {
        let Some((product, _)) = self.line(place) else { return };
        match format::read_quantity(text) {
            Ok(milli) => self.set_quantity(place, &product, Quantity::from_milli(milli)),
            Err(misread) => self.refuse(words::misread(misread, say::BAD_QUANTITY)),
        }
    }

    /// Takes a line out: free before payment.
    pub fn remove(self, place: usize) {
        if self.changed(|cart| cart.remove(place)).is_some() {
            let lines = self.cart.with_untracked(|cart| cart.lines().len());
            self.chosen.set(lines.checked_sub(1).map(|last| place.min(last)));
        }
    }

    /// Makes a line the chosen one.
    pub fn choose(self, place: usize) {
        self.chosen.set(Some(place));
    }

    /// Moves the choice up or down.
    pub fn choose_by(self, lines: isize) {
        let count = self.cart.with_untracked(|cart| cart.lines().len());
        if let Some(last) = count.checked_sub(1) {
            let now = self.chosen.get_untracked().unwrap_or(last);
            self.chosen.set(Some(now.saturating_add_signed(lines).min(last)));
        }
    }

    /// What a line should warn of: less on record than the cart asks for. Empty when all is well.
    pub fn shortage(self, product: Id<id::Product>) -> String {
        if self.shop.stock_policy() == StockPolicy::Allow {
            return String::new();
        }
        let wanted = self.cart.with(|cart| in_cart(cart, product));
        match self.shop.stock(product) {
            Some(stock) if stock.left() < wanted && stock.left() <= Quantity::ZERO => {
                say::NONE_LEFT.to_owned()
            }
            Some(stock) if stock.left() < wanted => say::only_left(&format::quantity(stock.left().milli())),
            _ => String::new(),
        }
    }

    /// What is known about a product's stock, with its age; empty before the ERP told any.
    pub fn stock_age(self, product: Id<id::Product>) -> String {
        self.shop
            .stock(product)
            .map(|stock| stock_age(stock, self.shop.now_ms_untracked()))
            .unwrap_or_default()
    }

    fn set_quantity(self, place: usize, product: &CartProduct, quantity: Quantity) {
        let others =
            self.in_cart(product.id).checked_sub(self.line(place).map_or(Quantity::ZERO, |(_, now)| now));
        let wanted = others.and_then(|others| others.checked_add(quantity)).unwrap_or(quantity);
        if let Some(refusal) = self
            .held_back(product, wanted)
            .filter(|_| self.line(place).is_some_and(|(_, now)| quantity > now))
        {
            return self.refuse(refusal);
        }
        self.changed(|cart| cart.set_quantity(place, quantity));
    }

    /// Why the shop's policy holds `wanted` of a product back, on what this till knows.
    fn held_back(self, product: &CartProduct, wanted: Quantity) -> Option<String> {
        if self.shop.stock_policy() != StockPolicy::Block {
            return None;
        }
        let left = self.shop.stock(product.id)?.left();
        (left < wanted).then(|| say::blocked(&product.name, &format::quantity(left.milli())))
    }

    fn line(self, place: usize) -> Option<(CartProduct, Quantity)> {
        self.cart
            .with_untracked(|cart| cart.lines().get(place).map(|line| (line.product.clone(), line.quantity)))
    }

    fn in_cart(self, product: Id<id::Product>) -> Quantity {
        self.cart.with_untracked(|cart| in_cart(cart, product))
    }

    /// Applies a change, keeps the draft, and says why if the cart did not take it.
    fn changed<T>(self, change: impl FnOnce(&mut Cart) -> Result<T, CartError>) -> Option<T> {
        if !matches!(self.stage.get_untracked(), Stage::Selling) {
            return None;
        }
        let mut next = self.cart.get_untracked();
        match change(&mut next) {
            Ok(value) => {
                self.said.set(Said::default());
                if self.cart.with_untracked(Cart::is_empty) {
                    let now_ms = self.shop.stamp_ms();
                    self.open.update_value(|open| open.opened_at_ms = now_ms);
                }
                self.cart.set(next);
                self.keep_draft();
                Some(value)
            }
            Err(error) => {
                self.refuse(
                    match error {
                        CartError::TooManyLines => say::TOO_MANY_LINES,
                        CartError::Quantity => say::BAD_QUANTITY,
                        CartError::Fraction => say::WHOLE_ONLY,
                        CartError::Amount => say::TOO_LARGE,
                        CartError::NoSuchLine => say::LINE_GONE,
                    }
                    .to_owned(),
                );
                None
            }
        }
    }

    fn refuse(self, text: String) {
        if self.preferences.sound_now() {
            sound::refuse();
        }
        if !matches!(self.stage.get_untracked(), Stage::Selling) {
            self.toasts.say(Mood::Bad, text.clone());
        }
        self.said.set(Said { bad: true, text });
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

    // Payment

    /// Opens the payment sheet. What could not be stored is refused here, before money is taken.
    pub fn begin_payment(self) {
        if !matches!(self.stage.get_untracked(), Stage::Selling) || !untrack(|| self.can_pay()) {
            return;
        }
        let cart = self.cart.get_untracked();
        if let Some(line) = cart
            .lines()
            .iter()
            .find(|line| self.held_back(&line.product, in_cart(&cart, line.product.id)).is_some())
        {
            let refusal = self.held_back(&line.product, in_cart(&cart, line.product.id));
            return self.refuse(refusal.unwrap_or_default());
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
        let prepared = match self.shop.prepare(&self.open.get_value(), &cart, tenders.clone()) {
            Ok(prepared) => prepared,
            Err(failure) => return self.toasts.say(Mood::Bad, failure_words(failure)),
        };
        let committing = self.shop.complete_sale(prepared);
        self.begin_saving();
        spawn_local(async move {
            match committing.await {
                Ok((id, receipt)) => {
                    // From here on it is a fact. The lock of its cart goes with the cart.
                    let next = match self.spare.try_update_value(Option::take).flatten() {
                        Some(spare) => spare,
                        None => self.shop.fresh_cart().await,
                    };
                    self.open.set_value(next);
                    self.cart.set(Cart::default());
                    self.chosen.set(None);
                    self.stage.set(Stage::Paid(PaidSale { id, receipt }));
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

    /// The same sale once more, with the same tenders and the same id.
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
        }
    }
}

fn in_cart(cart: &Cart, product: Id<id::Product>) -> Quantity {
    cart.lines()
        .iter()
        .filter(|line| line.product.id == product)
        .fold(Quantity::ZERO, |sum, line| sum.checked_add(line.quantity).unwrap_or(sum))
}

fn failure_words(failure: SaveFailure) -> String {
    match failure {
        SaveFailure::Refused(refusal) => pay::in_words(refusal),
        SaveFailure::TooLong => say::TOO_BIG_SALE.to_owned(),
        SaveFailure::NoRoom => say::NOT_SAVED_QUOTA.to_owned(),
        SaveFailure::Other(why) => why,
    }
}
