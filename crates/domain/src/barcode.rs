//! Barcodes: what is accepted on a product, and the GS1 check digit of EAN/UPC codes.

use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

/// A barcode as a scanner types it: 1 to 48 printable ASCII characters without blanks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Barcode(String);

/// The text cannot be a barcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a barcode has 1 to 48 printable characters and no blanks")]
pub struct InvalidBarcode;

impl Barcode {
    /// The code's characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl FromStr for Barcode {
    type Err = InvalidBarcode;
    fn from_str(text: &str) -> Result<Self, InvalidBarcode> {
        let fits = (1..=48).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidBarcode) }
    }
}
impl TryFrom<String> for Barcode {
    type Error = InvalidBarcode;
    fn try_from(text: String) -> Result<Self, InvalidBarcode> {
        text.parse()
    }
}
impl From<Barcode> for String {
    fn from(barcode: Barcode) -> Self {
        barcode.0
    }
}
impl fmt::Display for Barcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The GS1 check digit for the digits before it (GS1 General Specifications, 7.9): weights 3 and 1
/// from the right; `None` if a character is no digit.
pub fn check_digit(digits: &str) -> Option<char> {
    let mut sum: u32 = 0;
    for (place, character) in digits.chars().rev().enumerate() {
        let weight = if place.is_multiple_of(2) { 3 } else { 1 };
        sum = sum.checked_add(character.to_digit(10)?.checked_mul(weight)?)?;
    }
    char::from_digit(10_u32.checked_sub(sum.checked_rem(10)?)?.checked_rem(10)?, 10)
}

/// Whether a code of 8, 12, 13 or 14 digits carries the right check digit.
pub fn is_valid_gtin(code: &str) -> bool {
    let Some((body, last)) =
        code.char_indices().next_back().map(|(at, last)| (code.get(..at).unwrap_or(""), last))
    else {
        return false;
    };
    matches!(code.len(), 8 | 12 | 13 | 14) && check_digit(body) == Some(last)
}

#[cfg(test)]
mod tests {
    use super::{Barcode, check_digit, is_valid_gtin};

    #[test]
    fn check_digits() {
        for good in ["4006381333931", "5901234123457", "96385074", "036000291452"] {
            assert!(is_valid_gtin(good), "{good}");
        }
        for bad in ["4006381333932", "", "4", "400638133393x", "12345"] {
            assert!(!is_valid_gtin(bad), "{bad}");
        }
        assert_eq!(check_digit("400638133393"), Some('1'));
    }

    #[test]
    fn barcodes_are_printable_and_bounded() {
        assert!("ABC-123".parse::<Barcode>().is_ok());
        for bad in ["", "a b", "é", "\n", &"1".repeat(49)] {
            assert!(bad.parse::<Barcode>().is_err(), "{bad:?}");
        }
    }
}
