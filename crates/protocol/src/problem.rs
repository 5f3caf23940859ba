//! Problem documents (RFC 9457) with stable codes.

use evertill_domain::product::FieldError;
use serde::{Deserialize, Serialize};

/// An error as the ERP answers it, `application/problem+json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A URI that names the code: `https://evertill.example/problems/<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short, for people, the same for each occurrence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable, for programs: `unauthorized`, `version_mismatch`, `insufficient_stock`, …
    pub code: String,
    /// What happened here and what to do, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Fields at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<serde_json::Value>))]
    pub fields: Vec<FieldError>,
    /// Products that are short, for `insufficient_stock`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub short: Vec<ShortStock>,
    /// Rows at fault, for a CSV import.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowError>,
}

/// A product of which there is not enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShortStock {
    /// The product.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub product: evertill_domain::Id<evertill_domain::id::Product>,
    /// Its name.
    pub name: String,
    /// Asked for, thousandths.
    pub wanted_milli: i64,
    /// There, thousandths.
    pub on_hand_milli: i64,
}

/// A row of a CSV file that cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowError {
    /// Line in the file, from 1 with the header.
    pub line: u64,
    /// The column, if one is at fault.
    pub field: Option<String>,
    /// What is wrong and what is needed.
    pub reason: String,
}
