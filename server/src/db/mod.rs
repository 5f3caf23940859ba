//! The database file: opening, the one writer, the readers, migrations and copies.
//!
//! Guarantees: WAL with `synchronous=FULL` on the writer, so that an answer after COMMIT is an answer
//! after fsync; writes take their turn on one connection, in order of asking; a transaction that is
//! dropped, also by a cancelled request, is rolled back; a database is copied before it is migrated.

pub mod bind;
mod migrate;
mod open;
mod write_back;
mod writer;

pub use migrate::Migrated;
pub(crate) use migrate::is_outdated;
pub use open::{DATABASE_FILE, FolderLock, SQLITE_VERSION_MIN, lock_folder, recognise, recognise_in};

use sqlx::{Connection, Sqlite, SqliteConnection, SqlitePool, pool::PoolConnection};
use std::{
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::{Notify, watch};
use writer::{Turn, Writer};

/// The ERP's database. Clones share the same connections.
#[derive(Clone, Debug)]
pub struct Db {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    writer: Writer,
    readers: SqlitePool,
    write_back: SqlitePool,
    committed: Notify,
    feed_changed: watch::Sender<u64>,
    migrated: Migrated,
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The data folder cannot be made or protected.
    #[error("the data folder {folder} cannot be prepared")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The folder holds something else and is open to others.
    #[error(
        "{0} holds no database of Evertill but other files, and other users can read it; name a folder of its own with \
         --data, or close this one first: chmod 700"
    )]
    FolderOfOthers(PathBuf),
    /// Another server serves from the folder.
    #[error(
        "the data folder {0} is in use by a running server; stop that one, or name another folder with --data"
    )]
    InUse(PathBuf),
    /// The database is of an earlier version, and whoever asked may not change that.
    #[error(
        "the database in {0} is of an earlier version than this program; stop the server that uses it, then run \
         “evertill migrate” or start the server in this version"
    )]
    Outdated(PathBuf),
    /// The file is not a database of ours.
    #[error("{file} {what}; name the folder of an Evertill server with --data")]
    Foreign {
        /// The file.
        file: PathBuf,
        /// What it is instead.
        what: &'static str,
    },
    /// There is no database in the folder.
    #[error("there is no database in {0}; start the server there first")]
    Missing(PathBuf),
    /// The linked SQLite has a WAL bug that was fixed later.
    #[error("SQLite {found} is linked; at least {SQLITE_VERSION_MIN} is needed")]
    SqliteTooOld {
        /// The version found.
        found: String,
    },
    /// A pragma did not take: an answer would not be durable.
    #[error("SQLite says {pragma} = {found}, {needed} is needed")]
    Pragma {
        /// Which.
        pragma: &'static str,
        /// What it is.
        found: String,
        /// What it must be.
        needed: &'static str,
    },
    /// The database was written by a newer version, or a migration failed.
    #[error("the database cannot be brought to this version")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// SQLite refused.
    #[error("SQLite: {0}")]
    Sqlite(#[from] sqlx::Error),
}

impl Db {
    /// The database in this folder: made with mode 0700 if absent or empty, copied and migrated if older. Who calls holds
    /// the folder, or knows that nothing is missing: a running server would go on with tables that it does not know.
    pub async fn open(folder: &Path) -> Result<Self, DbError> {
        open::recognise_in(folder).await?;
        open::prepare_folder(folder)?;
        let file = folder.join(DATABASE_FILE);
        let migrated = migrate::bring_up_to_date(&file).await?;
        let writer = Writer::new(open::connect_writer(&file).await?);
        let readers = open::readers(&file).await?;
        let inner = Inner {
            folder: folder.to_owned(),
            writer,
            readers,
            write_back: open::write_back(&file),
            committed: Notify::new(),
            feed_changed: watch::Sender::new(0),
            migrated,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The database of a folder in which a server was started before, to be worked on beside that server. It is brought up
    /// to date only if no server runs there.
    pub async fn open_beside(folder: &Path) -> Result<Self, DbError> {
        let file = folder.join(DATABASE_FILE);
        if !file.is_file() {
            return Err(DbError::Missing(folder.to_owned()));
        }
        open::recognise(&file).await?;
        let held = if migrate::is_outdated(&file).await? {
            let held = open::lock_folder(folder).map_err(|error| match error {
                DbError::InUse(folder) => DbError::Outdated(folder),
                other => other,
            })?;
            Some(held)
        } else {
            None
        };
        let db = Self::open(folder).await;
        drop(held);
        db
    }

    /// The folder it lies in.
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// The database file.
    pub fn file(&self) -> PathBuf {
        self.inner.folder.join(DATABASE_FILE)
    }

    /// What opening it had to change.
    pub fn migrated(&self) -> &Migrated {
        &self.inner.migrated
    }

    /// A connection to read with; begin a transaction on it for one snapshot over several statements.
    pub async fn read(&self) -> Result<PoolConnection<Sqlite>, DbError> {
        Ok(self.inner.readers.acquire().await?)
    }

    /// Whether a reader can read; an error says why not.
    pub async fn answers(&self) -> Result<(), DbError> {
        let mut reader = self.read().await?;
        sqlx::query("SELECT one FROM shop").fetch_optional(&mut *reader).await?;
        Ok(())
    }

    /// The writer, in a transaction that has the write lock already. Waits its turn.
    pub async fn write(&self) -> Result<WriteTx<'_>, DbError> {
        let turn = self.inner.writer.turn(&self.file()).await?;
        Ok(WriteTx { turn, db: &self.inner, position: None })
    }

    /// Tells of every new position in the change feed that this process committed.
    pub fn feed_changed(&self) -> watch::Receiver<u64> {
        self.inner.feed_changed.subscribe()
    }

    /// Writes a consistent copy (`VACUUM INTO`) beside a running server; `to` must not exist.
    pub async fn copy_to(&self, to: &Path) -> Result<(), DbError> {
        let mut connection = SqliteConnection::connect_with(&open::options(&self.file())).await?;
        migrate::copy(&mut connection, to).await?;
        Ok(connection.close().await?)
    }

    /// Lets running statements end, writes the WAL back and closes every connection.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        self.inner.write_back.close().await;
        self.inner.writer.close().await;
    }
}

/// A write transaction. Dropped without [`WriteTx::commit`] it is rolled back.
#[must_use = "dropped without commit it is rolled back"]
#[derive(Debug)]
pub struct WriteTx<'a> {
    turn: Turn<'a>,
    db: &'a Inner,
    position: Option<u64>,
}

impl WriteTx<'_> {
    /// Makes everything durable, then wakes who waits for changes.
    pub async fn commit(self) -> Result<(), DbError> {
        self.turn.commit().await?;
        self.db.committed.notify_one();
        if let Some(position) = self.position {
            self.db.feed_changed.send_replace(position);
        }
        Ok(())
    }

    /// Remembers the feed position this transaction reaches; see [`crate::feed::record`].
    pub(crate) fn reaches(&mut self, position: u64) {
        self.position = Some(position);
    }
}

impl Deref for WriteTx<'_> {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        self.turn.connection().expect("a turn has the connection until it ends")
    }
}
impl DerefMut for WriteTx<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.turn.connection_mut().expect("a turn has the connection until it ends")
    }
}

#[cfg(test)]
mod tests;
