//! Changes, snapshots and `included`.

use super::till::{self, Till, erp, product, product_doc, terminal};
use crate::memory::Erp;
use std::collections::BTreeMap;

/// A till's picture of the ERP: kind and id to version, and the cursor behind it.
type Picture = BTreeMap<(String, uuid::Uuid), u64>;

fn snapshot(erp: &Erp, limit: u32) -> (Picture, String) {
    let mut picture = Picture::new();
    let mut after = None;
    loop {
        let page = erp.snapshot(terminal(1), after.as_deref(), Some(limit)).expect("a page");
        picture.extend(page.items.iter().map(|item| ((item.kind.clone(), item.id), item.version)));
        after = page.next;
        if after.is_none() {
            return (picture, page.cursor);
        }
    }
}

fn follow(erp: &Erp, picture: &mut Picture, cursor: &mut String, limit: u32) {
    loop {
        let page = erp.changes(terminal(1), cursor, Some(limit)).expect("a page");
        for change in &page.changes {
            let key = (change.kind.clone(), change.id);
            match change.doc {
                Some(_) => picture.insert(key, change.version),
                None => picture.remove(&key),
            };
        }
        *cursor = page.next;
        if !page.more {
            return;
        }
    }
}

#[test]
fn no_committed_change_is_skipped_at_any_page_size() {
    for limit in [1, 2, 3, 1000] {
        let (mut erp, mut till) = (erp(), Till::new(1));
        let (mut picture, mut cursor) = snapshot(&erp, limit);
        assert_eq!(picture.len(), 9, "outlet, two terminals, three products, three stocks");
        let sale = till.sell(1, 1);
        till.outcome(&mut erp, &sale);
        erp.put_product(product(2), product_doc(2, 300));
        erp.put_product(product(4), product_doc(4, 300));
        erp.delete_product(product(3));
        follow(&erp, &mut picture, &mut cursor, limit);
        let (fresh, _) = snapshot(&erp, 1000);
        assert_eq!(picture, fresh, "pages of {limit}");
    }
}

#[test]
fn a_change_in_the_middle_of_a_snapshot_comes_with_the_changes() {
    let mut erp = erp();
    let first = erp.snapshot(terminal(1), None, Some(2)).expect("a page");
    erp.put_product(product(1), product_doc(1, 999));
    erp.put_product(product(3), product_doc(3, 999));
    let mut picture: Picture =
        first.items.iter().map(|item| ((item.kind.clone(), item.id), item.version)).collect();
    let mut after = first.next.clone();
    while let Some(place) = after {
        let page = erp.snapshot(terminal(1), Some(&place), Some(2)).expect("a page");
        assert_eq!(page.cursor, first.cursor, "every page repeats the first one's");
        picture.extend(page.items.iter().map(|item| ((item.kind.clone(), item.id), item.version)));
        after = page.next;
    }
    let mut cursor = first.cursor;
    follow(&erp, &mut picture, &mut cursor, 1);
    assert_eq!(picture, snapshot(&erp, 1000).0);
}

#[test]
fn a_cursor_of_another_history_must_resync() {
    let mut erp = erp();
    let (_, old) = snapshot(&erp, 1000);
    let backup = erp.clone();
    erp.put_product(product(1), product_doc(1, 1));
    let (_, cursor) = snapshot(&erp, 1000);
    erp.restore(backup);
    assert!(erp.changes(terminal(1), &old, None).is_ok(), "from before the backup");
    assert_eq!(erp.changes(terminal(1), &cursor, None).map_err(|refused| refused.status).err(), Some(410));
    erp.put_product(product(2), product_doc(2, 2));
    assert_eq!(
        erp.changes(terminal(1), &cursor, None).map_err(|refused| refused.code).err(),
        Some("resync"),
        "written on, the position exists again"
    );
    erp.delete_product(product(2));
    erp.forget_tombstones();
    assert_eq!(erp.changes(terminal(1), &old, None).map_err(|refused| refused.status).err(), Some(410));
    for bad in ["", "x", "0-0-0", "feed"] {
        assert_eq!(erp.changes(terminal(1), bad, None).map_err(|refused| refused.status).err(), Some(410));
    }
}

#[test]
fn included_names_what_is_booked_and_nothing_else() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let (_, cursor) = snapshot(&erp, 1000);
    let mut all: Vec<_> = (0..8).map(|_| till.sell(1, 1)).collect();
    all[1].body = "{}".into();
    till.seal(&mut all[1]);
    let mut upload = till.upload([&all[..4], &all[6..]].concat());
    upload.lost = vec![(5, 5)];
    till::send(&mut erp, till.terminal, &upload, 0).expect("taken");
    let seqs = |erp: &Erp| {
        let page = erp.changes(terminal(1), &cursor, None).expect("a page");
        page.included.into_iter().map(|included| (included.epoch, included.seqs)).collect::<Vec<_>>()
    };
    assert_eq!(seqs(&erp), [(1, vec![(1, 1), (3, 4), (7, 8)])]);
    till.send(&mut erp, &all[4..6], 0);
    assert_eq!(seqs(&erp), [(1, vec![(1, 1), (3, 8)])]);
    assert!(erp.settle(2));
    assert_eq!(seqs(&erp), [(1, vec![(1, 1), (3, 8)])], "settled is not booked");
    assert!(erp.changes(terminal(2), &cursor, None).expect("a page").included.is_empty());
    erp.revoke(terminal(2));
    assert_eq!(
        erp.changes(terminal(2), &cursor, None).map_err(|refused| refused.code).err(),
        Some("revoked")
    );
}
