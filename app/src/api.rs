//! What the pages that need the ERP ask of it. Selling needs none of this.
//!
//! Each call answers a value, a problem in the ERP's own words, or that the ERP cannot be reached, for which every page
//! has a plain sentence.

use evertill_browser::{ApiFailure, Content};
use evertill_protocol::{json, problem::Problem};
use serde::Serialize;

/// Why a call gave no value.
#[derive(Clone, Debug, PartialEq)]
pub enum ApiError {
    /// No answer, or one that is not the ERP's.
    Unreachable,
    /// The ERP said no and why.
    Problem(Box<Problem>),
}

impl From<ApiFailure> for ApiError {
    fn from(failure: ApiFailure) -> Self {
        match failure {
            ApiFailure::Problem(problem) => ApiError::Problem(problem),
            ApiFailure::Offline
            | ApiFailure::NoEngine
            | ApiFailure::NotEnrolled
            | ApiFailure::Unexpected { .. } => ApiError::Unreachable,
        }
    }
}

impl ApiError {
    /// The problem's code; empty when unreachable.
    pub fn code(&self) -> &str {
        match self {
            ApiError::Unreachable => "",
            ApiError::Problem(problem) => &problem.code,
        }
    }

    /// The problem in words.
    pub fn words(&self, unreachable: &str) -> String {
        match self {
            ApiError::Unreachable => unreachable.to_owned(),
            ApiError::Problem(problem) => problem.detail.clone().unwrap_or_else(|| problem.title.clone()),
        }
    }

    /// What the problem says about a field; empty if nothing.
    pub fn field(&self, name: &str) -> String {
        match self {
            ApiError::Problem(problem) => problem
                .fields
                .iter()
                .find(|field| field.field == name)
                .map(|field| field.reason.clone())
                .unwrap_or_default(),
            ApiError::Unreachable => String::new(),
        }
    }
}

/// What a call carries.
pub enum Body {
    /// Nothing.
    None,
    /// JSON text.
    Json(String),
    /// A CSV file's text.
    Csv(String),
}

impl Body {
    /// `value` as JSON.
    pub fn json(value: &impl Serialize) -> Self {
        Body::Json(json::write(value))
    }

    /// As the device sends it.
    pub fn content(&self) -> Content<'_> {
        match self {
            Body::None => Content::None,
            Body::Json(text) => Content::Json(text),
            Body::Csv(text) => Content::Csv(text),
        }
    }
}
