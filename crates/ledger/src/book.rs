//! Booking a sale: movements, totals, and the cases that a sale can open but that never refuse it.

use crate::{
    content::{Content, Refusal},
    facts::{Facts, JournalFacts},
    plan::{BookedSale, NewCase, Plan},
};
use evertill_domain::{Id, Sale, id, receipt_number::epoch_suffix};
use evertill_protocol::{Entry, api::CaseKind};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};

/// Whether this content can be booked in this journal at all.
pub(crate) fn check_place(journal: &JournalFacts, content: &Content) -> Result<(), Refusal> {
    let Content::Sale(sale) = content else { return Ok(()) };
    if sale.outlet != journal.outlet {
        return Err(Refusal::new("outlet", "the sale names another outlet than its terminal's"));
    }
    if sale.currency != journal.currency {
        return Err(Refusal::new(
            "currency",
            format!("the outlet sells in {}, the sale says {}", journal.currency, sale.currency),
        ));
    }
    Ok(())
}

/// Adds a booked entry to the plan and to what the following entries see.
pub(crate) fn book(facts: &mut Facts, plan: &mut Plan, reference: u64, entry: &Entry, content: &Content) {
    match content {
        Content::Sale(sale) => book_sale(facts, plan, reference, entry, sale),
        Content::ClockSuspect(clock) => plan.cases.push(NewCase {
            evidence: json!({ "now": clock.now, "now_date": clock.now_date, "last_date": clock.last_date }),
            ..about(
                &facts.journal,
                CaseKind::Clock,
                reference,
                entry,
                format!(
                    "{} showed {} after it had sold on {}; check its clock.",
                    shown(&facts.journal),
                    clock.now_date,
                    clock.last_date
                ),
            )
        }),
    }
}

/// The terminal as people read it: short code and the epoch's letter.
pub(crate) fn shown(journal: &JournalFacts) -> String {
    format!("{}{}", journal.short_code, epoch_suffix(journal.epoch))
}

/// A case about this entry; one per kind and entry.
pub(crate) fn about(
    journal: &JournalFacts,
    kind: CaseKind,
    reference: u64,
    entry: &Entry,
    summary: String,
) -> NewCase {
    NewCase {
        kind,
        subject: format!("entry/{}", entry.id),
        summary,
        evidence: serde_json::Value::Null,
        reference: Some(reference),
        terminal: Some(journal.terminal),
        epoch: Some(journal.epoch),
        seq: Some(entry.seq),
    }
}

fn book_sale(facts: &mut Facts, plan: &mut Plan, reference: u64, entry: &Entry, sale: &Arc<Sale>) {
    let mut sold: BTreeMap<Id<id::Product>, i64> = BTreeMap::new();
    for line in &sale.lines {
        let sum = sold.entry(line.product).or_default();
        *sum = sum.saturating_add(line.quantity.milli());
    }
    for (product, quantity) in &sold {
        let on_hand = facts.on_hand.entry(*product).or_default();
        *on_hand = on_hand.saturating_sub(*quantity);
        let change = plan.stock.entry(*product).or_default();
        *change = change.saturating_sub(*quantity);
    }
    let day = plan.days.entry(entry.business_date).or_default();
    day.sale_count += 1;
    day.total_minor = day.total_minor.saturating_add(sale.total_minor);
    day.tax_minor = sale.taxes.iter().fold(day.tax_minor, |sum, row| sum.saturating_add(row.tax_minor));

    open_doubts(facts, plan, reference, entry, sale, &sold);
    if let Some(receipt) = &entry.receipt {
        clash(facts, plan, reference, entry, receipt);
    }
    plan.sales.push(BookedSale {
        reference,
        id: entry.id,
        terminal: facts.journal.terminal,
        epoch: facts.journal.epoch,
        seq: entry.seq,
        receipt: entry.receipt.clone(),
        business_date: entry.business_date,
        sale: Arc::clone(sale),
    });
}

