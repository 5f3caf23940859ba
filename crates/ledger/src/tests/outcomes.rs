//! Outcomes, in the order of the protocol.

use super::till::{self, Till, check_books, erp, terminal};
use crate::memory::Erp;
use Outcome::{Accepted, Conflict, Duplicate, Quarantined};
use evertill_domain::Id;
use evertill_protocol::{Entry, Hash, upload::Outcome};
use uuid::Uuid;

/// Sends entries one by one and compares outcomes and codes.
#[track_caller]
fn check(erp: &mut Erp, till: &Till, steps: &[(&Entry, Outcome, Option<&str>)]) {
    for (place, (entry, outcome, code)) in steps.iter().enumerate() {
        let got = till.outcome(erp, entry);
        assert_eq!(got, (*outcome, code.map(str::to_owned)), "step {place}");
        check_books(erp);
    }
}

fn sealed(till: &Till, entry: &Entry, change: impl FnOnce(&mut Entry)) -> Entry {
    let mut other = entry.clone();
    change(&mut other);
    till.seal(&mut other);
    other
}

fn damaged(entry: &Entry, change: impl FnOnce(&mut Entry)) -> Entry {
    let mut other = entry.clone();
    change(&mut other);
    other
}

fn id(number: u128) -> Id<evertill_domain::id::Entry> {
    Id::new(Uuid::from_u128(number)).expect("not nil")
}

#[test]
fn sent_again_it_is_the_same_sale() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let sale = till.sell(1, 3);
    check(&mut erp, &till, &[(&sale, Accepted, None), (&sale, Duplicate, None), (&sale, Duplicate, None)]);
    assert_eq!(erp.on_hand(till::product(1)), till::OPENING_MILLI - 3000);
    assert_eq!((erp.inbox().len(), erp.cases().count()), (1, 0));
}

#[test]
fn the_same_id_with_other_bytes_is_kept_beside_once() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let sale = till.sell(1, 3);
    let other = sealed(&till, &sale, |entry| entry.body = till::body(1, 4, 250));
    let elsewhere = sealed(&till, &other, |entry| entry.seq = 9);
    check(
        &mut erp,
        &till,
        &[
            (&sale, Accepted, None),
            (&other, Conflict, Some("id")),
            (&other, Conflict, Some("id")),
            (&elsewhere, Conflict, Some("id")),
            (&sale, Duplicate, None),
        ],
    );
    assert_eq!((erp.inbox().len(), erp.cases().count(), erp.sales().len()), (3, 2, 1), "one case for each");
}

#[test]
fn two_ids_at_one_place_are_a_fork_and_release_books_the_second() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    till.sell(1, 1);
    let mut clone = till.cloned();
    let (ours, theirs) = (till.sell(1, 1), clone.sell(2, 5));
    let first = till.entries.clone();
    assert!(!till.send(&mut erp, &first, 0).directives.new_epoch);
    let answer = till.send(&mut erp, std::slice::from_ref(&theirs), 0);
    assert!(answer.directives.new_epoch, "the epoch is forked");
    check(&mut erp, &till, &[(&theirs, Conflict, Some("seq")), (&ours, Duplicate, None)]);
    assert_eq!(erp.cases().count(), 1);
    let reference = answer.results[0].reference.clone().and_then(|text| text.parse().ok()).expect("a number");
    assert!(erp.release(reference, 0));
    assert!(!erp.release(reference, 0), "once");
    check(&mut erp, &till, &[(&theirs, Duplicate, None)]);
    assert_eq!(erp.on_hand(till::product(2)), till::OPENING_MILLI - 5000);
    assert!(till.send(&mut erp, &[], 0).directives.new_epoch, "a fork stays one");
}

#[test]
fn a_wrong_hash_stands_in_nobodys_way() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let sale = till.sell(1, 3);
    let broken = damaged(&sale, |entry| entry.body = till::body(1, 4, 250));
    check(
        &mut erp,
        &till,
        &[
            (&broken, Quarantined, Some("hash")),
            (&broken, Quarantined, Some("hash")),
            (&sale, Accepted, None),
            (&broken, Duplicate, Some("settled")),
            (&sale, Duplicate, None),
        ],
    );
    assert!(erp.cases().all(|case| case.state == evertill_protocol::api::CaseState::Settled));
    assert_eq!(erp.cases().count(), 1);
}

