//! An upload from bytes to an answer: read outside the transaction, decide and write inside, answer after COMMIT.

use super::{body::UploadBody, store};
use crate::{
    books,
    db::{Db, WriteTx},
    http::{ApiError, parse_json},
};
use axum::{body::Bytes, http::StatusCode};
use evertill_domain::{Id, id};
use evertill_ledger::{
    Facts, Plan, Received, Refusal, Request, Wanted, decide,
    request::{self, Unfit},
};
use evertill_protocol::upload::{EntryResult, Outcome, RawUpload, UploadAnswer};
use serde_json::value::RawValue;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// When to send an entry again that the server could keep nothing of.
const RETRY_AFTER_MS: u64 = 60_000;

/// Uploads that are unpacked and parsed at once; bounds what all of them together hold in memory.
static READING: Semaphore = Semaphore::const_new(8);

/// Entries that a thread reads before it gives way. With few processors, whoever holds the one turn to write would
/// otherwise wait, at each statement, until another upload's reader has used up its share: a tenth less in all.
const READ_AT_ONCE: usize = 16;

/// Reads one raw entry of a (terminal, epoch).
pub type ReadEntry = fn(Box<RawValue>, Id<id::Terminal>, u32) -> Received;

/// Decides an upload.
pub type Decide = fn(&Request, Vec<Received>, Facts) -> Plan;

/// What the ledger does for an upload; another one stands for a mistake of ours in a test.
#[derive(Clone, Copy, Debug)]
pub struct Ledger {
    /// Reads an entry.
    pub read: ReadEntry,
    /// Decides about all of them.
    pub decide: Decide,
}

impl Ledger {
    /// The real one.
    pub const REAL: Self = Self { read: Received::read, decide };

    /// Decides; an error if it panicked, which is our mistake and takes no more than one entry aside.
    fn decide(self, request: &Request, entries: Vec<Received>, facts: Facts) -> Result<Plan, Unwritten> {
        catch_unwind(AssertUnwindSafe(|| (self.decide)(request, entries, facts)))
            .map_err(|_| Unwritten::Panicked)
    }
}

/// Why a batch or an entry is not in the books.
#[derive(Debug, thiserror::Error)]
enum Unwritten {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("the server failed while booking")]
    Panicked,
}

impl Unwritten {
    /// Busy, full, out of memory, a broken disk, a closed pool: no entry's fault, and nothing to set aside for.
    fn is_environment(&self) -> bool {
        matches!(self, Self::Database(error) if is_environment(error))
    }
}

/// An upload that was read and holds to the limits.
#[derive(Debug)]
struct Incoming {
    terminal: Id<id::Terminal>,
    epoch: u32,
    batch: Uuid,
    report: store::Report,
    request: Request,
    entries: Vec<Received>,
    wanted: Wanted,
    /// The rows of all entries, if all are booked.
    ahead: Option<books::Lists>,
    /// What it was read from: the slow road begins again.
    json: Bytes,
}

/// The same as the route does, with the JSON at hand and another ledger: for tests of faulty ones.
pub async fn ingest_with(
    db: &Db,
    caller: Id<id::Terminal>,
    json: Bytes,
    ledger: Ledger,
    now_ms: i64,
) -> Result<UploadAnswer, ApiError> {
    ingest(db, caller, UploadBody::Plain(json), ledger, now_ms).await
}

