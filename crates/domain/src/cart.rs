//! What a customer is about to buy. Free to change until it is paid.

use crate::{Id, Quantity, TaxRate, id, quantity::LINE_QUANTITY_MAX};
use serde::{Deserialize, Serialize};

/// Most lines of one sale (protocol, body schema 1).
pub const LINES_MAX: usize = 1000;

/// A product as it goes into the cart: its name, price and rate are frozen at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartProduct {
    /// The product.
    pub id: Id<id::Product>,
    /// Its article code.
    pub sku: String,
    /// What receipt and screen call it.
    pub name: String,
    /// Unit price in minor units, tax included.
    pub unit_price_minor: i64,
    /// Its tax rate.
    pub tax_rate: TaxRate,
    /// Whether it is sold by weight or measure.
    pub weighed: bool,
}

/// One line of the cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    /// What is bought.
    pub product: CartProduct,
    /// How much of it; above zero.
    pub quantity: Quantity,
}

/// Lines in the order they were first added. Never holds a quantity of zero or less.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cart {
    lines: Vec<CartLine>,
}

/// Why the cart did not take a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CartError {
    /// The cart is full.
    #[error("a sale has at most 1,000 lines; pay this one and start another")]
    TooManyLines,
    /// The quantity is zero, negative or above the most a line holds.
    #[error("a quantity lies above 0 and at most at 1,000,000")]
    Quantity,
    /// A piece product was given a fraction.
    #[error("this product is sold by the piece")]
    Fraction,
    /// Price × quantity, or the total, is more than can be counted.
    #[error("the amount is too large")]
    Amount,
    /// The line is gone.
    #[error("this line is no longer in the cart")]
    NoSuchLine,
}

/// What the cart adds up to, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sum of the lines: what has to be paid.
    pub total_minor: i64,
    /// The part without tax.
    pub net_minor: i64,
    /// Tax contained, a row per rate, highest rate first.
    pub taxes: Vec<(TaxRate, i64)>,
    /// Pieces plus weighed quantities.
    pub items: Quantity,
}

impl CartLine {
    /// Quantity × unit price, rounded half away from zero, in minor units.
    pub fn gross_minor(&self) -> Option<i64> {
        self.quantity.times_price_minor(self.product.unit_price_minor)
    }
}

impl Cart {
    /// The lines in order.
    pub fn lines(&self) -> &[CartLine] {
        &self.lines
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Adds a product; the same product at the same price merges into its line. Answers the line's place.
    pub fn add(&mut self, product: CartProduct, quantity: Quantity) -> Result<usize, CartError> {
        let known = self.lines.iter().position(|line| line.product == product);
        let wanted = match known.and_then(|at| self.lines.get(at)) {
            Some(line) => line.quantity.checked_add(quantity).ok_or(CartError::Quantity)?,
            None if self.lines.len() >= LINES_MAX => return Err(CartError::TooManyLines),
            None => quantity,
        };
        let line = checked_line(product, wanted)?;
        self.change(|lines| match known.and_then(|at| lines.get_mut(at)) {
            Some(place) => *place = line,
            None => lines.push(line),
        })?;
        Ok(known.unwrap_or(self.lines.len().saturating_sub(1)))
    }

    /// Sets the quantity of the line at `at`.
    pub fn set_quantity(&mut self, at: usize, quantity: Quantity) -> Result<(), CartError> {
        let line = self.lines.get(at).ok_or(CartError::NoSuchLine)?;
        let line = checked_line(line.product.clone(), quantity)?;
        self.change(|lines| {
            if let Some(place) = lines.get_mut(at) {
                *place = line;
            }
        })
    }

    /// Takes the line at `at` out; free before payment.
    pub fn remove(&mut self, at: usize) -> Result<CartLine, CartError> {
        if at < self.lines.len() { Ok(self.lines.remove(at)) } else { Err(CartError::NoSuchLine) }
    }

    /// What it adds up to; `None` cannot occur for a cart that was only changed through its methods.
    pub fn totals(&self) -> Option<Totals> {
        let mut totals = Totals::default();
        for line in &self.lines {
            let gross = line.gross_minor()?;
            let tax = line.product.tax_rate.contained_in(gross)?;
            totals.total_minor = totals.total_minor.checked_add(gross)?;
            totals.net_minor = totals.net_minor.checked_add(gross.checked_sub(tax)?)?;
            totals.items = totals.items.checked_add(line.quantity)?;
            let rate = line.product.tax_rate;
            let at = totals.taxes.partition_point(|(known, _)| *known > rate);
            match totals.taxes.get_mut(at) {
                Some((known, sum)) if *known == rate => *sum = sum.checked_add(tax)?,
                _ => totals.taxes.insert(at, (rate, tax)),
            }
        }
        Some(totals)
    }

    /// Applies a change and takes it back if the cart could no longer be added up.
    fn change(&mut self, apply: impl FnOnce(&mut Vec<CartLine>)) -> Result<(), CartError> {
        let before = self.lines.clone();
        apply(&mut self.lines);
        if self.totals().is_none() {
            self.lines = before;
            return Err(CartError::Amount);
        }
        Ok(())
    }
}

fn checked_line(product: CartProduct, quantity: Quantity) -> Result<CartLine, CartError> {
    if quantity <= Quantity::ZERO || quantity > LINE_QUANTITY_MAX {
        return Err(CartError::Quantity);
    }
    if !product.weighed && !quantity.is_whole() {
        return Err(CartError::Fraction);
    }
    Ok(CartLine { product, quantity })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Cart, CartError, CartProduct, LINES_MAX};
    use crate::{Id, Quantity, TaxRate};
    use uuid::Uuid;

