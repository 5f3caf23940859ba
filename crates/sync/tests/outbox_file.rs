//! The outbox as a file, and logging out: no sale that exists only on one device is ever thrown away.

use evertill_domain::{
    Id, Quantity, Sale, TaxRate,
    cart::{Cart, CartProduct},
    checkout::{CheckoutContext, checkout},
    sale::{Tender, TenderKind},
};
use evertill_protocol::terminal::{Right, TerminalTokens};
use evertill_sync::{
    ports::{Table, Write},
    rows::{FailedRow, JsonRow, Position},
    testing::{FixedSurroundings, MemoryStore, run_ready},
    till::{EntryState, FileError, PreparedSale, ResetError, Till},
};
use std::rc::Rc;
use uuid::Uuid;

const NOW_MS: i64 = 1_777_545_600_000;

fn id<Kind>(number: u128) -> Id<Kind> {
    Id::new(Uuid::from_u128(number)).expect("not nil")
}

fn tokens(terminal: u128, outlet: u128) -> TerminalTokens {
    TerminalTokens {
        terminal: id(terminal),
        short_code: format!("T{terminal}"),
        epoch: 1,
        outlet: id(outlet),
        right: Right::Sell,
        access_token: "access".into(),
        expires_in_s: 900,
        refresh_token: "refresh".into(),
    }
}

fn till(terminal: u128, outlet: u128) -> (Till<MemoryStore>, MemoryStore) {
    let store = MemoryStore::new();
    let till = Till::new(Rc::new(store.clone()));
    run_ready(till.keep_tokens(&tokens(terminal, outlet), NOW_MS)).expect("kept");
    (till, store)
}

fn sale() -> Sale {
    let mut cart = Cart::default();
    let product = CartProduct {
        id: id(7),
        sku: "85099B".into(),
        name: "Jumbo bag".into(),
        unit_price_minor: 208,
        tax_rate: TaxRate::from_ppm(200_000).expect("a rate"),
        weighed: false,
    };
    cart.add(product, Quantity::ONE).expect("fits");
    let context = CheckoutContext {
        outlet: id(1),
        cashier: None,
        currency: "GBP".parse().expect("a currency"),
        opened_at_ms: NOW_MS,
        completed_at_ms: NOW_MS,
    };
    let cash = Tender { kind: TenderKind::Cash, amount_minor: 208, reference: None };
    checkout(&cart, vec![cash], context).expect("balances")
}

/// Sells `count` times, with ids from `first`.
fn sell(till: &Till<MemoryStore>, first: u128, count: u128) {
    let surroundings = FixedSurroundings::new(NOW_MS, 1);
    for number in first..first + count {
        let date = "2026-04-30".parse().expect("a date");
        let prepared = PreparedSale::new(id(number), &sale(), date).expect("short enough");
        run_ready(till.complete_sale(prepared, &surroundings)).expect("committed");
    }
}

#[test]
fn a_file_travels_and_importing_it_twice_is_harmless() {
    let (sender, _) = till(1, 1);
    sell(&sender, 100, 5);
    let export = run_ready(sender.export_outbox(NOW_MS)).expect("exported");
    assert_eq!(export.entries, 5);
    assert!(export.file_name.starts_with("evertill-outbox-T1-"), "{}", export.file_name);

    let (carrier, store) = till(2, 1);
    let imported = run_ready(carrier.import_outbox(&export.text, NOW_MS)).expect("imported");
    assert_eq!((imported.short_code.as_str(), imported.added, imported.known), ("T1", 5, 0));
    let again = run_ready(carrier.import_outbox(&export.text, NOW_MS)).expect("imported");
    assert_eq!((again.added, again.known), (0, 5));
    assert_eq!(store.rows(Table::Carried).len(), 5);
    assert!(store.rows(Table::Outbox).is_empty(), "its own journal is untouched");
    assert_eq!(run_ready(carrier.queue_status()).expect("a status").carried, 5);
}

