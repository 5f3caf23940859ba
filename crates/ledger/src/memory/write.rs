//! Plans into the maps.

use super::{Case, Erp, InboxRow, JournalKey, Movement};
use crate::{
    Plan, Request, SeqSet, State,
    decide::kept_subject,
    plan::{NewCase, case_id},
};
use evertill_domain::{Id, id};
use evertill_protocol::api::{CaseKind, CaseState};

impl Erp {
    pub(super) fn apply(&mut self, key: JournalKey, request: &Request, plan: Plan, now_ms: i64) {
        self.book(&plan, now_ms);
        for healed in &plan.healed {
            if let Some(case) = self.cases.get_mut(&case_id(healed.kind, &healed.subject)) {
                case.state = CaseState::Settled;
            }
        }
        let added: SeqSet = plan.entries.iter().map(|entry| entry.kept.seq).collect();
        let lost = SeqSet::of(plan.lost.iter().copied());
        if let Some(journal) = self.journals.get_mut(&key) {
            journal.forked |= plan.forks;
            journal.had = journal.had.with(&added).with(&lost);
            journal.lost = journal.lost.with(&lost);
            journal.holes.clone_from(&plan.holes);
            if request.carrier.is_none() {
                journal.head = journal.head.max(request.head);
            }
        }
        for entry in plan.entries {
            let at = self.inbox.len();
            if let Some(id) = entry.kept.id {
                self.by_id.entry(id).or_default().push(at);
            }
            self.by_place.entry((key, entry.kept.seq)).or_default().push(at);
            self.inbox.push(InboxRow {
                kept: entry.kept,
                received: entry.received,
                carrier: request.carrier,
                taken_ms: now_ms,
            });
        }
        for reference in plan.replaced {
            if let Some(row) = self.row_mut(reference) {
                row.kept.state = State::Settled;
            }
            self.close_entry_cases(reference, CaseState::Settled);
        }
    }

    /// Writes what a plan books and the cases it opens.
    pub(super) fn book(&mut self, plan: &Plan, now_ms: i64) {
        for sale in &plan.sales {
            self.movements.extend(sale.sale.lines.iter().map(|line| Movement {
                product: line.product,
                quantity_milli: line.quantity.milli().saturating_neg(),
                sale: Some(sale.id),
            }));
            if let Some(receipt) = &sale.receipt {
                let key = ((sale.terminal, sale.epoch), receipt.clone());
                self.receipts.entry(key).or_default().push(sale.id);
            }
            self.sales.push(sale.clone());
        }
        let changes: Vec<_> = plan.stock.iter().map(|(product, change)| (*product, *change)).collect();
        self.change_stock(&changes);
        for case in &plan.cases {
            self.open_case(case.clone(), now_ms);
        }
    }

    pub(super) fn open_case(&mut self, case: NewCase, now_ms: i64) {
        let opened = Case { state: CaseState::Open, opened_at: now_ms, opened: case };
        self.cases.entry(opened.opened.id()).or_insert(opened);
    }

    pub(super) fn change_stock(&mut self, changes: &[(Id<id::Product>, i64)]) {
        for (product, change) in changes {
            let on_hand = self.on_hand.entry(*product).or_default();
            *on_hand = on_hand.saturating_add(*change);
        }
        let next = self.feed.position() + 1;
        let rows: Vec<_> =
            (next..).zip(changes).map(|(version, (product, _))| ("stock", product.uuid(), version)).collect();
        self.feed.record(&rows);
    }

    pub(super) fn close_entry_cases(&mut self, reference: u64, state: CaseState) {
        let subject = kept_subject(reference);
        for kind in [CaseKind::Quarantine, CaseKind::Conflict] {
            if let Some(case) = self.cases.get_mut(&case_id(kind, &subject)) {
                case.state = state;
            }
        }
    }
}
