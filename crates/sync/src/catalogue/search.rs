//! Search as a cashier expects it: every word typed must occur; whole words before beginnings, beginnings before
//! middles, the first word of a name before the others, then by name. One slip is forgiven when nothing else fits.

use super::{
    Catalogue,
    index::Slips,
    products::{CategoryFilter, ProductIndex, Products},
};
use core::cmp::{Ordering, Reverse};
use evertill_domain::search::{self, Closeness};
use std::collections::BinaryHeap;

/// Query words beyond these are left out: nobody types more, and each costs a pass.
const WORDS_MAX: usize = 8;

/// What a word counts by how close it came.
const fn weight(closeness: Closeness) -> u16 {
    match closeness {
        Closeness::Slip => 10,
        Closeness::Inside => 20,
        Closeness::Beginning => 40,
        Closeness::Whole => 60,
    }
}
/// What it counts more when it is the first word of a name, or a whole code.
const FIRST: u16 = 15;
/// No query scores more.
const SCORE_MAX: u16 = (weight(Closeness::Whole) + FIRST) * 8;
const _: () = assert!(WORDS_MAX == 8);

impl Catalogue {
    /// The best `limit` products for a query, best first; with an empty query all in order of name. Of one category
    /// alone, if one is named.
    pub fn search(&self, query: &str, category: Option<&str>, limit: usize) -> Vec<ProductIndex> {
        let category = self.products.category(category);
        let folded = search::fold(query);
        let words: Vec<&str> = search::words(&folded).take(WORDS_MAX).collect();
        if words.is_empty() {
            // Signs alone are in no name, and Enter must not sell the first product of all.
            let nothing_asked = query.trim().is_empty();
            return if nothing_asked { self.browse(category, limit) } else { Vec::new() };
        }
        let mut found = self.ranked(&words, category, limit, Slips::Refused);
        if words.len() > 1 {
            self.put_coded_first(&folded, category, limit, &mut found);
        }
        if found.is_empty() && words.iter().any(|word| word.len() >= search::SLIP_MIN) {
            return self.ranked(&words, category, limit, Slips::Forgiven);
        }
        found
    }

    /// A code like `OBST-1` is two words to a search by words, and the second is in no name: so what has a code that
    /// begins as the whole query does comes first.
    fn put_coded_first(
        &self,
        folded: &str,
        category: CategoryFilter,
        limit: usize,
        found: &mut Vec<ProductIndex>,
    ) {
        let coded = self.segments.iter().flat_map(|segment| segment.with_sku_beginning(folded));
        let mut first: Vec<_> = coded.filter(|at| self.products.is_in(*at, category)).take(limit).collect();
        found.retain(|at| !first.contains(at));
        first.append(found);
        first.truncate(limit);
        *found = first;
    }

    /// Merges the segments, each in order of name already: costs what is asked for, not what there is.
    fn browse(&self, category: CategoryFilter, limit: usize) -> Vec<ProductIndex> {
        let mut segments: Vec<_> = self.segments.iter().map(|segment| segment.by_name().iter()).collect();
        let mut next = |number: usize| {
            let at = *segments.get_mut(number)?.find(|at| self.products.is_in(**at, category))?;
            Some(Reverse(Head { at, number, products: &self.products }))
        };
        let mut heads: BinaryHeap<_> = (0..self.segments.len()).filter_map(&mut next).collect();
        let mut first = Vec::new();
        while first.len() < limit
            && let Some(Reverse(head)) = heads.pop()
        {
            first.push(head.at);
            heads.extend(next(head.number));
        }
        first
    }

    fn ranked(
        &self,
        words: &[&str],
        category: CategoryFilter,
        limit: usize,
        slips: Slips,
    ) -> Vec<ProductIndex> {
        let mut best: Vec<(u16, ProductIndex)> = Vec::new();
        let (mut total, mut word_best): (Vec<u16>, Vec<u16>) = (Vec::new(), Vec::new());
        for segment in &self.segments {
            let by_name = segment.by_name();
            total.clear();
            for (number, word) in words.iter().enumerate() {
                word_best.clear();
                word_best.resize(by_name.len(), 0);
                segment.matches(word, slips, |rank, closeness, first| {
                    let score = weight(closeness) + if first { FIRST } else { 0 };
                    if let Some(best) = word_best.get_mut(rank)
                        && *best < score
                    {
                        *best = score;
                    }
                });
                if number == 0 {
                    core::mem::swap(&mut total, &mut word_best);
                    continue;
                }
                // Every word must occur.
                for (total, word) in total.iter_mut().zip(&word_best) {
                    *total = if *total == 0 || *word == 0 { 0 } else { *total + *word };
                }
            }
            for (score, at) in total.iter_mut().zip(by_name) {
                if *score > 0 && !self.products.is_in(*at, category) {
                    *score = 0;
                }
            }
            let Some(least) = least_wanted(&total, limit) else { continue };
            // Within a segment the order is by name already: the first of equals are the ones to keep.
            let better = total.iter().filter(|score| **score > least).count();
            let mut equals = limit.saturating_sub(better);
            for (score, at) in total.iter().zip(by_name) {
                if *score > least {
                    best.push((SCORE_MAX - *score, *at));
                } else if *score == least && equals > 0 {
                    equals -= 1;
                    best.push((SCORE_MAX - *score, *at));
                }
            }
        }
        self.products.first_by_name(&mut best, limit);
        best.into_iter().map(|(_, at)| at).collect()
    }
}

/// The next product of one segment, in order of name.
struct Head<'catalogue> {
    at: ProductIndex,
    number: usize,
    products: &'catalogue Products,
}

impl Ord for Head<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.products.by_name(self.at, other.at)
    }
}
impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}
impl Eq for Head<'_> {}

/// The lowest score among the best `limit`; `None` if nothing was found.
fn least_wanted(scores: &[u16], limit: usize) -> Option<u16> {
    let mut counts = [0_usize; SCORE_MAX as usize + 1];
    for score in scores {
        if let Some(count) = counts.get_mut(usize::from(*score)) {
            *count += 1;
        }
    }
    let mut wanted = 0;
    let mut least = None;
    for score in (1..=SCORE_MAX).rev() {
        let count = counts.get(usize::from(score)).copied().unwrap_or(0);
        if count > 0 {
            wanted += count;
            least = Some(score);
        }
        if wanted >= limit {
            break;
        }
    }
    least
}
