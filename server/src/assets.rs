//! The web app as the server gives it: from inside the binary, or from a folder for tests.
//!
//! Guarantees: one complete version at a time; names with a content hash are immutable for ever, everything else
//! is asked again each time (304 by a strong `ETag`); a navigation that is no file gets the shell, so that the
//! app's own addresses can be opened and reloaded.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use evertill_protocol::Hash;
use rust_embed::Embed;
use std::{
    borrow::Cow,
    path::{Component, Path, PathBuf},
};

const SHELL: &str = "index.html";
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

#[derive(Embed)]
#[folder = "$EVERTILL_WEB_EMBED"]
struct Embedded;

/// Where the web app comes from.
#[derive(Clone, Debug)]
pub enum Web {
    /// From inside the binary.
    Embedded,
    /// From a folder, read at each request.
    Folder(PathBuf),
}

/// A compressed form that may lie beside a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Brotli,
    Gzip,
    Plain,
}

struct Found {
    content: Cow<'static, [u8]>,
    etag: String,
}

/// Answers a request for a path outside `/api`.
pub async fn answer(web: &Web, request: &Parts) -> Response {
    if request.method != Method::GET && request.method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")], "GET or HEAD\n")
            .into_response();
    }
    let path = request.uri.path().trim_start_matches('/');
    let name = if path.is_empty() { SHELL } else { path };
    if let Some(response) = file(web, name, &request.headers).await {
        return response;
    }
    if is_file_name(name) {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    }
    file(web, SHELL, &request.headers).await.unwrap_or_else(|| {
        let words = "The web app was not built into this binary; run `cargo xtask build`.\n";
        (StatusCode::SERVICE_UNAVAILABLE, words).into_response()
    })
}

/// The file with this name in the best coding the client takes; none if there is no such file.
async fn file(web: &Web, name: &str, asked: &HeaderMap) -> Option<Response> {
    if !is_safe(name) {
        return None;
    }
    for coding in codings(asked.get(header::ACCEPT_ENCODING)) {
        let suffix = coding.suffix();
        let Some(found) = read(web, &format!("{name}{suffix}")).await else { continue };
        let matches = asked
            .get(header::IF_NONE_MATCH)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == found.etag));
        let status = if matches { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
        let mut response = Response::new(if matches { Body::empty() } else { Body::from(found.content) });
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::ETAG, HeaderValue::from_str(&found.etag).ok()?);
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        let caching = if name.starts_with("assets/") { IMMUTABLE } else { ASK_AGAIN };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        if !matches {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
            if let Some(token) = coding.token() {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(token));
            }
        }
        return Some(response);
    }
    None
}

async fn read(web: &Web, name: &str) -> Option<Found> {
    match web {
        Web::Embedded => {
            let file = Embedded::get(name)?;
            let etag = format!("\"{}\"", evertill_protocol::hex::encode(&file.metadata.sha256_hash()[..16]));
            Some(Found { content: file.data, etag })
        }
        Web::Folder(folder) => {
            let content = tokio::fs::read(folder.join(name)).await.ok()?;
            let etag = format!("\"{}\"", evertill_protocol::hex::encode(&Hash::of(&content).0[..16]));
            Some(Found { content: content.into(), etag })
        }
    }
}

/// A plain relative name that stays below the web folder, and not a compressed sibling.
fn is_safe(name: &str) -> bool {
    let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let sibling = Path::new(name).extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("br") || extension.eq_ignore_ascii_case("gz")
    });
    plain && !sibling && !name.contains(['\\', '%', '\0'])
}

/// Whether a name asks for a file and never for a page of the app.
fn is_file_name(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or("");
    name.starts_with("assets/") || name.starts_with("icons/") || last.contains('.')
}

/// Codings the client takes, best first; plain last.
fn codings(accepted: Option<&HeaderValue>) -> Vec<Coding> {
    let accepted = accepted.and_then(|value| value.to_str().ok()).unwrap_or("");
    let takes = |token: &str| {
        accepted.split(',').any(|part| {
            let mut words = part.split(';').map(str::trim);
            let refused =
                |word: &str| matches!(word.replace(' ', "").as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
            words.next().is_some_and(|name| name.eq_ignore_ascii_case(token)) && !words.any(refused)
        })
    };
    let mut codings: Vec<Coding> = [Coding::Brotli, Coding::Gzip]
        .into_iter()
        .filter(|coding| coding.token().is_some_and(takes))
        .collect();
    codings.push(Coding::Plain);
    codings
}

impl Coding {
    const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Plain => "",
        }
    }

    const fn token(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Plain => None,
        }
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::{Coding, codings, is_file_name, is_safe};
    use axum::http::HeaderValue;

    #[test]
    fn the_best_coding_that_the_client_takes() {
        for (accepted, best) in [
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("gzip", Coding::Gzip),
            ("br;q=0, gzip;q=0.5", Coding::Gzip),
            ("identity", Coding::Plain),
        ] {
            assert_eq!(codings(Some(&HeaderValue::from_static(accepted)))[0], best, "{accepted}");
        }
        assert_eq!(codings(None), [Coding::Plain]);
    }

    #[test]
    fn names_stay_below_the_folder() {
        for bad in ["../secret", "a/../../b", "/etc/passwd", "app.js.br", "a%2e%2e/b", "a\\b"] {
            assert!(!is_safe(bad), "{bad}");
        }
        assert!(is_safe("assets/app-1234.wasm"));
        assert!(is_file_name("assets/old") && is_file_name("favicon.svg") && !is_file_name("sales/3"));
    }
}
