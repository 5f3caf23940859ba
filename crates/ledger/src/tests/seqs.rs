//! Holes, lost ranges, the chain, carriers and restores.

use super::till::{self, DAY_MS, Till, check_books, erp, send, terminal};
use evertill_protocol::{
    api::{CaseKind, CaseState},
    chain::GENESIS,
    upload::Outcome,
};

/// Open cases of a kind.
fn open(erp: &crate::memory::Erp, kind: CaseKind) -> usize {
    erp.cases().filter(|case| case.opened.kind == kind && case.state == CaseState::Open).count()
}

#[test]
fn entries_after_a_hole_are_taken_and_the_rest_is_asked_for() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let all: Vec<_> = (0..9).map(|_| till.sell(1, 1)).collect();
    let answer = till.send(&mut erp, &[all[8].clone(), all[2].clone(), all[0].clone()], 0);
    assert!(answer.results.iter().all(|result| result.outcome == Outcome::Accepted));
    assert_eq!((answer.have.contiguous, answer.have.max), (1, 9));
    assert_eq!(answer.have.missing, [(2, 2), (4, 8)]);
    let rest = till.send(&mut erp, &all, 1);
    assert_eq!((rest.have.contiguous, rest.have.missing.len()), (9, 0));
    assert_eq!(erp.cases().count(), 0, "compared when it came, the chain holds");
    assert_eq!(till.send(&mut erp, &[], 2).have.max, 9, "head does not extend it");
}

#[test]
fn a_hole_is_a_case_after_a_day_and_heals() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let all: Vec<_> = (0..6).map(|_| till.sell(1, 1)).collect();
    till.send(&mut erp, &all[5..], 0);
    till.send(&mut erp, &[], DAY_MS - 1);
    assert_eq!(open(&erp, CaseKind::Hole), 0);
    till.send(&mut erp, &[], DAY_MS);
    till.send(&mut erp, &[], DAY_MS + 1);
    assert_eq!(open(&erp, CaseKind::Hole), 1);
    till.send(&mut erp, &all[2..3], DAY_MS + 2);
    assert_eq!(open(&erp, CaseKind::Hole), 2, "what is left of it is as old");
    till.send(&mut erp, &all, DAY_MS + 3);
    assert_eq!(open(&erp, CaseKind::Hole), 0);
}

#[test]
fn lost_is_a_case_at_once_and_may_still_come() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let all: Vec<_> = (0..6).map(|_| till.sell(1, 1)).collect();
    let mut upload = till.upload(all[4..].to_vec());
    upload.lost = vec![(2, 4), (5, 5), (3, 3)];
    for _ in 0..2 {
        let answer = send(&mut erp, till.terminal, &upload, 0).expect("taken");
        assert_eq!((answer.have.contiguous, answer.have.missing.clone()), (0, vec![(1, 1)]));
    }
    assert_eq!(open(&erp, CaseKind::Lost), 1);
    let answer = till.send(&mut erp, &all[..3], 1);
    assert!(answer.results.iter().all(|result| result.outcome == Outcome::Accepted));
    assert_eq!(answer.have.contiguous, 6);
    assert_eq!(erp.sales().len(), 5);
}

#[test]
fn a_break_is_one_case_and_a_wrong_copy_breaks_nothing() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let first = till.sell(1, 1);
    let mut second = till.sell(1, 2);
    second.prev = GENESIS;
    till.seal(&mut second);
    let third = till.sell(1, 3);
    for entry in [&first, &second, &third, &second] {
        till.outcome(&mut erp, entry);
    }
    assert_eq!(open(&erp, CaseKind::Chain), 2, "second does not follow first, nor third the changed second");
    assert_eq!(erp.sales().len(), 3, "prev decides no outcome");

    let (mut erp, mut till) = (super::till::erp(), Till::new(1));
    let all: Vec<_> = (0..3).map(|_| till.sell(1, 1)).collect();
    let mut broken = all[1].clone();
    broken.body.push(' ');
    till.send(&mut erp, &[all[0].clone(), broken, all[2].clone()], 0);
    assert_eq!(open(&erp, CaseKind::Chain), 0, "the received hash of what was damaged still links");
    till.send(&mut erp, &all, 0);
    assert_eq!((open(&erp, CaseKind::Chain), erp.sales().len()), (0, 3));

    let mut odd = Till::new(2);
    let mut start = odd.sell(1, 1);
    start.prev = start.hash;
    odd.seal(&mut start);
    odd.outcome(&mut erp, &start);
    assert_eq!(open(&erp, CaseKind::Chain), 1, "a journal begins with zeros");
}

#[test]
fn a_break_heals_when_the_true_entry_comes() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let all: Vec<_> = (0..2).map(|_| till.sell(1, 1)).collect();
    let mut broken = all[0].clone();
    broken.body.push(' ');
    broken.hash = till::flip(broken.hash);
    till.send(&mut erp, &[broken, all[1].clone()], 0);
    assert_eq!(open(&erp, CaseKind::Chain), 1);
    till.send(&mut erp, &all, 0);
    assert_eq!((open(&erp, CaseKind::Chain), open(&erp, CaseKind::Quarantine)), (0, 0));
}

#[test]
fn from_a_carrier_only_entries_count() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let all: Vec<_> = (0..3).map(|_| till.sell(1, 1)).collect();
    let mut upload = till.upload(all[..1].to_vec());
    upload.lost = vec![(2, 2)];
    upload.acked_through = 3;
    let answer = send(&mut erp, terminal(2), &upload, 0).expect("taken");
    assert_eq!((answer.have.contiguous, answer.directives.resend_from), (1, None));
    assert_eq!(erp.cases().count(), 0);
    assert_eq!(erp.inbox()[0].carrier, Some(terminal(2)));
    assert_eq!(erp.journal((till.terminal, 1)).map(|journal| journal.head), Some(0));
}

#[test]
fn a_restored_erp_asks_for_what_it_forgot() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let all: Vec<_> = (0..9).map(|_| till.sell(1, 1)).collect();
    till.send(&mut erp, &all[..4], 0);
    let backup = erp.clone();
    till.send(&mut erp, &all[4..], 0);
    let mut upload = till.upload(Vec::new());
    upload.acked_through = 9;
    assert_eq!(send(&mut erp, till.terminal, &upload, 0).expect("taken").directives.resend_from, None);
    erp.restore(backup);
    assert_eq!(send(&mut erp, till.terminal, &upload, 0).expect("taken").directives.resend_from, Some(5));
    let answer = till.send(&mut erp, &all[4..], 0);
    assert!(answer.results.iter().all(|result| result.outcome == Outcome::Accepted));
    assert_eq!(erp.on_hand(till::product(1)), till::OPENING_MILLI - 9000);
    check_books(&erp);
}

#[test]
fn an_epoch_that_ends_without_proof_is_a_case_until_proven() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let all: Vec<_> = (0..3).map(|_| till.sell(1, 1)).collect();
    erp.enrol(terminal(2), 0);
    assert_eq!(erp.cases().count(), 0, "nothing ever came from it");
    let mut upload = till.upload(all[..1].to_vec());
    upload.head = 3;
    send(&mut erp, till.terminal, &upload, 0).expect("taken");
    assert_eq!(erp.enrol(terminal(1), 0), 2);
    assert_eq!(open(&erp, CaseKind::EpochEnded), 1);
    till.send(&mut erp, &all[..2], 0);
    assert_eq!(open(&erp, CaseKind::EpochEnded), 1);
    till.send(&mut erp, &all[2..], 0);
    assert_eq!(open(&erp, CaseKind::EpochEnded), 0, "drained as it is, long after");
}
