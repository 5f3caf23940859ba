//! Tax contained in a price. Protocol rule: net = p × 1,000,000 / (1,000,000 + rate), rounded half
//! away from zero, per line; tax = p − net. So net + tax = gross always.

use crate::rounding::divide_half_away;
use serde::{Deserialize, Serialize};

/// A tax rate in parts per million: 20 % is 200,000. From 0 to 100 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct TaxRate(u32);

/// The rate is above 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tax rate lies between 0 and 1,000,000 ppm (100 %)")]
pub struct InvalidTaxRate;

const ONE_PPM: u32 = 1_000_000;

impl TaxRate {
    /// No tax.
    pub const ZERO: Self = Self(0);

    /// The rate of `ppm` parts per million.
    pub const fn from_ppm(ppm: u32) -> Result<Self, InvalidTaxRate> {
        if ppm > ONE_PPM { Err(InvalidTaxRate) } else { Ok(Self(ppm)) }
    }

    /// Parts per million.
    pub const fn ppm(self) -> u32 {
        self.0
    }

    /// The tax contained in a paid amount, in minor units; `None` on overflow.
    pub fn contained_in(self, paid_minor: i64) -> Option<i64> {
        let numerator = i128::from(paid_minor).checked_mul(i128::from(ONE_PPM))?;
        let divisor = i128::from(ONE_PPM).checked_add(i128::from(self.0))?;
        paid_minor.checked_sub(divide_half_away(numerator, divisor)?)
    }
}

impl TryFrom<u32> for TaxRate {
    type Error = InvalidTaxRate;
    fn try_from(ppm: u32) -> Result<Self, InvalidTaxRate> {
        Self::from_ppm(ppm)
    }
}
impl From<TaxRate> for u32 {
    fn from(rate: TaxRate) -> Self {
        rate.0
    }
}

#[cfg(test)]
mod tests {
    use super::TaxRate;
    use proptest::prelude::*;

    #[test]
    fn contained_tax_by_hand() {
        for (ppm, paid, tax) in [
            (200_000, 624, 104),
            (200_000, 1, 0),
            (200_000, 3, 0), // net 2.5 rounds away from zero to 3
            (200_000, 295, 49),
            (190_000, 119, 19),
            (70_000, 107, 7),
            (77_000, 1000, 71),
            (0, 500, 0),
            (1_000_000, 200, 100),
            (200_000, -624, -104),
        ] {
            assert_eq!(
                TaxRate::from_ppm(ppm).expect("a rate").contained_in(paid),
                Some(tax),
                "{paid} at {ppm}"
            );
        }
        assert!(TaxRate::from_ppm(1_000_001).is_err());
    }

    proptest! {
        #[test]
        fn net_and_tax_are_the_gross_and_mirror(paid in -1_000_000_000_000i64..1_000_000_000_000, ppm in 0u32..=1_000_000) {
            let rate = TaxRate::from_ppm(ppm).expect("in range");
            let tax = rate.contained_in(paid).expect("fits");
            prop_assert!(tax.abs() <= paid.abs());
            prop_assert_eq!(rate.contained_in(-paid), Some(-tax));
        }
    }
}
