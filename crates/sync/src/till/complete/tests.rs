use super::*;
use crate::{
    catalogue::rows::CursorRow,
    ports::{KeyRange, Write},
    rows::HeadRow,
    testing::{Fault, FixedSurroundings, MemoryStore, run_ready, shop},
};
use evertill_protocol::{Entry, chain::GENESIS};
use std::rc::Rc;

struct Counter {
    store: MemoryStore,
    till: Till<MemoryStore>,
    surroundings: FixedSurroundings,
}

fn counter() -> Counter {
    let store = MemoryStore::new();
    let surroundings = FixedSurroundings::new(1_777_500_000_000, 7);
    let till = run_ready(shop::enrolled(Rc::new(store.clone()), 1, 1, surroundings.now_ms()));
    Counter { store, till, surroundings }
}

impl Counter {
    fn pay(&self, number: u128) -> Result<CommittedSale, CommitError> {
        let prepared = shop::prepared(shop::id(number), 1_777_500_000_000);
        run_ready(self.till.complete_sale(prepared, &self.surroundings))
    }

    fn journal(&self) -> Vec<Entry> {
        let rows = self.store.rows(Table::Journal);
        rows.iter().map(|(_, row)| JournalRow::decode(row).expect("a journal row").entry).collect()
    }

    /// Dense, chained, numbered without a gap, each with its outbox row.
    fn check_books(&self, sales: usize) {
        let journal = self.journal();
        assert_eq!(journal.len(), sales);
        let identity = run_ready(self.till.identity()).expect("readable").expect("enrolled");
        let mut prev = GENESIS;
        for (place, entry) in journal.iter().enumerate() {
            assert_eq!(entry.seq, place as u64 + 1);
            assert_eq!(entry.receipt.as_deref(), Some(format!("2026-04-30-{:02}", place + 1).as_str()));
            assert_eq!(entry.prev, prev);
            assert_eq!(entry.hash, entry.computed_hash(identity.terminal, identity.epoch));
            prev = entry.hash;
        }
        assert_eq!(self.store.rows(Table::Outbox).len(), sales);
        assert_eq!(self.store.rows(Table::Ids).len(), sales);
    }
}

#[test]
fn sales_are_dense_chained_and_numbered() {
    let counter = counter();
    for seq in 1..=12_u64 {
        let committed = counter.pay(seq.into()).expect("a plain sale commits");
        assert_eq!(committed.position, Position { epoch: 1, seq });
    }
    counter.check_books(12);
    assert_eq!(counter.store.commits().1, 13, "enrolment and each sale are strict");
}

#[test]
fn paying_twice_is_one_sale() {
    let counter = counter();
    let first = counter.pay(5).expect("commits");
    let second = counter.pay(5).expect("finds itself");
    assert_eq!(first, second);
    counter.check_books(1);
}

#[test]
fn the_same_id_with_another_body_becomes_its_own_sale() {
    let counter = counter();
    let first = counter.pay(5).expect("commits");
    let other = PreparedSale::new(shop::id(5), &shop::sale(&[(9, 1, 1)], 1_777_500_000_000), shop::date())
        .expect("fits");
    let second = run_ready(counter.till.complete_sale(other, &counter.surroundings)).expect("commits");
    assert_ne!(first.id, second.id);
    counter.check_books(2);
}

#[test]
fn an_error_is_not_proof_of_failure() {
    for fault in [Fault::AbortedAfterSuccess, Fault::CompletedUnseen, Fault::Closed, Fault::Quota] {
        let counter = counter();
        counter.pay(1).expect("commits");
        counter.store.fail_next([Some(fault)]);
        let committed = counter.pay(2).unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(committed.position.seq, 2, "{fault:?}");
        counter.check_books(2);
    }
}

#[test]
fn faults_in_a_row_end_in_one_sale_or_a_plain_refusal() {
    let faults = [Fault::AbortedAfterSuccess, Fault::CompletedUnseen, Fault::Closed, Fault::Quota].map(Some);
    for first in faults {
        for second in faults {
            for third in faults {
                let counter = counter();
                counter.store.fail_next([first, second, third]);
                let paid = counter.pay(1).is_ok();
                counter.store.fail_next([]);
                if paid {
                    counter.check_books(1);
                }
                // Paying again after a refusal never doubles the sale.
                for _ in 0..4 {
                    if counter.pay(1).is_ok() {
                        break;
                    }
                }
                counter.check_books(1);
            }
        }
    }
}

