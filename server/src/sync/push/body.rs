//! The bytes of an upload: read within the limit, decompressed within the limit.

use crate::http::{ApiError, AppState, read_body, require_content_type};
use axum::{
    body::Bytes,
    extract::Request,
    http::{StatusCode, header},
};
use evertill_protocol::UPLOAD_REQUEST_MAX;
use flate2::read::MultiGzDecoder;
use std::io::Read;

/// An upload's bytes as they came.
#[derive(Clone, Debug)]
pub enum UploadBody {
    /// JSON.
    Plain(Bytes),
    /// JSON in gzip.
    Gzip(Bytes),
}

/// Reads the body. 415 for another type or encoding, 413 above the limit.
pub async fn read(request: Request, state: &AppState) -> Result<UploadBody, ApiError> {
    require_content_type(&request, &["application/json"])?;
    let encoding = request
        .headers()
        .get(header::CONTENT_ENCODING)
        .map_or(Ok(""), |value| value.to_str())
        .map_err(|_| unknown_encoding())?
        .trim()
        .to_ascii_lowercase();
    let bytes = read_body(request, state).await?;
    match encoding.as_str() {
        "" | "identity" => Ok(UploadBody::Plain(bytes)),
        "gzip" | "x-gzip" => Ok(UploadBody::Gzip(bytes)),
        _ => Err(unknown_encoding()),
    }
}

impl UploadBody {
    /// The JSON. A stream that would grow beyond the limit is cut while it grows: 413.
    pub fn json(self) -> Result<Bytes, ApiError> {
        let packed = match self {
            Self::Plain(bytes) => return Ok(bytes),
            Self::Gzip(packed) => packed,
        };
        let limit = u64::try_from(UPLOAD_REQUEST_MAX).unwrap_or(u64::MAX);
        let mut plain = Vec::new();
        MultiGzDecoder::new(packed.as_ref()).take(limit + 1).read_to_end(&mut plain).map_err(|_| {
            ApiError::new(StatusCode::BAD_REQUEST, "malformed", "The body is not a whole gzip stream.")
        })?;
        if plain.len() > UPLOAD_REQUEST_MAX {
            return Err(ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "An upload has at most 4 MiB after decompression; send half.",
            ));
        }
        Ok(plain.into())
    }
}

fn unknown_encoding() -> ApiError {
    ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "content_encoding",
        "Send the body as it is, or with Content-Encoding: gzip.",
    )
}

#[cfg(test)]
mod tests {
    use super::UploadBody;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn packed(bytes: &[u8]) -> UploadBody {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("writes to memory");
        UploadBody::Gzip(encoder.finish().expect("ends").into())
    }

    #[test]
    fn a_bomb_is_cut_while_it_grows() {
        assert_eq!(packed(b"{}").json().expect("small").as_ref(), b"{}");
        let bomb = packed(&vec![b' '; 200 * 1024 * 1024]);
        assert_eq!(bomb.json().expect_err("too large").status().as_u16(), 413);
        let torn = UploadBody::Gzip(b"\x1f\x8b\x08torn".as_slice().into());
        assert_eq!(torn.json().expect_err("torn").status().as_u16(), 400);
    }
}
