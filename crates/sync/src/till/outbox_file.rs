//! The outbox as a file: a till that cannot reach the ERP hands its sales to one that can.
//!
//! Exporting changes nothing. A file counts for a reset only after it was chosen again and every waiting entry was
//! found in it, byte for byte. Importing twice is harmless.

use super::{ReadError, Till, drafts::holds_money};
use crate::{
    ports::{Decision, Durability, Read, Rows, Store, StoreError, Table, Write},
    rows::{CarriedRow, FailedRow, Identity, JournalRow, JsonRow, Position, carried_key, meta},
    small::{SmallMap, SmallSet},
};
use evertill_protocol::{
    Entry, Hash, hex, json,
    outbox_file::{ExportedEpoch, FORMAT, OutboxFile, UnreadableRow},
};
use serde::Deserialize;

/// The version of the file this app writes, and the newest it reads.
pub(super) const VERSION: u32 = 1;
/// Journal rows read in one transaction while exporting.
const EXPORT_STEP: u32 = 2000;
/// Most entries of one import transaction.
const IMPORT_STEP: usize = 500;

/// An outbox written as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxExport {
    /// A name that says whose it is and from when.
    pub file_name: String,
    /// The file's text.
    pub text: String,
    /// How many entries it holds.
    pub entries: usize,
    /// How many wait and are in it only as the bytes that they rotted to, or not at all: nothing can send them.
    pub unreadable: usize,
    /// Open carts that cannot be read, and are in it as their bytes.
    pub carts: usize,
}

/// Proof that a chosen file holds every entry that waited, and every open cart that could not be read, when it was
/// checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub(super) covered: SmallMap<Position, Hash>,
    /// Rows of carts that cannot be read: a key and its bytes.
    pub(super) carts: Rows,
}

impl Checked {
    /// How many entries it covers.
    pub fn entries(&self) -> usize {
        self.covered.len()
    }
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Whose entries they are.
    pub short_code: String,
    /// Entries that wait here now and did not before.
    pub added: usize,
    /// Entries that waited here already.
    pub known: usize,
}

/// Why a file was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The database did not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// This browser is no terminal.
    #[error("enrol this browser as a terminal first")]
    NotEnrolled,
    /// Not an outbox file.
    #[error("this is not an Evertill outbox file ({0}); choose the file that the other till saved")]
    Malformed(String),
    /// Written by a newer app.
    #[error("this file was written by a newer version; update this till first")]
    Newer,
    /// Another shop's file.
    #[error("this file belongs to another outlet; import it on a till of that outlet")]
    OtherOutlet,
    /// For a check: not this terminal's file.
    #[error("this file belongs to terminal {0}, not to this one")]
    OtherTerminal(String),
    /// For a check: entries that wait, or open sales that cannot be read, are not in it.
    #[error(
        "not everything that waits is in this file ({0} missing); save the queue again and choose the new file"
    )]
    Incomplete(usize),
}

impl From<StoreError> for FileError {
    fn from(error: StoreError) -> Self {
        Self::Read(error.into())
    }
}

impl<S: Store> Till<S> {
    /// Everything that the ERP has not acknowledged, as a file's text; and the bytes of what lies here and cannot be read.
    pub async fn export_outbox(&self, now_ms: i64) -> Result<OutboxExport, FileError> {
        let identity = self.enrolled().await?;
        let waiting = self.waiting().await?;
        let mut epochs: Vec<ExportedEpoch> = Vec::new();
        let mut entries = 0;
        let carts = self.unreadable_carts().await?;
        let mut unreadable: Vec<UnreadableRow> = carts.iter().map(|row| set_aside("cart", row)).collect();
        for (epoch, first, last) in super::lists::runs(&waiting) {
            let mut from = first;
            while from <= last {
                let to = last.min(from.saturating_add(u64::from(EXPORT_STEP) - 1));
                let range = Some(super::lists::epoch_range(epoch, from, to));
                let scan = Read::Scan { table: Table::Journal, range, limit: EXPORT_STEP };
                for row in self.store.read(vec![scan]).await?.into_iter().flatten() {
                    let Ok(JournalRow { entry, .. }) = JournalRow::decode(&row.1) else {
                        unreadable.push(set_aside("entry", &row));
                        continue;
                    };
                    entries += 1;
                    match epochs.last_mut().filter(|last| last.epoch == epoch) {
                        Some(exported) => exported.entries.push(entry),
                        None => epochs.push(ExportedEpoch { epoch, entries: vec![entry] }),
                    }
                }
                from = to + 1;
            }
        }
        let file = OutboxFile {
            format: FORMAT.to_owned(),
            version: VERSION,
            terminal: identity.terminal,
            short_code: identity.short_code.clone(),
            outlet: identity.outlet,
            exported_at: now_ms,
            epochs,
            unreadable,
        };
        let text = json::indented(&json::write(&file));
        let file_name = format!("evertill-outbox-{}-{now_ms}.json", identity.short_code);
        let unreadable = waiting.len() - entries;
        Ok(OutboxExport { file_name, text, entries, unreadable, carts: carts.len() })
    }

