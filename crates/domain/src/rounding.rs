//! The one rounding rule of Evertill: half away from zero, once, to a whole minor unit.

/// `numerator / denominator`, rounded half away from zero; `None` if the result leaves `i64`
/// or the denominator is not positive.
pub(crate) fn divide_half_away(numerator: i128, denominator: i128) -> Option<i64> {
    if denominator <= 0 {
        return None;
    }
    let magnitude = numerator.unsigned_abs();
    let divisor = denominator.unsigned_abs();
    let doubled = magnitude.checked_mul(2)?.checked_add(divisor)?;
    let rounded = doubled.checked_div(divisor.checked_mul(2)?)?;
    let rounded = i64::try_from(rounded).ok()?;
    if numerator < 0 { rounded.checked_neg() } else { Some(rounded) }
}

#[cfg(test)]
mod tests {
    use super::divide_half_away;

    #[test]
    fn halves_go_away_from_zero() {
        for (numerator, denominator, expected) in [
            (5, 10, 1),
            (-5, 10, -1),
            (4, 10, 0),
            (-4, 10, 0),
            (15, 10, 2),
            (25, 10, 3),
            (0, 7, 0),
            (7, 7, 1),
        ] {
            assert_eq!(divide_half_away(numerator, denominator), Some(expected), "{numerator}/{denominator}");
        }
        assert_eq!(divide_half_away(i128::MAX, 1), None);
        assert_eq!(divide_half_away(1, 0), None);
    }
}
