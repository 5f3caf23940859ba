//! Cases that a booked sale opens, and totals.

use super::till::{self, Till, check_books, erp, product, product_doc, sale, sale_text};
use evertill_protocol::{
    api::CaseKind,
    body::{SaleV1, TenderKindV1},
    upload::Outcome,
};

#[track_caller]
fn check(prepare: impl FnOnce(&mut crate::memory::Erp), body: String, expected: &[CaseKind]) {
    let (mut erp, mut till) = (erp(), Till::new(1));
    prepare(&mut erp);
    let entry = till.write(body);
    assert_eq!(till.outcome(&mut erp, &entry), (Outcome::Accepted, None), "never refused");
    till.outcome(&mut erp, &entry);
    let mut kinds: Vec<_> = erp.cases().map(|case| format!("{:?}", case.opened.kind)).collect();
    let mut expected: Vec<_> = expected.iter().map(|kind| format!("{kind:?}")).collect();
    kinds.sort();
    expected.sort();
    assert_eq!(kinds, expected);
    assert_eq!(erp.sales().len(), 1);
    check_books(&erp);
}

#[test]
fn a_sale_is_taken_whatever_the_catalogue_says() {
    let twice = |mut sale: SaleV1| {
        let mut line = sale.lines[0].clone();
        line.line = 2;
        sale.lines.push(line);
        sale.taxes[0].gross_minor *= 2;
        sale.taxes[0].tax_minor *= 2;
        sale.taxes[0].net_minor *= 2;
        sale.tenders[0].amount_minor *= 2;
        sale.total_minor *= 2;
        sale_text(&sale)
    };
    check(|_| (), till::body(1, 100, 250), &[]);
    check(|_| (), till::body(1, 101, 250), &[CaseKind::Oversell]);
    check(|_| (), twice(sale(1, 50, 250)), &[]);
    check(|_| (), twice(sale(1, 51, 250)), &[CaseKind::Oversell]);
    check(|_| (), till::body(7, 1, 250), &[CaseKind::UnknownProduct]);
    check(|_| (), till::body(1, 1, 249), &[CaseKind::OldPrice]);
    check(|erp| erp.delete_product(product(1)), till::body(1, 1, 250), &[CaseKind::UnknownProduct]);
    check(
        |erp| erp.put_product(product(1), product_doc(1, 300)),
        till::body(1, 1, 250),
        &[CaseKind::OldPrice],
    );
    let mut off = sale(1, 1, 250);
    off.lines[0].tax_minor -= 1;
    off.taxes[0].tax_minor -= 1;
    off.taxes[0].net_minor += 1;
    check(|_| (), sale_text(&off), &[CaseKind::Tax]);
    let mut card = sale(1, 1, 250);
    card.tenders[0].kind = TenderKindV1::Card;
    card.tenders[0].amount_minor += 100;
    card.change_minor += 100;
    check(|_| (), sale_text(&card), &[CaseKind::Change]);
}

#[test]
fn a_clash_of_receipt_numbers_is_a_case() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    till.sell(1, 1);
    let mut second = till.sell(1, 1);
    second.receipt = Some("2026-04-30-01".into());
    till.seal(&mut second);
    let first = till.entries[0].clone();
    let answer = till.send(&mut erp, &[first, second.clone()], 0);
    assert!(answer.results.iter().all(|result| result.outcome == Outcome::Accepted));
    let kinds: Vec<_> = erp.cases().map(|case| case.opened.kind).collect();
    assert_eq!(kinds, [CaseKind::ReceiptNumber]);
}

#[test]
fn a_suspect_clock_is_journalled_and_a_case() {
    let (mut erp, mut till) = (erp(), Till::new(1));
    let mut entry = till.write(r#"{"now":1,"now_date":"1970-01-01","last_date":"2026-04-30"}"#.into());
    entry.kind = "clock_suspect".into();
    entry.receipt = None;
    till.seal(&mut entry);
    assert_eq!(till.outcome(&mut erp, &entry), (Outcome::Accepted, None));
    assert_eq!(till.outcome(&mut erp, &entry), (Outcome::Duplicate, None));
    assert_eq!((erp.sales().len(), erp.cases().count()), (0, 1));
}
