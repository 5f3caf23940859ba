//! What changed since the chunks were written: a row behind the others for each page, of each document the newest.

use crate::{
    catalogue::rows::{CatalogueRow, DocumentKind, Part, Record, encode_records},
    ports::{Table, Write},
    small::SmallMap,
};
use uuid::Uuid;

/// An overlay row behind the others.
pub(super) fn append(catalogue: &mut CatalogueRow, part: Part, records: &[Record]) -> Write {
    let key = part.overlay_key(catalogue.overlay_next);
    catalogue.overlay_next += 1;
    catalogue.overlay_rows[part.place()] += 1;
    catalogue.overlay_records[part.place()] += records.len() as u64;
    Write::Put(Table::Overlay, key, encode_records(records))
}

/// Where in a list each document is. An overlay has some thousand, so each last byte of an id has a map of its own.
#[derive(Debug)]
pub(super) struct Places(Vec<SmallMap<(DocumentKind, Uuid), usize>>);

impl Places {
    fn new() -> Self {
        Self(vec![SmallMap::default(); 256])
    }

    /// The places of these records.
    pub(super) fn of(records: &[Record]) -> Self {
        let mut places = Self::new();
        for (place, record) in records.iter().enumerate() {
            places.map_of(record).insert(key(record), place);
        }
        places
    }

    /// Where this document is.
    pub(super) fn get(&mut self, record: &Record) -> Option<usize> {
        self.map_of(record).get(&key(record)).copied()
    }

    fn map_of(&mut self, record: &Record) -> &mut SmallMap<(DocumentKind, Uuid), usize> {
        let [.., last] = *record.id.as_bytes();
        &mut self.0[usize::from(last)]
    }
}

fn key(record: &Record) -> (DocumentKind, Uuid) {
    (record.document.kind(), record.id)
}

/// The newest record of each document, in the order in which the documents first occur.
pub(super) fn newest(records: Vec<Record>) -> Vec<Record> {
    let mut places = Places::new();
    let mut newest: Vec<Record> = Vec::with_capacity(records.len());
    for record in records {
        match places.get(&record) {
            Some(place) if newest[place].version <= record.version => newest[place] = record,
            Some(_) => {}
            None => {
                places.map_of(&record).insert(key(&record), newest.len());
                newest.push(record);
            }
        }
    }
    newest
}
