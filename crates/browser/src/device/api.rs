//! The app's own calls to the ERP: products, cases, terminals. Online only; the selling path uses none of them.

use super::Device;
use crate::http::{Answer, Call};
use evertill_protocol::problem::Problem;
use evertill_sync::{
    ports::{Read, Store, Table},
    rows::{JsonRow, Tokens, meta},
};
use serde::{Serialize, de::DeserializeOwned};

/// How long a call may take.
const CALL_WITHIN_MS: u32 = 20_000;
/// How long the import of a whole catalogue may take.
const IMPORT_WITHIN_MS: u32 = 300_000;

/// What a call carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'call> {
    /// Nothing.
    None,
    /// JSON text.
    Json(&'call str),
    /// The text of a CSV file; such a call may take minutes.
    Csv(&'call str),
}

/// Why a call to the ERP gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiFailure {
    /// The ERP does not answer.
    #[error("the shop’s server does not answer; this page needs it")]
    Offline,
    /// This browser is no terminal.
    #[error("this browser is not enrolled as a terminal")]
    NotEnrolled,
    /// The ERP refused, and says why.
    #[error("{}", .0.detail.as_deref().unwrap_or(&.0.title))]
    Problem(Box<Problem>),
    /// Something answered that is not the ERP, or not as agreed.
    #[error("an unexpected answer (status {status}) came from the network or the shop’s server")]
    Unexpected {
        /// HTTP status.
        status: u16,
    },
}

/// A document and its version for `If-Match`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched<T> {
    /// The document.
    pub value: T,
    /// Its `ETag`.
    pub etag: Option<String>,
}

impl Device {
    /// Reads a document.
    pub async fn api_get<T: DeserializeOwned>(&self, path: &str) -> Result<Fetched<T>, ApiFailure> {
        decoded(self.authorised("GET", path, None, None).await?)
    }

    /// Sends a document and reads the answer; `()` where none is expected.
    pub async fn api_send<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: &impl Serialize,
        if_match: Option<&str>,
    ) -> Result<Fetched<T>, ApiFailure> {
        decoded(self.authorised(method, path, Some(&encoded(body)?), if_match).await?)
    }

    /// Sends text as it is and reads the answer; `()` where none is expected.
    pub async fn api_request<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        content: Content<'_>,
        if_match: Option<&str>,
    ) -> Result<Fetched<T>, ApiFailure> {
        let token = self.access_token().await?;
        let (content_type, body, timeout_ms) = match content {
            Content::None => ("application/json", None, CALL_WITHIN_MS),
            Content::Json(text) => ("application/json", Some(text), CALL_WITHIN_MS),
            Content::Csv(text) => ("text/csv", Some(text), IMPORT_WITHIN_MS),
        };
        let bearer = Some(token.as_str());
        let answer = Call { method, path, bearer, content_type, if_match, body, timeout_ms }.send().await;
        self.note_link(answer.is_ok());
        decoded(answer.map_err(|_| ApiFailure::Offline)?)
    }

    /// A call without a token: enrolment and what comes before it.
    pub(super) async fn post_open<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ApiFailure> {
        Ok(decoded(self.call("POST", path, None, Some(&encoded(body)?), None).await?)?.value)
    }

    pub(super) async fn get_open<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiFailure> {
        Ok(decoded(self.call("GET", path, None, None, None).await?)?.value)
    }

    async fn authorised(
        &self,
        method: &str,
        path: &str,
        body: Option<&str>,
        if_match: Option<&str>,
    ) -> Result<Answer, ApiFailure> {
        let token = self.access_token().await?;
        self.call(method, path, Some(&token), body, if_match).await
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        bearer: Option<&str>,
        body: Option<&str>,
        if_match: Option<&str>,
    ) -> Result<Answer, ApiFailure> {
        let call = Call {
            method,
            path,
            bearer,
            content_type: "application/json",
            if_match,
            body,
            timeout_ms: CALL_WITHIN_MS,
        };
        let answer = call.send().await;
        self.note_link(answer.is_ok());
        answer.map_err(|_| ApiFailure::Offline)
    }

    async fn access_token(&self) -> Result<String, ApiFailure> {
        let rows = self.0.till.store().read(vec![Read::Get(Table::Meta, meta::TOKENS.to_vec())]).await;
        let rows = rows.unwrap_or_default();
        let row = rows.first().and_then(|rows| rows.first());
        let tokens = row.and_then(|(_, value)| Tokens::decode(value).ok()).ok_or(ApiFailure::NotEnrolled)?;
        Ok(tokens.access)
    }
}

fn encoded(body: &impl Serialize) -> Result<String, ApiFailure> {
    serde_json::to_string(body).map_err(|_| ApiFailure::Unexpected { status: 0 })
}

fn decoded<T: DeserializeOwned>(answer: Answer) -> Result<Fetched<T>, ApiFailure> {
    let Answer { response, etag } = answer;
    let status = response.status;
    if !(200..300).contains(&status) {
        return Err(match serde_json::from_slice::<Problem>(&response.body) {
            Ok(problem) => ApiFailure::Problem(Box::new(problem)),
            Err(_) => ApiFailure::Unexpected { status },
        });
    }
    let body = if response.body.is_empty() { b"null" } else { response.body.as_slice() };
    let value = serde_json::from_slice(body).map_err(|_| ApiFailure::Unexpected { status })?;
    Ok(Fetched { value, etag })
}
