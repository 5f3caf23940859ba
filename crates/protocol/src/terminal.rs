//! A terminal's life: enrolment and tokens.

use evertill_domain::{Id, id};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a terminal may do, before people exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Right {
    /// Everything: sell, catalogue, stock, cases, terminals.
    Owner,
    /// Sell, and see products, stock and sales.
    Sell,
}

/// `POST /api/terminals/enrol`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolRequest {
    /// The one-time code.
    pub code: String,
    /// A UUID that the client made and keeps.
    pub device: Uuid,
}

/// `POST /api/terminals/token`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRequest {
    /// The current refresh token.
    pub refresh_token: String,
    /// A UUID kept until answered: the same ask gets the same answer.
    pub ask: Uuid,
}

/// What enrolment and renewal answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TerminalTokens {
    /// The terminal.
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    pub terminal: Id<id::Terminal>,
    /// `T1`, `T2`, …
    pub short_code: String,
    /// The epoch to write from now on.
    pub epoch: u32,
    /// The outlet it sells for.
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    pub outlet: Id<id::Outlet>,
    /// What it may do.
    pub right: Right,
    /// Short-lived; sent as `Authorization: Bearer`.
    pub access_token: String,
    /// Seconds until the access token expires.
    pub expires_in_s: u64,
    /// Long-lived; sent to the token route alone.
    pub refresh_token: String,
}

/// `POST /api/terminals/codes` (owner).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeRequest {
    /// Enrol this terminal anew instead of a further one.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Uuid>))]
    pub terminal: Option<Id<id::Terminal>>,
}

/// A one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeAnswer {
    /// The code, to be typed or carried in a link's fragment.
    pub code: String,
    /// The link's path and fragment: `/enrol#code=…`.
    pub path: String,
    /// When it ends, milliseconds UTC.
    pub expires_at: i64,
    /// The link's QR code: its rows from the top, `1` a dark square and `0` a light one. Empty where the request did not
    /// say by its `Origin` where the app is opened.
    #[serde(default)]
    pub qr: Vec<String>,
}

/// A terminal in the list of `GET /api/terminals` (owner).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TerminalRow {
    /// The terminal.
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    pub id: Id<id::Terminal>,
    /// `T1`, …
    pub short_code: String,
    /// What it may do.
    pub right: Right,
    /// Newest epoch issued.
    pub epoch: u32,
    /// Whether it was revoked.
    pub revoked: bool,
    /// When it last spoke to the ERP, milliseconds UTC.
    pub seen_at: Option<i64>,
    /// Entries it said were waiting when it last spoke.
    pub pending: u64,
}

/// What the enrolment cookie still knows when the database is empty: `GET /api/terminals/remembered`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Remembered {
    /// The terminal this browser was, if the cookie survived.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Uuid>))]
    pub terminal: Option<Id<id::Terminal>>,
    /// Its short code.
    pub short_code: Option<String>,
    /// Its epoch.
    pub epoch: Option<u32>,
}
