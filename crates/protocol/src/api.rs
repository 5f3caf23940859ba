//! Shapes of the routes beside sync: products, stock, sales, cases, set-up. Shared by server and app.

use crate::upload::Outcome;
use evertill_domain::{BusinessDate, Currency, Id, TaxRate, id, product::ProductFields, stock::StockPolicy};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A page of anything, by keyset: pass `next` as `after` for the page behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// URL-safe; null at the end.
    pub next: Option<String>,
}

/// A product as `GET /api/products` answers it. `ETag` and `If-Match` are its quoted version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "crate::flat::ProductWire")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductRow {
    /// The product.
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    pub id: Id<id::Product>,
    /// Its fields.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = ProductFieldsSchema))]
    pub fields: ProductFields,
    /// Grows with each change.
    pub version: u64,
    /// On hand at this outlet, thousandths.
    pub on_hand_milli: i64,
}

/// [`ProductFields`] as OpenAPI describes them; the rules lie in the domain.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[schema(as = ProductFields)]
pub struct ProductFieldsSchema {
    /// Article code, unique within the company, compared without regard to case; at most 64 characters.
    pub sku: String,
    /// What the cashier and the receipt call it; at most 200 characters.
    pub name: String,
    /// Codes that scan as this product; each unique within the company, at most 20.
    #[schema(required = false)]
    pub barcodes: Vec<String>,
    /// Name of its category.
    pub category: Option<String>,
    /// Unit price in minor units, tax included.
    pub price_minor: i64,
    /// Tax rate in parts per million, at most 1,000,000.
    pub tax_rate_ppm: u32,
    /// Whether it is sold by weight or measure, in thousandths.
    #[schema(required = false)]
    pub weighed: bool,
}

/// `POST /api/products`: the fields, with an id the client may make, so that a repeat is harmless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "crate::flat::ProductCreateWire", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductCreate {
    /// Made by the client; the server makes one if absent.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Uuid>))]
    pub id: Option<Id<id::Product>>,
    /// The fields; unknown ones are refused.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = ProductFieldsSchema))]
    pub fields: ProductFields,
}

/// How an import stands: while it runs, and what it did at its end. Nobody sees any of it before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportAnswer {
    /// Rows of the file; about, until all are checked.
    pub rows: u64,
    /// Of these, how many were checked by themselves.
    pub checked: u64,
    /// How many were written; 0 until all are checked.
    pub written: u64,
    /// New products, like the next two 0 until the end.
    pub created: u64,
    /// Products whose fields changed.
    pub updated: u64,
    /// Products that were the same already.
    pub unchanged: u64,
}

/// Why stock moved, where a person or another system says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MovementReason {
    /// Goods came in.
    Receiving,
    /// Stock when the product was first entered.
    Opening,
    /// A count found another number.
    Count,
    /// Broken or spoiled.
    Damage,
    /// Stolen or lost.
    Loss,
    /// Anything else.
    Adjustment,
}

/// `POST /api/stock/movements`: idempotent by `id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MovementRequest {
    /// Made by the client.
    pub id: Uuid,
    /// The product.
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    pub product: Id<id::Product>,
    /// Signed, thousandths, not zero.
    pub quantity_milli: i64,
    /// Why.
    pub reason: MovementReason,
}

/// On hand after a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MovementAnswer {
    /// The movement.
    pub id: Uuid,
    /// On hand now, thousandths.
    pub on_hand_milli: i64,
}

/// `POST /api/sales`, for other systems with a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaleCreate {
    /// Made by the client: the idempotency key for ever.
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    pub id: Id<id::Entry>,
    /// The sale, as in body schema 1.
    pub sale: crate::body::SaleV1,
}

/// A booked sale as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaleRow {
    /// The sale.
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    pub id: Id<id::Entry>,
    /// Its terminal's short code with the epoch's letter: `T1`, `T2b`, `S0`.
    pub terminal: String,
    /// Its receipt number.
    pub receipt: Option<String>,
    /// Its business date.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub business_date: BusinessDate,
    /// When it was paid, by the till's clock, milliseconds UTC.
    pub completed_at: i64,
    /// When the ERP booked it, milliseconds UTC.
    pub booked_at: i64,
    /// Currency.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub currency: Currency,
    /// What was paid, minor units.
    pub total_minor: i64,
    /// How many lines.
    pub line_count: u32,
}

