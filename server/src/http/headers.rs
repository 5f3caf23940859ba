//! Headers that every answer carries.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// The page may load and run what this server sends, and nothing else.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);
/// What a till needs of the device, and nothing else.
const PERMISSIONS_POLICY: HeaderValue = HeaderValue::from_static(
    "camera=(self), serial=(self), usb=(self), screen-wake-lock=(self), geolocation=(), microphone=(), payment=()",
);

/// Adds the security headers, and `no-store` to everything under `/api` and to the health routes.
pub async fn harden(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    let is_page = !(is_api(&path) || path == "/livez" || path == "/readyz");
    let mut response = next.run(request).await;
    tracing::debug!(%method, path, status = response.status().as_u16(), "answered");
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    if is_page {
        headers.insert(HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY);
        headers.insert(
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        );
    } else {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Whether a path belongs to the API and not to the web app.
pub fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}
