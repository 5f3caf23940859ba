//! Bodies of journal entries: the exact JSON, one struct per kind and schema. A shipped schema is never
//! reinterpreted; fields are added by raising it. Unknown fields are refused.

use crate::{json, strict};
use evertill_domain::{
    Currency, Id, Quantity, Sale, TaxRate, id,
    sale::{SaleError, SaleLine, SaleParts, TaxRow, Tender, TenderKind},
};
use serde::{Deserialize, Serialize};

/// The schema that this version writes for sales.
pub const SALE_SCHEMA: u16 = 1;
/// The schema that this version writes for `clock_suspect`.
pub const CLOCK_SUSPECT_SCHEMA: u16 = 1;

/// Why a body cannot be booked, with the code that travels in the outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not JSON of this kind and schema, or a field outside what it can be.
    #[error("{0}")]
    Unreadable(String),
    /// The sums do not hold.
    #[error("{0}")]
    Arithmetic(String),
}

impl BodyError {
    /// The outcome code: `body` or `arithmetic`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "body",
            Self::Arithmetic(_) => "arithmetic",
        }
    }
}

/// A sale, schema 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaleV1 {
    /// Where it was sold.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub outlet: Id<id::Outlet>,
    /// Who sold it; null before people exist.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>))]
    pub cashier: Option<Id<id::Person>>,
    /// When the cart opened, milliseconds UTC.
    pub opened_at: i64,
    /// When it was paid, milliseconds UTC.
    pub completed_at: i64,
    /// ISO 4217 code.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub currency: Currency,
    /// What was sold.
    pub lines: Vec<LineV1>,
    /// One row per rate.
    pub taxes: Vec<TaxV1>,
    /// What was given.
    pub tenders: Vec<TenderV1>,
    /// Handed back, minor units.
    pub change_minor: i64,
    /// Cash rounding, minor units.
    pub rounding_minor: i64,
    /// What had to be paid, minor units.
    pub total_minor: i64,
}

/// One line of a sale, schema 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineV1 {
    /// From 1, in order.
    pub line: u32,
    /// The product.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub product: Id<id::Product>,
    /// Article code at the time.
    pub sku: String,
    /// Name at the time.
    pub name: String,
    /// Thousandths.
    pub quantity_milli: i64,
    /// Minor units, tax included.
    pub unit_price_minor: i64,
    /// Quantity × price, rounded half away from zero.
    pub gross_minor: i64,
    /// Taken off.
    pub discount_minor: i64,
    /// Parts per million.
    #[cfg_attr(feature = "openapi", schema(value_type = u32))]
    pub tax_rate_ppm: TaxRate,
    /// Contained in gross − discount.
    pub tax_minor: i64,
}

/// Totals of one tax rate, schema 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaxV1 {
    /// Parts per million.
    #[cfg_attr(feature = "openapi", schema(value_type = u32))]
    pub rate_ppm: TaxRate,
    /// Gross − tax.
    pub net_minor: i64,
    /// Sum of line taxes.
    pub tax_minor: i64,
    /// Sum of paid amounts.
    pub gross_minor: i64,
}

/// A tender, schema 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TenderV1 {
    /// `cash` or `card`.
    pub kind: TenderKindV1,
    /// Minor units.
    pub amount_minor: i64,
    /// The card slip's reference.
    pub reference: Option<String>,
}

/// The means of payment of schema 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TenderKindV1 {
    /// Notes and coins.
    Cash,
    /// A card, by hand.
    Card,
}

/// The till's clock is not to be trusted, schema 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockSuspectV1 {
    /// What the clock showed, milliseconds UTC.
    pub now: i64,
    /// The business date by that clock.
    pub now_date: evertill_domain::BusinessDate,
    /// The business date of the last entry.
    pub last_date: evertill_domain::BusinessDate,
}

/// The exact text of a sale's body, to be frozen.
pub fn encode_sale(sale: &Sale) -> String {
    json::write(&SaleV1::from(sale))
}

/// The sale in a body, through the domain's constructor.
pub fn decode_sale(schema: u16, body: &str) -> Result<Sale, BodyError> {
    if schema != SALE_SCHEMA {
        return Err(BodyError::Unreadable(format!("sale schema {schema} is not known here")));
    }
    let stated: SaleV1 = strict::read_str(body).map_err(|error| BodyError::Unreadable(error.to_string()))?;
    Sale::try_from(stated)
}

