//! A sale of another system: booked in the outlet's own journal `S0`, where the server is the till.

use super::store;
use crate::{books, db::WriteTx, http::ApiError};
use axum::http::StatusCode;
use evertill_domain::{Id, ReceiptNumber, Sale, id, legible, product::FieldError, stock::StockPolicy};
use evertill_ledger::{Facts, Received, Request, Wanted, decide};
use evertill_protocol::{
    BODY_MAX, Entry, Kind,
    api::{SaleCreate, SaleDetail},
    body::{BodyError, SALE_SCHEMA, SaleV1},
    chain::GENESIS,
    changes::OutletDoc,
    problem::ShortStock,
    upload::Outcome,
};
use std::{collections::BTreeMap, num::NonZeroU32};

/// The earliest time that another system's sale may carry: 2000-01-01, milliseconds UTC.
const EARLIEST_MS: i64 = 946_684_800_000;
/// How far that system's clock may be ahead of ours: two days.
const AHEAD_MS: i64 = 2 * 24 * 60 * 60 * 1000;

/// The one epoch of the server's own journal.
const EPOCH: u32 = 1;

/// Whether the sale was booked now or before.
#[derive(Clone, Debug)]
pub enum Booked {
    /// By this request.
    Now(SaleDetail),
    /// By an earlier one with the same content.
    Before(SaleDetail),
}

/// Books the sale, or answers the one that the same request booked before.
pub async fn book(tx: &mut WriteTx<'_>, create: SaleCreate, now_ms: i64) -> Result<Booked, ApiError> {
    if let Some(stored) = store::one(tx, create.id).await? {
        if stored.sale == create.sale {
            return Ok(Booked::Before(stored));
        }
        return Err(other_content());
    }
    if store::id_is_held(tx, create.id).await? {
        return Err(other_content());
    }
    check_times(&create.sale, now_ms)?;
    check_names(&create.sale)?;
    let sale = Sale::try_from(create.sale)
        .map_err(|error: BodyError| unprocessable(error.code(), &error.to_string()))?;
    let (outlet, doc) = store::outlet(tx).await?.ok_or_else(no_shop)?;
    if sale.outlet != outlet {
        return Err(unprocessable("outlet", "The sale names an outlet that is not here."));
    }
    if sale.currency != doc.currency {
        let words = format!("This shop sells in {}; the sale says {}.", doc.currency, sale.currency);
        return Err(unprocessable("currency", &words));
    }
    if sale.is_change_beyond_cash() {
        return Err(unprocessable(
            "change",
            "More change than cash: change is given from cash alone, and a card pays at most the total.",
        ));
    }
    let terminal = store::server_terminal(tx, outlet).await?.ok_or_else(no_shop)?;
    let received = written(tx, terminal, &doc, create.id, &sale, now_ms).await?;
    let loaded = books::journal(tx, terminal, EPOCH, None).await?.ok_or_else(no_shop)?;
    let entries = vec![received];
    let facts = books::facts(tx, &loaded, &Wanted::by(&entries)).await?;
    if doc.stock_policy == StockPolicy::Block {
        check_stock(tx, &sale, &facts).await?;
    }
    let head = entries.first().map_or(0, |entry| entry.seq);
    let request = Request { head, now_ms, ..Request::default() };
    let plan = decide(&request, entries, facts);
    match plan.results.first() {
        Some(result) if result.outcome == Outcome::Accepted => {}
        Some(result) if result.code.as_deref() == Some("id") => return Err(other_content()),
        result => {
            let code = result.and_then(|result| result.code.clone()).unwrap_or_default();
            return Err(unprocessable(&code, "The sale cannot be booked."));
        }
    }
    books::write_plan(tx, &loaded.facts, &request, &plan).await?;
    store::one(tx, create.id).await?.map(Booked::Now).ok_or_else(ApiError::internal)
}

