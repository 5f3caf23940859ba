//! Between integers of minor units and the decimal text that people type and `Intl` reads. No float on the way.

/// `amount` with its last `digits` behind a point: 1275 with 2 is `12.75`, -5 is `-0.05`.
pub fn decimal_text(amount: i64, digits: u8) -> String {
    let digits = usize::from(digits);
    let sign = if amount < 0 { "-" } else { "" };
    let all = format!("{:0>width$}", amount.unsigned_abs(), width = digits + 1);
    let (whole, part) = all.split_at(all.len() - digits);
    if digits == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// The same without zeros that say nothing: `3.000` is `3`, `0.410` is `0.41`.
pub fn trimmed(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, part)) => match part.trim_end_matches('0') {
            "" => whole.to_owned(),
            part => format!("{whole}.{part}"),
        },
        None => text.to_owned(),
    }
}

/// Why a typed number was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misread {
    /// It is no number, or one too large.
    Not,
    /// One and the same mark could part thousands or decimals: `1,000`.
    Ambiguous,
    /// More decimals than this many.
    Decimals(u8),
}

/// The mark before the decimals where `written` was written: `.` or `,`. `written` is `1234567.5` as a locale writes it.
pub fn decimal_mark(written: &str) -> char {
    match written.chars().rfind(|c| !c.is_numeric()) {
        Some(',') => ',',
        _ => '.',
    }
}

/// The integer behind a typed number with at most `digits` decimals, where `mark` (`.` or `,`) parts decimals.
///
/// Point and comma together, or one of them twice, can be read in one way only, whatever the locale. The locale's other
/// mark alone parts decimals too, but before exactly three digits it might part thousands: that is refused.
pub fn read_decimal(text: &str, digits: u8, mark: char) -> Result<i64, Misread> {
    let text: String = text.trim().chars().filter_map(plain).collect();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.as_str()),
    };
    let (whole, part) = match text.rfind(['.', ',']) {
        Some(at) if text[..at].contains(&text[at..=at]) => (text, ""),
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !numeric(part) || (whole.is_empty() && part.is_empty()) {
        return Err(Misread::Not);
    }
    let other = if mark == ',' { '.' } else { ',' };
    let alone = numeric(whole) && text[whole.len()..].starts_with(other);
    if alone && part.len() == 3 && matches!(whole.len(), 1..=3) && !whole.starts_with('0') {
        return Err(Misread::Ambiguous);
    }
    if part.len() > usize::from(digits) {
        return Err(Misread::Decimals(digits));
    }
    let whole = without_marks(whole).ok_or(Misread::Not)?;
    let amount = format!("{whole}{part:0<width$}", width = usize::from(digits)).parse::<i64>();
    amount.map(|amount| sign * amount).map_err(|_| Misread::Not)
}

/// Digits, marks and signs of other scripts as ASCII; what only directs the writing is dropped.
fn plain(c: char) -> Option<char> {
    let digit = |zero: char| char::from_digit(u32::from(c) - u32::from(zero), 10);
    match c {
        '\u{660}'..='\u{669}' => digit('\u{660}'),
        '\u{6f0}'..='\u{6f9}' => digit('\u{6f0}'),
        '\u{66b}' => Some('.'),
        '\u{66c}' => Some(','),
        '\u{2212}' => Some('-'),
        '\u{a0}' | '\u{202f}' | '\'' | '’' => Some(' '),
        '\u{61c}' | '\u{200e}' | '\u{200f}' => None,
        other => Some(other),
    }
}

