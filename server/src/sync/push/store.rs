//! SQL of uploads beside the books: savepoints, and what a till reports of itself.

use evertill_domain::{Id, id};
use evertill_protocol::upload::{EntryResult, Outcome};
use sqlx::SqliteConnection;

const KNOWS: &str = "SELECT count(*) FROM terminals WHERE id = $1";
const SEEN: &str = "UPDATE terminals SET seen_at = $2 WHERE id = $1";
const REPORT: &str = "UPDATE terminals SET seen_at = $2, pending = $3, oldest_age_s = $4 WHERE id = $1";

/// Who spoke and what it said of its queue.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// Who sent the request.
    pub by: Id<id::Terminal>,
    /// Waiting entries and the age of the oldest in seconds; none from a carrier.
    pub pending: Option<(u64, u64)>,
}

pub async fn knows_terminal(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
) -> Result<bool, sqlx::Error> {
    let count: i64 = sqlx::query_scalar(KNOWS).bind(terminal.uuid()).fetch_one(db).await?;
    Ok(count > 0)
}

impl Report {
    /// What still waits after this answer: what the till counted before it sent, without what the server now has.
    pub fn after(self, results: &[EntryResult]) -> Self {
        let had = results.iter().filter(|result| result.outcome != Outcome::Retry).count();
        let left = |(pending, age): (u64, u64)| {
            let left = pending.saturating_sub(had.try_into().unwrap_or(u64::MAX));
            (left, if left == 0 { 0 } else { age })
        };
        Self { pending: self.pending.map(left), ..self }
    }
}

/// Notes that the sender was seen, and what it said.
pub async fn report(
    db: &mut SqliteConnection,
    terminal: Id<id::Terminal>,
    report: &Report,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    match report.pending {
        Some((pending, oldest_age_s)) => {
            sqlx::query(REPORT)
                .bind(terminal.uuid())
                .bind(now_ms)
                .bind(number(pending))
                .bind(number(oldest_age_s))
                .execute(db)
                .await?;
        }
        None => {
            sqlx::query(SEEN).bind(report.by.uuid()).bind(now_ms).execute(db).await?;
        }
    }
    Ok(())
}

pub async fn savepoint(db: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SAVEPOINT entry").execute(db).await.map(|_| ())
}

pub async fn release(db: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("RELEASE entry").execute(db).await.map(|_| ())
}

/// Back to the savepoint, and rid of it.
pub async fn undo(db: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("ROLLBACK TO entry").execute(&mut *db).await?;
    release(db).await
}
