//! How often credentials may be tried, and how often a revoked terminal may speak.

use super::ApiError;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{StatusCode, request::Parts},
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use std::{
    convert::Infallible,
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU32,
};
use uuid::Uuid;

/// Codes tried per address: at once, then one a second. A code has 50 random bits.
const CODE_BURST: NonZeroU32 = NonZeroU32::new(60).expect("not zero");
const CODE_PERIOD: std::time::Duration = std::time::Duration::from_secs(1);
/// Tokens renewed per address: 200 tills behind one router may come back in the same second.
const TOKEN_BURST: NonZeroU32 = NonZeroU32::new(400).expect("not zero");
const TOKENS_PER_SECOND: NonZeroU32 = NonZeroU32::new(20).expect("not zero");
/// Requests of one revoked terminal: enough to drain what it has.
const REVOKED_BURST: NonZeroU32 = NonZeroU32::new(60).expect("not zero");
const REVOKED_PER_SECOND: NonZeroU32 = NonZeroU32::new(2).expect("not zero");
/// Keys remembered before the ones that are full again are forgotten.
const KEYS_MAX: usize = 10_000;

/// The limiters, in memory: a restart forgives.
pub struct RateLimits {
    codes: DefaultKeyedRateLimiter<IpAddr>,
    tokens: DefaultKeyedRateLimiter<IpAddr>,
    revoked: DefaultKeyedRateLimiter<Uuid>,
}

impl Default for RateLimits {
    fn default() -> Self {
        let codes = Quota::with_period(CODE_PERIOD).expect("a second is not zero").allow_burst(CODE_BURST);
        Self {
            codes: RateLimiter::keyed(codes),
            tokens: RateLimiter::keyed(Quota::per_second(TOKENS_PER_SECOND).allow_burst(TOKEN_BURST)),
            revoked: RateLimiter::keyed(Quota::per_second(REVOKED_PER_SECOND).allow_burst(REVOKED_BURST)),
        }
    }
}

impl RateLimits {
    /// Counts one try of a set-up or enrolment code; 429 `too_many` with `Retry-After` when there were too many.
    pub fn code(&self, from: IpAddr) -> Result<(), ApiError> {
        check(&self.codes, &from)
    }

    /// Counts one renewal.
    pub fn token(&self, from: IpAddr) -> Result<(), ApiError> {
        check(&self.tokens, &from)
    }

    /// Counts one request of a revoked terminal.
    pub fn revoked(&self, terminal: Uuid) -> Result<(), ApiError> {
        check(&self.revoked, &terminal)
    }
}

impl fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RateLimits")
    }
}

fn check<K: Clone + Eq + std::hash::Hash>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), ApiError> {
    if limiter.len() > KEYS_MAX {
        limiter.retain_recent();
    }
    limiter.check_key(key).map_err(|refused| {
        let wait = refused.wait_time_from(limiter.clock().now());
        ApiError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many",
            "Too many tries. Wait a little and try again.",
        )
        .retry_after(wait.as_secs().saturating_add(1))
    })
}

/// The address a request came from; this machine's where the server runs without a socket, as in some tests.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Self(peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))))
    }
}
