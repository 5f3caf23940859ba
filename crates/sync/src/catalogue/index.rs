//! The index over a run of products: words in order with the products they occur in, barcodes and article codes in
//! order. Built in one short task, never changed afterwards.

use super::products::{IdHasher, ProductIndex, Products, in_order, sorted};
use core::{hash::BuildHasherDefault, ops::Range};
use evertill_domain::search::{self, Closeness};
use std::collections::HashMap;

/// Most products of one segment: few enough that building it takes a moment, many enough that there are few.
pub(super) const SEGMENT_PRODUCTS: u32 = 4096;
/// Marks a posting whose word is the first of the product's name.
const FIRST_WORD: u16 = 1 << 15;

/// Whether a word with a slip of the finger counts as the word that was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slips {
    /// It does not.
    Refused,
    /// It does: dearer, and only worth it where nothing else is found.
    Forgiven,
}

/// The index over the products of `range`.
#[derive(Debug)]
pub(super) struct Segment {
    range: Range<u32>,
    /// Live products by name; a product's place here is its rank.
    by_name: Vec<ProductIndex>,
    words: Sorted,
    /// Where each word's postings begin.
    postings_at: Vec<u32>,
    /// Ranks, ascending within a word, with [`FIRST_WORD`].
    postings: Vec<u16>,
    /// Barcodes as they are.
    barcodes: Sorted,
    barcode_ranks: Vec<u16>,
    /// Article codes, folded.
    skus: Sorted,
    sku_ranks: Vec<u16>,
}

/// Texts in byte order, each followed by a line feed.
#[derive(Debug, Default)]
struct Sorted {
    text: String,
    at: Vec<u32>,
}

impl Sorted {
    fn push(&mut self, text: &str) {
        self.at.push(u32::try_from(self.text.len()).expect("a segment's texts are far below 4 GiB"));
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn len(&self) -> usize {
        self.at.len()
    }

    fn get(&self, number: usize) -> &str {
        let begin = self.at.get(number).map_or(self.text.len(), |at| *at as usize);
        let end = self.at.get(number + 1).map_or(self.text.len(), |at| *at as usize);
        self.text.get(begin..end.saturating_sub(1)).unwrap_or_default()
    }

    /// Numbers of the texts that begin so.
    fn beginning(&self, prefix: &str) -> Range<usize> {
        let prefix = prefix.as_bytes();
        let head = |number: usize| {
            let text = self.get(number).as_bytes();
            text.get(..prefix.len()).unwrap_or(text)
        };
        let first = partition(self.len(), |number| head(number) < prefix);
        let last = partition(self.len(), |number| head(number) <= prefix);
        first..last
    }

    /// Numbers of the texts that contain it anywhere, ascending.
    fn containing<'sorted>(&'sorted self, part: &'sorted str) -> impl Iterator<Item = usize> + 'sorted {
        let mut from = 0;
        core::iter::from_fn(move || {
            let found = from + self.text.get(from..)?.find(part)?;
            let number = self.at.partition_point(|at| *at as usize <= found).checked_sub(1)?;
            // On with the next text: one hit each is enough.
            from = self.at.get(number + 1).map_or(self.text.len(), |at| *at as usize);
            Some(number)
        })
    }
}

/// The first number in `0..len` for which `before` no longer holds.
fn partition(len: usize, before: impl Fn(usize) -> bool) -> usize {
    let mut range = 0..len;
    while range.start < range.end {
        let middle = range.start + (range.end - range.start) / 2;
        if before(middle) {
            range.start = middle + 1;
        } else {
            range.end = middle;
        }
    }
    range.start
}

impl Segment {
    /// Indexes the live products of `range`, at most [`SEGMENT_PRODUCTS`].
    pub(super) fn build(products: &Products, range: Range<u32>) -> Self {
        let mut folded = String::new();
        let mut named: Vec<(Range<usize>, u32)> = Vec::with_capacity(range.len());
        for at in range.clone().map(ProductIndex) {
            if !products.is_live(at) {
                continue;
            }
            let Some(product) = products.view(at) else { continue };
            let begin = folded.len();
            search::fold_into(product.name, &mut folded);
            named.push((begin..folded.len(), at.0));
        }
        let text = |range: Range<usize>| folded.get(range).unwrap_or_default();
        let named = sorted(named.into_iter().map(|(name, at)| (text(name), at)).collect());
        let (words, postings_at, postings) = index_words(named.iter().map(|(name, _)| *name));
        let by_name: Vec<ProductIndex> = named.into_iter().map(|(_, at)| ProductIndex(at)).collect();
        let (skus, sku_ranks) = index_codes(by_name.iter().map(|at| {
            let sku = products.view(*at).map(|product| search::fold(product.sku)).unwrap_or_default();
            core::iter::once(sku)
        }));
        let (barcodes, barcode_ranks) =
            index_codes(by_name.iter().map(|at| products.barcodes(*at).map(str::to_owned)));
        Self { range, by_name, words, postings_at, postings, barcodes, barcode_ranks, skus, sku_ranks }
    }

    pub(super) fn range(&self) -> Range<u32> {
        self.range.clone()
    }

    /// Its products by name; the place is the rank.
    pub(super) fn by_name(&self) -> &[ProductIndex] {
        &self.by_name
    }

    /// Products with this very barcode.
    pub(super) fn with_barcode(&self, code: &str) -> impl Iterator<Item = ProductIndex> {
        self.exactly(&self.barcodes, &self.barcode_ranks, code.to_owned())
    }

