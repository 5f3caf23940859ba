//! Stands in for `Intl` where there is no browser: in native tests of the words. Figures stay as they are.

/// Writes a number as it is.
pub struct Numbers;

impl Numbers {
    pub fn currency(_locale: &str, _currency: &str, _digits: u32) -> Self {
        Numbers
    }

    pub fn fixed(_locale: &str, _digits: u32) -> Self {
        Numbers
    }

    pub fn upto(_locale: &str, _digits: u32) -> Self {
        Numbers
    }

    #[expect(clippy::unused_self, reason = "as in a browser")]
    pub fn write(&self, decimal: &str) -> String {
        decimal.to_owned()
    }
}

/// What of a moment is shown.
pub enum DateStyle {
    Time,
    Date,
    DateTime,
}

/// Writes a moment as milliseconds.
pub struct Dates;

impl Dates {
    pub fn new(_locale: &str, _time_zone: &str, _style: &DateStyle) -> Self {
        Dates
    }

    #[expect(clippy::unused_self, reason = "as in a browser")]
    pub fn write(&self, at_ms: i64) -> String {
        at_ms.to_string()
    }
}
