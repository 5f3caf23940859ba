//! What the sale's transaction decides, pure: from the rows that it read, seq, receipt number and hash of the entry, and
//! the rows to write; or why none may be written.

use super::{CommitError, CommittedSale, PreparedSale};
use crate::{
    ports::{Rows, Table, Write},
    rows::{HeadRow, Identity, JournalRow, JsonRow, OutboxRow, Position, Unreadable},
};
use core::num::NonZeroU32;
use evertill_domain::{BusinessDate, ReceiptNumber};
use evertill_protocol::{
    Entry, Kind,
    chain::{GENESIS, Link},
};

/// Whether the epoch is known to hold no entry yet: then it needs no head.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum First {
    Yes,
    No,
}

/// What one attempt came to.
pub(super) enum Attempt {
    Committed(CommittedSale),
    /// The id is in the journal already with the same body: an earlier attempt succeeded.
    AlreadyThere(Position),
    /// The id is in the journal with another body.
    IdTaken,
    /// The epoch changed since the identity was read.
    StaleIdentity,
    /// There is no head that can be read.
    NoHead,
    Refused(CommitError),
}

/// Draws seq, number and hash from what the transaction read; pure.
pub(super) fn decide(
    prepared: &PreparedSale,
    (identity, first): (&Identity, First),
    now_ms: i64,
    rows: &[Rows],
    counter_key: Vec<u8>,
    id_key: Vec<u8>,
) -> Result<(Vec<Write>, CommittedSale), Attempt> {
    let row = |place: usize| rows.get(place).and_then(|rows| rows.first()).map(|(_, value)| value.as_slice());
    let refuse = |error: Unreadable| Attempt::Refused(error.into());
    match row(3).map(Identity::decode) {
        Some(Ok(current)) if current == *identity => {}
        Some(Ok(_)) => return Err(Attempt::StaleIdentity),
        Some(Err(error)) => return Err(refuse(error)),
        None => return Err(Attempt::Refused(CommitError::NotEnrolled)),
    }
    if let Some(position) = row(2) {
        return Err(Position::from_key(position).map_or(Attempt::IdTaken, Attempt::AlreadyThere));
    }
    let head = match row(0).map(HeadRow::decode) {
        Some(Ok(head)) => Some(head),
        None if first == First::Yes => None,
        _ => return Err(Attempt::NoHead),
    };
    let seq = head.map_or(1, |head| head.seq + 1);
    let prev = head.map_or(GENESIS, |head| head.hash);
    let position = Position { epoch: identity.epoch, seq };
    let last_count = row(1).map(decode_counter).transpose().map_err(refuse)?.unwrap_or(0);
    let count = NonZeroU32::MIN.saturating_add(last_count);
    let receipt = ReceiptNumber { date: prepared.business_date, count };
    let receipt_text = (prepared.kind == Kind::Sale).then(|| receipt.to_string());
    let link = Link {
        terminal: identity.terminal,
        epoch: identity.epoch,
        seq,
        id: prepared.id,
        kind: prepared.kind.as_str(),
        schema: prepared.schema,
        receipt: receipt_text.as_deref(),
        business_date: prepared.business_date,
        body: &prepared.body,
        prev,
    };
    let hash = link.hash_with_body_digest(prepared.body_digest);
    let entry = Entry {
        seq,
        id: prepared.id,
        kind: prepared.kind.as_str().to_owned(),
        schema: prepared.schema,
        receipt: receipt_text,
        business_date: prepared.business_date,
        prev,
        hash,
        body: prepared.body.clone(),
    };
    let new_head = HeadRow {
        seq,
        hash,
        date: prepared.business_date,
        acked_through: head.map_or(0, |head| head.acked_through),
        durable_through: head.map_or(0, |head| head.durable_through),
    };
    let mut writes = vec![
        Write::Add(Table::Journal, position.key(), JournalRow { entry, committed_at_ms: now_ms }.encode()),
        Write::Add(Table::Outbox, position.key(), OutboxRow { queued_at_ms: now_ms, refusals: 0 }.encode()),
        Write::Add(Table::Ids, id_key.clone(), position.key()),
        Write::Put(Table::Heads, identity.epoch.to_be_bytes().to_vec(), new_head.encode()),
    ];
    if prepared.kind == Kind::Sale {
        writes.push(Write::Put(Table::Counters, counter_key, encode_counter(count.get())));
        writes.push(Write::Delete(Table::Drafts, id_key));
    }
    let committed = CommittedSale { id: prepared.id, position, receipt, hash, committed_at_ms: now_ms };
    Ok((writes, committed))
}

/// Counters are kept per date: a date that comes again, or a fresh epoch on this device, goes on counting.
pub(super) fn counter_key(date: BusinessDate) -> Vec<u8> {
    date.to_string().into_bytes()
}

fn encode_counter(count: u32) -> Vec<u8> {
    let mut value = vec![1];
    value.extend_from_slice(&count.to_be_bytes());
    value
}

fn decode_counter(value: &[u8]) -> Result<u32, Unreadable> {
    match value.split_first() {
        Some((1, count)) => count.try_into().map(u32::from_be_bytes).ok(),
        _ => None,
    }
    .ok_or_else(|| Unreadable::new("receipt counter", &"not a version byte and four bytes"))
}
