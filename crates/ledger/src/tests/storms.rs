//! Whatever the network and the tills do, the books end up the same: faults 4, 5, 15, 16, 17, 18, 30 and 45.

use super::till::{self, Till, check_books, erp, product, product_doc};
use evertill_protocol::{Entry, upload::Outcome};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What happens to one entry on its way.
#[derive(Clone, Debug)]
enum Way {
    Sent(usize),
    BodyFlipped(usize),
    SeqMoved(usize, u64),
    IdTaken(usize, usize),
    PrevFlipped(usize),
    HashFlipped(usize),
    Repriced,
    Deleted,
}

fn ways(entries: usize) -> impl Strategy<Value = Vec<Way>> {
    let at = 0..entries;
    let way = prop_oneof![
        6 => at.clone().prop_map(Way::Sent),
        1 => at.clone().prop_map(Way::BodyFlipped),
        1 => (at.clone(), 1..30_u64).prop_map(|(at, seq)| Way::SeqMoved(at, seq)),
        1 => (at.clone(), at.clone()).prop_map(|(at, other)| Way::IdTaken(at, other)),
        1 => at.clone().prop_map(Way::PrevFlipped),
        1 => at.prop_map(Way::HashFlipped),
        1 => Just(Way::Repriced),
        1 => Just(Way::Deleted),
    ];
    proptest::collection::vec(way, 0..60)
}

fn changed(all: &[Entry], way: &Way) -> Option<Entry> {
    let edit = |at: &usize, change: &dyn Fn(&mut Entry)| {
        let mut entry = all[*at].clone();
        change(&mut entry);
        Some(entry)
    };
    match way {
        Way::Sent(at) => edit(at, &|_| ()),
        Way::BodyFlipped(at) => edit(at, &|entry| entry.body = entry.body.replace("cash", "card")),
        Way::SeqMoved(at, seq) => edit(at, &|entry| entry.seq = *seq),
        Way::IdTaken(at, other) => edit(at, &|entry| entry.id = all[*other].id),
        Way::PrevFlipped(at) => edit(at, &|entry| entry.prev = till::flip(entry.prev)),
        Way::HashFlipped(at) => edit(at, &|entry| entry.hash = till::flip(entry.hash)),
        Way::Repriced | Way::Deleted => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Doubled, overtaking, damaged in any field: once everything true has arrived, each sale is booked once.
    #[test]
    fn every_true_entry_is_booked_once(
        ways in ways(12),
        pieces in proptest::collection::vec(1..20_i64, 12),
        sizes in proptest::collection::vec(1..6_usize, 60),
    ) {
        let (mut erp, mut till) = (erp(), Till::new(1));
        let all: Vec<Entry> = pieces.iter().enumerate().map(|(at, pieces)| till.sell(1 + at as u128 % 3, *pieces)).collect();
        let mut sizes = sizes.into_iter();
        let mut waiting = Vec::new();
        let mut left = 0;
        for way in &ways {
            match way {
                Way::Repriced => erp.put_product(product(1), product_doc(1, 251)),
                Way::Deleted => erp.delete_product(product(2)),
                _ => waiting.extend(changed(&all, way)),
            }
            if waiting.len() >= left {
                let answer = till.send(&mut erp, &waiting, 0);
                prop_assert_eq!(answer.results.len(), waiting.len(), "an outcome for each entry");
                prop_assert!(answer.results.iter().all(|result| result.reference.is_some() && result.outcome != Outcome::Retry));
                waiting.clear();
                left = sizes.next().unwrap_or(1);
                check_books(&erp);
            }
        }
        let answer = till.send(&mut erp, &all, 1);
        prop_assert!(answer.results.iter().all(|result| matches!(result.outcome, Outcome::Accepted | Outcome::Duplicate)));
        check_books(&erp);
        let booked: BTreeSet<_> = erp.sales().iter().map(|sale| sale.id).collect();
        prop_assert_eq!(booked, all.iter().map(|entry| entry.id).collect::<BTreeSet<_>>());
        for number in 1..=3_u128 {
            let sold: i64 = pieces.iter().enumerate().filter(|(at, _)| 1 + *at as u128 % 3 == number).map(|(_, pieces)| pieces * 1000).sum();
            prop_assert_eq!(erp.on_hand(product(number)), till::OPENING_MILLI - sold);
        }
        prop_assert!(answer.have.contiguous >= 12);
        prop_assert!(!answer.directives.new_epoch, "damage forks nothing");

        let (inbox, cases) = (erp.inbox().len(), erp.cases().count());
        till.send(&mut erp, &all, 2);
        prop_assert_eq!((erp.inbox().len(), erp.cases().count()), (inbox, cases), "sent again nothing changes");
    }

    /// A batch ends like the same entries sent one by one.
    #[test]
    fn a_batch_is_its_entries_one_by_one(ways in ways(6)) {
        let (mut together, mut till) = (erp(), Till::new(1));
        let mut apart = together.clone();
        let all: Vec<Entry> = (0..6).map(|at| till.sell(1 + at % 3, 40)).collect();
        let entries: Vec<Entry> = ways.iter().filter_map(|way| changed(&all, way)).collect();
        let batch = till.send(&mut together, &entries, 0);
        let mut singles = Vec::new();
        let mut have = till.send(&mut apart, &[], 0).have;
        for entry in &entries {
            let answer = till.send(&mut apart, std::slice::from_ref(entry), 0);
            singles.extend(answer.results);
            have = answer.have;
        }
        prop_assert_eq!(batch.results, singles);
        prop_assert_eq!(batch.have, have);
        let cases = |erp: &crate::memory::Erp| erp.cases().map(|case| (case.opened.clone(), case.state)).collect::<Vec<_>>();
        prop_assert_eq!(cases(&together), cases(&apart));
        prop_assert_eq!(together.sales().len(), apart.sales().len());
    }

    /// A cloned profile: both histories are kept, the first at each place is booked, and both hear of it.
    #[test]
    fn of_two_histories_nothing_is_lost(common in 0..4_usize, ours in 1..5_usize, theirs in 1..5_usize, swap: bool) {
        let (mut erp, mut till) = (erp(), Till::new(1));
        for _ in 0..common {
            till.sell(1, 1);
        }
        let mut clone = till.cloned();
        for _ in 0..ours {
            till.sell(1, 1);
        }
        for _ in 0..theirs {
            clone.sell(2, 1);
        }
        let (first, second) = if swap { (&clone, &till) } else { (&till, &clone) };
        prop_assert!(!first.send(&mut erp, &first.entries, 0).directives.new_epoch);
        prop_assert!(second.send(&mut erp, &second.entries, 0).directives.new_epoch);
        prop_assert_eq!(erp.inbox().len(), common + ours + theirs);
        let unbooked: Vec<u64> = erp.inbox().iter().filter(|row| !row.kept.state.is_booked()).map(|row| row.kept.reference).collect();
        prop_assert_eq!(unbooked.len(), ours.min(theirs));
        for reference in unbooked {
            prop_assert!(erp.release(reference, 0));
        }
        check_books(&erp);
        prop_assert_eq!(erp.sales().len(), common + ours + theirs);
    }
}