/// `GET /api/sales/{id}`: the row, the place in the journal and the body as it was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "crate::flat::SaleWire")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaleDetail {
    /// The row.
    #[serde(flatten)]
    pub row: SaleRow,
    /// Epoch of its terminal.
    pub epoch: u32,
    /// Place in that journal.
    pub seq: u64,
    /// Its hash.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub hash: crate::Hash,
    /// The sale.
    pub sale: crate::body::SaleV1,
}

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CaseKind {
    /// More was sold than was there.
    Oversell,
    /// A sale names a product that the ERP does not know.
    UnknownProduct,
    /// A sale was made at another price than the ERP's.
    OldPrice,
    /// A line's tax is off the rule.
    Tax,
    /// More change was given than cash was tendered.
    Change,
    /// An entry could not be read or applied.
    Quarantine,
    /// Same id with other bytes, or same seq with another id.
    Conflict,
    /// A hole in a journal.
    Hole,
    /// A till named entries that it lost.
    Lost,
    /// `prev` fits no entry before.
    Chain,
    /// A till's clock is not to be trusted.
    Clock,
    /// One receipt number on two sales.
    ReceiptNumber,
    /// An epoch ended without proof that nothing was pending.
    EpochEnded,
    /// A clone of a terminal was found.
    Clone,
    /// The ERP was restored from a backup.
    Restored,
}

/// Whether somebody dealt with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CaseState {
    /// Waits for a person.
    Open,
    /// The entry was booked after all.
    Released,
    /// Closed with a note, nothing was booked.
    Settled,
}

/// Something a person must look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseRow {
    /// The case.
    pub id: Uuid,
    /// What it is about.
    pub kind: CaseKind,
    /// Whether somebody dealt with it.
    pub state: CaseState,
    /// One sentence for the person who deals with it.
    pub summary: String,
    /// When it was opened, milliseconds UTC.
    pub opened_at: i64,
    /// When it was closed, milliseconds UTC.
    pub closed_at: Option<i64>,
    /// What was written when it was closed.
    pub note: Option<String>,
    /// The entry it is about.
    pub entry: Option<Uuid>,
    /// Its terminal's short code.
    pub terminal: Option<String>,
    /// Epoch and seq, where they are known.
    pub epoch: Option<u32>,
    /// See `epoch`.
    pub seq: Option<u64>,
    /// What became of the entry.
    pub outcome: Option<Outcome>,
    /// The outcome's code.
    pub code: Option<String>,
    /// Whether `POST /api/cases/{id}/release` can book it.
    pub can_release: bool,
    /// What the ERP knows about it, for people and programs; raw bytes of a kept entry lie in `raw`.
    #[cfg_attr(feature = "openapi", schema(value_type = serde_json::Value))]
    pub evidence: crate::json::Document,
}

/// `GET /api/cases/count`: how many cases wait for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseCount {
    /// Cases in the state `open`.
    pub open: u64,
}

/// `POST /api/cases/{id}/settle` and `/release`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseDecision {
    /// Why; needed to settle.
    #[serde(default)]
    pub note: String,
}

/// What a new shop starts with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StartWith {
    /// The demo shop's catalogue.
    Demo,
    /// Nothing.
    Empty,
    /// A CSV file's text, as for the import.
    Csv(String),
}

/// `POST /api/setup`: makes the shop; afterwards the same code enrols T1 as owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetupRequest {
    /// The set-up link's code.
    pub code: String,
    /// The device that will enrol.
    pub device: Uuid,
    /// The shop's name.
    pub name: String,
    /// ISO 4217 code.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub currency: Currency,
    /// BCP 47 tag.
    pub locale: String,
    /// IANA name.
    pub time_zone: String,
    /// Rate proposed for new products.
    #[cfg_attr(feature = "openapi", schema(value_type = u32))]
    pub default_tax_rate_ppm: TaxRate,
    /// What to do when stock runs out.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub stock_policy: StockPolicy,
    /// Lines of the address on receipts: at most 6 of 60 characters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub address: Vec<String>,
    /// Tax id on receipts, at most 30 characters.
    #[serde(default)]
    pub tax_id: Option<String>,
    /// The first catalogue.
    pub start_with: StartWith,
}

/// What set-up made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetupAnswer {
    /// The outlet.
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    pub outlet: Id<id::Outlet>,
    /// How many products it starts with.
    pub products: u64,
}
