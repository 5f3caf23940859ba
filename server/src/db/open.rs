//! How connections are made, and the checks that they are what the promises need.

use super::{DbError, write_back::WAL_PAGES_MAX};
use sqlx::{
    ConnectOptions, Connection, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fs::{File, TryLockError},
    io::Read,
    path::Path,
    time::Duration,
};

/// The database's name in the data folder.
pub const DATABASE_FILE: &str = "evertill.db";
/// The file beside it that a running server holds locked.
const LOCK_FILE: &str = "evertill.lock";
/// What every SQLite file begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";
// The first start may have ended before the first migration: then there is nothing yet but the list of migrations.
const OUR_TABLES: &str = "
    SELECT count(*) FILTER (WHERE name IN ('inbox', 'shop')) = 2
           OR count(*) FILTER (WHERE name <> '_sqlx_migrations') = 0
    FROM sqlite_schema WHERE type = 'table'";
/// The oldest SQLite that is fit: 3.51.3 fixed the WAL-reset corruption bug.
pub const SQLITE_VERSION_MIN: &str = "3.51.3";
/// How long a statement waits for a lock that another process holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request waits for a connection before it is told to come back.
const TURN_TIMEOUT: Duration = Duration::from_secs(30);
/// Rows that the writer's thread reads ahead of whoever takes them: all that a full upload asks for at once, so that the
/// thread need not be woken amid an answer.
const ROW_BUFFER: usize = 2_000;
/// Connections that read.
const READERS: u32 = 8;

/// Makes the folder if absent and closes it to everybody else. A folder that holds something else is left as it is, and
/// refused if it is open to others: closing it would take it away from whoever uses it.
pub(super) fn prepare_folder(folder: &Path) -> Result<(), DbError> {
    let failed = |source| DbError::Folder { folder: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder).map_err(failed)?.permissions().mode();
        let is_open = mode & 0o077 != 0;
        if !is_open {
            return Ok(());
        }
        let is_empty = std::fs::read_dir(folder).map_err(failed)?.next().is_none();
        if !is_empty && !folder.join(DATABASE_FILE).is_file() {
            return Err(DbError::FolderOfOthers(folder.to_owned()));
        }
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

/// Keeps a second server, and a migration, out of the data folder; given back when it is dropped or the process ends,
/// however it ends.
#[must_use = "dropped, another server may take the folder"]
#[derive(Debug)]
pub struct FolderLock {
    _held: File,
}

/// Prepares the folder and takes it for the one process that may serve from it or migrate it.
pub fn lock_folder(folder: &Path) -> Result<FolderLock, DbError> {
    let failed = |source| DbError::Folder { folder: folder.to_owned(), source };
    prepare_folder(folder)?;
    let file = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK_FILE));
    let held = file.map_err(failed)?;
    match held.try_lock() {
        Ok(()) => Ok(FolderLock { _held: held }),
        Err(TryLockError::WouldBlock) => Err(DbError::InUse(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Refuses a folder whose database file holds something that is not ours; one without such a file is fine. To be asked
/// before the folder is touched. Changes nothing.
pub async fn recognise_in(folder: &Path) -> Result<(), DbError> {
    let file = folder.join(DATABASE_FILE);
    let is_there = std::fs::metadata(&file).is_ok_and(|found| found.is_file() && found.len() > 0);
    if is_there { recognise(&file).await } else { Ok(()) }
}

/// Makes sure that the file, which exists, holds a database of ours; says what it is otherwise. Changes nothing.
pub async fn recognise(file: &Path) -> Result<(), DbError> {
    let foreign = |what| DbError::Foreign { file: file.to_owned(), what };
    let failed = |source| DbError::Folder { folder: file.to_owned(), source };
    let mut first = Vec::new();
    File::open(file).map_err(failed)?.take(MAGIC.len() as u64).read_to_end(&mut first).map_err(failed)?;
    if first.is_empty() {
        return Err(foreign("is empty"));
    }
    if first != MAGIC {
        return Err(foreign("is no SQLite database"));
    }
    // Without a WAL beside it nobody writes there, and SQLite need not make one to look.
    let is_still = !file.with_extension("db-wal").exists();
    let mut connection = SqliteConnection::connect_with(&read_only(file).immutable(is_still)).await?;
    let ours: bool = sqlx::query_scalar(OUR_TABLES).fetch_one(&mut connection).await?;
    connection.close().await?;
    if ours { Ok(()) } else { Err(foreign("is a SQLite database, but not of Evertill")) }
}

/// A connection that can change nothing.
pub(super) async fn looking(file: &Path) -> Result<SqliteConnection, DbError> {
    Ok(SqliteConnection::connect_with(&read_only(file)).await?)
}

fn read_only(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(file).read_only(true).busy_timeout(BUSY_TIMEOUT)
}

pub(super) fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        // 16 MiB: a short-lived program beside the server does not write back at every commit.
        .pragma("wal_autocheckpoint", "4000")
        .pragma("cache_size", "-32768")
        .pragma("temp_store", "memory")
        .statement_cache_capacity(256)
        .log_slow_statements(tracing::log::LevelFilter::Warn, Duration::from_secs(1))
}

/// A connection to write with, which is what the promises need or an error.
pub(super) async fn connect_writer(file: &Path) -> Result<SqliteConnection, DbError> {
    let options = options(file).pragma("wal_autocheckpoint", WAL_PAGES_MAX).row_buffer_size(ROW_BUFFER);
    let mut writer = SqliteConnection::connect_with(&options).await?;
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut writer).await?;
    if parts(&version) < parts(SQLITE_VERSION_MIN) {
        return Err(DbError::SqliteTooOld { found: version });
    }
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut writer).await?;
    check("synchronous", synchronous.to_string(), "2")?;
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut writer).await?;
    check("journal_mode", journal, "wal")?;
    Ok(writer)
}

/// The connection that writes the WAL back, made when it is first needed.
pub(super) fn write_back(file: &Path) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(TURN_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(options(file))
}

pub(super) async fn readers(file: &Path) -> Result<SqlitePool, DbError> {
    Ok(SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(TURN_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options(file).pragma("query_only", "1"))
        .await?)
}

fn parts(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

fn check(pragma: &'static str, found: String, needed: &'static str) -> Result<(), DbError> {
    if found == needed { Ok(()) } else { Err(DbError::Pragma { pragma, found, needed }) }
}
