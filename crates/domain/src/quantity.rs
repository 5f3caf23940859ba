//! Quantities in thousandths of a unit or of a kilogram.

use crate::rounding::divide_half_away;
use core::fmt;
use serde::{Deserialize, Serialize};

/// How much of a product, in thousandths: three pieces are 3,000, 412 grams are 412.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quantity(i64);

/// The most that one line can hold: a million units.
pub const LINE_QUANTITY_MAX: Quantity = Quantity(1_000_000_000);

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One piece, or one kilogram.
    pub const ONE: Self = Self(1000);

    /// A quantity of `milli` thousandths.
    pub const fn from_milli(milli: i64) -> Self {
        Self(milli)
    }

    /// `units` whole pieces; `None` on overflow.
    pub const fn from_units(units: i64) -> Option<Self> {
        match units.checked_mul(1000) {
            Some(milli) => Some(Self(milli)),
            None => None,
        }
    }

    /// The quantity in thousandths.
    pub const fn milli(self) -> i64 {
        self.0
    }

    /// Whether it is a number of whole pieces.
    pub const fn is_whole(self) -> bool {
        matches!(self.0.checked_rem(1000), Some(0))
    }

    /// The sum; `None` on overflow.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(milli) => Some(Self(milli)),
            None => None,
        }
    }

    /// The difference; `None` on overflow.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(milli) => Some(Self(milli)),
            None => None,
        }
    }

    /// Quantity × unit price in minor units, rounded half away from zero, once, on the line;
    /// `None` on overflow.
    pub fn times_price_minor(self, unit_price_minor: i64) -> Option<i64> {
        divide_half_away(i128::from(self.0).checked_mul(i128::from(unit_price_minor))?, 1000)
    }
}

/// Written without needless zeros: `3`, `0.412`, `-2.5`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let whole = magnitude.checked_div(1000).unwrap_or(0);
        let rest = magnitude.checked_rem(1000).unwrap_or(0);
        if self.0 < 0 {
            f.write_str("-")?;
        }
        if rest == 0 {
            write!(f, "{whole}")
        } else {
            write!(f, "{whole}.{}", format!("{rest:03}").trim_end_matches('0'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    #[test]
    fn line_prices_round_half_away_from_zero() {
        for (milli, price, expected) in [
            (3000, 208, Some(624)),
            (412, 199, Some(82)),
            (500, 1, Some(1)),
            (-500, 1, Some(-1)),
            (499, 1, Some(0)),
            (1000, 0, Some(0)),
            (i64::MAX, i64::MAX, None),
        ] {
            assert_eq!(Quantity::from_milli(milli).times_price_minor(price), expected, "{milli} × {price}");
        }
    }

    #[test]
    fn shown_without_needless_zeros() {
        for (milli, text) in [(3000, "3"), (412, "0.412"), (-2500, "-2.5"), (2350, "2.35"), (0, "0")] {
            assert_eq!(Quantity::from_milli(milli).to_string(), text);
        }
    }
}
