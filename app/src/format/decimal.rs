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

/// The integer behind a typed number with at most `digits` decimals. Point and comma both separate decimals; when both
/// are there, or one comes more than once, all but the last separate thousands. `None` for anything else.
pub fn parse_decimal(text: &str, digits: u8) -> Option<i64> {
    let text: String =
        text.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’')).collect();
    let (sign, text) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (-1, rest),
        None => (1, text.as_str()),
    };
    let (whole, part) = match text.rfind(['.', ',']) {
        Some(at) => {
            let mark = &text[at..=at];
            let repeated = text[..at].contains(mark);
            if repeated { (text, "") } else { (&text[..at], &text[at + 1..]) }
        }
        None => (text, ""),
    };
    let whole: String = whole.chars().filter(|c| !matches!(c, '.' | ',')).collect();
    let digits = usize::from(digits);
    let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if part.len() > digits || !numeric(&whole) || !numeric(part) || (whole.is_empty() && part.is_empty()) {
        return None;
    }
    format!("{whole}{part:0<digits$}").parse::<i64>().ok().map(|amount| sign * amount)
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
            assert_eq!(parse_decimal(text, digits), Some(amount), "{text}");
        }
    }

    #[test]
    fn typed_numbers_are_read_as_they_were_meant() {
        for (text, digits, expected) in [
            ("12,5", 2, Some(1_250)),
            ("1,234.50", 2, Some(123_450)),
            ("1.234,50", 2, Some(123_450)),
            ("1 234", 2, Some(123_400)),
            ("1,234,567", 2, Some(123_456_700)),
            (".5", 3, Some(500)),
            ("7.", 2, Some(700)),
            ("1.234", 2, None),
            ("", 2, None),
            ("-", 2, None),
            ("12a", 2, None),
            ("99999999999999999999", 2, None),
        ] {
            assert_eq!(parse_decimal(text, digits), expected, "{text}");
        }
    }

    #[test]
    fn needless_zeros_go() {
        for (text, short) in [("3.000", "3"), ("0.410", "0.41"), ("100", "100")] {
            assert_eq!(trimmed(text), short);
        }
    }
}
