//! Goods into the cart and out of it, within what the shop's stock policy allows. Only while the sale is open.

use evertill_domain::{
    Id, Quantity,
    cart::{Cart, CartError, CartProduct},
    id,
    stock::StockPolicy,
};

use super::{Desk, Said, Stage};
use crate::{
    device::sound,
    format,
    sell::find::stock_age,
    widgets::chip::Mood,
    words::{self, sell as say},
};

impl Desk {
    /// A code from the scanner. In the middle of a payment nothing is added; after one, the next sale begins.
    pub fn scanned(self, code: &str) {
        // Nothing happens here unless the sale before is paid.
        self.new_sale();
        if !matches!(self.stage.get_untracked(), Stage::Selling) {
            return self.refuse(say::SCAN_AFTER_PAYMENT.to_owned());
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
        (left < wanted).then(|| {
            say::blocked(&product.name, &format::quantity(wanted.milli()), &format::quantity(left.milli()))
        })
    }

    /// The first line of a cart that the policy holds back, in words.
    pub(super) fn held_back_in(self, cart: &Cart) -> Option<String> {
        cart.lines().iter().find_map(|line| self.held_back(&line.product, in_cart(cart, line.product.id)))
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

    /// Says why something was not done, aloud too.
    pub(super) fn refuse(self, text: String) {
        if self.preferences.sound_now() {
            sound::refuse();
        }
        if !matches!(self.stage.get_untracked(), Stage::Selling) {
            self.toasts.say(Mood::Bad, text.clone());
        }
        self.said.set(Said { bad: true, text });
    }
}

fn in_cart(cart: &Cart, product: Id<id::Product>) -> Quantity {
    cart.lines()
        .iter()
        .filter(|line| line.product.id == product)
        .fold(Quantity::ZERO, |sum, line| sum.checked_add(line.quantity).unwrap_or(sum))
}