    /// Products with this article code, whatever its case.
    pub(super) fn with_sku(&self, code: &str) -> impl Iterator<Item = ProductIndex> {
        self.exactly(&self.skus, &self.sku_ranks, search::fold(code))
    }

    /// Products whose article code begins like this folded text.
    pub(super) fn with_sku_beginning(&self, folded: &str) -> impl Iterator<Item = ProductIndex> {
        let rank = |number| self.sku_ranks.get(number).map(|rank| usize::from(*rank));
        self.skus.beginning(folded).filter_map(move |number| self.by_name.get(rank(number)?).copied())
    }

    fn exactly<'segment>(
        &'segment self,
        codes: &'segment Sorted,
        ranks: &'segment [u16],
        code: String,
    ) -> impl Iterator<Item = ProductIndex> + 'segment {
        let found = if code.is_empty() { 0..0 } else { codes.beginning(&code) };
        found
            .take_while(move |number| codes.get(*number) == code)
            .filter_map(|number| self.by_name.get(usize::from(*ranks.get(number)?)).copied())
    }

    /// Calls `found` for each product that a query word comes close to: its rank, how close, and whether the word is
    /// the first of its name. A product may come several times. Slips are looked for only where they are forgiven.
    pub(super) fn matches(&self, query: &str, slips: Slips, mut found: impl FnMut(usize, Closeness, bool)) {
        let mut postings = |word: usize, closeness: Closeness| {
            let begin = self.postings_at.get(word).map_or(0, |at| *at as usize);
            let end = self.postings_at.get(word + 1).map_or(self.postings.len(), |at| *at as usize);
            for posting in self.postings.get(begin..end).unwrap_or_default() {
                found(usize::from(posting & !FIRST_WORD), closeness, posting & FIRST_WORD != 0);
            }
        };
        if slips == Slips::Forgiven {
            for word in 0..self.words.len() {
                if search::is_slip(query, self.words.get(word)) {
                    postings(word, Closeness::Slip);
                }
            }
        }
        if query.len() >= search::INSIDE_MIN {
            for word in self.words.containing(query) {
                postings(word, Closeness::Inside);
            }
        }
        for word in self.words.beginning(query) {
            let whole = self.words.get(word).len() == query.len();
            postings(word, if whole { Closeness::Whole } else { Closeness::Beginning });
        }
        for (codes, ranks) in [(&self.skus, &self.sku_ranks), (&self.barcodes, &self.barcode_ranks)] {
            for number in codes.beginning(query) {
                let whole = codes.get(number).len() == query.len();
                let closeness = if whole { Closeness::Whole } else { Closeness::Beginning };
                if let Some(rank) = ranks.get(number) {
                    found(usize::from(*rank), closeness, whole);
                }
            }
        }
    }
}

/// Words in order with the ranks of the names they occur in.
fn index_words<'name>(names: impl Iterator<Item = &'name str>) -> (Sorted, Vec<u32>, Vec<u16>) {
    let mut numbers: HashMap<&str, u32, BuildHasherDefault<IdHasher>> = HashMap::default();
    let mut occurrences: Vec<(u32, u16)> = Vec::new();
    for (rank, name) in names.enumerate() {
        let rank = u16::try_from(rank).expect("a segment has at most 4,096 products");
        for (place, word) in search::words(name).enumerate() {
            let fresh = u32::try_from(numbers.len()).expect("a segment has fewer words than bytes");
            let number = *numbers.entry(word).or_insert(fresh);
            occurrences.push((number, if place == 0 { rank | FIRST_WORD } else { rank }));
        }
    }
    let in_order = sorted(numbers.into_iter().collect());
    // Counting sort: occurrences are in order of rank already and stay so within a word.
    let mut place_of = vec![0_u32; in_order.len()];
    let mut words = Sorted::default();
    for (place, (word, number)) in in_order.iter().enumerate() {
        words.push(word);
        if let Some(slot) = place_of.get_mut(*number as usize) {
            *slot = u32::try_from(place).expect("a segment has fewer words than bytes");
        }
    }
    let mut postings_at = vec![0_u32; in_order.len() + 1];
    let place = |number: u32| place_of.get(number as usize).map_or(0, |place| *place as usize);
    for (number, _) in &occurrences {
        if let Some(count) = postings_at.get_mut(place(*number) + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for count in &mut postings_at {
        sum += *count;
        *count = sum;
    }
    let mut next = postings_at.clone();
    let mut postings = vec![0_u16; occurrences.len()];
    for (number, posting) in occurrences {
        if let Some(next) = next.get_mut(place(number)) {
            if let Some(slot) = postings.get_mut(*next as usize) {
                *slot = posting;
            }
            *next += 1;
        }
    }
    (words, postings_at, postings)
}

/// Codes in order with the rank of the product each belongs to.
fn index_codes(codes: impl Iterator<Item = impl Iterator<Item = String>>) -> (Sorted, Vec<u16>) {
    let mut all = Vec::new();
    let mut rank_of = Vec::new();
    for (rank, codes) in codes.enumerate() {
        let rank = u16::try_from(rank).expect("a segment has at most 4,096 products");
        for code in codes.filter(|code| !code.is_empty()) {
            all.push(code);
            rank_of.push(rank);
        }
    }
    let mut sorted = Sorted::default();
    let mut ranks = Vec::with_capacity(all.len());
    for (code, place) in in_order(&all) {
        sorted.push(code);
        ranks.extend(rank_of.get(place as usize));
    }
    (sorted, ranks)
}
