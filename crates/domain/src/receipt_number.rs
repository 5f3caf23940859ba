//! The number a customer sees: `2026-04-30-01`, counted per terminal and business date.
//!
//! It is a name, not a key: the ERP keys on the sale's id and on (terminal, epoch, seq).

use crate::BusinessDate;
use core::{fmt, num::NonZeroU32, str::FromStr};

/// A business date and a count from 1, written with at least two digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptNumber {
    /// The business date it counts for.
    pub date: BusinessDate,
    /// The count within terminal and date, from 1.
    pub count: NonZeroU32,
}

/// The text is not of the form `2026-04-30-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a receipt number of the form 2026-04-30-01")]
pub struct InvalidReceiptNumber;

impl fmt::Display for ReceiptNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.date, self.count)
    }
}
impl FromStr for ReceiptNumber {
    type Err = InvalidReceiptNumber;
    fn from_str(text: &str) -> Result<Self, InvalidReceiptNumber> {
        let (date, count) = text.rsplit_once('-').ok_or(InvalidReceiptNumber)?;
        let canonical = (count.len() == 2 || (count.len() > 2 && !count.starts_with('0')))
            && count.bytes().all(|byte| byte.is_ascii_digit());
        if !canonical {
            return Err(InvalidReceiptNumber);
        }
        Ok(Self {
            date: date.parse().map_err(|_| InvalidReceiptNumber)?,
            count: count.parse().map_err(|_| InvalidReceiptNumber)?,
        })
    }
}

/// The letter of an epoch as shown beside a terminal's short code: none for the first, then b, c, … z, then the number.
pub fn epoch_suffix(epoch: u32) -> String {
    match epoch {
        0 | 1 => String::new(),
        2..=26 => char::from_u32(u32::from(b'a').saturating_add(epoch.saturating_sub(1)))
            .map(String::from)
            .unwrap_or_default(),
        _ => format!("-{epoch}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{ReceiptNumber, epoch_suffix};

    #[test]
    fn written_and_read_back() {
        for text in ["2026-04-30-01", "2026-04-30-99", "2026-04-30-100", "2026-04-30-4294967295"] {
            assert_eq!(text.parse::<ReceiptNumber>().map(|number| number.to_string()).as_deref(), Ok(text));
        }
        for bad in [
            "2026-04-30",
            "2026-04-30-0",
            "2026-04-30-00",
            "2026-04-30-001",
            "2026-04-30-1",
            "x-01",
            "2026-13-01-01",
        ] {
            assert!(bad.parse::<ReceiptNumber>().is_err(), "{bad}");
        }
        assert_eq!([1, 2, 3, 26, 27].map(epoch_suffix), ["", "b", "c", "z", "-27"]);
    }
}