/// The content of a `clock_suspect` body.
pub fn decode_clock_suspect(schema: u16, body: &str) -> Result<ClockSuspectV1, BodyError> {
    if schema != CLOCK_SUSPECT_SCHEMA {
        return Err(BodyError::Unreadable(format!("clock_suspect schema {schema} is not known here")));
    }
    strict::read_str(body).map_err(|error| BodyError::Unreadable(error.to_string()))
}

impl From<&Sale> for SaleV1 {
    fn from(sale: &Sale) -> Self {
        Self {
            outlet: sale.outlet,
            cashier: sale.cashier,
            opened_at: sale.opened_at_ms,
            completed_at: sale.completed_at_ms,
            currency: sale.currency,
            lines: sale.lines.iter().map(LineV1::from).collect(),
            taxes: sale
                .taxes
                .iter()
                .map(|row| TaxV1 {
                    rate_ppm: row.rate,
                    net_minor: row.net_minor,
                    tax_minor: row.tax_minor,
                    gross_minor: row.gross_minor,
                })
                .collect(),
            tenders: sale.tenders.iter().map(TenderV1::from).collect(),
            change_minor: sale.change_minor,
            rounding_minor: sale.rounding_minor,
            total_minor: sale.total_minor,
        }
    }
}

impl From<&SaleLine> for LineV1 {
    fn from(line: &SaleLine) -> Self {
        Self {
            line: line.line,
            product: line.product,
            sku: line.sku.clone(),
            name: line.name.clone(),
            quantity_milli: line.quantity.milli(),
            unit_price_minor: line.unit_price_minor,
            gross_minor: line.gross_minor,
            discount_minor: line.discount_minor,
            tax_rate_ppm: line.tax_rate,
            tax_minor: line.tax_minor,
        }
    }
}

impl From<&Tender> for TenderV1 {
    fn from(tender: &Tender) -> Self {
        let kind = match tender.kind {
            TenderKind::Cash => TenderKindV1::Cash,
            TenderKind::Card => TenderKindV1::Card,
        };
        Self { kind, amount_minor: tender.amount_minor, reference: tender.reference.clone() }
    }
}

impl From<TenderV1> for Tender {
    fn from(stated: TenderV1) -> Self {
        let kind = match stated.kind {
            TenderKindV1::Cash => TenderKind::Cash,
            TenderKindV1::Card => TenderKind::Card,
        };
        Self { kind, amount_minor: stated.amount_minor, reference: stated.reference }
    }
}

impl TryFrom<SaleV1> for Sale {
    type Error = BodyError;
    fn try_from(stated: SaleV1) -> Result<Self, BodyError> {
        let line = |line: LineV1| SaleLine {
            line: line.line,
            product: line.product,
            sku: line.sku,
            name: line.name,
            quantity: Quantity::from_milli(line.quantity_milli),
            unit_price_minor: line.unit_price_minor,
            gross_minor: line.gross_minor,
            discount_minor: line.discount_minor,
            tax_rate: line.tax_rate_ppm,
            tax_minor: line.tax_minor,
        };
        let tax = |row: TaxV1| TaxRow {
            rate: row.rate_ppm,
            net_minor: row.net_minor,
            tax_minor: row.tax_minor,
            gross_minor: row.gross_minor,
        };
        let parts = SaleParts {
            outlet: stated.outlet,
            cashier: stated.cashier,
            opened_at_ms: stated.opened_at,
            completed_at_ms: stated.completed_at,
            currency: stated.currency,
            lines: stated.lines.into_iter().map(line).collect(),
            taxes: stated.taxes.into_iter().map(tax).collect(),
            tenders: stated.tenders.into_iter().map(Tender::from).collect(),
            change_minor: stated.change_minor,
            rounding_minor: stated.rounding_minor,
            total_minor: stated.total_minor,
        };
        Self::new(parts).map_err(|error| match error {
            SaleError::Range(_) => BodyError::Unreadable(error.to_string()),
            SaleError::Arithmetic { .. } => BodyError::Arithmetic(error.to_string()),
        })
    }
}