/// 422 `time`, naming the field, for a time that no sale of this system can have. A till's sale is never asked this: a
/// wrong clock must not lose one, and the till itself journals its doubt of it.
fn check_times(sale: &SaleV1, now_ms: i64) -> Result<(), ApiError> {
    let bounds = EARLIEST_MS..=now_ms.saturating_add(AHEAD_MS);
    let times = [("sale.opened_at", sale.opened_at), ("sale.completed_at", sale.completed_at)];
    let wrong = times.into_iter().find(|(_, at_ms)| !bounds.contains(at_ms));
    wrong.map_or(Ok(()), |(field, _)| {
        let reason =
            "lies before 2000-01-01 or more than two days ahead; milliseconds since 1970, UTC, are needed";
        Err(unprocessable_field("time", FieldError { field: field.to_owned(), reason: reason.to_owned() }))
    })
}

/// 422 `body`, naming the line, for a name that nobody could read on a receipt.
fn check_names(sale: &SaleV1) -> Result<(), ApiError> {
    let fault = sale.lines.iter().enumerate().find_map(|(at, line)| {
        let reason = legible::fault(&line.name)?.to_owned();
        Some(FieldError { field: format!("sale.lines[{at}].name"), reason })
    });
    fault.map_or(Ok(()), |fault| Err(unprocessable_field("body", fault)))
}

fn unprocessable_field(code: &str, fault: FieldError) -> ApiError {
    unprocessable(code, &format!("“{}” {}.", fault.field, fault.reason)).with_fields(vec![fault])
}

/// The sale as the next entry of the server's journal.
async fn written(
    tx: &mut WriteTx<'_>,
    terminal: Id<id::Terminal>,
    doc: &OutletDoc,
    id: Id<id::Entry>,
    sale: &Sale,
    now_ms: i64,
) -> Result<Received, ApiError> {
    let loaded = books::journal(tx, terminal, EPOCH, None).await?.ok_or_else(no_shop)?;
    let seq = loaded.max_seq + 1;
    let prev = match loaded.max_seq {
        0 => GENESIS,
        last => store::hash_at(tx, terminal, EPOCH, last).await?.ok_or_else(ApiError::internal)?,
    };
    let business_date = doc.day_rule().date_at(now_ms).ok_or_else(ApiError::internal)?;
    let count = store::receipts_of_day(tx, terminal, EPOCH, business_date).await?.saturating_add(1);
    let count = NonZeroU32::new(count).ok_or_else(ApiError::internal)?;
    let body = serde_json::to_string(&SaleV1::from(sale)).map_err(|_| ApiError::internal())?;
    if body.len() > BODY_MAX {
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "A sale has at most 512 KiB."));
    }
    let mut entry = Entry {
        seq,
        id,
        kind: Kind::Sale.as_str().to_owned(),
        schema: SALE_SCHEMA,
        receipt: Some(ReceiptNumber { date: business_date, count }.to_string()),
        business_date,
        prev,
        hash: GENESIS,
        body,
    };
    entry.hash = entry.computed_hash(terminal, EPOCH);
    let raw = serde_json::value::to_raw_value(&entry).map_err(|_| ApiError::internal())?;
    Ok(Received::read(raw, terminal, EPOCH))
}

/// 422 `insufficient_stock`, naming every product of which there is too little.
async fn check_stock(tx: &mut WriteTx<'_>, sale: &Sale, facts: &Facts) -> Result<(), ApiError> {
    let mut wanted: BTreeMap<Id<id::Product>, i64> = BTreeMap::new();
    for line in &sale.lines {
        let sum = wanted.entry(line.product).or_default();
        *sum = sum.saturating_add(line.quantity.milli());
    }
    let mut short = Vec::new();
    for (product, wanted_milli) in wanted {
        let on_hand_milli = facts.on_hand.get(&product).copied().unwrap_or(0);
        if on_hand_milli < wanted_milli {
            let name = store::product_name(tx, product).await?;
            short.push(ShortStock { product, name, wanted_milli, on_hand_milli });
        }
    }
    if short.is_empty() {
        return Ok(());
    }
    Err(unprocessable("insufficient_stock", "There is not enough on hand. Nothing was booked.")
        .with_short(short))
}

fn other_content() -> ApiError {
    ApiError::conflict("id_taken", "This id belongs to a sale with other content. Give a new sale a new id.")
}

fn unprocessable(code: &str, detail: &str) -> ApiError {
    let detail: String = detail.chars().take(300).collect();
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
}

fn no_shop() -> ApiError {
    ApiError::conflict("no_shop", "There is no shop yet; set it up first.")
}
