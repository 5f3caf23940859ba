//! Brings a database to this version, after writing a copy of what it was.

use super::{DbError, open};
use sqlx::{
    AssertSqlSafe, Connection, SqliteConnection,
    migrate::{Migrate, Migrator},
    sqlite::SqliteConnection as Connected,
};
use std::path::{Path, PathBuf};

static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

const BEGUN: &str = "SELECT count(*) > 0 FROM sqlite_schema WHERE name = '_sqlx_migrations'";
const APPLIED: &str = "SELECT version FROM _sqlx_migrations WHERE success";

/// What opening a database had to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// Versions that were applied, oldest first; empty if it was up to date.
    pub applied: Vec<i64>,
    /// The copy of what it was before; none for a new database.
    pub copy: Option<PathBuf>,
}

/// Applies what is missing. A database that held anything is copied first, beside itself.
pub(super) async fn bring_up_to_date(file: &Path) -> Result<Migrated, DbError> {
    let mut connection = Connected::connect_with(&open::options(file)).await?;
    let before = applied(&mut connection).await?;
    let missing: Vec<i64> =
        MIGRATOR.iter().map(|step| step.version).filter(|version| !before.contains(version)).collect();
    let copy = match before.last() {
        Some(version) if !missing.is_empty() => {
            let to = free_name(file, *version);
            copy(&mut connection, &to).await?;
            Some(to)
        }
        _ => None,
    };
    MIGRATOR.run(&mut connection).await?;
    connection.close().await?;
    Ok(Migrated { applied: missing, copy })
}

/// Whether a migration is missing. Changes nothing.
pub(crate) async fn is_outdated(file: &Path) -> Result<bool, DbError> {
    let mut connection = open::looking(file).await?;
    let begun: bool = sqlx::query_scalar(BEGUN).fetch_one(&mut connection).await?;
    let before: Vec<i64> =
        if begun { sqlx::query_scalar(APPLIED).fetch_all(&mut connection).await? } else { Vec::new() };
    connection.close().await?;
    Ok(MIGRATOR.iter().any(|step| !before.contains(&step.version)))
}

/// Writes a consistent, compact copy; `to` must not exist.
pub(super) async fn copy(connection: &mut SqliteConnection, to: &Path) -> Result<(), DbError> {
    let name = to.to_string_lossy().replace('\'', "''");
    sqlx::query(AssertSqlSafe(format!("VACUUM INTO '{name}'"))).execute(connection).await?;
    Ok(())
}

async fn applied(connection: &mut SqliteConnection) -> Result<Vec<i64>, DbError> {
    connection.ensure_migrations_table("_sqlx_migrations").await?;
    let rows = connection.list_applied_migrations("_sqlx_migrations").await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

/// `evertill-at-0001.db`, with a number behind it if an earlier try left one.
fn free_name(file: &Path, version: i64) -> PathBuf {
    let folder = file.parent().unwrap_or(Path::new("."));
    let first = folder.join(format!("evertill-at-{version:04}.db"));
    let further = (1..u32::MAX).map(|turn| folder.join(format!("evertill-at-{version:04}-{turn}.db")));
    std::iter::once(first)
        .chain(further)
        .find(|name| !name.exists())
        .expect("a folder holds fewer than four billion copies")
}
