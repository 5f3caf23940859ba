//! The outlet's business day on this device's clock, and when that clock is not to be trusted.

use base64::{Engine, prelude::BASE64_STANDARD};
use evertill_domain::{BusinessDate, business_day::DayRule};
use evertill_protocol::{body::ClockSuspectV1, changes::OutletDoc};
use jiff::tz::TimeZone;

/// A date this many days after the last entry's is as suspicious as one before it.
const DAYS_AHEAD_MAX: i32 = 2;

/// The day rule that the ERP told. A zone that cannot be read counts as UTC: a day's border then lies a few hours off,
/// which an accountant can see; not selling would be worse.
pub fn rule(outlet: &OutletDoc) -> DayRule {
    let bytes = BASE64_STANDARD.decode(&outlet.tzif).unwrap_or_default();
    let time_zone = TimeZone::tzif(&outlet.time_zone, &bytes).unwrap_or(TimeZone::UTC);
    DayRule { time_zone, cutoff_hour: outlet.cutoff_hour }
}

/// What has to be journaled when the clock jumped since the last entry; `None` when all is well.
pub fn suspicion(rule: &DayRule, now_ms: i64, last_date: BusinessDate) -> Option<ClockSuspectV1> {
    let now_date = rule.date_at(now_ms)?;
    let days = now_date.days_since(last_date);
    (!(0..=DAYS_AHEAD_MAX).contains(&days)).then_some(ClockSuspectV1 { now: now_ms, now_date, last_date })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_back_or_far_ahead_is_suspicious() {
        let rule = DayRule { time_zone: TimeZone::UTC, cutoff_hour: 0 };
        let day_ms = 86_400_000;
        for (now_ms, last, suspicious) in [
            (10 * day_ms, "1970-01-11", false),
            (10 * day_ms, "1970-01-09", false),
            (10 * day_ms, "1970-01-08", true),
            (10 * day_ms, "1970-01-12", true),
        ] {
            let last = last.parse().expect("a date");
            assert_eq!(suspicion(&rule, now_ms, last).is_some(), suspicious, "{last}");
        }
    }
}
