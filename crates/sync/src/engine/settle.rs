//! What an answer does to the entries that were sent: pure, one set of writes for one strict transaction.
//!
//! Acknowledged entries leave the outbox by ranges, not row by row. Whatever the answer does not name explicitly
//! stays; eight refusals set an entry aside, never away.

use super::batch::{Origin, Sent};
use crate::{
    ports::{Key, KeyRange, Table, Write},
    rows::{FailedRow, JsonRow, OutboxRow, Position},
    small::SmallMap,
    till::runs,
};
use evertill_protocol::upload::{EntryResult, Outcome};

/// Refusals after which an entry needs a person.
pub const REFUSALS_MAX: u32 = 8;
/// The first wait of an entry that was refused alone, milliseconds; it doubles.
const REFUSED_WAIT_MS: u64 = 1000;
/// The longest.
const REFUSED_WAIT_MAX_MS: u64 = 60_000;

/// What becomes of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// What to write.
    pub writes: Vec<Write>,
    /// Own entries that left the outbox.
    pub left: Vec<Position>,
    /// Entries that stay queued and when they may be sent again, in milliseconds from now.
    pub deferred: Vec<(Position, u64)>,
    /// The same for imported entries, by their key.
    pub deferred_carried: Vec<(Key, u64)>,
    /// Entries that were refused too often: they need a person, and the ERP has nothing of them.
    pub refused: Vec<Position>,
    /// Entries that were accepted, had already, or settled by a person.
    pub delivered: usize,
}

/// The outcome of each entry of a batch; `None` where a valid answer has none.
pub fn outcomes<'a>(sent: &[Sent], results: &'a [EntryResult]) -> Vec<Option<&'a EntryResult>> {
    let by_entry: SmallMap<_, &EntryResult> =
        results.iter().map(|result| ((result.seq, result.id), result)).collect();
    let in_order = results.len() == sent.len();
    let answer = |(place, entry): (usize, &Sent)| {
        let named = by_entry.get(&(entry.position.seq, entry.id)).copied();
        // An entry too broken to tell is answered in its place, without a name.
        let unnamed =
            || results.get(place).filter(|result| in_order && result.id.is_nil() && result.seq == 0);
        named.or_else(unnamed)
    };
    sent.iter().enumerate().map(answer).collect()
}

/// What a valid answer, or a refusal of a single entry (`None`), does to what was sent.
pub fn settle(sent: &[Sent], answers: &[Option<&EntryResult>], now_ms: i64) -> Settled {
    let mut settled = Settled::default();
    for (entry, answer) in sent.iter().zip(answers) {
        match (&entry.origin, answer) {
            (Origin::Imported(key), Some(result)) if result.outcome != Outcome::Retry => {
                // Whatever it became, the ERP keeps it, with a case where one is needed.
                settled.writes.push(Write::Delete(Table::Carried, key.clone()));
                settled.delivered += 1;
            }
            (Origin::Imported(key), answer) => {
                settled.deferred_carried.push((key.clone(), wait_ms(REFUSALS_MAX, *answer)));
            }
            (_, Some(result)) if result.outcome != Outcome::Retry => settled.keep(entry, result, now_ms),
            (_, answer) => settled.refuse(entry, *answer, now_ms),
        }
    }
    for (epoch, first, last) in runs(&settled.left) {
        let key = |seq| Position { epoch, seq }.key();
        let range = KeyRange { first: key(first), last: key(last) };
        settled.writes.insert(0, Write::DeleteRange(Table::Outbox, range));
    }
    settled
}

impl Settled {
    /// The ERP has it for good, booked or not.
    fn keep(&mut self, entry: &Sent, result: &EntryResult, now_ms: i64) {
        let key = entry.position.key();
        let by_hand = result.outcome == Outcome::Duplicate && result.code.as_deref() == Some("settled");
        let held = matches!(result.outcome, Outcome::Conflict | Outcome::Quarantined);
        if matches!(entry.origin, Origin::Queued(_)) {
            self.left.push(entry.position);
        }
        if held || by_hand {
            let row = FailedRow {
                outcome: result.outcome,
                code: result.code.clone(),
                reference: result.reference.clone(),
                since_ms: since_ms(entry, now_ms),
                sent_at_ms: now_ms,
                held_by_erp: true,
                settled: by_hand,
            };
            self.writes.push(Write::Put(Table::Failed, key, row.encode()));
        } else {
            self.delivered += 1;
            if matches!(entry.origin, Origin::Failed(_)) {
                self.writes.push(Write::Delete(Table::Failed, key));
            }
        }
    }