    pub(crate) fn product(number: u128, unit_price_minor: i64) -> CartProduct {
        CartProduct {
            id: Id::new(Uuid::from_u128(number)).expect("not nil"),
            sku: format!("S{number}"),
            name: format!("Product {number}"),
            unit_price_minor,
            tax_rate: TaxRate::from_ppm(200_000).expect("a rate"),
            weighed: false,
        }
    }

    #[test]
    fn the_same_product_merges_unless_its_price_differs() {
        let mut cart = Cart::default();
        assert_eq!(cart.add(product(1, 208), Quantity::ONE), Ok(0));
        assert_eq!(cart.add(product(2, 500), Quantity::ONE), Ok(1));
        assert_eq!(cart.add(product(1, 208), Quantity::from_milli(2000)), Ok(0));
        assert_eq!(cart.add(product(1, 209), Quantity::ONE), Ok(2));
        let totals = cart.totals().expect("adds up");
        assert_eq!((totals.total_minor, totals.items.milli()), (208 * 3 + 500 + 209, 5000));
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let mut cart = Cart::default();
        cart.add(product(1, 208), Quantity::ONE).expect("fits");
        let before = cart.clone();
        assert_eq!(cart.add(product(2, 1), Quantity::ZERO), Err(CartError::Quantity));
        assert_eq!(cart.add(product(2, 1), Quantity::from_milli(500)), Err(CartError::Fraction));
        assert_eq!(cart.set_quantity(0, Quantity::from_milli(-1000)), Err(CartError::Quantity));
        assert_eq!(cart.set_quantity(7, Quantity::ONE), Err(CartError::NoSuchLine));
        assert_eq!(cart.add(product(3, i64::MAX), Quantity::from_milli(2000)), Err(CartError::Amount));
        assert_eq!(cart, before);
        assert!(
            cart.add(CartProduct { weighed: true, ..product(2, 199) }, Quantity::from_milli(412)).is_ok()
        );
    }

    #[test]
    fn a_full_cart_says_so() {
        let mut cart = Cart::default();
        for number in 1..=LINES_MAX as u128 {
            cart.add(product(number, 1), Quantity::ONE).expect("fits");
        }
        assert_eq!(cart.add(product(5000, 1), Quantity::ONE), Err(CartError::TooManyLines));
        assert!(cart.add(product(1, 1), Quantity::ONE).is_ok());
    }
}