/// Too little stock, unknown products, old prices, tax off the rule: accepted, with a case each.
fn open_doubts(
    facts: &Facts,
    plan: &mut Plan,
    reference: u64,
    entry: &Entry,
    sale: &Sale,
    sold: &BTreeMap<Id<id::Product>, i64>,
) {
    let journal = &facts.journal;
    let label = || match &entry.receipt {
        Some(receipt) => format!("{} {receipt}", shown(journal)),
        None => format!("{} #{}", shown(journal), entry.seq),
    };
    let name = |product: &Id<id::Product>| {
        sale.lines.iter().find(|line| line.product == *product).map_or("", |line| line.name.as_str())
    };
    let known = |product: &Id<id::Product>| facts.products.get(product).filter(|known| !known.deleted);
    let mut open = |kind, summary: String, evidence: Vec<serde_json::Value>| {
        let evidence = json!({ "lines": evidence });
        plan.cases.push(NewCase { evidence, ..about(journal, kind, reference, entry, summary) });
    };

    let short: Vec<_> = sold
        .iter()
        .filter(|(product, _)| known(product).is_some())
        .filter_map(|(product, quantity)| {
            let left = facts.on_hand.get(product).copied().unwrap_or(0);
            (left < 0).then(|| {
                json!({ "product": product, "name": name(product), "sold_milli": quantity, "on_hand_milli": left })
            })
        })
        .collect();
    if !short.is_empty() {
        open(
            CaseKind::Oversell,
            format!(
                "{} sold more than was there of {}; count the stock and correct it.",
                label(),
                products(&short)
            ),
            short,
        );
    }

    let unknown: Vec<_> = sale
        .lines
        .iter()
        .filter(|line| known(&line.product).is_none())
        .map(|line| {
            let deleted = facts.products.contains_key(&line.product);
            json!({ "line": line.line, "product": line.product, "sku": line.sku, "name": line.name, "deleted": deleted })
        })
        .collect();
    if !unknown.is_empty() {
        open(
            CaseKind::UnknownProduct,
            format!("{} sold {}, which the catalogue does not have.", label(), products(&unknown)),
            unknown,
        );
    }

    let repriced: Vec<_> = sale
        .lines
        .iter()
        .filter_map(|line| {
            let price = known(&line.product)?.price_minor;
            (price != line.unit_price_minor).then(|| {
                json!({ "line": line.line, "product": line.product, "name": line.name,
                    "sold_at_minor": line.unit_price_minor, "price_minor": price })
            })
        })
        .collect();
    if !repriced.is_empty() {
        open(
            CaseKind::OldPrice,
            format!("{} sold {} at another price than the catalogue's.", label(), products(&repriced)),
            repriced,
        );
    }

    let off: Vec<_> = sale
        .tax_deviations()
        .map(|(line, by_rule)| {
            json!({ "line": line.line, "name": line.name, "tax_minor": line.tax_minor, "by_rule_minor": by_rule })
        })
        .collect();
    if !off.is_empty() {
        open(CaseKind::Tax, format!("{} states a tax off the rule for {}.", label(), products(&off)), off);
    }
    if sale.is_change_beyond_cash() {
        plan.cases.push(NewCase {
            evidence: json!({ "change_minor": sale.change_minor, "cash_kept_minor": sale.cash_kept_minor() }),
            ..about(
                journal,
                CaseKind::Change,
                reference,
                entry,
                format!("{} gave more change than cash was taken; a card pays at most the total.", label()),
            )
        });
    }
}

fn clash(facts: &mut Facts, plan: &mut Plan, reference: u64, entry: &Entry, receipt: &str) {
    let holders = facts.receipts.entry(receipt.to_owned()).or_default();
    let others: Vec<_> = holders.iter().copied().filter(|id| *id != entry.id).collect();
    holders.push(entry.id);
    if !others.is_empty() {
        plan.cases.push(NewCase {
            evidence: json!({ "receipt": receipt, "others": others }),
            ..about(
                &facts.journal,
                CaseKind::ReceiptNumber,
                reference,
                entry,
                format!("Receipt {} {receipt} is on more than one sale.", shown(&facts.journal)),
            )
        });
    }
}

/// Names of products for a sentence: the first, and how many more.
fn products(rows: &[serde_json::Value]) -> String {
    let first = rows.first().and_then(|row| row.get("name")).and_then(|name| name.as_str()).unwrap_or("");
    let short: String = first.chars().take(60).collect();
    match rows.len() {
        0 | 1 => format!("“{short}”"),
        more => format!("“{short}” and {} more", more - 1),
    }
}
