//! Writing the WAL back into the database file, on a connection of its own: no upload waits for it.
//!
//! SQLite lets a checkpoint run beside a writer. While one writes without a pause the WAL cannot begin anew, so the
//! writer keeps a limit of its own ([`WAL_PAGES_MAX`]) at which it finishes what little is left.

use super::{Db, DbError};
use sqlx::SqliteConnection;

/// Pages in the WAL that are not in the database file yet, above which they are written back: 16 MiB.
const PAGES: i64 = 4_000;
/// Pages in the WAL at which the writer itself writes back as it commits: 64 MiB.
pub(super) const WAL_PAGES_MAX: &str = "16000";

// NOOP only looks.
const LOOK: &str = "PRAGMA wal_checkpoint(NOOP)";
const WRITE_BACK: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Busy or not, pages in the WAL, pages of them in the database file too.
type Progress = (i64, i64, i64);

impl Db {
    /// Writes back whenever enough was committed, until the database is closed. For a server, as a task of its own.
    pub async fn write_back(&self) {
        let mut closed = self.inner.write_back.close_event();
        loop {
            tokio::select! {
                biased;
                () = &mut closed => return,
                () = self.inner.committed.notified() => {}
            }
            match self.write_back_once().await {
                Ok(()) => {}
                // Closing writes all of it back.
                Err(DbError::Sqlite(sqlx::Error::PoolClosed)) => return,
                // The writer does it in the end.
                Err(error) => tracing::warn!(%error, "the WAL could not be written back"),
            }
        }
    }

    pub(super) async fn write_back_once(&self) -> Result<(), DbError> {
        let mut connection = self.inner.write_back.acquire().await?;
        let (_, pages, done) = checkpoint(&mut connection, LOOK).await?;
        if pages - done >= PAGES {
            checkpoint(&mut connection, WRITE_BACK).await?;
        }
        Ok(())
    }
}

/// Asks SQLite for a checkpoint of this kind.
pub(super) async fn checkpoint(
    connection: &mut SqliteConnection,
    how: &'static str,
) -> Result<Progress, sqlx::Error> {
    sqlx::query_as(how).fetch_one(connection).await
}
