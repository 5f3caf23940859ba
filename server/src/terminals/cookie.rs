//! The cookie that remembers a terminal when the browser's database is gone. It authorises nothing.

use crate::auth::{
    Keys,
    tokens::{Bearer, Remember},
};
use axum::http::{HeaderMap, HeaderValue, header};

const NAME: &str = "evertill_terminal";
/// The longest that browsers keep a cookie: 400 days. Each renewal begins them anew.
const MAX_AGE_S: u32 = 400 * 24 * 60 * 60;

/// The `Set-Cookie` for this terminal; `Secure` when the page came over https.
pub fn set(keys: &Keys, bearer: Bearer, asked: &HeaderMap, now_s: i64) -> HeaderValue {
    let value = Remember::sign(keys, bearer, now_s);
    let secure = if over_https(asked) { "; Secure" } else { "" };
    let text = format!(
        "{NAME}={value}; Path=/api/terminals; Max-Age={MAX_AGE_S}; HttpOnly; SameSite=Strict{secure}"
    );
    HeaderValue::from_str(&text).expect("a signed token is made of header characters")
}

/// What the request's cookie remembers, if we signed it.
pub fn read(keys: &Keys, asked: &HeaderMap) -> Option<Bearer> {
    asked
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == NAME)
        .find_map(|(_, value)| Remember::check(keys, value))
        .map(|remember| remember.bearer)
}

/// Browsers name the page's origin with every POST; a proxy in front says it too.
fn over_https(asked: &HeaderMap) -> bool {
    let says = |name: &str, prefix: &str| {
        asked.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.starts_with(prefix))
    };
    says("origin", "https://") || says("x-forwarded-proto", "https")
}
