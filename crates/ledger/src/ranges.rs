//! Sets of seqs as sorted, disjoint, inclusive ranges: what is had, lost, missing or included.

use evertill_protocol::upload::SeqRange;

/// A set of seqs. Seqs start at 1; zero is never a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeqSet {
    ranges: Vec<SeqRange>,
}

impl SeqSet {
    /// Every seq from 1 to `last`; empty for 0.
    pub fn through(last: u64) -> Self {
        Self { ranges: if last == 0 { Vec::new() } else { vec![(1, last)] } }
    }

    /// The seqs in any of these ranges; reversed ranges and zeros hold nothing.
    pub fn of(ranges: impl IntoIterator<Item = SeqRange>) -> Self {
        let mut sorted: Vec<SeqRange> = ranges
            .into_iter()
            .map(|(first, last)| (first.max(1), last))
            .filter(|(first, last)| first <= last)
            .collect();
        sorted.sort_unstable();
        let mut set = Self::default();
        for range in sorted {
            set.push(range);
        }
        set
    }

    /// The ranges, lowest first, with a gap between each two.
    pub fn ranges(&self) -> &[SeqRange] {
        &self.ranges
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether `seq` is in it.
    pub fn contains(&self, seq: u64) -> bool {
        let behind = self.ranges.partition_point(|(first, _)| *first <= seq);
        behind.checked_sub(1).and_then(|at| self.ranges.get(at)).is_some_and(|(_, last)| seq <= *last)
    }

    /// The greatest member; 0 if empty.
    pub fn max(&self) -> u64 {
        self.ranges.last().map_or(0, |(_, last)| *last)
    }

    /// The greatest n such that each of 1…n is a member; 0 if 1 is not.
    pub fn contiguous(&self) -> u64 {
        self.ranges.first().map_or(0, |(first, last)| if *first == 1 { *last } else { 0 })
    }

    /// The seqs below the greatest member that are not in it.
    #[must_use]
    pub fn gaps(&self) -> Self {
        Self::through(self.max()).without(self)
    }

    /// Members of either set.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self::of(self.ranges.iter().chain(&other.ranges).copied())
    }

    /// Members of this set that are not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        let mut cuts = other.ranges.iter().copied().peekable();
        for &(first, last) in &self.ranges {
            let mut from = first;
            while let Some(&(cut_first, cut_last)) = cuts.peek() {
                if cut_last < from {
                    cuts.next();
                    continue;
                }
                if cut_first > last {
                    break;
                }
                if cut_first > from {
                    rest.ranges.push((from, cut_first - 1));
                }
                // 0 is no seq: behind the greatest number nothing is left.
                from = cut_last.checked_add(1).unwrap_or(0);
                if from == 0 || from > last {
                    break;
                }
                cuts.next();
            }
            if from <= last && from > 0 {
                rest.ranges.push((from, last));
            }
        }
        rest
    }

    /// Appends a range that does not begin before the last one.
    fn push(&mut self, (first, last): SeqRange) {
        match self.ranges.last_mut() {
            Some((_, end)) if first <= end.saturating_add(1) => *end = (*end).max(last),
            _ => self.ranges.push((first, last)),
        }
    }
}

impl FromIterator<u64> for SeqSet {
    fn from_iter<I: IntoIterator<Item = u64>>(seqs: I) -> Self {
        Self::of(seqs.into_iter().map(|seq| (seq, seq)))
    }
}

#[cfg(test)]
mod tests {
    use super::SeqSet;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn members(set: &SeqSet) -> BTreeSet<u64> {
        set.ranges().iter().flat_map(|(first, last)| *first..=*last).collect()
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_set(a in proptest::collection::btree_set(1u64..40, 0..20), b in proptest::collection::btree_set(1u64..40, 0..20)) {
            let (x, y): (SeqSet, SeqSet) = (a.iter().copied().collect(), b.iter().copied().collect());
            prop_assert_eq!(members(&x.with(&y)), a.union(&b).copied().collect());
            prop_assert_eq!(members(&x.without(&y)), a.difference(&b).copied().collect());
            prop_assert_eq!(x.max(), a.last().copied().unwrap_or(0));
            prop_assert_eq!(x.contiguous(), (1..41).take_while(|seq| a.contains(seq)).last().unwrap_or(0));
            let gaps: BTreeSet<u64> = (1..x.max()).filter(|seq| !a.contains(seq)).collect();
            prop_assert_eq!(members(&x.gaps()), gaps);
            for seq in 0..41 {
                prop_assert_eq!(x.contains(seq), a.contains(&seq));
            }
            for pair in x.ranges().windows(2) {
                prop_assert!(pair[0].1 + 1 < pair[1].0, "ranges are merged");
            }
        }
    }

    #[test]
    fn absurd_ranges_hold_nothing_and_never_overflow() {
        assert!(SeqSet::of([(5, 4), (0, 0)]).is_empty());
        let all = SeqSet::of([(0, u64::MAX), (7, u64::MAX)]);
        assert_eq!(all.ranges(), [(1, u64::MAX)]);
        assert!(all.without(&all).is_empty());
        assert!(all.gaps().is_empty());
    }
}
