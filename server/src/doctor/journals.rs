//! Follows each journal entry by entry: hash, body, booking, chain, holes.

use super::{Cases, Difference, Report, store};
use evertill_domain::{Id, id, receipt_number::epoch_suffix};
use evertill_ledger::{Content, SeqSet, State, content, journal};
use evertill_protocol::{
    Hash,
    api::CaseKind,
    chain::{GENESIS, Link},
};
use futures_util::TryStreamExt;
use sqlx::SqliteConnection;
use std::collections::HashMap;

/// What is known of a journal while it is followed.
#[derive(Debug, Default)]
struct Followed {
    had: Vec<(u64, u64)>,
    /// Seq and hashes of the entries at the last two places.
    before: (u64, Vec<Hash>),
    here: (u64, Vec<Hash>),
}

/// Reads every entry in order of its journal.
pub(super) async fn check(
    db: &mut SqliteConnection,
    cases: &Cases,
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    let mut epochs = store::epochs(db).await?;
    report.journals = u64::try_from(epochs.len()).unwrap_or(u64::MAX);
    let mut followed: HashMap<(Vec<u8>, u32), Followed> = HashMap::new();
    let mut rows = store::entries(db);
    while let Some(entry) = rows.try_next().await? {
        report.entries += 1;
        let key = (entry.terminal.clone(), entry.epoch);
        let name = epochs
            .get(&key)
            .map_or_else(|| "an unknown terminal".to_owned(), |epoch| epoch.name(entry.epoch));
        let place = format!("{name} #{} (ref {})", entry.seq, entry.reference);
        check_entry(&entry, &place, cases, report);
        follow(followed.entry(key).or_default(), &entry, &place, cases, report);
    }
    drop(rows);
    for (key, epoch) in &mut epochs {
        let mut had = followed.remove(key).map(|followed| followed.had).unwrap_or_default();
        had.append(&mut epoch.lost);
        check_had(key, epoch, &SeqSet::of(had), cases, report);
    }
    for (_, epoch) in followed.keys() {
        report.unexplained(format!(
            "entries lie under epoch {epoch} of a terminal to which it was never issued"
        ));
    }
    Ok(())
}

fn check_entry(entry: &store::Entry, place: &str, cases: &Cases, report: &mut Report) {
    let Some(state) = State::parse(&entry.state) else {
        report.unexplained(format!("{place}: the state “{}” is not known", entry.state));
        return;
    };
    let computed = match recomputed(entry) {
        Some(hash) => hash,
        None => entry.raw.as_ref().map(|raw| Hash::of(raw.as_bytes())).unwrap_or_default(),
    };
    if computed.0.as_slice() != entry.computed.as_slice() {
        report.unexplained(format!(
            "{place}: its bytes were changed after it was received; they hash to {computed}"
        ));
    }
    let case = cases.by_entry.get(&entry.reference).cloned();
    if state.is_booked() {
        if entry.hash.as_deref() != Some(entry.computed.as_slice()) {
            let what = format!("{place}: booked although its hash is wrong");
            report.differences.push(Difference { what, case: case.clone() });
        }
        check_booking(entry, place, report);
    } else {
        let code = entry.code.as_deref().unwrap_or("");
        let what = format!("{place}: kept, not booked ({} {code})", entry.state);
        report.differences.push(Difference { what, case });
        if entry.sale.is_some() {
            report.unexplained(format!("{place}: not booked, but there is a sale of it"));
        }
    }
}

/// H of a readable entry, from the stored columns.
fn recomputed(entry: &store::Entry) -> Option<Hash> {
    entry.hash.as_ref()?;
    let link = Link {
        terminal: Id::<id::Terminal>::from_bytes(entry.terminal.as_slice().try_into().ok()?).ok()?,
        epoch: entry.epoch,
        seq: entry.seq,
        id: Id::<id::Entry>::from_bytes(entry.id.as_deref()?.try_into().ok()?).ok()?,
        kind: &entry.kind,
        schema: entry.schema,
        receipt: entry.receipt.as_deref(),
        business_date: entry.business_date.as_deref()?.parse().ok()?,
        body: &entry.body,
        prev: hash(entry.prev.as_deref()?)?,
    };
    Some(link.hash())
}

