//! Reads requests so that whatever cannot be read is answered by a problem document.

use super::{misread, problem::ApiError};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use evertill_protocol::strict;
use serde::{Serialize, de::DeserializeOwned};

/// A JSON body. Wrong content type: 415 `content_type`; not JSON: 400 `malformed`; not of this shape: 400
/// `invalid`; too long: 413 `too_large`. As an answer: JSON.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// The query string; 400 `invalid` if it is not of this shape.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

/// The path's variables; 404 `not_found` if one is not of its type: nothing lies there.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        require_content_type(&request, &["application/json"])?;
        refuse_content_encoding(&request)?;
        let bytes = read_body(request, state).await?;
        parse_json(&bytes).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Query::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| misread::query(&rejection.body_text()))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(value)| Self(value))
            .map_err(|_| ApiError::not_found("There is nothing at this address: an id is a UUID."))
    }
}

/// The value of these bytes, or the problem that says why they are none.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    strict::read(bytes).map_err(|error| misread::body::<T>(bytes, &error))
}

/// 415 `content_type` unless the body's media type is one of these.
pub fn require_content_type(request: &Request, wanted: &[&str]) -> Result<(), ApiError> {
    let given =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = given.split(';').next().unwrap_or("").trim();
    if wanted.iter().any(|wanted| essence.eq_ignore_ascii_case(wanted)) {
        return Ok(());
    }
    let detail = format!("Send the body as {}.", wanted.join(" or "));
    Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type", detail))
}

/// 415 `content_encoding` for a compressed body: only uploads and their route read one.
pub fn refuse_content_encoding(request: &Request) -> Result<(), ApiError> {
    match request.headers().get(header::CONTENT_ENCODING) {
        Some(coding) if coding != "identity" => Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content_encoding",
            "Send the body as it is, not compressed.",
        )),
        _ => Ok(()),
    }
}

/// The whole body, at most as long as the route's limit.
pub async fn read_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|rejection: BytesRejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "The body is longer than this route takes.",
            )
        } else {
            ApiError::new(StatusCode::BAD_REQUEST, "malformed", "The body could not be read to its end.")
        }
    })
}
