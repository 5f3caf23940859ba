//! Money in integer minor units with its currency. Checked: an overflow is an error, never a wrap.

use core::{fmt, str::FromStr};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An ISO 4217 currency: its code and how many decimals its minor unit has (0, 2 or 3).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

/// ISO 4217 currencies without a minor unit.
const NO_DECIMALS: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
    "XPF",
];
/// ISO 4217 currencies with a thousandth as their minor unit.
const THREE_DECIMALS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// The text is not three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a currency: three capital letters are needed, such as GBP")]
pub struct InvalidCurrency;

impl Currency {
    /// The three-letter code.
    pub fn code(&self) -> &str {
        let Ok(code) = core::str::from_utf8(&self.0) else {
            unreachable!("only ASCII capitals pass the constructor")
        };
        code
    }

    /// Digits after the decimal point (ISO 4217): 0, 2 or 3.
    pub fn decimals(&self) -> u8 {
        if NO_DECIMALS.contains(&self.code()) {
            0
        } else if THREE_DECIMALS.contains(&self.code()) {
            3
        } else {
            2
        }
    }
}

impl FromStr for Currency {
    type Err = InvalidCurrency;
    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        match text.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|letter| letter.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err(InvalidCurrency),
        }
    }
}
impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An amount in minor units of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// An amount left the range that can be held, or two currencies met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit 64 bits.
    #[error("the amount is too large")]
    Overflow,
    /// Amounts of different currencies were added.
    #[error("amounts of {0} and {1} cannot be added")]
    Currencies(Currency, Currency),
}

impl Money {
    /// `minor` minor units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum.
    #[expect(clippy::should_implement_trait, reason = "the operator could not refuse another currency")]
    pub fn add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// The difference.
    pub fn subtract(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::Currencies(self.currency, other.currency))
        }
    }
}

/// Reads an amount as a person types it ("12", "12.5", "12,50") into minor units of `currency`.
///
/// `None` for anything else, for more decimals than the currency has, and for what does not fit.
pub fn parse_minor(text: &str, currency: Currency) -> Option<i64> {
    let decimals = usize::from(currency.decimals());
    let text = text.trim();
    let (whole, fraction) = match text.find(['.', ',']) {
        Some(at) => (text.get(..at)?, text.get(at.checked_add(1)?..)?),
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty())
        || !digits(whole)
        || !digits(fraction)
        || fraction.len() > decimals
    {
        return None;
    }
    let padded = format!("{whole}{fraction:0<decimals$}");
    padded.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Currency, Money, MoneyError, parse_minor};

    fn currency(code: &str) -> Currency {
        code.parse().expect("a currency")
    }

    #[test]
    fn decimals_follow_iso_4217() {
        for (code, decimals) in [("GBP", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3)] {
            assert_eq!(currency(code).decimals(), decimals, "{code}");
        }
        for bad in ["", "gbp", "GB", "GBPX", "G1P", "£££"] {
            assert!(bad.parse::<Currency>().is_err(), "{bad}");
        }
    }

    #[test]
    fn money_never_wraps_and_never_mixes() {
        let gbp = currency("GBP");
        let most = Money::new(i64::MAX, gbp);
        assert_eq!(most.add(Money::new(1, gbp)), Err(MoneyError::Overflow));
        assert!(matches!(most.add(Money::new(1, currency("EUR"))), Err(MoneyError::Currencies(..))));
        assert_eq!(Money::new(5, gbp).subtract(Money::new(7, gbp)).map(Money::minor), Ok(-2));
    }

    #[test]
    fn typed_amounts() {
        for (text, code, expected) in [
            ("12", "GBP", Some(1200)),
            ("12.5", "GBP", Some(1250)),
            ("12,50", "GBP", Some(1250)),
            (".5", "GBP", Some(50)),
            ("7.", "GBP", Some(700)),
            ("12.505", "GBP", None),
            ("1.2.3", "GBP", None),
            ("-1", "GBP", None),
            ("1e3", "GBP", None),
            ("", "GBP", None),
            (".", "GBP", None),
            ("500", "JPY", Some(500)),
            ("5.0", "JPY", None),
            ("1.234", "KWD", Some(1234)),
            ("99999999999999999999", "GBP", None),
        ] {
            assert_eq!(parse_minor(text, currency(code)), expected, "{text:?} {code}");
        }
    }
}
