//! How connections are made, and the checks that they are what the promises need.

use super::{DbError, write_back::WAL_PAGES_MAX};
use sqlx::{
    ConnectOptions, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, time::Duration};

/// The database's name in the data folder.
pub const DATABASE_FILE: &str = "evertill.db";
/// The oldest SQLite that is fit: 3.51.3 fixed the WAL-reset corruption bug.
pub const SQLITE_VERSION_MIN: &str = "3.51.3";
/// How long a statement waits for a lock that another process holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request waits for a connection before it is told to come back.
const TURN_TIMEOUT: Duration = Duration::from_secs(30);
/// Connections that read.
const READERS: u32 = 8;

/// Makes the folder if absent and closes it to everybody else.
pub(super) fn prepare_folder(folder: &Path) -> Result<(), DbError> {
    let failed = |source| DbError::Folder { folder: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
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

/// The one connection that writes. Its pool is a fair queue: who asks first writes first.
pub(super) async fn writer(file: &Path) -> Result<SqlitePool, DbError> {
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(TURN_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options(file).pragma("wal_autocheckpoint", WAL_PAGES_MAX))
        .await?;
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&pool).await?;
    if parts(&version) < parts(SQLITE_VERSION_MIN) {
        return Err(DbError::SqliteTooOld { found: version });
    }
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&pool).await?;
    check("synchronous", synchronous.to_string(), "2")?;
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&pool).await?;
    check("journal_mode", journal, "wal")?;
    Ok(pool)
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
