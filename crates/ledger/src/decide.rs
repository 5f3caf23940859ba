//! The decision about an upload, in the order that the protocol gives; pure.
//!
//! Entries are decided one after the other, each seeing what the ones before it left, so that a batch in which
//! entries refer to each other ends like the same entries sent one by one.

use crate::{
    Received, book,
    chain::Journal,
    content::Refusal,
    facts::{Facts, Kept, State},
    journal,
    plan::{Healed, NewCase, NewEntry, Plan},
};
use evertill_domain::{Id, id};
use evertill_protocol::{
    api::CaseKind,
    upload::{Directives, EntryResult, Outcome, SeqRange},
};
use serde_json::json;
use std::panic::{AssertUnwindSafe, catch_unwind};
use uuid::Uuid;

/// The lowest protocol that may pull.
pub const PROTOCOL_MIN: u32 = 1;

/// What an upload says beside its entries.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The terminal that carries the upload, if it is not the one that it names. From a carrier only entries count.
    pub carrier: Option<Id<id::Terminal>>,
    /// Greatest seq the till issued in this epoch, as it says.
    pub head: u64,
    /// As the till says.
    pub acked_through: u64,
    /// As the till says.
    pub lost: Vec<SeqRange>,
    /// The ERP's clock, milliseconds UTC.
    pub now_ms: i64,
}