/// Takes an upload sent by `caller`.
pub(super) async fn ingest(
    db: &Db,
    caller: Id<id::Terminal>,
    body: UploadBody,
    ledger: Ledger,
    now_ms: i64,
) -> Result<UploadAnswer, ApiError> {
    let incoming = receive_aside(caller, body, ledger.read, now_ms).await?;
    let (mut tx, loaded) = begin(db, &incoming).await?;
    let facts =
        books::facts(&mut tx, &loaded, &incoming.wanted).await.map_err(|error| unavailable(&error))?;
    let Incoming { terminal, epoch, batch, report, request, entries, wanted: _, ahead, json } = incoming;
    let written = match ledger.decide(&request, entries, facts) {
        Ok(plan) => match books::write_plan_ahead(&mut tx, &loaded.facts, &request, &plan, ahead).await {
            Ok(()) => Ok(plan),
            Err(error) => Err(error.into()),
        },
        Err(error) => Err(error),
    };
    let plan = match written {
        Ok(plan) => {
            store::report(&mut tx, terminal, &report.after(&plan.results), now_ms)
                .await
                .map_err(|error| unavailable(&error))?;
            tx.commit().await?;
            plan
        }
        Err(error) if error.is_environment() => return Err(unavailable(&error)),
        Err(error) => {
            tracing::warn!(%error, %terminal, epoch, "a batch could not be written as a whole; taking it entry by entry");
            drop(tx);
            let incoming = receive_aside(caller, UploadBody::Plain(json), ledger.read, now_ms).await?;
            one_by_one(db, incoming, ledger, now_ms).await?
        }
    };
    Ok(UploadAnswer {
        batch,
        server_time: now_ms,
        results: plan.results,
        have: plan.have,
        durable_through: 0,
        directives: plan.directives,
    })
}

/// [`receive`] on a thread of its own: hashing and parsing half a megabyte would hold up every other request of this one.
async fn receive_aside(
    caller: Id<id::Terminal>,
    body: UploadBody,
    read: ReadEntry,
    now_ms: i64,
) -> Result<Incoming, ApiError> {
    let _permit = READING.acquire().await.map_err(|_| ApiError::internal())?;
    let reading = tokio::task::spawn_blocking(move || receive(caller, body, read, now_ms));
    reading.await.map_err(|_| ApiError::internal())?
}

/// Reads and checks all that needs no facts.
fn receive(
    caller: Id<id::Terminal>,
    body: UploadBody,
    read: ReadEntry,
    now_ms: i64,
) -> Result<Incoming, ApiError> {
    let json = body.json()?;
    let upload: RawUpload = parse_json(&json)?;
    request::check(&upload)?;
    let (terminal, epoch) = (upload.terminal, upload.epoch);
    let mut entries: Vec<Received> = Vec::with_capacity(upload.entries.len());
    for (place, raw) in upload.entries.into_iter().enumerate() {
        if place % READ_AT_ONCE == 0 {
            std::thread::yield_now();
        }
        entries.push(read(raw, terminal, epoch));
    }
    request::check_bodies(&entries)?;
    let carrier = (caller != terminal).then_some(caller);
    Ok(Incoming {
        terminal,
        epoch,
        batch: upload.batch,
        report: store::Report {
            by: caller,
            pending: carrier.is_none().then_some((upload.pending, upload.oldest_age_s)),
        },
        request: Request {
            carrier,
            head: upload.head.min(evertill_ledger::received::SEQ_MAX),
            acked_through: upload.acked_through.min(evertill_ledger::received::SEQ_MAX),
            lost: upload.lost,
            now_ms,
        },
        wanted: Wanted::by(&entries),
        ahead: books::Lists::ahead(&entries),
        entries,
        json,
    })
}

/// Begins to write and loads the journal; 404 or 409 if it is none that could be known.
async fn begin<'a>(db: &'a Db, incoming: &Incoming) -> Result<(WriteTx<'a>, books::LoadedJournal), ApiError> {
    let mut tx = db.write().await?;
    let Incoming { terminal, epoch, request, .. } = incoming;
    let loaded = books::journal(&mut tx, *terminal, *epoch, request.carrier)
        .await
        .map_err(|error| unavailable(&error))?;
    match loaded {
        Some(loaded)
            if loaded.is_tills && loaded.carrier_outlet.is_none_or(|of| of == loaded.facts.outlet.uuid()) =>
        {
            Ok((tx, loaded))
        }
        None if store::knows_terminal(&mut tx, *terminal).await.map_err(|error| unavailable(&error))? => {
            Err(Unfit::Epoch.into())
        }
        // Another outlet's terminal and the server's own journal are not known to this caller either.
        Some(_) | None => Err(Unfit::UnknownTerminal.into()),
    }
}

