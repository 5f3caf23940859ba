//! `evertill migrate`.

use super::{Outcome, output};
use crate::db::{self, DATABASE_FILE, Db};
use std::{path::Path, process::ExitCode};

/// Copies the database, brings it to this version and says what was done. Refused while a server runs in the folder: it
/// would go on with tables that are no longer those it knows.
pub async fn run(data: &Path) -> Outcome {
    db::recognise_in(data).await?;
    let _lock = db::lock_folder(data)?;
    let existed = data.join(DATABASE_FILE).is_file();
    let db = Db::open(data).await?;
    let migrated = db.migrated();
    match (&migrated.copy, existed) {
        (Some(copy), _) => output::line(&format!("copied to {}", copy.display()))?,
        (None, true) => {
            // Nothing was missing, so the copy is the same before and after.
            let copy = free_name(data);
            db.copy_to(&copy).await?;
            output::line(&format!("copied to {}", copy.display()))?;
        }
        (None, false) => {}
    }
    let words = match migrated.applied.as_slice() {
        [] => "the database is up to date".to_owned(),
        versions => format!("applied {versions:?}"),
    };
    output::line(&words)?;
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

fn free_name(data: &Path) -> std::path::PathBuf {
    (1..=u32::MAX)
        .map(|turn| data.join(format!("evertill-copy-{turn}.db")))
        .find(|name| !name.exists())
        .expect("a folder holds fewer than four billion copies")
}
