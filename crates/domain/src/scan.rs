//! Tells a keyboard-wedge scanner from a person by the keys' own event timestamps, so that a busy
//! main thread, which delivers the keys late and bunched, changes nothing.
//!
//! A scan is a burst of printable keys, each soon after the one before, ending in Enter.

/// When a burst counts as a scan. Set in Settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanThresholds {
    /// Most milliseconds between two keys of a scan.
    pub gap_ms: u32,
    /// Fewest characters of a scan.
    pub characters_min: u8,
}

impl Default for ScanThresholds {
    /// Scanners type a key every 1 to 20 ms; fast typists rarely go below 60 ms for six keys in a row.
    fn default() -> Self {
        Self { gap_ms: 35, characters_min: 4 }
    }
}

/// A key as the browser reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A printable character.
    Character(char),
    /// Enter or Tab, as scanners send it at the end.
    End,
    /// Any other key; breaks a burst.
    Other,
}

/// What a key means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing yet: it may be typing or the beginning of a scan.
    Undecided,
    /// The burst is a scan by now; this character belongs to it and must not reach a field or button.
    Scanning,
    /// The scan is complete; the end key belongs to it and must not press anything.
    Scanned(String),
    /// Not a scan; the key means what it means.
    Typed,
}

/// The longest code that is collected, in characters; what is longer is typing.
const CODE_MAX: usize = 64;
/// After a scan, an end key this soon is a scanner's second one (CR LF) and is swallowed.
const TAIL_MS: u32 = 100;

/// Collects keys and recognises bursts. Timestamps are `Event.timeStamp` in microseconds.
#[derive(Clone, Debug, Default)]
pub struct ScanDetector {
    thresholds: ScanThresholds,
    burst: String,
    last_us: Option<u64>,
    scanned_us: Option<u64>,
}

impl ScanDetector {
    /// A detector with these thresholds.
    pub fn new(thresholds: ScanThresholds) -> Self {
        Self { thresholds, ..Self::default() }
    }

    /// Takes the next key with the timestamp of its event, in microseconds of any steady clock.
    pub fn key(&mut self, key: Key, at_us: u64) -> Verdict {
        let within = |since: Option<u64>, limit_ms: u32| {
            since.is_some_and(|since| at_us.saturating_sub(since) <= u64::from(limit_ms).saturating_mul(1000))
        };
        let fast = within(self.last_us, self.thresholds.gap_ms);
        let in_tail = within(self.scanned_us, TAIL_MS);
        self.last_us = Some(at_us);
        match key {
            Key::Other => {
                self.burst.clear();
                Verdict::Typed
            }
            Key::Character(character) => {
                if !fast || self.burst.len() >= CODE_MAX {
                    self.burst.clear();
                }
                self.burst.push(character);
                if self.is_scan() { Verdict::Scanning } else { Verdict::Undecided }
            }
            Key::End if fast && self.is_scan() => {
                self.scanned_us = Some(at_us);
                Verdict::Scanned(core::mem::take(&mut self.burst))
            }
            Key::End => {
                self.burst.clear();
                if in_tail { Verdict::Scanning } else { Verdict::Typed }
            }
        }
    }

    /// The characters of the burst so far; what a field received of it before it was known to be a scan.
    pub fn burst(&self) -> &str {
        &self.burst
    }

    fn is_scan(&self) -> bool {
        self.burst.chars().count() >= usize::from(self.thresholds.characters_min)
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, ScanDetector, ScanThresholds, Verdict};

    /// Types `text` and Enter, a key every `gap_ms`; answers the last verdict.
    fn typed(detector: &mut ScanDetector, text: &str, gap_ms: u64, start_us: u64) -> (Verdict, u64) {
        let mut at = start_us;
        for character in text.chars() {
            detector.key(Key::Character(character), at);
            at += gap_ms * 1000;
        }
        (detector.key(Key::End, at), at)
    }

    #[test]
    fn bursts_are_scans_and_typing_is_not() {
        for (text, gap_ms, expected) in [
            ("4006381333931", 2, Verdict::Scanned("4006381333931".into())),
            ("4006381333931", 20, Verdict::Scanned("4006381333931".into())),
            ("4006381333931", 80, Verdict::Typed),
            ("123", 2, Verdict::Typed),
            ("ABC-1", 5, Verdict::Scanned("ABC-1".into())),
        ] {
            let (verdict, _) = typed(&mut ScanDetector::default(), text, gap_ms, 0);
            assert_eq!(verdict, expected, "{text} every {gap_ms} ms");
        }
    }

    #[test]
    fn typing_before_a_scan_does_not_taint_it() {
        let mut detector = ScanDetector::default();
        detector.key(Key::Character('x'), 0);
        let (verdict, at) = typed(&mut detector, "4006381333931", 2, 500_000);
        assert_eq!(verdict, Verdict::Scanned("4006381333931".into()));
        assert_eq!(detector.key(Key::End, at + 3_000), Verdict::Scanning, "the LF of CR LF presses nothing");
        assert_eq!(detector.key(Key::End, at + 900_000), Verdict::Typed);
    }

    #[test]
    fn a_pause_or_another_key_ends_a_burst() {
        let mut detector = ScanDetector::new(ScanThresholds { gap_ms: 30, characters_min: 4 });
        for (place, character) in "12345".chars().enumerate() {
            detector.key(Key::Character(character), place as u64 * 2000);
        }
        assert_eq!(detector.key(Key::End, 200_000), Verdict::Typed);
        for (place, character) in "12345".chars().enumerate() {
            detector.key(Key::Character(character), 300_000 + place as u64 * 2000);
        }
        assert_eq!(detector.key(Key::Other, 310_500), Verdict::Typed);
        assert_eq!(detector.key(Key::End, 311_000), Verdict::Typed);
    }
}