#[test]
fn a_wrong_hash_from_a_revoked_terminal_is_settled_by_the_right_one_too() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let sale = till.sell(1, 3);
    let broken = damaged(&sale, |entry| entry.body = till::body(1, 4, 250));
    erp.revoke(till.terminal);
    check(
        &mut erp,
        &till,
        &[
            (&broken, Quarantined, Some("revoked")),
            (&sale, Quarantined, Some("revoked")),
            (&broken, Duplicate, Some("settled")),
            (&sale, Quarantined, Some("revoked")),
        ],
    );
    let open = erp.cases().filter(|case| case.state == evertill_protocol::api::CaseState::Open);
    assert_eq!((open.count(), erp.cases().count()), (1, 2), "the sale itself waits for a person");
}

#[test]
fn a_flipped_seq_or_id_cannot_take_a_place() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let (first, second) = (till.sell(1, 1), till.sell(1, 2));
    let at_first = damaged(&second, |entry| entry.seq = 1);
    let other_id = damaged(&second, |entry| entry.id = id(77));
    check(
        &mut erp,
        &till,
        &[
            (&first, Accepted, None),
            (&at_first, Conflict, Some("seq")),
            (&other_id, Quarantined, Some("hash")),
            (&second, Accepted, None),
        ],
    );
    assert!(!till.send(&mut erp, &[], 0).directives.new_epoch, "a wrong hash forks nothing");
}

#[test]
fn what_cannot_be_read_or_does_not_add_up_is_kept() {
    let unbalanced =
        till::sale_text(&evertill_protocol::body::SaleV1 { total_minor: 1, ..till::sale(1, 3, 250) });
    let other_outlet = till::sale_text(&evertill_protocol::body::SaleV1 {
        outlet: Id::new(Uuid::from_u128(99)).expect("not nil"),
        ..till::sale(1, 3, 250)
    });
    let yen = till::sale_text(&evertill_protocol::body::SaleV1 {
        currency: "JPY".parse().expect("a currency"),
        ..till::sale(1, 3, 250)
    });
    let unknown_field = till::body(1, 3, 250).replacen('{', "{\"extra\":1,", 1);
    let table: [(&str, String, u16, &str); 9] = [
        ("sale", unbalanced, 1, "arithmetic"),
        ("sale", "{".into(), 1, "body"),
        ("sale", String::new(), 1, "body"),
        ("sale", unknown_field, 1, "body"),
        ("sale", format!("{}{}", till::body(1, 3, 250), " ".repeat(evertill_protocol::BODY_MAX)), 1, "body"),
        ("sale", till::body(1, 3, 250), 2, "schema"),
        ("teleport", "{}".into(), 1, "kind"),
        ("sale", other_outlet, 1, "outlet"),
        ("sale", yen, 1, "currency"),
    ];
    for (kind, body, schema, code) in table {
        let (mut erp, mut till) = (erp(), Till::new(1));
        let sale = till.sell(1, 3);
        let entry = sealed(&till, &sale, |entry| {
            entry.kind = kind.into();
            entry.schema = schema;
            entry.body = body;
        });
        check(&mut erp, &till, &[(&entry, Quarantined, Some(code)), (&entry, Quarantined, Some(code))]);
        assert_eq!((erp.inbox().len(), erp.cases().count(), erp.sales().len()), (1, 1, 0), "{code}");
        check(&mut erp, &till, &[(&sale, Conflict, Some("id"))]);
        assert!(erp.settle(1));
        check(&mut erp, &till, &[(&entry, Duplicate, Some("settled"))]);
    }
}

#[test]
fn unreadable_entries_are_kept_raw_and_answered_in_order() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let sale = till.sell(1, 3);
    let good = serde_json::to_string(&sale).expect("is JSON");
    let no_prev = good.replace(&format!("\"prev\":\"{}\"", sale.prev), "\"prev\":\"zz\"");
    let seq_zero = good.replace("\"seq\":1,", "\"seq\":0,");
    let body = format!(
        r#"{{"protocol":1,"terminal":"{}","epoch":1,"batch":"{}","head":1,"entries":[7,"x",{no_prev},{good},{seq_zero},null,[]]}}"#,
        till.terminal,
        Uuid::from_u128(5)
    );
    for round in 0..2 {
        let answer = erp.upload(till.terminal, body.as_bytes(), 0).expect("taken");
        let got: Vec<_> = answer.results.iter().map(|result| (result.seq, result.outcome)).collect();
        let sold = if round == 0 { Accepted } else { Duplicate };
        let third = if round == 0 { Quarantined } else { Duplicate };
        let expected = [
            (0, Quarantined),
            (0, Quarantined),
            (1, third),
            (1, sold),
            (0, Quarantined),
            (0, Quarantined),
            (0, Quarantined),
        ];
        assert_eq!(got, expected, "round {round}");
        assert_eq!(erp.inbox().len(), 7);
        assert_eq!(erp.inbox()[2].received.raw.get(), no_prev, "byte for byte");
        assert_eq!(answer.results[0].id, Uuid::nil());
        assert_eq!(answer.results[2].id, sale.id.uuid());
        assert_eq!(answer.have.contiguous, 1);
    }
    assert_eq!(erp.sales().len(), 1);
}