#[test]
fn a_full_device_gives_up_its_ballast_for_the_sale() {
    let counter = counter();
    counter.store.tamper(vec![Write::Put(Table::Ballast, vec![0], vec![7; 20_000])]);
    counter.store.set_quota(Some(counter.store.used_bytes() + 10));
    counter.pay(1).expect("the ballast makes room");
    assert!(counter.store.rows(Table::Ballast).is_empty());
    counter.store.set_quota(Some(counter.store.used_bytes() + 10));
    assert_eq!(counter.pay(2), Err(CommitError::Quota), "nothing is left to give up");
    counter.check_books(1);
    counter.store.set_quota(None);
    counter.pay(2).expect("the same cart commits once there is space");
    counter.check_books(2);
}

/// Which of 700 acknowledged sales are left after one more that did not fit, where a backup of the ERP holds the
/// first `durable_through`, and the second and the last needed a person.
fn left_after_quota(durable_through: u64) -> Vec<u64> {
    let counter = counter();
    for number in 1..=700 {
        counter.pay(number).expect("commits");
    }
    let at = |seq| Position { epoch: 1, seq }.key();
    let head = counter.store.rows(Table::Heads).remove(0);
    let acknowledged =
        HeadRow { acked_through: 700, durable_through, ..HeadRow::decode(&head.1).expect("a head") };
    let included = vec![evertill_protocol::changes::Included { epoch: 1, seqs: vec![(1, 700)] }];
    let cursor = CursorRow {
        feed: uuid::Uuid::from_u128(1),
        cursor: "c".to_owned(),
        as_of_ms: Some(1),
        included,
        resync: false,
    };
    counter.store.tamper(vec![
        Write::Put(Table::Heads, head.0, acknowledged.encode()),
        Write::Put(Table::Meta, meta::CURSOR.to_vec(), cursor.encode()),
        Write::DeleteRange(Table::Outbox, KeyRange { first: at(1), last: at(700) }),
        Write::Put(Table::Failed, at(2), vec![1]),
        Write::Put(Table::Failed, at(700), vec![1]),
        Write::Put(Table::Ballast, vec![0], vec![7; 100]),
    ]);
    counter.store.fail_next([Some(Fault::Quota)]);
    let sold = counter.pay(701).expect("what was given up makes room");
    assert_eq!(sold.position.seq, 701);
    assert!(counter.store.rows(Table::Ballast).is_empty());
    counter.journal().iter().map(|entry| entry.seq).collect()
}

#[test]
fn a_full_device_gives_up_what_a_backup_holds_then_the_oldest() {
    let with = |rest: core::ops::RangeInclusive<u64>| {
        let mut left = vec![2];
        left.extend(rest);
        left
    };
    // 500 go: the oldest, but for the second.
    assert_eq!(left_after_quota(0), with(502..=701));
    // The backup holds fewer than that: the oldest others go along.
    assert_eq!(left_after_quota(300), with(502..=701));
    // It holds more: all of these, and no other.
    assert_eq!(left_after_quota(650), with(651..=701));
}

#[test]
fn the_last_word_after_failures_is_what_the_database_holds() {
    let counter = counter();
    counter.store.fail_next([Fault::Closed, Fault::Closed, Fault::Closed, Fault::CompletedUnseen].map(Some));
    counter.pay(1).expect("it is on the disk, whatever the browser said four times");
    counter.check_books(1);
}

#[test]
fn the_draft_goes_with_the_sale_and_never_comes_back() {
    let counter = counter();
    let (goods, draft) = (shop::draft(3), shop::charged_draft(3));
    run_ready(counter.till.save_draft(&goods)).expect("kept");
    let strict = counter.store.commits().1;
    run_ready(counter.till.save_draft(&draft)).expect("kept");
    assert_eq!(
        counter.store.commits().1,
        strict + 1,
        "money that was taken is on the disk, goods need not be"
    );
    let leaving = run_ready(counter.till.reset(None));
    assert_eq!(leaving, Err(crate::till::ResetError::MoneyTaken(1)), "money is not left behind");
    run_ready(counter.till.save_draft(&goods)).expect("kept");
    assert_eq!(counter.store.commits().1, strict + 2, "nor does money that was given back come again");
    run_ready(counter.till.save_draft(&goods)).expect("kept");
    assert_eq!(counter.store.commits().1, strict + 2);
    run_ready(counter.till.save_draft(&draft)).expect("kept");
    assert_eq!(run_ready(counter.till.drafts()).expect("readable"), std::slice::from_ref(&draft));
    counter.pay(3).expect("commits");
    assert!(run_ready(counter.till.drafts()).expect("readable").is_empty());
    assert!(run_ready(counter.till.save_draft(&draft)).is_err(), "a sold cart is never written again");
    assert!(run_ready(counter.till.drafts()).expect("readable").is_empty());
}

