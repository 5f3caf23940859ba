use super::*;
use crate::{
    rows::Draft,
    testing::{Fault, FixedSurroundings, MemoryStore, run_ready, shop},
};
use evertill_domain::cart::Cart;
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

#[test]
fn the_draft_goes_with_the_sale_and_never_comes_back() {
    let counter = counter();
    let mut cart = Cart::default();
    let line = evertill_domain::cart::CartProduct {
        id: shop::id(1),
        sku: "A".to_owned(),
        name: "A".to_owned(),
        unit_price_minor: 1,
        tax_rate: evertill_domain::TaxRate::ZERO,
        weighed: false,
    };
    cart.add(line, evertill_domain::Quantity::ONE).expect("fits");
    let draft = Draft { id: shop::id(3), opened_at_ms: 1, changed_at_ms: 2, cart };
    run_ready(counter.till.save_draft(&draft)).expect("kept");
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