/// Whole units without the one mark that parts their thousands: three digits at the end, two or three between.
fn without_marks(whole: &str) -> Option<String> {
    let Some(mark) = whole.chars().find(|c| !c.is_ascii_digit()) else { return Some(whole.to_owned()) };
    let groups: Vec<&str> = whole.split(mark).collect();
    let (last, before) = groups.split_last()?;
    let (first, between) = before.split_first()?;
    let fits = matches!(first.len(), 1..=3)
        && between.iter().all(|group| matches!(group.len(), 2 | 3))
        && last.len() == 3
        && matches!(mark, '.' | ',' | ' ');
    let whole = groups.concat();
    (fits && whole.bytes().all(|byte| byte.is_ascii_digit())).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_become_text_and_come_back() {
        for (amount, digits, text) in [
            (1_275, 2, "12.75"),
            (-5, 2, "-0.05"),
            (0, 2, "0.00"),
            (40, 0, "40"),
            (412, 3, "0.412"),
            (i64::MAX, 2, "92233720368547758.07"),
        ] {
            assert_eq!(decimal_text(amount, digits), text);
            assert_eq!(read_decimal(text, digits, '.'), Ok(amount), "{text}");
        }
    }

    #[test]
    fn typed_numbers_are_read_as_they_were_meant() {
        for (text, digits, mark, expected) in [
            ("12,5", 2, '.', Ok(1_250)),
            ("12,5", 2, ',', Ok(1_250)),
            ("1,234.50", 2, '.', Ok(123_450)),
            ("1.234,50", 2, '.', Ok(123_450)),
            ("1.234,50", 2, ',', Ok(123_450)),
            ("1 234", 2, '.', Ok(123_400)),
            ("1\u{202f}234,5", 2, ',', Ok(123_450)),
            ("1’234.5", 2, '.', Ok(123_450)),
            ("1,234,567", 2, '.', Ok(123_456_700)),
            ("1.234.567", 2, '.', Ok(123_456_700)),
            ("12,34,567.5", 2, '.', Ok(123_456_750)),
            (" .5 ", 3, '.', Ok(500)),
            ("7.", 2, '.', Ok(700)),
            ("-2,5", 3, '.', Ok(-2_500)),
            ("\u{200e}\u{2212}2.5", 3, '.', Ok(-2_500)),
            // A mark before three digits: the locale's own parts decimals, the other might part thousands.
            ("1.000", 3, '.', Ok(1_000)),
            ("1,000", 3, ',', Ok(1_000)),
            ("1,000", 3, '.', Err(Misread::Ambiguous)),
            ("1.000", 3, ',', Err(Misread::Ambiguous)),
            ("1,000", 2, '.', Err(Misread::Ambiguous)),
            ("0,412", 3, '.', Ok(412)),
            ("1000,412", 3, '.', Ok(1_000_412)),
            // Arabic and Persian digits and marks.
            ("١٢٫٥", 3, '.', Ok(12_500)),
            ("۱۲٫۵", 3, '.', Ok(12_500)),
            ("۱٬۲۳۴٫۵", 3, '.', Ok(1_234_500)),
            ("۳", 3, '.', Ok(3_000)),
            ("1.2345", 3, '.', Err(Misread::Decimals(3))),
            ("1,2345", 3, '.', Err(Misread::Decimals(3))),
            ("1.5", 0, '.', Err(Misread::Decimals(0))),
            ("1 2", 3, '.', Err(Misread::Not)),
            ("1,23,4", 3, '.', Err(Misread::Not)),
            ("", 2, '.', Err(Misread::Not)),
            (".", 2, '.', Err(Misread::Not)),
            ("-", 2, '.', Err(Misread::Not)),
            ("--1", 2, '.', Err(Misread::Not)),
            ("abc", 2, '.', Err(Misread::Not)),
            ("12a", 2, '.', Err(Misread::Not)),
            ("99999999999999999999", 2, '.', Err(Misread::Not)),
        ] {
            assert_eq!(read_decimal(text, digits, mark), expected, "{text} with {mark}");
        }
    }

    #[test]
    fn a_locale_shows_its_decimal_mark() {
        for (written, mark) in [
            ("1,234,567.5", '.'),
            ("12,34,567.5", '.'),
            ("1.234.567,5", ','),
            ("1\u{202f}234\u{202f}567,5", ','),
            ("۱٬۲۳۴٬۵۶۷٫۵", '.'),
            ("1234567.5", '.'),
        ] {
            assert_eq!(decimal_mark(written), mark, "{written}");
        }
    }

    #[test]
    fn needless_zeros_go() {
        for (text, short) in [("3.000", "3"), ("0.410", "0.41"), ("100", "100")] {
            assert_eq!(trimmed(text), short);
        }
    }
}