fn check_booking(entry: &store::Entry, place: &str, report: &mut Report) {
    match content::read(&entry.kind, entry.schema, &entry.body) {
        Err(refusal) => {
            report.unexplained(format!("{place}: booked, but its body cannot be read: {refusal}"));
        }
        Ok(Content::ClockSuspect(_)) => {}
        Ok(Content::Sale(sale)) => {
            report.sales += 1;
            let lines: Vec<store::Line> = sale
                .lines
                .iter()
                .map(|line| {
                    (
                        line.line,
                        line.product.uuid().simple().to_string(),
                        line.quantity.milli(),
                        line.unit_price_minor,
                        line.gross_minor,
                        line.discount_minor,
                        line.tax_rate.ppm(),
                        line.tax_minor,
                    )
                })
                .collect();
            match &entry.sale {
                None => report.unexplained(format!("{place}: booked, but there is no sale of it")),
                Some(stored) => {
                    let agrees = stored.total_minor == sale.total_minor
                        && stored.completed_at == sale.completed_at_ms
                        && stored.id == entry.id.clone().unwrap_or_default()
                        && Some(stored.business_date.as_str()) == entry.business_date.as_deref()
                        && stored.lines == lines;
                    if !agrees {
                        report.unexplained(format!("{place}: its sale is not what its body says"));
                    }
                }
            }
        }
    }
}

fn follow(journal: &mut Followed, entry: &store::Entry, place: &str, cases: &Cases, report: &mut Report) {
    if entry.seq == 0 {
        return;
    }
    journal.had.push((entry.seq, entry.seq));
    let Some(own) = entry.hash.as_deref().and_then(hash) else { return };
    if journal.here.0 != entry.seq {
        journal.before = std::mem::replace(&mut journal.here, (entry.seq, Vec::new()));
    }
    let holds = entry.hash.as_deref() == Some(entry.computed.as_slice());
    let prev = entry.prev.as_deref().and_then(hash);
    let follows = match (entry.seq, journal.before.0) {
        (1, _) => prev == Some(GENESIS),
        (seq, before) if before + 1 == seq => prev.is_some_and(|prev| journal.before.1.contains(&prev)),
        _ => true,
    };
    if holds && !follows {
        let case = cases.about(CaseKind::Chain, &entry.terminal, entry.epoch, entry.seq, entry.seq);
        report
            .differences
            .push(Difference { what: format!("{place}: does not follow from the entry before it"), case });
    }
    journal.here.1.extend([Some(own), hash(&entry.computed)].into_iter().flatten());
}

fn check_had(key: &(Vec<u8>, u32), epoch: &store::Epoch, had: &SeqSet, cases: &Cases, report: &mut Report) {
    let (terminal, number) = key;
    let name = epoch.name(*number);
    let have = journal::have(had);
    if (have.contiguous, have.max) != (epoch.contiguous, epoch.max_seq) {
        report.unexplained(format!(
            "{name}: the ERP says it has 1 to {} and at most {}, but it has 1 to {} and at most {}",
            epoch.contiguous, epoch.max_seq, have.contiguous, have.max
        ));
    }
    for (first, last) in have.missing {
        let what = format!("{name}: entries {first} to {last} are missing");
        match cases.about(CaseKind::Hole, terminal, *number, first, last) {
            None if epoch.young_holes.contains(&(first, last)) => report.waiting.push(what),
            case => report.differences.push(Difference { what, case }),
        }
    }
    for (first, last) in &epoch.named_lost {
        let what = format!("{name}: entries {first} to {last} were named lost");
        let case = cases.about(CaseKind::Lost, terminal, *number, *first, *last);
        report.differences.push(Difference { what, case });
    }
}

impl store::Epoch {
    fn name(&self, epoch: u32) -> String {
        format!("{}{}", self.short_code, epoch_suffix(epoch))
    }
}

fn hash(bytes: &[u8]) -> Option<Hash> {
    bytes.try_into().ok().map(Hash)
}