    /// The ERP has nothing of it, or does not say.
    fn refuse(&mut self, entry: &Sent, answer: Option<&EntryResult>, now_ms: i64) {
        let key = entry.position.key();
        let code = answer.and_then(|result| result.code.clone());
        match &entry.origin {
            Origin::Queued(row) if row.refusals + 1 >= REFUSALS_MAX => {
                self.left.push(entry.position);
                self.refused.push(entry.position);
                let row = FailedRow {
                    outcome: Outcome::Retry,
                    code: code.or_else(|| Some("refused".to_owned())),
                    reference: None,
                    since_ms: now_ms,
                    sent_at_ms: now_ms,
                    held_by_erp: false,
                    settled: false,
                };
                self.writes.push(Write::Put(Table::Failed, key, row.encode()));
            }
            Origin::Queued(row) => {
                let refusals = row.refusals + 1;
                self.deferred.push((entry.position, wait_ms(refusals, answer)));
                let row = OutboxRow { refusals, ..*row };
                self.writes.push(Write::Put(Table::Outbox, key, row.encode()));
            }
            Origin::Failed(row) => {
                let row = FailedRow { sent_at_ms: now_ms, ..row.clone() };
                self.writes.push(Write::Put(Table::Failed, key, row.encode()));
            }
            Origin::Imported(_) => {}
        }
    }
}

fn since_ms(entry: &Sent, now_ms: i64) -> i64 {
    match &entry.origin {
        Origin::Failed(row) => row.since_ms,
        Origin::Queued(_) | Origin::Imported(_) => now_ms,
    }
}

/// How long a refused entry waits: as the ERP says, and longer each time, so that one which says “at once” eight
/// times does not set an entry aside within a second.
fn wait_ms(refusals: u32, answer: Option<&EntryResult>) -> u64 {
    let own = REFUSED_WAIT_MS.saturating_mul(1 << refusals.min(16)).min(REFUSED_WAIT_MAX_MS);
    let ordered = answer.and_then(|result| result.retry_after_ms).unwrap_or(0);
    own.max(ordered).min(300_000)
}

/// Greatest n such that each of 1…n got an outcome: everything below the first entry that is still outstanding.
pub fn acked_through(head: u64, waiting: impl Iterator<Item = u64>, refused: Option<u64>) -> u64 {
    waiting.chain(refused).min().map_or(head, |first| first.saturating_sub(1))
}

