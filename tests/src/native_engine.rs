//! The engine's ports outside a browser: HTTP by reqwest, the real clock. With a store in memory this is the
//! till's own engine against the real server, for replays and benches.

use evertill_sync::ports::{Request, Response, Surroundings, Transport, TransportError};
use std::time::{Duration, SystemTime};

/// HTTP to one server.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
    origin: String,
}

impl HttpTransport {
    /// The way to the server at `origin`, such as `http://localhost:8080`.
    pub fn to(origin: &str) -> Self {
        Self { client: crate::native_till::http_client(), origin: origin.to_owned() }
    }
}

impl Transport for HttpTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let method = request.method.parse().expect("the engine knows its methods");
        let mut builder = self
            .client
            .request(method, format!("{}{}", self.origin, request.path))
            .timeout(Duration::from_millis(u64::from(request.timeout_ms)));
        if let Some(token) = request.bearer {
            builder = builder.bearer_auth(token);
        }
        if let Some(body) = request.body {
            builder = builder.header("content-type", "application/json").body(body);
        }
        let answer = builder.send().await.map_err(|error| failure(&error))?;
        let header =
            |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (status, content_type, retry_after) =
            (answer.status().as_u16(), header("content-type"), header("retry-after"));
        let body = answer.bytes().await.map_err(|error| failure(&error))?.to_vec();
        Ok(Response { status, content_type, retry_after, body })
    }
}

fn failure(error: &reqwest::Error) -> TransportError {
    if error.is_timeout() { TransportError::Timeout } else { TransportError::Unreachable(error.to_string()) }
}

/// The real clock and the operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct Native;

impl Surroundings for Native {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::UNIX_EPOCH.elapsed().expect("the clock stands after 1970");
        i64::try_from(since.as_millis()).expect("milliseconds fit for another 292 million years")
    }

    fn random(&self) -> u128 {
        uuid::Uuid::new_v4().as_u128() ^ (uuid::Uuid::new_v4().as_u128() << 64)
    }

    async fn sleep(&self, milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}
