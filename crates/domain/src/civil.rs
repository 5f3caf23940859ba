//! Dates of the Gregorian calendar as days since 1970-01-01 (after Howard Hinnant's `chrono`-compatible algorithms).

/// Seconds of a day without leap seconds.
pub(crate) const DAY_S: i64 = 86_400;

/// The day of a year, month (1 to 12) and day; days beyond the month's end count on.
pub(crate) const fn day_of(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a day.
pub(crate) const fn date_of(day: i32) -> (i32, i32, i32) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let part = (5 * day_of_year + 2) / 153;
    let month = if part < 10 { part + 3 } else { part - 9 };
    let year = year_of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day_of_year - (153 * part + 2) / 5 + 1)
}

/// The last day of a month.
pub(crate) const fn last_day_of(year: i32, month: i32) -> i32 {
    day_of(year, month + 1, 1) - 1
}

/// 0 is Sunday.
pub(crate) const fn weekday_of(day: i32) -> i32 {
    (day + 4).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::{date_of, day_of, last_day_of, weekday_of};

    #[test]
    fn days_and_dates_are_the_same_thing() {
        assert_eq!(day_of(1970, 1, 1), 0);
        assert_eq!(weekday_of(0), 4); // a Thursday
        assert_eq!(date_of(day_of(2000, 2, 28) + 1), (2000, 2, 29));
        assert_eq!(date_of(day_of(1900, 2, 28) + 1), (1900, 3, 1));
        assert_eq!(last_day_of(2023, 12), day_of(2023, 12, 31));
        let mut before = date_of(day_of(0, 12, 31));
        for day in day_of(1, 1, 1)..=day_of(9_999, 12, 31) {
            let date = date_of(day);
            assert_eq!(day_of(date.0, date.1, date.2), day);
            assert!(date > before, "{date:?}");
            before = date;
        }
        assert_eq!(before, (9_999, 12, 31));
    }
}