/// The lowest refused seq of each epoch.
pub type RefusedFrom = SmallMap<u32, u64>;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use uuid::Uuid;

    fn queued(seq: u64, refusals: u32) -> Sent {
        let row = OutboxRow { queued_at_ms: 1, refusals };
        let position = Position { epoch: 1, seq };
        Sent { position, id: Uuid::from_u128(seq.into()), origin: Origin::Queued(row) }
    }

    fn result(seq: u64, outcome: Outcome, code: Option<&str>) -> EntryResult {
        let code = code.map(str::to_owned);
        EntryResult {
            seq,
            id: Uuid::from_u128(seq.into()),
            outcome,
            code,
            reference: None,
            retry_after_ms: None,
        }
    }

    fn settle_own(sent: &[Sent], results: &[EntryResult]) -> Settled {
        settle(sent, &outcomes(sent, results), 99)
    }

    #[test]
    fn acknowledged_entries_leave_by_ranges() {
        let sent: Vec<Sent> = (1..=6).map(|seq| queued(seq, 0)).collect();
        let results: Vec<EntryResult> = (1..=6)
            .map(|seq| result(seq, if seq == 4 { Outcome::Retry } else { Outcome::Accepted }, None))
            .collect();
        let settled = settle_own(&sent, &results);
        let ranges: Vec<&Write> =
            settled.writes.iter().filter(|write| matches!(write, Write::DeleteRange(..))).collect();
        assert_eq!(ranges.len(), 2, "1 to 3 and 5 to 6");
        assert_eq!(settled.delivered, 5);
        assert_eq!(settled.deferred, [(Position { epoch: 1, seq: 4 }, 2000)]);
    }

    #[test]
    fn a_refused_entry_waits_as_told_and_longer_each_time() {
        for (refusals, told, expected) in [
            (0, None, 2000),
            (0, Some(0), 2000),
            (3, Some(0), 16_000),
            (0, Some(45_000), 45_000),
            (6, Some(1), 60_000),
            (0, Some(u64::MAX), 300_000),
        ] {
            let answer = EntryResult { retry_after_ms: told, ..result(1, Outcome::Retry, None) };
            let settled = settle_own(&[queued(1, refusals)], &[answer]);
            assert_eq!(settled.deferred, [(Position { epoch: 1, seq: 1 }, expected)], "{told:?}");
        }
    }

    #[test]
    fn a_missing_or_foreign_outcome_is_a_refusal_of_that_entry_alone() {
        let sent = [queued(1, 0), queued(2, 0)];
        let foreign = EntryResult { id: Uuid::from_u128(77), ..result(2, Outcome::Accepted, None) };
        let settled = settle_own(&sent, &[result(1, Outcome::Accepted, None), foreign]);
        assert_eq!(settled.left, [Position { epoch: 1, seq: 1 }]);
        assert_eq!(settled.deferred.len(), 1);
    }

    #[test]
    fn eight_refusals_set_an_entry_aside() {
        let settled = settle_own(&[queued(1, REFUSALS_MAX - 1)], &[result(1, Outcome::Retry, None)]);
        assert_eq!(settled.refused, [Position { epoch: 1, seq: 1 }]);
        let failed = settled.writes.iter().find_map(|write| match write {
            Write::Put(Table::Failed, _, row) => FailedRow::decode(row).ok(),
            _ => None,
        });
        let failed = failed.expect("it is set aside");
        assert!(!failed.held_by_erp && !failed.settled && failed.outcome == Outcome::Retry);
    }

    #[test]
    fn settled_by_a_person_is_kept_apart_from_synced() {
        let settled = settle_own(&[queued(1, 0)], &[result(1, Outcome::Duplicate, Some("settled"))]);
        assert!(settled.writes.iter().any(|write| match write {
            Write::Put(Table::Failed, _, row) => FailedRow::decode(row).is_ok_and(|row| row.settled),
            _ => false,
        }));
    }

    #[test]
    fn an_entry_too_broken_to_name_is_answered_in_its_place() {
        let broken = EntryResult { seq: 0, id: Uuid::nil(), ..result(0, Outcome::Quarantined, Some("body")) };
        let settled =
            settle_own(&[queued(1, 0), queued(2, 0)], &[result(1, Outcome::Accepted, None), broken]);
        assert_eq!(settled.left.len(), 2);
        assert!(settled.deferred.is_empty());
    }

    #[test]
    fn acked_through_stops_before_the_first_outstanding_entry() {
        assert_eq!(acked_through(9, [].into_iter(), None), 9);
        assert_eq!(acked_through(9, [7, 5].into_iter(), None), 4);
        assert_eq!(acked_through(9, [7].into_iter(), Some(3)), 2);
        assert_eq!(acked_through(9, [1].into_iter(), None), 0);
    }

    const OUTCOMES: [Outcome; 5] =
        [Outcome::Accepted, Outcome::Duplicate, Outcome::Conflict, Outcome::Quarantined, Outcome::Retry];

    proptest! {
        /// Fault 7: an answer may leave out what it likes, name what was not sent, and come in any order.
        #[test]
        fn nothing_leaves_the_outbox_but_by_an_outcome_of_its_own(
            refusals in proptest::collection::vec(0..REFUSALS_MAX, 1..40),
            answered in proptest::collection::vec(proptest::option::of(0..OUTCOMES.len()), 40),
            foreign in proptest::collection::vec((1..60_u64, 1..60_u128, 0..OUTCOMES.len()), 0..20),
            order in any::<u64>(),
        ) {
            let sent: Vec<Sent> = (1..).zip(&refusals).map(|(seq, refusals)| queued(seq, *refusals)).collect();
            let own = sent.iter().zip(&answered).filter_map(|(entry, answered)| {
                Some(result(entry.position.seq, OUTCOMES[(*answered)?], None))
            });
            // Another's id at one's own place, or one's own id at another's, is no outcome.
            let foreign = foreign.iter().filter(|(seq, id, _)| u128::from(*seq) != *id).map(|(seq, id, outcome)| {
                EntryResult { id: Uuid::from_u128(*id), ..result(*seq, OUTCOMES[*outcome], None) }
            });
            let mut results: Vec<EntryResult> = own.chain(foreign).collect();
            results.sort_by_key(|result| order.wrapping_mul(2 * result.seq + 1) ^ result.id.as_u64_pair().1);
            let settled = settle_own(&sent, &results);

            let has_outcome = |place: usize| answered[place].is_some_and(|at| OUTCOMES[at] != Outcome::Retry);
            let mut left = BTreeSet::new();
            for (place, entry) in sent.iter().enumerate() {
                let at = entry.position;
                let given_up = !has_outcome(place) && refusals[place] + 1 >= REFUSALS_MAX;
                let leaves = has_outcome(place) || given_up;
                prop_assert_eq!(settled.left.contains(&at), leaves, "{:?}", at);
                prop_assert_eq!(settled.refused.contains(&at), given_up, "{:?}", at);
                prop_assert_eq!(settled.deferred.iter().filter(|(later, _)| *later == at).count(), usize::from(!leaves));
                let failed = settled.writes.iter().find_map(|write| match write {
                    Write::Put(Table::Failed, key, row) if *key == at.key() => FailedRow::decode(row).ok(),
                    _ => None,
                });
                // What the ERP does not say it has is kept apart for a person, never away.
                prop_assert!(!given_up || failed.is_some_and(|row| !row.held_by_erp && !row.settled));
                if leaves {
                    left.insert(at.key());
                }
            }
            let deleted: BTreeSet<Key> = sent
                .iter()
                .map(|entry| entry.position.key())
                .filter(|key| settled.writes.iter().any(|write| match write {
                    Write::DeleteRange(Table::Outbox, range) => (&range.first..=&range.last).contains(&key),
                    Write::Delete(Table::Outbox, gone) => gone == key,
                    _ => false,
                }))
                .collect();
            prop_assert_eq!(deleted, left);
        }
    }
}