/// The slow road, when a batch could not be written as a whole: each entry within a savepoint of its own. One that
/// cannot be written is set aside raw; one that cannot even be kept is to be sent again. None takes others along.
async fn one_by_one(db: &Db, mut incoming: Incoming, ledger: Ledger, now_ms: i64) -> Result<Plan, ApiError> {
    let entries = std::mem::take(&mut incoming.entries);
    let (mut tx, _) = begin(db, &incoming).await?;
    let mut results = Vec::with_capacity(entries.len());
    for received in entries {
        let result = match write_one(&mut tx, &incoming, ledger, received.clone()).await {
            Ok(result) => result,
            Err(error) if error.is_environment() => return Err(unavailable(&error)),
            Err(error) => {
                tracing::error!(%error, seq = received.seq, "an entry could not be written; it is set aside");
                let aside = received.clone().set_aside(Refusal::new("internal", error.to_string()));
                match write_one(&mut tx, &incoming, ledger, aside).await {
                    Ok(result) => result,
                    Err(error) if error.is_environment() => return Err(unavailable(&error)),
                    Err(error) => {
                        tracing::error!(%error, seq = received.seq, "an entry could not even be kept");
                        retry(&received)
                    }
                }
            }
        };
        results.push(result);
    }
    let mut plan = write_journal(&mut tx, &incoming).await.map_err(|error| unavailable(&error))?;
    store::report(&mut tx, incoming.terminal, &incoming.report.after(&results), now_ms)
        .await
        .map_err(|error| unavailable(&error))?;
    tx.commit().await?;
    plan.results = results;
    Ok(plan)
}

async fn write_one(
    tx: &mut WriteTx<'_>,
    incoming: &Incoming,
    ledger: Ledger,
    received: Received,
) -> Result<EntryResult, Unwritten> {
    let entries = vec![received];
    // What the till names lost is taken once, after all entries.
    let request = Request { lost: Vec::new(), ..incoming.request.clone() };
    store::savepoint(tx).await?;
    let written = async {
        let loaded = books::journal(tx, incoming.terminal, incoming.epoch, request.carrier).await?;
        let loaded = loaded.ok_or(sqlx::Error::RowNotFound)?;
        let facts = books::facts(tx, &loaded, &Wanted::by(&entries)).await?;
        let plan = ledger.decide(&request, entries, facts)?;
        books::write_plan(tx, &loaded.facts, &request, &plan).await?;
        Ok(plan.results.into_iter().next().ok_or(sqlx::Error::RowNotFound)?)
    }
    .await;
    match written {
        Ok(result) => Ok(store::release(tx).await.map(|()| result)?),
        Err(error) => {
            store::undo(tx).await?;
            Err(error)
        }
    }
}

async fn write_journal(tx: &mut WriteTx<'_>, incoming: &Incoming) -> Result<Plan, sqlx::Error> {
    let loaded = books::journal(tx, incoming.terminal, incoming.epoch, incoming.request.carrier).await?;
    let loaded = loaded.ok_or(sqlx::Error::RowNotFound)?;
    let facts = books::facts(tx, &loaded, &Wanted::default()).await?;
    let plan = decide(&incoming.request, Vec::new(), facts);
    books::write_plan(tx, &loaded.facts, &incoming.request, &plan).await?;
    Ok(plan)
}

fn retry(received: &Received) -> EntryResult {
    EntryResult {
        seq: received.seq,
        id: received.id.map_or(Uuid::nil(), Id::uuid),
        outcome: Outcome::Retry,
        code: Some("internal".to_owned()),
        reference: None,
        retry_after_ms: Some(RETRY_AFTER_MS),
    }
}

/// Busy, full, out of memory, a broken disk, a closed pool: no entry's fault, and nothing to set aside for.
fn is_environment(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(cause) => {
            let code = cause.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or(0);
            // SQLite's primary codes: BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB.
            matches!(code & 0xff, 5..=11 | 13 | 14 | 26)
        }
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound => false,
        _ => true,
    }
}

/// The till keeps everything and comes back.
fn unavailable(error: &dyn std::error::Error) -> ApiError {
    tracing::error!(%error, "an upload could not be written");
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "busy",
        "The server could not write. Nothing of this upload was kept; send it again.",
    )
    .retry_after(5)
}