#[test]
fn a_revoked_terminal_is_heard_but_not_booked() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let (before, after) = (till.sell(1, 1), till.sell(1, 2));
    let broken = damaged(&after, |entry| entry.hash = till::flip(entry.hash));
    check(&mut erp, &till, &[(&before, Accepted, None)]);
    erp.revoke(till.terminal);
    assert!(till.send(&mut erp, &[], 0).directives.revoked);
    check(
        &mut erp,
        &till,
        &[
            (&before, Duplicate, None),
            (&broken, Quarantined, Some("revoked")),
            (&after, Quarantined, Some("revoked")),
            (&after, Quarantined, Some("revoked")),
        ],
    );
    assert!(erp.release(3, 0));
    check(&mut erp, &till, &[(&after, Duplicate, None)]);
}

#[test]
fn a_batch_may_refer_to_itself() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let sale = till.sell(1, 3);
    let broken = damaged(&sale, |entry| entry.body.push(' '));
    let other = sealed(&till, &sale, |entry| entry.body = till::body(2, 1, 250));
    let rival = sealed(&till, &sale, |entry| entry.id = id(78));
    let answer = till.send(&mut erp, &[broken, sale.clone(), sale, other, rival], 0);
    let got: Vec<_> = answer.results.iter().map(|result| (result.outcome, result.code.as_deref())).collect();
    let expected = [
        (Quarantined, Some("hash")),
        (Accepted, None),
        (Duplicate, None),
        (Conflict, Some("id")),
        (Conflict, Some("seq")),
    ];
    assert_eq!(got, expected);
    assert!(answer.directives.new_epoch);
    check_books(&erp);
}

type Change = fn(&mut evertill_protocol::upload::Upload);

#[test]
fn whole_requests_that_are_not_taken() {
    let (mut erp, till) = (erp(), Till::new(1));
    let table: [(Change, u16, &str); 6] = [
        (|upload| upload.protocol = 0, 400, "protocol"),
        (|upload| upload.protocol = 2, 503, "newer_protocol"),
        (|upload| upload.epoch = 7, 409, "epoch"),
        (|upload| upload.terminal = terminal(9), 404, "unknown_terminal"),
        (|upload| upload.lost = vec![(3, 2)], 400, "lost"),
        (|upload| upload.lost = vec![(0, 2)], 400, "lost"),
    ];
    for (change, status, code) in table {
        let mut upload = till.upload(Vec::new());
        change(&mut upload);
        let refused = till::send(&mut erp, till.terminal, &upload, 0).expect_err(code);
        assert_eq!((refused.status, refused.code), (status, code));
    }
    let many = till.upload(vec![Till::new(1).sell(1, 1); 501]);
    assert_eq!(
        till::send(&mut erp, till.terminal, &many, 0).map_err(|refused| refused.status).err(),
        Some(413)
    );
    let entry = Till::new(1).write("x".repeat(400_000));
    let heavy = till.upload(vec![entry; 3]);
    assert_eq!(
        till::send(&mut erp, till.terminal, &heavy, 0).map_err(|refused| refused.status).err(),
        Some(413)
    );
    assert_eq!(erp.upload(till.terminal, b"<html>", 0).map_err(|refused| refused.status).err(), Some(400));
    assert!(erp.inbox().is_empty());
}

#[test]
fn a_panicking_reader_keeps_the_entry() {
    fn panics(_: &str, _: u16, _: &str) -> Result<crate::Content, crate::Refusal> {
        panic!("our own mistake")
    }
    let mut till = Till::new(1);
    let raw = serde_json::value::to_raw_value(&till.sell(1, 1)).expect("is JSON");
    let received = crate::Received::read_with(raw.clone(), till.terminal, 1, panics);
    assert_eq!(received.content.expect_err("set aside").code, "internal");
    assert_eq!(received.raw.get(), raw.get());
    assert_ne!(received.computed, Hash([0; 32]));
}
