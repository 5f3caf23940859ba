//! `GET /api/sync/changes` and `/api/sync/snapshot`: what the ERP tells the tills.

use crate::upload::SeqRange;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use evertill_domain::{Currency, Id, TaxRate, business_day::DayRule, id, stock::StockPolicy};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// Most rows in a page of changes or of a snapshot.
pub const PAGE_MAX: u32 = 5000;
/// Rows in a page where nothing is asked.
pub const PAGE_DEFAULT: u32 = 1000;

/// What a change does to its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Op {
    /// It is now as `doc` says.
    Put,
    /// It is gone.
    Delete,
}

/// One document's newest state. `kind` is text: unknown kinds are skipped.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// `product`, `category`, `stock`, `outlet`, `terminal`; more may come.
    pub kind: String,
    /// The document's id; for `stock` the product's.
    pub id: Uuid,
    /// Grows with each change of this document.
    pub version: u64,
    /// Put or delete.
    pub op: Op,
    /// The document; null for a delete.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<serde_json::Value>))]
    pub doc: Option<Box<RawValue>>,
}

/// Own entries of one epoch that are booked in the stock of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Included {
    /// The epoch.
    pub epoch: u32,
    /// Ranges of seqs, lowest first.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<u64>>))]
    pub seqs: Vec<SeqRange>,
}

/// A page of changes in commit order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangesPage {
    /// Names this feed; another one means another or restored database.
    pub feed: Uuid,
    /// In commit order.
    pub changes: Vec<Change>,
    /// Cursor behind the last change; opaque.
    pub next: String,
    /// Whether more is there already.
    pub more: bool,
    /// Read in the same snapshot as the stock rows.
    pub included: Vec<Included>,
}

/// One document of a snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SnapshotItem {
    /// As in [`Change`].
    pub kind: String,
    /// As in [`Change`].
    pub id: Uuid,
    /// As in [`Change`].
    pub version: u64,
    /// The document.
    #[cfg_attr(feature = "openapi", schema(value_type = serde_json::Value))]
    pub doc: Box<RawValue>,
}

/// A page of the whole state, for a first load or after `resync`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SnapshotPage {
    /// As in [`ChangesPage`].
    pub feed: Uuid,
    /// Where to read changes from afterwards; taken before the first row, repeated on every page.
    pub cursor: String,
    /// The documents.
    pub items: Vec<SnapshotItem>,
    /// What to pass as `after` for the next page; null at the end.
    pub next: Option<String>,
    /// About how many documents the whole snapshot has; for a progress bar.
    #[serde(default)]
    pub total: u64,
}

/// Document of kind `product`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductDoc {
    /// Article code.
    pub sku: String,
    /// Name.
    pub name: String,
    /// Codes that scan as it.
    pub barcodes: Vec<String>,
    /// Its category's name, if any.
    pub category: Option<String>,
    /// Unit price, minor units, tax included.
    pub price_minor: i64,
    /// Tax rate.
    pub tax_rate_ppm: TaxRate,
    /// Sold by weight or measure.
    pub weighed: bool,
}

/// Document of kind `category`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryDoc {
    /// Its name, which products refer to.
    pub name: String,
}

/// Document of kind `stock`; its id is the product's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockDoc {
    /// The product.
    pub product: Id<id::Product>,
    /// Sum of all movements, thousandths.
    pub on_hand_milli: i64,
}

/// Document of kind `outlet`. Also part of nothing else: the enrolment answers only its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutletDoc {
    /// The shop's name, as printed.
    pub name: String,
    /// ISO 4217 code.
    pub currency: Currency,
    /// BCP 47 tag for numbers, money and dates.
    pub locale: String,
    /// IANA name.
    pub time_zone: String,
    /// The zone's TZif data, base64.
    pub tzif: String,
    /// Local hours after midnight that belong to the day before.
    pub cutoff_hour: u8,
    /// Rate proposed for new products.
    pub default_tax_rate_ppm: TaxRate,
    /// What to do when stock runs out.
    pub stock_policy: StockPolicy,
    /// Address lines for the receipt.
    #[serde(default)]
    pub address: Vec<String>,
    /// Tax id for the receipt.
    #[serde(default)]
    pub tax_id: Option<String>,
}

impl OutletDoc {
    /// When this outlet's day begins. A zone that cannot be read counts as UTC: a day's border then lies a few hours
    /// off, which an accountant can see; not selling would be worse.
    pub fn day_rule(&self) -> DayRule {
        let tzif = BASE64_STANDARD.decode(&self.tzif).ok();
        tzif.and_then(|tzif| DayRule::from_tzif(&tzif, self.cutoff_hour))
            .unwrap_or_else(|| DayRule::utc(self.cutoff_hour))
    }
}

/// Document of kind `terminal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalDoc {
    /// `T1`, `T2`, …; `S0` for the server's own.
    pub short_code: String,
    /// Whether it was revoked.
    pub revoked: bool,
}
