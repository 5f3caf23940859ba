//! The outlet's business day on this device's clock, and when that clock is not to be trusted.

use evertill_domain::{BusinessDate, business_day::DayRule};
use evertill_protocol::body::ClockSuspectV1;

/// A date this many days after the last entry's is as suspicious as one before it.
const DAYS_AHEAD_MAX: i32 = 2;

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
        let rule = DayRule::utc(0);
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
