//! How the ERP's documents lie on the device.
//!
//! The catalogue is data, not rows: [`Table::Chunks`](crate::ports::Table::Chunks) holds a generation of about a
//! thousand documents a row, [`Table::Overlay`](crate::ports::Table::Overlay) a log of what changed since, one row
//! per answer. Whoever reads applies the chunks, then the overlay in key order; of two records of one document
//! the one with the greater version counts, the later one between equals. Stock lies apart in both tables, because
//! it switches at another moment than the rest (docs/sync-protocol.md, Changes).

use crate::{
    ports::{Key, KeyRange},
    rows::{JsonRow, Unreadable, versioned},
};
use evertill_protocol::changes::{CategoryDoc, Included, ProductDoc, TerminalDoc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Most catalogue documents in one chunk.
pub const CHUNK_RECORDS: usize = 1000;
/// Most stock documents in one chunk.
pub const CHUNK_STOCKS: usize = 2000;

/// Which half of chunks and overlay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Products, categories, terminals.
    Catalogue,
    /// Stock.
    Stock,
}

/// One document as the ERP last told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its id; for stock the product's.
    pub id: Uuid,
    /// Its version in the feed.
    pub version: u64,
    /// What it says.
    pub document: Document,
}

/// What a record says. The order of the variants is part of the stored bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Document {
    /// A product.
    Product(ProductDoc),
    /// A category.
    Category(CategoryDoc),
    /// A terminal.
    Terminal(TerminalDoc),
    /// Stock of the product whose id the record has.
    Stock {
        /// Sum of all movements that the ERP knew, thousandths.
        on_hand_milli: i64,
    },
    /// It was deleted.
    Gone(DocumentKind),
}

/// The kinds of document that a device keeps here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DocumentKind {
    /// A product.
    Product,
    /// A category.
    Category,
    /// A terminal.
    Terminal,
    /// Stock.
    Stock,
}

impl Document {
    /// Its kind.
    pub const fn kind(&self) -> DocumentKind {
        match self {
            Self::Product(_) => DocumentKind::Product,
            Self::Category(_) => DocumentKind::Category,
            Self::Terminal(_) => DocumentKind::Terminal,
            Self::Stock { .. } => DocumentKind::Stock,
            Self::Gone(kind) => *kind,
        }
    }
}

impl DocumentKind {
    /// Where its records lie.
    pub const fn part(self) -> Part {
        match self {
            Self::Product | Self::Category | Self::Terminal => Part::Catalogue,
            Self::Stock => Part::Stock,
        }
    }
}

const RECORDS_VERSION: u8 = 1;

/// The value of a row of chunks, overlay or staged: a version byte and the records in postcard.
pub fn encode_records(records: &[Record]) -> Vec<u8> {
    let Ok(value) = postcard::to_extend(records, vec![RECORDS_VERSION]) else {
        unreachable!("records are numbers and strings")
    };
    value
}

/// The records of a row of chunks, overlay or staged.
pub fn decode_records(value: &[u8]) -> Result<Vec<Record>, Unreadable> {
    const WHAT: &str = "catalogue chunk";
    let records = versioned(value, RECORDS_VERSION, WHAT)?;
    // Postcard's own reasons tell people nothing and would be half a kilobyte to download.
    postcard::from_bytes(records).map_err(|_| Unreadable::new(WHAT, &"its bytes are no records"))
}

impl Part {
    /// Stock chunks have the highest bit of their number set.
    const fn bit(self) -> u32 {
        match self {
            Self::Catalogue => 0,
            Self::Stock => 1 << 31,
        }
    }

    /// Its place in [`CatalogueRow::overlay_rows`].
    pub const fn place(self) -> usize {
        match self {
            Self::Catalogue => 0,
            Self::Stock => 1,
        }
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Catalogue => 0,
            Self::Stock => 1,
        }
    }

    /// Key of a chunk: generation and number, big-endian. Numbers count from 0 in each part.
    pub fn chunk_key(self, generation: u32, number: u32) -> Key {
        [generation.to_be_bytes(), (self.bit() | number).to_be_bytes()].concat()
    }

    /// Keys of all chunks of a generation in this part.
    pub fn chunk_keys(self, generation: u32) -> KeyRange {
        KeyRange { first: self.chunk_key(generation, 0), last: self.chunk_key(generation, u32::MAX >> 1) }
    }

    /// The part and generation of a chunk's key.
    pub fn of_chunk(key: &[u8]) -> Option<(Self, u32)> {
        let (generation, number) = key.split_at_checked(4)?;
        let part = if number.first()? & 0x80 == 0 { Self::Catalogue } else { Self::Stock };
        Some((part, u32::from_be_bytes(generation.try_into().ok()?)))
    }

    /// Key of an overlay row: a byte for the part and its number, big-endian.
    pub fn overlay_key(self, number: u64) -> Key {
        let mut key = vec![self.byte()];
        key.extend_from_slice(&number.to_be_bytes());
        key
    }

    /// Keys of the overlay rows of this part from `first` on.
    pub fn overlay_keys(self, first: u64) -> KeyRange {
        KeyRange { first: self.overlay_key(first), last: self.overlay_key(u64::MAX) }
    }

    /// The number in an overlay row's key.
    pub fn overlay_number(key: &[u8]) -> Option<u64> {
        key.get(1..)?.try_into().ok().map(u64::from_be_bytes)
    }
}

