//! A person books a kept entry after all.

use crate::{
    Received, book,
    content::Refusal,
    facts::{Facts, Kept},
    plan::Plan,
};

/// Whether a kept entry can be booked, given the reference of the one that holds its id; otherwise a sentence why not.
pub fn can_release(kept: &Kept, received: &Received, id_holder: Option<u64>) -> Result<(), Refusal> {
    if kept.state.is_booked() {
        return Err(Refusal::new("released", "it is booked already"));
    }
    if id_holder.is_some_and(|holder| holder != kept.reference) {
        return Err(Refusal::new("id", "another entry has this id; only one of them can be the sale"));
    }
    received.content.as_ref().map(|_| ()).map_err(Clone::clone)
}

/// Books a kept entry. The plan holds the sale, its stock, its day and the cases it opens; the caller marks
/// the entry as released and as the holder of its id.
pub fn release(kept: &Kept, received: &Received, mut facts: Facts) -> Result<Plan, Refusal> {
    let holder = facts.kept.iter().find(|other| other.owns_id && other.id == kept.id);
    can_release(kept, received, holder.map(|holder| holder.reference))?;
    let (Some(entry), Ok(content)) = (&received.entry, &received.content) else {
        return Err(Refusal::new("envelope", "its envelope cannot be read"));
    };
    book::check_place(&facts.journal, content)?;
    let mut plan = Plan::default();
    book::book(&mut facts, &mut plan, kept.reference, entry, content);
    Ok(plan)
}
