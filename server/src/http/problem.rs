//! Every error as a problem document (RFC 9457) with a stable code.

use crate::db::DbError;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use evertill_domain::product::FieldError;
use evertill_protocol::problem::{Problem, RowError, ShortStock};

/// What a code's `type` begins with.
const TYPES: &str = "https://evertill.example/problems/";

/// An error as a client gets it. Holds nothing that the client may not see.
#[derive(Clone, Debug)]
pub struct ApiError(Box<Content>);

#[derive(Clone, Debug)]
struct Content {
    status: StatusCode,
    problem: Problem,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ApiError {
    /// An error with this status, stable code and sentence for the person who has to act.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        let problem = Problem {
            kind: format!("{TYPES}{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: code.to_owned(),
            detail: Some(detail.into()),
            ..Problem::default()
        };
        Self(Box::new(Content { status, problem, headers: Vec::new() }))
    }

    /// 400 `invalid`: the request was read, its values cannot be taken.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", detail)
    }

    /// 404 `not_found`.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 403 `forbidden`: known, but not allowed.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 409 with a code of its own.
    pub fn conflict(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 500 `internal`: our own mistake, already logged; says nothing of its inside.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The server made a mistake. Nothing was changed; try again later.",
        )
    }

    /// 503 `busy` with `Retry-After`: nothing was changed.
    pub fn busy(retry_after_s: u64) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "The server is busy. Nothing was changed; try again.",
        )
        .retry_after(retry_after_s)
    }

    /// With the fields at fault.
    #[must_use]
    pub fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.0.problem.fields = fields;
        self
    }

    /// With the products that are short.
    #[must_use]
    pub fn with_short(mut self, short: Vec<ShortStock>) -> Self {
        self.0.problem.short = short;
        self
    }

    /// With the rows of a file that are at fault.
    #[must_use]
    pub fn with_rows(mut self, rows: Vec<RowError>) -> Self {
        self.0.problem.rows = rows;
        self
    }

    /// With `Retry-After` in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// With one more header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The document it is answered with.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Content { status, problem, headers } = *self.0;
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        let problem_json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, problem_json);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.headers_mut().extend(headers);
        response
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Sqlite(error) => error.into(),
            other => {
                tracing::error!(error = %other, "the database failed");
                Self::internal()
            }
        }
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        if is_busy(&error) {
            tracing::warn!(error = %error, "the database is busy");
            return Self::busy(1);
        }
        tracing::error!(error = %error, "a statement failed");
        Self::internal()
    }
}

/// Busy (5), locked (6), disk full (13), or nobody let go of a connection: a matter of time, not of the request.
fn is_busy(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(cause) => {
            let primary = cause.code().and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff);
            matches!(primary, Some(5 | 6 | 13))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::ApiError;
    use axum::{
        http::{StatusCode, header},
        response::IntoResponse,
    };

    #[test]
    fn an_error_is_a_problem_document() {
        let error = ApiError::busy(7);
        assert_eq!(
            (error.status(), error.problem().code.as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, "busy")
        );
        let response = error.into_response();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(response.headers()[header::RETRY_AFTER], "7");
    }
}