/// What is to be done with one entry; the order of the variants is the protocol's.
#[derive(Clone, Debug)]
enum Verdict {
    /// It is kept already: its present state is the answer.
    Present(usize),
    /// (1), (2): it contradicts what is kept.
    Conflict(&'static str, u64),
    /// (3) to (5): it cannot be booked.
    Quarantine(Refusal),
    /// (6).
    Accept,
}

/// Decides an upload. Nothing is lost or booked twice whatever it contains.
pub fn decide(request: &Request, entries: Vec<Received>, mut facts: Facts) -> Plan {
    let mut plan = Plan::default();
    let mut known =
        Journal::new(std::mem::take(&mut facts.kept), facts.journal.terminal, facts.journal.epoch);
    known.reserve(entries.len());
    facts.receipts.reserve(entries.len());
    plan.reserve(entries.len());
    for received in entries {
        let verdict =
            catch_unwind(AssertUnwindSafe(|| judge(&facts, &known, &received))).unwrap_or_else(|_| {
                Verdict::Quarantine(Refusal::new(
                    "internal",
                    "the server failed while deciding about this entry",
                ))
            });
        carry_out(request, &mut facts, &mut known, &mut plan, received, &verdict);
    }
    plan.forks = known.forked && !facts.journal.forked;
    journal::settle(request, &facts.journal, &known, &mut plan);
    plan.directives = Directives {
        resend_from: (request.carrier.is_none() && plan.have.contiguous < request.acked_through)
            .then(|| plan.have.contiguous.saturating_add(1)),
        pause_ms: 0,
        min_protocol: PROTOCOL_MIN,
        revoked: facts.journal.revoked,
        new_epoch: facts.journal.forked || known.forked,
    };
    plan
}

/// The protocol's six steps.
fn judge(facts: &Facts, known: &Journal, received: &Received) -> Verdict {
    let revoked =
        || Verdict::Quarantine(Refusal::new("revoked", "its terminal was revoked before it arrived"));
    let (Some(entry), Some(id)) = (&received.entry, received.id) else {
        return match (known.same_bytes(received), &received.content) {
            (Some(at), _) => Verdict::Present(at),
            (None, _) if facts.journal.revoked => revoked(),
            (None, Err(refusal)) => Verdict::Quarantine(refusal.clone()),
            (None, Ok(_)) => Verdict::Quarantine(Refusal::new("envelope", "its envelope cannot be read")),
        };
    };
    if let Some(at) = known.copy_of(received) {
        return Verdict::Present(at);
    }
    if let Some(holder) = known.holder_of_id(id) {
        return Verdict::Conflict("id", holder.reference);
    }
    if let Some(holder) = known.holder_of_seq(entry.seq, id) {
        return Verdict::Conflict("seq", holder.reference);
    }
    if facts.journal.revoked {
        return revoked();
    }
    if !received.has_right_hash() {
        return Verdict::Quarantine(Refusal::new("hash", "its hash is not the hash of what arrived"));
    }
    let bookable = received.content.as_ref().map_err(Clone::clone);
    match bookable.and_then(|content| book::check_place(&facts.journal, content)) {
        Ok(()) => Verdict::Accept,
        Err(refusal) => Verdict::Quarantine(refusal),
    }
}

fn carry_out(
    request: &Request,
    facts: &mut Facts,
    known: &mut Journal,
    plan: &mut Plan,
    received: Received,
    verdict: &Verdict,
) {
    let answer = |outcome, code: Option<String>, reference: u64| EntryResult {
        seq: received.seq,
        id: received.id.map_or(Uuid::nil(), Id::uuid),
        outcome,
        code,
        reference: Some(reference.to_string()),
        retry_after_ms: None,
    };
    let (state, outcome, code) = match verdict {
        Verdict::Present(at) => {
            plan.results.extend(known.get(*at).map(|kept| {
                let (outcome, code) = present(kept);
                answer(outcome, code, kept.reference)
            }));
            return;
        }
        Verdict::Conflict(code, _) => (State::Conflict, Outcome::Conflict, Some(*code)),
        Verdict::Quarantine(refusal) => (State::Quarantined, Outcome::Quarantined, Some(refusal.code)),
        Verdict::Accept => (State::Booked, Outcome::Accepted, None),
    };
    let reference = facts.next_reference;
    facts.next_reference += 1;
    plan.results.push(answer(outcome, code.map(str::to_owned), reference));

    if let Some(case) = kept_case(request, facts, known, &received, verdict, reference) {
        plan.cases.push(case);
    }
    if let (Verdict::Accept, Some(entry), Ok(content)) = (verdict, &received.entry, &received.content) {
        book::book(facts, plan, reference, entry, content);
    }
    let right = received.has_right_hash();
    let kept = Kept {
        reference,
        terminal: facts.journal.terminal,
        epoch: facts.journal.epoch,
        seq: received.place(),
        id: received.id,
        prev: received.entry.as_ref().map(|entry| entry.prev),
        hash: received.entry.as_ref().map(|entry| entry.hash),
        computed: received.computed,
        owns_id: right && received.id.is_some_and(|id| known.holder_of_id(id).is_none()),
        state,
        code: code.map(str::to_owned),
    };
    if right {
        for reference in known.replaced_by(&kept) {
            known.settle(reference);
            plan.replaced.push(reference);
        }
        let breaks = known.breaks_around(&kept);
        plan.cases.extend(breaks.opened.into_iter().map(|broken| chain_case(facts, &broken)));
        plan.healed.extend(breaks.healed.into_iter().map(|subject| Healed {
            kind: CaseKind::Chain,
            subject,
            note: "The entry before arrived.".to_owned(),
        }));
    }
    known.keep(kept.clone());
    plan.entries.push(NewEntry { kept, received });
}

/// How an entry that is kept already is answered.
fn present(kept: &Kept) -> (Outcome, Option<String>) {
    match kept.state {
        State::Booked | State::Released => (Outcome::Duplicate, None),
        State::Settled => (Outcome::Duplicate, Some("settled".to_owned())),
        State::Conflict => (Outcome::Conflict, kept.code.clone()),
        State::Quarantined => (Outcome::Quarantined, kept.code.clone()),
    }
}

/// The case of an entry that is kept without being booked.
fn kept_case(
    request: &Request,
    facts: &Facts,
    known: &Journal,
    received: &Received,
    verdict: &Verdict,
    reference: u64,
) -> Option<NewCase> {
    let journal = &facts.journal;
    let place = match received.place() {
        0 => book::shown(journal),
        seq => format!("{} #{seq}", book::shown(journal)),
    };
    let (kind, code, reason, summary, other) = match verdict {
        Verdict::Present(_) | Verdict::Accept => return None,
        Verdict::Conflict(code @ "seq", other) => (
            CaseKind::Conflict,
            *code,
            "another entry holds this place",
            format!(
                "Two different entries hold place {place}: the terminal's storage was probably copied. Both are kept, this one is not booked."
            ),
            Some(*other),
        ),
        Verdict::Conflict(code, other) => (
            CaseKind::Conflict,
            *code,
            "another entry has this id",
            format!(
                "{place} came with the id of another entry but other content. Both are kept, this one is not booked."
            ),
            Some(*other),
        ),
        Verdict::Quarantine(refusal) => (
            CaseKind::Quarantine,
            refusal.code,
            refusal.reason.as_str(),
            format!("{place} could not be booked: {}.", short(in_plain_words(refusal))),
            None,
        ),
    };
    let mut evidence = json!({
        "code": code,
        "reason": short(reason),
        "computed": received.computed,
        "received": received.entry.as_ref().map(|entry| entry.hash),
        "carrier": request.carrier,
    });
    if let (Some(reference), Some(object)) = (other, evidence.as_object_mut()) {
        let holder = known.with_reference(reference);
        object.insert("other_ref".to_owned(), json!(reference.to_string()));
        object.insert("other_id".to_owned(), json!(holder.and_then(|kept| kept.id)));
        object.insert("other_hash".to_owned(), json!(holder.map(|kept| kept.computed)));
    }
    Some(NewCase {
        kind,
        subject: kept_subject(reference),
        summary,
        evidence,
        reference: Some(reference),
        terminal: Some(journal.terminal),
        epoch: Some(journal.epoch),
        seq: (received.place() > 0).then_some(received.place()),
    })
}

fn chain_case(facts: &Facts, broken: &Kept) -> NewCase {
    let journal = &facts.journal;
    NewCase {
        kind: CaseKind::Chain,
        subject: Journal::chain_subject(broken),
        summary: format!(
            "{} #{} does not follow from the entry before it: something in this terminal's journal was changed or copied.",
            book::shown(journal),
            broken.seq
        ),
        evidence: json!({ "prev": broken.prev, "hash": broken.hash }),
        reference: Some(broken.reference),
        terminal: Some(journal.terminal),
        epoch: Some(journal.epoch),
        seq: Some(broken.seq),
    }
}

/// Why an entry was not booked, for a person. What a parser says of it stands in the evidence.
fn in_plain_words(refusal: &Refusal) -> &str {
    match refusal.code {
        "envelope" | "body" => "it arrived damaged or in a form that this server cannot read",
        "arithmetic" => "its sums do not add up",
        "internal" => "the server failed on it",
        _ => &refusal.reason,
    }
}

/// A reason short enough for a list.
fn short(reason: &str) -> String {
    reason.chars().take(200).collect()
}

/// Names a kept entry in its own case.
pub(crate) fn kept_subject(reference: u64) -> String {
    format!("ref/{reference}")
}
