//! Taking a terminal's rights.

use super::{enrol::changed, store};
use crate::{
    db::{Db, DbError},
    feed,
};
use evertill_domain::{Id, id};

/// Revokes a terminal: it may hand in what it sold, and nothing else. False if there is none with this id.
pub async fn revoke(db: &Db, terminal: Id<id::Terminal>, now_ms: i64) -> Result<bool, DbError> {
    let mut tx = db.write().await?;
    let Some(known) = store::terminal(&mut tx, terminal).await? else { return Ok(false) };
    if !known.revoked {
        let version = store::set_revoked(&mut tx, terminal, Some(now_ms)).await?;
        feed::record(&mut tx, &[changed(terminal, version)]).await?;
        tx.commit().await?;
    }
    Ok(true)
}
