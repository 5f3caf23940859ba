//! The doctor: recomputes every hash, chain, on-hand and total from what was received, and lists each difference
//! with the case that names it.
//!
//! Reads one snapshot of the database and writes nothing, so it works beside a running server. What it holds in
//! memory grows with the cases and differences, not with the sales.

mod journals;
mod store;

use crate::db::{self, DATABASE_FILE, DbError};
use evertill_protocol::api::CaseKind;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{collections::HashMap, fmt, path::Path};

/// What the doctor found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries of the inbox that were read again.
    pub entries: u64,
    /// Sales among them.
    pub sales: u64,
    /// Journals (terminal and epoch) that were followed.
    pub journals: u64,
    /// Products whose on-hand was added up.
    pub products: u64,
    /// Whatever is not as it should be.
    pub differences: Vec<Difference>,
    /// What is still on its way and no difference yet: holes younger than a day.
    pub waiting: Vec<String>,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What and where.
    pub what: String,
    /// The case that names it: its summary and whether it is open.
    pub case: Option<String>,
}

impl Report {
    /// Whether each difference is named by a case.
    pub fn is_explained(&self) -> bool {
        self.differences.iter().all(|difference| difference.case.is_some())
    }

    fn unexplained(&mut self, what: String) {
        self.differences.push(Difference { what, case: None });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entries, sales, journals, products, differences, waiting } = self;
        writeln!(
            f,
            "{}, {}, {}, {} were checked.",
            counted(*entries, "entry", "entries"),
            counted(*sales, "sale", "sales"),
            counted(*journals, "journal", "journals"),
            counted(*products, "product", "products")
        )?;
        for waiting in waiting {
            writeln!(f, "waiting: {waiting}")?;
        }
        for difference in differences {
            match &difference.case {
                Some(case) => writeln!(f, "named by a case: {}\n    {case}", difference.what)?,
                None => writeln!(f, "NOT NAMED BY ANY CASE: {}", difference.what)?,
            }
        }
        let unnamed = differences.iter().filter(|difference| difference.case.is_none()).count();
        let all = counted(differences.len() as u64, "difference", "differences");
        match (differences.len(), unnamed) {
            (0, _) => write!(f, "Everything adds up."),
            (1, 0) => write!(f, "{all}, named by a case."),
            (1, _) => write!(f, "{all}, not named by any case."),
            (_, 0) => write!(f, "{all}, each named by a case."),
            (_, unnamed) => write!(f, "{all}, {unnamed} of them not named by any case."),
        }
    }
}

fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Checks the database in this folder.
pub async fn run(folder: &Path) -> Result<Report, DbError> {
    let file = folder.join(DATABASE_FILE);
    if !file.is_file() {
        return Err(DbError::Missing(folder.to_owned()));
    }
    db::recognise(&file).await?;
    if db::is_outdated(&file).await? {
        return Err(DbError::Outdated(folder.to_owned()));
    }
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .read_only(true)
        .busy_timeout(std::time::Duration::from_secs(10))
        .pragma("cache_size", "-65536");
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let mut snapshot = connection.begin().await?;
    let mut report = Report::default();
    for fault in store::integrity(&mut snapshot).await? {
        report.unexplained(format!("the database file: {fault}"));
    }
    let cases = Cases::load(&mut snapshot).await?;
    journals::check(&mut snapshot, &cases, &mut report).await?;
    for fault in store::set_wise_faults(&mut snapshot).await? {
        report.unexplained(fault);
    }
    report.products = store::count_stocked(&mut snapshot).await?;
    snapshot.rollback().await?;
    connection.close().await?;
    Ok(report)
}

/// A case as far as it can explain a difference.
#[derive(Clone, Debug)]
struct Explanation {
    text: String,
    first: i64,
    last: i64,
}

/// Cases by what they explain.
#[derive(Debug, Default)]
struct Cases {
    by_entry: HashMap<i64, String>,
    by_journal: HashMap<(CaseKind, Vec<u8>, u32), Vec<Explanation>>,
}

impl Cases {
    async fn load(db: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let mut cases = Self::default();
        for row in store::cases(db).await? {
            let text = format!("{} ({}) {}", row.kind, row.state, row.summary);
            let kind: Result<CaseKind, _> = serde_json::from_value(row.kind.into());
            match (kind, row.inbox, row.terminal, row.epoch) {
                (Ok(CaseKind::Quarantine | CaseKind::Conflict), Some(reference), ..) => {
                    cases.by_entry.insert(reference, text);
                }
                (Ok(kind), _, Some(terminal), Some(epoch)) => {
                    let seq = row.seq.unwrap_or(0);
                    let (first, last) = (row.first.unwrap_or(seq), row.last.unwrap_or(seq));
                    let known = cases.by_journal.entry((kind, terminal, epoch)).or_default();
                    known.push(Explanation { text, first, last });
                }
                _ => {}
            }
        }
        Ok(cases)
    }

    /// The case of this kind about all of these seqs.
    fn about(&self, kind: CaseKind, terminal: &[u8], epoch: u32, first: u64, last: u64) -> Option<String> {
        let known = self.by_journal.get(&(kind, terminal.to_vec(), epoch))?;
        let covers =
            |case: &&Explanation| case.first.unsigned_abs() <= first && last <= case.last.unsigned_abs();
        known.iter().find(covers).map(|case| case.text.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{Difference, Report};

    #[test]
    fn one_is_told_as_one() {
        let mut report = Report { entries: 2, sales: 1, journals: 1, ..Report::default() };
        let told = "2 entries, 1 sale, 1 journal, 0 products were checked.\n";
        assert_eq!(report.to_string(), format!("{told}Everything adds up."));
        report.differences.push(Difference { what: "T1 #1".to_owned(), case: None });
        assert!(report.to_string().ends_with("1 difference, not named by any case."));
        report.unexplained("T1 #2".to_owned());
        assert!(report.to_string().ends_with("2 differences, 2 of them not named by any case."));
    }
}
