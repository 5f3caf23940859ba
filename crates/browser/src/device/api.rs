//! The app's own calls to the ERP: products, cases, terminals. Online only; the selling path uses none of them.

use super::Device;
use crate::{
    http::{Answer, Call},
    js,
};
use evertill_protocol::{json, problem::Problem};
use evertill_sync::{
    ports::{Read, Store, Table},
    rows::{JsonRow, Tokens, meta},
};
use serde::{Serialize, de::DeserializeOwned};

/// How long a call may take.
const CALL_WITHIN_MS: u32 = 20_000;
/// How long an import may take.
const IMPORT_WITHIN_MS: u32 = 300_000;
/// An access token that ends within this is renewed first.
const RENEW_BEFORE_MS: i64 = 10_000;

/// Why a call to the ERP gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiFailure {
    /// The ERP does not answer.
    #[error("the shop’s server does not answer; this page needs it")]
    Offline,
    /// The engine, which renews the token, has not loaded.
    #[error("the part of the app that talks to the shop’s server has not loaded yet; try again in a moment")]
    NoEngine,
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

/// What a call carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'text> {
    /// Nothing.
    None,
    /// A JSON document.
    Json(&'text str),
    /// A CSV file.
    Csv(&'text str),
}

impl<'text> Content<'text> {
    const fn parts(self) -> (&'static str, Option<&'text str>, u32) {
        match self {
            Self::None => ("", None, CALL_WITHIN_MS),
            Self::Json(text) => ("application/json", Some(text), CALL_WITHIN_MS),
            Self::Csv(text) => ("text/csv", Some(text), IMPORT_WITHIN_MS),
        }
    }
}

impl Device {
    /// A call in the name of this terminal; a token that ended is renewed and the call repeated.
    pub async fn api_request<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        content: Content<'_>,
        if_match: Option<&str>,
    ) -> Result<Fetched<T>, ApiFailure> {
        let token = self.access_token(None).await?;
        let answer = self.call(method, path, Some(&token), content, if_match).await?;
        if answer.response.status != 401 {
            return decoded(answer);
        }
        let renewed = self.access_token(Some(&token)).await?;
        if renewed == token {
            return decoded(answer);
        }
        decoded(self.call(method, path, Some(&renewed), content, if_match).await?)
    }

    /// A call without a token: enrolment and what comes before it.
    pub(super) async fn post_open<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ApiFailure> {
        let body = json::write(body);
        Ok(decoded(self.call("POST", path, None, Content::Json(&body), None).await?)?.value)
    }

    pub(super) async fn get_open<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiFailure> {
        Ok(decoded(self.call("GET", path, None, Content::None, None).await?)?.value)
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        bearer: Option<&str>,
        content: Content<'_>,
        if_match: Option<&str>,
    ) -> Result<Answer, ApiFailure> {
        let (content_type, body, timeout_ms) = content.parts();
        let answer = Call { method, path, bearer, content_type, if_match, body, timeout_ms }.send().await;
        self.note_link(answer.is_ok());
        answer.map_err(|_| ApiFailure::Offline)
    }

    /// An access token that is good for a while; another one than `refused`, if the ERP gives one.
    async fn access_token(&self, refused: Option<&str>) -> Result<String, ApiFailure> {
        let tokens = self.tokens().await.ok_or(ApiFailure::NotEnrolled)?;
        let ends = tokens.access_until_ms - js::now_ms() < RENEW_BEFORE_MS;
        if !ends && refused != Some(tokens.access.as_str()) {
            return Ok(tokens.access);
        }
        self.renew(&tokens.access).await.ok_or(ApiFailure::NoEngine)?;
        self.stored_access_token().await.ok_or(ApiFailure::NotEnrolled)
    }

    /// The access token as it is, if there is one.
    async fn stored_access_token(&self) -> Option<String> {
        self.tokens().await.map(|tokens| tokens.access)
    }

    async fn tokens(&self) -> Option<Tokens> {
        let read = Read::Get(Table::Meta, meta::TOKENS.to_vec());
        let rows = self.0.till.store().read(vec![read]).await.ok()?;
        let (_, value) = rows.first()?.first()?;
        Tokens::decode(value).ok()
    }
}

fn decoded<T: DeserializeOwned>(answer: Answer) -> Result<Fetched<T>, ApiFailure> {
    let Answer { response, etag } = answer;
    let status = response.status;
    if !(200..300).contains(&status) {
        return Err(match json::read::<Problem>(&response.body) {
            Ok(problem) => ApiFailure::Problem(Box::new(problem)),
            Err(_) => ApiFailure::Unexpected { status },
        });
    }
    let body = if response.body.is_empty() { b"null" } else { response.body.as_slice() };
    let value = json::read(body).map_err(|_| ApiFailure::Unexpected { status })?;
    Ok(Fetched { value, etag })
}