/// Which chunks count. Meta row `catalogue`; absent before anything was loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueRow {
    /// Generation whose catalogue chunks count; 0 before the first load is complete.
    pub generation: u32,
    /// Generation whose stock chunks count; 0 before the first stock.
    pub stock_generation: u32,
    /// Loaded generation whose stock waits for the next complete answer of changes.
    #[serde(default)]
    pub stock_waiting: Option<u32>,
    /// Greatest generation ever begun.
    pub newest_generation: u32,
    /// Number of the next overlay row; both parts count together.
    pub overlay_next: u64,
    /// Overlay rows by part: catalogue, stock.
    #[serde(default)]
    pub overlay_rows: [u64; 2],
    /// Records in those rows, one document counted as often as it occurs.
    #[serde(default)]
    pub overlay_records: [u64; 2],
    /// Number of the next staged row.
    #[serde(default)]
    pub staged_next: u64,
    /// A snapshot that is being loaded beside the old catalogue. While `generation` is 0, its chunks may be
    /// shown already.
    #[serde(default)]
    pub loading: Option<Loading>,
}

/// How far a snapshot is loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loading {
    /// The generation it is written to.
    pub generation: u32,
    /// The feed it comes from.
    #[serde(deserialize_with = "evertill_domain::id::read_uuid")]
    pub feed: Uuid,
    /// Where to read changes from afterwards.
    pub cursor: String,
    /// What to ask for next.
    pub after: String,
    /// Number of the next catalogue chunk.
    pub next_chunk: u32,
    /// Number of the next stock chunk.
    pub next_stock_chunk: u32,
    /// Documents loaded.
    pub loaded: u64,
    /// About how many there are.
    pub total: u64,
}

/// How far this device has read the ERP's changes, and what their stock contains. Meta row `cursor`; absent
/// before the first snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CursorRow {
    /// The feed.
    #[serde(deserialize_with = "evertill_domain::id::read_uuid")]
    pub feed: Uuid,
    /// Opaque.
    pub cursor: String,
    /// When the ERP told the stock that counts now, milliseconds UTC by this device's clock.
    pub as_of_ms: Option<i64>,
    /// Own entries that are booked in the stock that counts now.
    pub included: Vec<Included>,
    /// The ERP no longer knows the cursor: a snapshot is due. Until its stock is switched in, the old counts.
    #[serde(default)]
    pub resync: bool,
}

impl CursorRow {
    /// Whether the stock that counts now contains this own entry.
    pub fn includes(&self, epoch: u32, seq: u64) -> bool {
        self.included.iter().filter(|included| included.epoch == epoch).any(|included| {
            let at = included.seqs.partition_point(|&(_, last)| last < seq);
            included.seqs.get(at).is_some_and(|&(first, _)| first <= seq)
        })
    }
}

impl JsonRow for CatalogueRow {
    const WHAT: &'static str = "catalogue";
}
impl JsonRow for CursorRow {
    const WHAT: &'static str = "cursor";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_of_a_generation_lie_together_and_stock_apart() {
        let keys = Part::Catalogue.chunk_keys(3);
        assert!(
            keys.first <= Part::Catalogue.chunk_key(3, 0) && Part::Catalogue.chunk_key(3, 900) <= keys.last
        );
        assert!(Part::Stock.chunk_key(3, 0) > keys.last);
        assert!(Part::Catalogue.chunk_key(4, 0) > Part::Stock.chunk_keys(3).last);
        assert_eq!(Part::overlay_number(&Part::Stock.overlay_key(77)), Some(77));
    }

    #[test]
    fn included_ranges_are_searched_per_epoch() {
        let row = CursorRow {
            feed: Uuid::nil(),
            cursor: String::new(),
            as_of_ms: None,
            included: vec![
                Included { epoch: 1, seqs: vec![(1, 4), (6, 9)] },
                Included { epoch: 2, seqs: vec![] },
            ],
            resync: false,
        };
        let found: Vec<u64> = (0..12).filter(|seq| row.includes(1, *seq)).collect();
        assert_eq!(found, [1, 2, 3, 4, 6, 7, 8, 9]);
        assert!(!row.includes(2, 1) && !row.includes(3, 1));
    }

    #[test]
    fn records_come_back() {
        let records = vec![
            Record { id: Uuid::from_u128(1), version: 9, document: Document::Stock { on_hand_milli: -5 } },
            Record { id: Uuid::from_u128(2), version: 1, document: Document::Gone(DocumentKind::Product) },
        ];
        assert_eq!(decode_records(&encode_records(&records)), Ok(records));
    }
}