    /// Reads a chosen file back: every waiting entry must be in it, and every open cart that cannot be read, byte for
    /// byte.
    pub async fn check_exported(&self, text: &str) -> Result<Checked, FileError> {
        let identity = self.enrolled().await?;
        let file = parse(text)?;
        if file.terminal != identity.terminal {
            return Err(FileError::OtherTerminal(file.short_code));
        }
        let mut covered = SmallMap::default();
        for exported in &file.epochs {
            for entry in &exported.entries {
                if entry.computed_hash(file.terminal, exported.epoch) == entry.hash {
                    covered.insert(Position { epoch: exported.epoch, seq: entry.seq }, entry.hash);
                }
            }
        }
        let mut missing = 0;
        for position in self.waiting().await? {
            let rows = self.store.read(vec![Read::Get(Table::Journal, position.key())]).await?;
            let Some((_, value)) = rows.first().and_then(|rows| rows.first()) else { continue };
            // What cannot be read can be in no file; a reset waits until its loss was named to the ERP.
            let Ok(JournalRow { entry, .. }) = JournalRow::decode(value) else { continue };
            if covered.get(&position) != Some(&entry.hash) {
                missing += 1;
            }
        }
        let mut carts = self.unreadable_carts().await?;
        let lying_here = carts.len();
        carts.retain(|row| file.unreadable.contains(&set_aside("cart", row)));
        missing += lying_here - carts.len();
        if missing > 0 { Err(FileError::Incomplete(missing)) } else { Ok(Checked { covered, carts }) }
    }

    /// Rows of open carts that nobody can open.
    async fn unreadable_carts(&self) -> Result<Rows, ReadError> {
        let all = Read::Scan { table: Table::Drafts, range: None, limit: u32::MAX };
        let rows = self.store.read(vec![all]).await?.into_iter().flatten();
        Ok(rows.filter(|(_, value)| holds_money(value).is_err()).collect())
    }

    /// Takes another till's entries along; the engine sends them under their own terminal.
    pub async fn import_outbox(&self, text: &str, now_ms: i64) -> Result<Imported, FileError> {
        let identity = self.enrolled().await?;
        let file = parse(text)?;
        if file.outlet != identity.outlet {
            return Err(FileError::OtherOutlet);
        }
        let entries: Vec<(Vec<u8>, Entry)> = file
            .epochs
            .into_iter()
            .flat_map(|exported| exported.entries.into_iter().map(move |entry| (exported.epoch, entry)))
            .map(|(epoch, entry)| {
                (carried_key(file.terminal, Position { epoch, seq: entry.seq }, entry.hash), entry)
            })
            .collect();
        let total = entries.len();
        let mut added = 0;
        self.name_carried(file.terminal, &file.short_code).await?;
        for step in entries.chunks(IMPORT_STEP) {
            let reads = step.iter().map(|(key, _)| Read::Get(Table::Carried, key.clone())).collect();
            added += self
                .store
                .transact(Durability::Strict, &[Table::Carried], reads, |rows| {
                    let fresh: Vec<Write> = step
                        .iter()
                        .zip(rows)
                        .filter(|(_, found)| found.is_empty())
                        .map(|((key, entry), _)| {
                            let row = CarriedRow { entry: entry.clone(), imported_at_ms: now_ms };
                            Write::Put(Table::Carried, key.clone(), row.encode())
                        })
                        .collect();
                    let count = fresh.len();
                    Decision::Commit(fresh, count)
                })
                .await?;
        }
        Ok(Imported { short_code: file.short_code, added, known: total - added })
    }

    /// Positions of entries that only this device holds, in order: the outbox, and what the ERP refused.
    pub(super) async fn waiting(&self) -> Result<Vec<Position>, ReadError> {
        let all = |table| Read::Scan { table, range: None, limit: u32::MAX };
        let keys = Read::Keys { table: Table::Outbox, range: None, limit: u32::MAX };
        let rows = self.store.read(vec![keys, all(Table::Failed)]).await?;
        Ok(only_here(&rows))
    }

    pub(super) async fn enrolled(&self) -> Result<Identity, FileError> {
        let identity: Option<Identity> = self.meta_row(meta::IDENTITY).await?;
        identity.ok_or(FileError::NotEnrolled)
    }
}

/// From all outbox keys and all failed rows: the positions that the ERP does not hold in any form.
pub(super) fn only_here(rows: &[Rows]) -> Vec<Position> {
    let answer = |place: usize| rows.get(place).map_or(&[][..], |rows| rows.as_slice());
    let keys = answer(0).iter().map(|(key, _)| key);
    let waiting = keys.filter_map(|key| Position::from_key(key));
    let failed = answer(1).iter().filter_map(|(key, value)| {
        let row = FailedRow::salvage(value);
        Some((Position::from_key(key)?, row.held_by_erp || row.settled))
    });
    let failed: SmallMap<Position, bool> = failed.collect();
    let waiting = waiting.filter(|position| !failed.contains_key(position));
    let refused = failed.iter().filter(|(_, held)| !**held).map(|(position, _)| *position);
    waiting.chain(refused).collect::<SmallSet<Position>>().into_vec()
}

pub(super) fn set_aside(what: &str, (key, value): &(Vec<u8>, Vec<u8>)) -> UnreadableRow {
    UnreadableRow { what: what.to_owned(), key: hex::encode(key), value: hex::encode(value) }
}

/// What any version of the file says of itself.
#[derive(Deserialize)]
struct Label {
    format: Option<String>,
    version: Option<u32>,
}

pub(super) fn parse(text: &str) -> Result<OutboxFile, FileError> {
    let malformed = |error: json::JsonError| FileError::Malformed(error.to_string());
    let label: Label = json::read(text.as_bytes()).map_err(malformed)?;
    if label.format.as_deref() != Some(FORMAT) {
        return Err(FileError::Malformed("its format is not named".to_owned()));
    }
    if label.version.is_some_and(|version| version > VERSION) {
        return Err(FileError::Newer);
    }
    json::read(text.as_bytes()).map_err(malformed)
}