#[test]
fn files_that_do_not_fit_are_refused_in_words() {
    let (sender, _) = till(1, 1);
    sell(&sender, 100, 1);
    let good = run_ready(sender.export_outbox(NOW_MS)).expect("exported").text;
    let (stranger, _) = till(2, 9);
    assert_eq!(run_ready(stranger.import_outbox(&good, NOW_MS)), Err(FileError::OtherOutlet));
    let (sibling, store) = till(2, 1);
    for bad in
        ["", "{}", "[1,2]", "null", "{\"format\":\"evertill-outbox\"}", &good[..good.len() / 2], "\u{0}\u{1}"]
    {
        let refused = run_ready(sibling.import_outbox(bad, NOW_MS));
        assert!(matches!(refused, Err(FileError::Malformed(_))), "{bad:?}: {refused:?}");
    }
    let newer = good.replacen("\"version\": 1", "\"version\": 2", 1);
    assert_eq!(run_ready(sibling.import_outbox(&newer, NOW_MS)), Err(FileError::Newer));
    assert!(store.rows(Table::Carried).is_empty());
    assert_eq!(run_ready(sibling.check_exported(&good)), Err(FileError::OtherTerminal("T1".into())));
}

#[test]
fn logging_out_needs_every_sale_delivered_or_in_a_checked_file() {
    let (till, store) = till(1, 1);
    sell(&till, 100, 3);
    assert_eq!(run_ready(till.reset(None)), Err(ResetError::Unsent(3)));
    let old = run_ready(till.export_outbox(NOW_MS)).expect("exported").text;
    let checked = run_ready(till.check_exported(&old)).expect("complete");
    assert_eq!(checked.entries(), 3);

    sell(&till, 200, 1);
    assert_eq!(run_ready(till.reset(Some(&checked))), Err(ResetError::Unsent(1)), "sold after the check");
    assert_eq!(run_ready(till.check_exported(&old)), Err(FileError::Incomplete(1)));
    let tampered = run_ready(till.export_outbox(NOW_MS)).expect("exported").text.replace("Jumbo", "Jimbo");
    assert_eq!(run_ready(till.check_exported(&tampered)), Err(FileError::Incomplete(4)));

    let export = run_ready(till.export_outbox(NOW_MS)).expect("exported").text;
    let checked = run_ready(till.check_exported(&export)).expect("complete");
    run_ready(till.reset(Some(&checked))).expect("nothing is only here");
    assert_eq!(run_ready(till.left()), Ok(true));
    for table in Table::ALL {
        // That it was left on purpose is all that the device remembers.
        assert_eq!(store.rows(table).len(), usize::from(table == Table::Meta), "{table:?}");
    }
}

#[test]
fn what_the_erp_holds_unbooked_does_not_hold_a_log_out_back() {
    let (till, store) = till(1, 1);
    sell(&till, 100, 2);
    let position = Position { epoch: 1, seq: 1 };
    let held = FailedRow {
        outcome: evertill_protocol::upload::Outcome::Quarantined,
        code: Some("arithmetic".into()),
        reference: Some("1".into()),
        since_ms: NOW_MS,
        sent_at_ms: NOW_MS,
        held_by_erp: true,
        settled: false,
    };
    let failed = Write::Put(Table::Failed, position.key(), held.encode());
    store.tamper(vec![failed, Write::Delete(Table::Outbox, position.key())]);
    assert_eq!(run_ready(till.reset(None)), Err(ResetError::Unsent(1)));
    let status = run_ready(till.queue_status()).expect("a status");
    assert_eq!((status.pending, status.failed), (1, 1));
    let page = run_ready(till.journal_page(None, 10)).expect("a page");
    assert!(matches!(page[0].state, EntryState::Pending { .. }), "newest first");
    assert!(matches!(page[1].state, EntryState::Failed(_)));
}

#[test]
fn pages_of_the_journal_meet_without_gap_or_repeat() {
    let (till, _) = till(1, 1);
    sell(&till, 1000, 23);
    let mut seqs = Vec::new();
    let mut before = None;
    loop {
        let page = run_ready(till.journal_page(before, 5)).expect("a page");
        let Some(last) = page.last() else { break };
        before = Some(last.position);
        seqs.extend(page.iter().map(|entry| entry.position.seq));
    }
    assert_eq!(seqs, (1..=23).rev().collect::<Vec<_>>());
    let queue = run_ready(till.queue_page(Some(Position { epoch: 1, seq: 20 }), 10)).expect("a page");
    assert_eq!(queue.iter().map(|entry| entry.position.seq).collect::<Vec<_>>(), [21, 22, 23]);
}
