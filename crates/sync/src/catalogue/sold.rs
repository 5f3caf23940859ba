//! What was sold here and is not contained in the ERP's stock: derived from the journal, never written by a sale.

use super::rows::CursorRow;
use crate::{
    ports::{Read, Store, Table},
    rows::{FailedRow, JournalRow, JsonRow, Position},
    small::{SmallMap, SmallSet},
    till::{FAILED_MAX, ReadError, epoch_range, heads},
};
use evertill_domain::{Id, Quantity, id};
use evertill_protocol::{Kind, json, upload::SeqRange};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Journal rows read at once: few enough that decoding them takes a moment.
const PAGE: u32 = 500;

/// Which journal entries are counted: all up to these seqs by epoch, less the settled ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Folded {
    through: SmallMap<u32, u64>,
    settled: SmallSet<Position>,
}

impl Folded {
    /// Whether this entry is counted already.
    fn counts(&self, position: Position) -> bool {
        self.through.get(&position.epoch).is_some_and(|through| position.seq <= *through)
    }

    /// Whether everything that `other` counts is counted here too.
    pub(super) fn reaches(&self, other: &Self) -> bool {
        other.through.iter().all(|(epoch, seq)| self.counts(Position { epoch: *epoch, seq: *seq }))
    }
}

/// One line of a sale: what it took from stock.
type Taken = (Id<id::Product>, Quantity);

/// What is missing in the ERP's stock of this cursor, and up to where the journal was read for it.
#[derive(Debug, Default)]
pub(super) struct Sold {
    pub(super) sold: BTreeMap<Id<id::Product>, Quantity>,
    pub(super) folded: Folded,
}

impl Sold {
    fn add(&mut self, taken: impl IntoIterator<Item = Taken>) {
        for (product, quantity) in taken {
            let sold = self.sold.entry(product).or_default();
            *sold = sold.checked_add(quantity).unwrap_or(*sold);
        }
    }
}

/// Adds up the journal's entries that `cursor` does not include and nobody settled.
pub(super) async fn since(store: &impl Store, cursor: Option<&CursorRow>) -> Result<Sold, ReadError> {
    let mut answer =
        Sold { folded: Folded { settled: settled(store).await?, ..Folded::default() }, ..Sold::default() };
    for (epoch, head) in heads(store).await? {
        let included = cursor.iter().flat_map(|cursor| &cursor.included);
        let ranges = included.filter(|included| included.epoch == epoch).flat_map(|included| &included.seqs);
        for (first, last) in gaps(ranges.copied(), head) {
            let mut next = first;
            while next <= last {
                let end = last.min(next + u64::from(PAGE) - 1);
                for (position, taken) in sales(store, epoch, (next, end)).await? {
                    if !answer.folded.settled.contains(&position) {
                        answer.add(taken);
                    }
                }
                next = end + 1;
            }
        }
        answer.folded.through.insert(epoch, head);
    }
    Ok(answer)
}

/// Sales behind what is counted, in order, with their positions.
pub(super) async fn newer(
    store: &impl Store,
    folded: &Folded,
) -> Result<Vec<(Position, Vec<Taken>)>, ReadError> {
    let mut found = Vec::new();
    for (epoch, head) in heads(store).await? {
        let first = folded.through.get(&epoch).copied().unwrap_or(0) + 1;
        let mut next = first;
        while next <= head {
            let end = head.min(next + u64::from(PAGE) - 1);
            found.extend(sales(store, epoch, (next, end)).await?);
            next = end + 1;
        }
    }
    Ok(found)
}

/// Counts these entries, each once whoever counted meanwhile.
pub(super) fn fold(folded: &mut Folded, entries: Vec<(Position, Vec<Taken>)>) -> Vec<Taken> {
    let mut counted = Vec::new();
    for (position, taken) in entries {
        if !folded.counts(position) {
            counted.extend(taken);
            folded.through.insert(position.epoch, position.seq);
        }
    }
    counted
}

/// Whether a person settled other entries than when this was counted.
pub(super) async fn settled_changed(store: &impl Store, folded: &Folded) -> Result<bool, ReadError> {
    Ok(settled(store).await? != folded.settled)
}

async fn settled(store: &impl Store) -> Result<SmallSet<Position>, ReadError> {
    let scan = Read::Scan { table: Table::Failed, range: None, limit: FAILED_MAX };
    let mut settled = SmallSet::default();
    for (key, value) in store.read(vec![scan]).await?.into_iter().flatten() {
        if let Some(position) = Position::from_key(&key)
            && FailedRow::salvage(&value).settled
        {
            settled.insert(position);
        }
    }
    Ok(settled)
}

async fn heads(store: &impl Store) -> Result<Vec<(u32, u64)>, ReadError> {
    Ok(heads::read(store).await?.into_iter().map(|(epoch, head)| (epoch, head.seq)).collect())
}

/// Entries of one epoch with what they took from stock; nothing for entries that are no sale.
async fn sales(
    store: &impl Store,
    epoch: u32,
    (first, last): SeqRange,
) -> Result<Vec<(Position, Vec<Taken>)>, ReadError> {
    let scan =
        Read::Scan { table: Table::Journal, range: Some(epoch_range(epoch, first, last)), limit: PAGE };
    let mut found = Vec::new();
    for (key, value) in store.read(vec![scan]).await?.into_iter().flatten() {
        let Some(position) = Position::from_key(&key) else { continue };
        // Nobody knows what a rotten entry sold: it does not move the stock shown.
        let entry = JournalRow::decode(&value).map(|row| row.entry);
        let sale = entry.ok().filter(|entry| entry.kind == Kind::Sale.as_str());
        found.push((position, sale.map_or_else(Vec::new, |sale| lines(&sale.body))));
    }
    Ok(found)
}

/// The part of a sale's body that stock is about, the same in every schema so far.
#[derive(Deserialize)]
struct Body {
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    product: Id<id::Product>,
    quantity_milli: i64,
}

fn lines(body: &str) -> Vec<Taken> {
    // This device wrote it; a body that another build cannot read does not move the stock shown.
    let body: Body = json::read(body.as_bytes()).unwrap_or(Body { lines: Vec::new() });
    body.lines.into_iter().map(|line| (line.product, Quantity::from_milli(line.quantity_milli))).collect()
}

/// What of 1 to `head` no range covers; ranges are in order, lowest first.
fn gaps(ranges: impl Iterator<Item = SeqRange>, head: u64) -> Vec<SeqRange> {
    let mut gaps = Vec::new();
    let mut next = 1;
    for (first, last) in ranges {
        if first > next {
            gaps.push((next, head.min(first - 1)));
        }
        next = next.max(last.saturating_add(1));
        if next > head {
            break;
        }
    }
    if next <= head {
        gaps.push((next, head));
    }
    gaps.retain(|(first, last)| first <= last);
    gaps
}

#[cfg(test)]
mod tests {
    use super::gaps;

    #[test]
    fn what_the_erp_did_not_include_is_between_and_behind_its_ranges() {
        for (ranges, head, expected) in [
            (&[][..], 0, &[][..]),
            (&[], 3, &[(1, 3)]),
            (&[(1, 3)], 3, &[]),
            (&[(1, 3)], 5, &[(4, 5)]),
            (&[(2, 3), (5, 6)], 9, &[(1, 1), (4, 4), (7, 9)]),
            (&[(1, 20)], 9, &[]),
            (&[(12, 20)], 9, &[(1, 9)]),
        ] {
            assert_eq!(gaps(ranges.iter().copied(), head), expected, "{ranges:?} {head}");
        }
    }
}
