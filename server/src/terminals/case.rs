//! Opening a case about a terminal.

use crate::db::WriteTx;
use evertill_domain::{Id, id};
use evertill_protocol::api::CaseKind;
use uuid::Uuid;

const OPEN: &str = "
    INSERT INTO cases (id, number, outlet, kind, subject, state, summary, evidence, inbox, terminal, epoch, seq, opened_at,
                       closed_at, note)
    SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, 'open', $5, $6, NULL, $7, $8, NULL, $9, NULL, NULL
    FROM cases WHERE true
    ON CONFLICT (kind, subject) DO NOTHING";

/// Something about a terminal that a person must look at.
pub struct NewCase {
    pub outlet: Id<id::Outlet>,
    pub kind: CaseKind,
    /// One case per kind and subject.
    pub subject: String,
    pub summary: String,
    pub evidence: serde_json::Value,
    pub terminal: Option<Id<id::Terminal>>,
    pub epoch: Option<u32>,
    pub at: i64,
}

/// Opens the case, unless there is one for its subject already.
pub async fn open(tx: &mut WriteTx<'_>, case: NewCase) -> Result<(), sqlx::Error> {
    let kind = serde_json::to_value(case.kind).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(OPEN)
        .bind(Uuid::now_v7())
        .bind(case.outlet.uuid())
        .bind(kind.as_str())
        .bind(case.subject)
        .bind(case.summary)
        .bind(case.evidence.to_string())
        .bind(case.terminal.map(Id::uuid))
        .bind(case.epoch)
        .bind(case.at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
