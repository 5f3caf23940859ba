//! The engine's ports outside a browser: HTTP by reqwest, the real clock. With a store in memory this is the
//! till's own engine against the real server, for replays and benches.

use crate::native_till::{NativeTill, Wares};
use evertill_domain::{
    BusinessDate, Quantity,
    cart::{Cart, CartProduct},
    checkout::{CheckoutContext, checkout},
    sale::{Tender, TenderKind},
};
use evertill_sync::{
    ports::{Request, Response, Surroundings, Transport, TransportError, fresh_id},
    testing::MemoryStore,
    till::{PreparedSale, Till},
};
use std::{
    io::Write as _,
    rc::Rc,
    time::{Duration, SystemTime},
};

/// HTTP to one server.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
    origin: String,
    gzip: bool,
}

impl HttpTransport {
    /// The way to the server at `origin`, such as `http://localhost:8080`.
    pub fn to(origin: &str) -> Self {
        Self { client: crate::native_till::http_client(), origin: origin.to_owned(), gzip: false }
    }

    /// The same, with bodies packed by gzip.
    #[must_use]
    pub fn packed(self) -> Self {
        Self { gzip: true, ..self }
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
            builder = builder.header("content-type", "application/json");
            builder = if self.gzip {
                builder.header("content-encoding", "gzip").body(gzipped(body.as_bytes()))
            } else {
                builder.body(body)
            };
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

fn gzipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("memory takes it")
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
        // The port itself: what the engine paces its attempts by.
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}

const LINES: usize = 3;

/// Makes sales with the till's own code, as if by this terminal.
pub async fn fill(store: &MemoryStore, enrolled: &NativeTill, wares: &[Wares], sales: usize) {
    let till = Till::new(Rc::new(store.clone()));
    till.keep_tokens(&enrolled.tokens, Native.now_ms()).await.expect("a fresh store takes an identity");
    let date: BusinessDate = "2026-04-30".parse().expect("a date");
    for number in 0..sales {
        let mut cart = Cart::default();
        for line in 0..LINES {
            let ware = &wares[(number * LINES + line * 7) % wares.len()];
            let product = CartProduct {
                id: ware.id,
                sku: ware.sku.clone(),
                name: ware.name.clone(),
                unit_price_minor: ware.price_minor,
                tax_rate: ware.tax_rate,
                weighed: false,
            };
            cart.add(product, Quantity::from_milli(1000)).expect("a piece fits");
        }
        let total_minor = cart.totals().expect("three lines add up").total_minor;
        let tender = Tender { kind: TenderKind::Cash, amount_minor: total_minor, reference: None };
        let now_ms = Native.now_ms();
        let context = CheckoutContext {
            outlet: enrolled.tokens.outlet,
            cashier: None,
            currency: "GBP".parse().expect("a currency"),
            opened_at_ms: now_ms - 20_000,
            completed_at_ms: now_ms,
        };
        let sale = checkout(&cart, vec![tender], context).expect("exact cash balances");
        let prepared = PreparedSale::new(fresh_id(&Native), &sale, date).expect("three lines are short");
        till.complete_sale(prepared, &Native).await.expect("a store in memory takes a sale");
    }
}
