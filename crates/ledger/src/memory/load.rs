//! Facts out of the maps.

use super::{Erp, InboxRow, JournalKey};
use crate::{
    Received, SeqSet,
    facts::{Facts, JournalFacts, Kept, Wanted},
    plan::case_id,
};
use evertill_domain::{Id, id};
use evertill_protocol::api::{CaseKind, CaseState};
use std::collections::{BTreeSet, HashMap};

impl Erp {
    pub(super) fn journal_facts(
        &self,
        key: JournalKey,
        carrier: Option<Id<id::Terminal>>,
    ) -> Option<JournalFacts> {
        let journal = self.journals.get(&key)?;
        let terminal = self.terminals.get(&key.0)?;
        let contiguous = journal.had.contiguous();
        let carrier_revoked =
            carrier.and_then(|carrier| self.terminals.get(&carrier)).is_some_and(|carrier| carrier.revoked);
        let has_case = |range: &(u64, u64)| {
            let subject = format!("{}/{}/{}-{}", key.0, key.1, range.0, range.1);
            let case = self.cases.get(&case_id(CaseKind::Hole, &subject));
            case.is_some_and(|case| case.state == CaseState::Open)
        };
        Some(JournalFacts {
            terminal: key.0,
            short_code: terminal.short_code.clone(),
            outlet: self.outlet,
            currency: self.outlet_doc.currency,
            epoch: key.1,
            newest_epoch: terminal.epoch,
            revoked: terminal.revoked || carrier_revoked,
            forked: journal.forked,
            contiguous,
            had_above: journal.had.without(&SeqSet::through(contiguous)),
            holes: journal.holes.clone(),
            hole_cases: journal.holes.iter().map(super::Hole::range).filter(has_case).collect(),
        })
    }

    pub(super) fn facts(&self, journal: JournalFacts, entries: &[Received]) -> Facts {
        let key = (journal.terminal, journal.epoch);
        let wanted = Wanted::by(entries);
        let by_id = wanted.ids.iter().filter_map(|id| self.by_id.get(id)).flatten();
        let by_place = wanted.seqs.iter().filter_map(|seq| self.by_place.get(&(key, *seq))).flatten();
        let unreadable: Vec<usize> = (self.inbox.iter().enumerate())
            .filter(|(_, row)| {
                !wanted.unreadable.is_empty() && wanted.unreadable.contains(&row.kept.computed)
            })
            .map(|(at, _)| at)
            .collect();
        let places: BTreeSet<usize> = by_id.chain(by_place).chain(&unreadable).copied().collect();
        let kept: Vec<Kept> = places
            .into_iter()
            .filter_map(|at| self.inbox.get(at).filter(|row| !self.has_forgotten(row.taken_ms)))
            .map(|row| row.kept.clone())
            .collect();
        let receipts: HashMap<_, _> = wanted
            .receipts
            .iter()
            .filter_map(|number| {
                self.receipts.get(&(key, number.clone())).map(|ids| (number.clone(), ids.clone()))
            })
            .collect();
        let products =
            wanted.products.iter().filter_map(|id| Some((*id, self.product_facts(*id)?))).collect();
        let on_hand = wanted.products.iter().map(|id| (*id, self.on_hand(*id))).collect();
        let next_reference = u64::try_from(self.inbox.len()).map_or(u64::MAX, |length| length + 1);
        Facts { journal, kept, receipts, products, on_hand, next_reference }
    }

    pub(super) fn row(&self, reference: u64) -> Option<&InboxRow> {
        self.inbox.get(usize::try_from(reference.checked_sub(1)?).ok()?)
    }

    pub(super) fn row_mut(&mut self, reference: u64) -> Option<&mut InboxRow> {
        self.inbox.get_mut(usize::try_from(reference.checked_sub(1)?).ok()?)
    }
}
