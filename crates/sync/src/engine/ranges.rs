//! Seqs as ranges, first and last included: few, in order, with a gap between each two.

use crate::small::SmallSet;
use evertill_protocol::upload::SeqRange;

/// The same seqs in as few ranges as possible, lowest first.
pub(super) fn joined(ranges: impl IntoIterator<Item = SeqRange>) -> Vec<SeqRange> {
    let sorted: SmallSet<SeqRange> = ranges.into_iter().collect();
    let mut joined: Vec<SeqRange> = Vec::new();
    for &(first, last) in sorted.iter() {
        match joined.last_mut() {
            Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
            _ => joined.push((first, last)),
        }
    }
    joined
}

/// The seqs of these ranges that are not in `others`; both joined.
pub(super) fn without(ranges: &[SeqRange], others: &[SeqRange]) -> Vec<SeqRange> {
    let mut left = Vec::new();
    for &(first, last) in ranges {
        let mut next = Some(first);
        let reach = others.partition_point(|&(_, end)| end < first);
        for &(from, end) in others.iter().skip(reach).take_while(|(from, _)| *from <= last) {
            if let Some(next) = next.filter(|&next| next < from) {
                left.push((next, from - 1));
            }
            next = end.checked_add(1);
        }
        if let Some(next) = next.filter(|&next| next <= last) {
            left.push((next, last));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_joined() {
        let ranges = [(5, 6), (1, 2), (3, 4), (9, 9), (9, 12)];
        assert_eq!(joined(ranges), [(1, 6), (9, 12)]);
        assert_eq!(joined([(1, u64::MAX), (7, 8)]), [(1, u64::MAX)]);
    }

    #[test]
    fn what_is_taken_away_is_gone_however_its_ranges_lie() {
        for (ranges, others, left) in [
            (vec![(2, 2)], vec![(2, 3)], vec![]),
            (vec![(1, 9)], vec![(3, 4), (6, 6)], vec![(1, 2), (5, 5), (7, 9)]),
            (vec![(1, 2), (4, 5), (8, 9)], vec![(2, 8)], vec![(1, 1), (9, 9)]),
            (vec![(4, 6)], vec![(1, 3), (7, 9)], vec![(4, 6)]),
            (vec![(4, 6)], vec![], vec![(4, 6)]),
            (vec![], vec![(1, 3)], vec![]),
            (vec![(1, 5)], vec![(1, 2), (4, 9)], vec![(3, 3)]),
            (vec![(1, u64::MAX)], vec![(3, u64::MAX)], vec![(1, 2)]),
        ] {
            assert_eq!(without(&ranges, &others), left, "{ranges:?} without {others:?}");
        }
    }
}
