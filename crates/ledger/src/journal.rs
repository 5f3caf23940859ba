//! What is had of a journal after an upload, what is missing, and when a hole becomes a case.

use crate::{
    book,
    chain::Journal,
    decide::Request,
    facts::{Hole, JournalFacts},
    plan::{Healed, NewCase, Plan},
    ranges::SeqSet,
};
use evertill_domain::{Id, id};
use evertill_protocol::{
    api::CaseKind,
    upload::{Have, SeqRange},
};
use serde_json::json;

/// How long a hole may stay before a person must look at it.
pub const HOLE_PATIENCE_MS: i64 = 24 * 60 * 60 * 1000;
/// Most ranges that `missing` names.
pub const MISSING_MAX: usize = 100;

/// What the server has of a journal.
pub fn have(had: &SeqSet) -> Have {
    let missing = had.gaps().ranges().iter().copied().take(MISSING_MAX).collect();
    Have { contiguous: had.contiguous(), max: had.max(), missing }
}

/// Takes in what was named lost, works out what is had, and opens or closes cases about holes.
pub(crate) fn settle(request: &Request, facts: &JournalFacts, known: &Journal, plan: &mut Plan) {
    let mut had =
        SeqSet::through(facts.contiguous).with(&facts.had_above).with(&known.added_seqs().collect());
    if request.carrier.is_none() {
        let lost = SeqSet::of(request.lost.iter().copied()).without(&had);
        had = had.with(&lost);
        plan.cases.extend(lost.ranges().iter().map(|range| lost_case(facts, *range)));
        plan.lost = lost.ranges().to_vec();
    }
    plan.have = have(&had);
    plan.holes =
        plan.have.missing.iter().map(|range| seen_since(*range, &facts.holes, request.now_ms)).collect();
    let overdue = |hole: &&Hole| request.now_ms.saturating_sub(hole.seen_at) >= HOLE_PATIENCE_MS;
    plan.cases.extend(plan.holes.iter().filter(overdue).map(|hole| hole_case(facts, hole)));
    plan.healed.extend(facts.hole_cases.iter().filter(|range| !plan.have.missing.contains(range)).map(
        |range| Healed {
            kind: CaseKind::Hole,
            subject: range_subject(facts, *range),
            note: "Entries arrived or were named lost.".to_owned(),
        },
    ));
    let drained = request.head > 0 && plan.have.contiguous >= request.head;
    if request.carrier.is_none() && facts.epoch < facts.newest_epoch && drained {
        plan.healed.push(Healed {
            kind: CaseKind::EpochEnded,
            subject: epoch_subject(facts.terminal, facts.epoch),
            note: "The terminal delivered everything of that epoch.".to_owned(),
        });
    }
}

/// Names a journal in cases.
pub fn epoch_subject(terminal: Id<id::Terminal>, epoch: u32) -> String {
    format!("{terminal}:{epoch}")
}

/// The case of an epoch that ends without proof that nothing was pending; `None` if nothing ever came from it.
/// An upload that shows that everything arrived closes it.
pub fn epoch_ended(facts: &JournalFacts, max: u64, head: u64) -> Option<NewCase> {
    if max == 0 && head == 0 {
        return None;
    }
    let summary = format!(
        "{} started anew. The ERP has its entries through #{}; the last one it reported was #{}. Whatever was sold after that and not sent is lost unless the old storage comes back.",
        book::shown(facts),
        facts.contiguous,
        head.max(max)
    );
    Some(NewCase {
        kind: CaseKind::EpochEnded,
        subject: epoch_subject(facts.terminal, facts.epoch),
        summary,
        evidence: json!({ "contiguous": facts.contiguous, "max": max, "head": head }),
        reference: None,
        terminal: Some(facts.terminal),
        epoch: Some(facts.epoch),
        seq: None,
    })
}

/// A hole is as old as the oldest hole that it was part of.
fn seen_since((first, last): SeqRange, before: &[Hole], now_ms: i64) -> Hole {
    let overlapping = before.iter().filter(|hole| hole.first <= last && first <= hole.last);
    Hole { first, last, seen_at: overlapping.map(|hole| hole.seen_at).min().unwrap_or(now_ms) }
}

/// Names a range of a journal in cases.
fn range_subject(facts: &JournalFacts, (first, last): SeqRange) -> String {
    format!("{}/{}/{first}-{last}", facts.terminal, facts.epoch)
}

fn range_case(facts: &JournalFacts, kind: CaseKind, range: SeqRange, summary: String) -> NewCase {
    NewCase {
        kind,
        subject: range_subject(facts, range),
        summary,
        evidence: json!({ "first": range.0, "last": range.1 }),
        reference: None,
        terminal: Some(facts.terminal),
        epoch: Some(facts.epoch),
        seq: Some(range.0),
    }
}

fn lost_case(facts: &JournalFacts, range: SeqRange) -> NewCase {
    let summary = format!(
        "{} says that it no longer has {}. Look for paper receipts of that time.",
        book::shown(facts),
        entries(range)
    );
    range_case(facts, CaseKind::Lost, range, summary)
}

fn hole_case(facts: &JournalFacts, hole: &Hole) -> NewCase {
    let summary = format!(
        "{} of {} did not arrive for a day, although later ones did. Bring the terminal online.",
        capital(&entries(hole.range())),
        book::shown(facts)
    );
    let case = range_case(facts, CaseKind::Hole, hole.range(), summary);
    NewCase { evidence: json!({ "first": hole.first, "last": hole.last, "seen_at": hole.seen_at }), ..case }
}

fn entries((first, last): SeqRange) -> String {
    if first == last { format!("entry #{first}") } else { format!("entries #{first} to #{last}") }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
