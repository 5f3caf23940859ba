//! Facts for a decision, loaded for the whole batch at once.

mod store;

pub use store::{KeptEntry, LoadedJournal, journal, kept_entries};

use evertill_ledger::{Facts, Wanted, facts::JournalFacts};
use sqlx::SqliteConnection;

/// Everything that deciding entries of this journal needs, given what they name.
pub async fn facts(
    db: &mut SqliteConnection,
    loaded: &LoadedJournal,
    wanted: &Wanted,
) -> Result<Facts, sqlx::Error> {
    let journal: JournalFacts = loaded.facts.clone();
    if wanted.is_empty() {
        return Ok(Facts {
            journal,
            kept: Vec::new(),
            receipts: std::collections::HashMap::new(),
            products: std::collections::HashMap::new(),
            on_hand: std::collections::HashMap::new(),
            next_reference: loaded.next_reference,
        });
    }
    let store::Found { kept, receipts, products, on_hand } = store::found(db, &journal, wanted).await?;
    Ok(Facts { journal, kept, receipts, products, on_hand, next_reference: loaded.next_reference })
}