#[test]
fn a_fresh_epoch_starts_at_one_and_goes_on_counting_receipts() {
    let counter = counter();
    counter.pay(1).expect("commits");
    run_ready(counter.till.keep_tokens(&shop::tokens(1, 2), 0)).expect("a fresh epoch");
    let second = counter.pay(2).expect("commits");
    assert_eq!(second.position, Position { epoch: 2, seq: 1 });
    assert_eq!(second.receipt.to_string(), "2026-04-30-02");
    let entry = counter.journal().pop().expect("two entries");
    assert_eq!(entry.prev, GENESIS);
}

#[test]
fn who_is_not_enrolled_or_was_revoked_sells_nothing() {
    let till = Till::new(Rc::new(MemoryStore::new()));
    let surroundings = FixedSurroundings::new(0, 1);
    let paid = run_ready(till.complete_sale(shop::prepared(shop::id(1), 0), &surroundings));
    assert_eq!(paid, Err(CommitError::NotEnrolled));
}

#[test]
fn a_journal_is_never_written_over_whatever_became_of_its_head() {
    let head_key = 1_u32.to_be_bytes().to_vec();
    let head = |counter: &Counter| {
        HeadRow::decode(&counter.store.rows(Table::Heads)[0].1).expect("a head can be read")
    };
    let mut damages: Vec<(&str, Option<Vec<u8>>)> =
        vec![("gone", None), ("unreadable", Some(b"\x01{ rot".to_vec()))];
    let behind = HeadRow { seq: 3, ..head(&sold_five()) };
    damages.push(("behind its journal", Some(behind.encode())));
    for (damage, row) in damages {
        let counter = sold_five();
        counter.store.tamper(vec![match row {
            Some(row) => Write::Put(Table::Heads, head_key.clone(), row),
            None => Write::Delete(Table::Heads, head_key.clone()),
        }]);
        for number in 6..=7 {
            let committed = counter.pay(number).unwrap_or_else(|error| panic!("{damage}: {error}"));
            assert_eq!(u128::from(committed.position.seq), number, "{damage}");
        }
        counter.check_books(7);
    }
}

#[test]
fn behind_a_newest_entry_that_rotted_with_its_head_selling_goes_on() {
    let counter = sold_five();
    let newest = Position { epoch: 1, seq: 5 }.key();
    let rot = b"\x01{ rot".to_vec();
    counter.store.tamper(vec![
        Write::Put(Table::Heads, 1_u32.to_be_bytes().to_vec(), rot.clone()),
        Write::Put(Table::Journal, newest, rot),
    ]);
    let fourth = JournalRow::decode(&counter.store.rows(Table::Journal)[3].1).expect("it can be read");
    assert_eq!(counter.pay(6).expect("the till sells").position.seq, 6);
    let sixth = JournalRow::decode(&counter.store.rows(Table::Journal)[5].1).expect("it can be read");
    assert_eq!(sixth.entry.prev, fourth.entry.hash, "chained to the newest entry that there is");
}

#[test]
fn a_rotten_head_over_a_journal_that_is_gone_stops_no_sale() {
    let counter = sold_five();
    counter.store.tamper(vec![
        Write::Put(Table::Heads, 1_u32.to_be_bytes().to_vec(), b"\x01{ rot".to_vec()),
        Write::DeleteRange(Table::Journal, KeyRange { first: vec![0], last: vec![0xff; 13] }),
        Write::DeleteRange(Table::Outbox, KeyRange { first: vec![0], last: vec![0xff; 13] }),
    ]);
    assert_eq!(
        counter.pay(6).expect("the till sells").position.seq,
        1,
        "the ERP will say that this is a fork"
    );
}

fn sold_five() -> Counter {
    let counter = counter();
    for number in 1..=5 {
        counter.pay(number).expect("a plain sale commits");
    }
    counter
}
