//! The network between till and ERP, with its faults: answers dropped after the server has committed, answers
//! cut in the middle, captive portals, storms of errors, stalls, and no network at all.

use futures_util::StreamExt as _;
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::{
    Request, Response,
    body::{Bytes, Frame, Incoming},
    http::request::Parts,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// What happens to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks before the server hears of it.
    LoseRequest,
    /// The server answers, which means that it has committed; then the connection breaks.
    LoseAnswer,
    /// The server answers; the first half of it arrives.
    HalfAnswer,
    /// Somebody else answers 200 with a page of HTML.
    Portal,
    /// Somebody else answers with this status and perhaps `Retry-After`.
    Status(u16, Option<String>),
    /// The server answers; the answer arrives after this long.
    Late(Duration),
    /// The request is taken and nobody ever answers; the server does not hear of it.
    StallRequest,
    /// The server answers, which means that it has committed; the answer never arrives, and the connection stays open.
    StallAnswer,
}

/// A fault for the requests whose path starts with `path`.
#[derive(Clone, Debug)]
struct Rule {
    path: &'static str,
    faults: VecDeque<Fault>,
    /// What happens once `faults` is used up.
    afterwards: Option<Fault>,
}

/// A request as it came.
#[derive(Debug)]
struct Seen {
    path: String,
    body: Bytes,
}

#[derive(Debug)]
struct Shared {
    upstream: String,
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<Seen>>,
    down: watch::Sender<bool>,
    client: reqwest::Client,
}

/// A proxy on a port of its own. Clones share it; it ends with the last one's task on drop of the guard.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

type Body = BoxBody<Bytes, Broken>;

/// The connection breaks here.
#[derive(Debug, thiserror::Error)]
#[error("the connection breaks")]
pub struct Broken;

impl Proxy {
    /// A faultless proxy in front of this address (`127.0.0.1:8080`).
    pub async fn before(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let client = reqwest::Client::builder()
            .no_proxy()
            .no_gzip()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client can be made");
        let (down, _) = watch::channel(false);
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            rules: Mutex::default(),
            seen: Mutex::default(),
            down,
            client,
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { port, shared, accepting }
    }

    /// `http://localhost:<port>`.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// The next requests whose path starts with `path` meet these faults, one each.
    pub fn next(&self, path: &'static str, faults: impl IntoIterator<Item = Fault>) {
        let faults = faults.into_iter().collect();
        self.shared.rules.lock().expect("nothing panics under it").push(Rule {
            path,
            faults,
            afterwards: None,
        });
    }

    /// Every request whose path starts with `path` meets this fault, until [`Proxy::heal`].
    pub fn always(&self, path: &'static str, fault: Fault) {
        let rule = Rule { path, faults: VecDeque::new(), afterwards: Some(fault) };
        self.shared.rules.lock().expect("nothing panics under it").push(rule);
    }

    /// No fault any more.
    pub fn heal(&self) {
        self.shared.rules.lock().expect("nothing panics under it").clear();
        self.shared.down.send_replace(false);
    }

    /// Breaks every connection, and every new one at once, until [`Proxy::heal`].
    pub fn cut(&self) {
        self.shared.down.send_replace(true);
    }

    /// How many requests came whose path starts with `path`.
    pub fn seen(&self, path: &str) -> usize {
        self.shared
            .seen
            .lock()
            .expect("nothing panics under it")
            .iter()
            .filter(|seen| seen.path.starts_with(path))
            .count()
    }

    /// The bodies of those requests, as they came over the wire.
    pub fn bodies(&self, path: &str) -> Vec<Vec<u8>> {
        let seen = self.shared.seen.lock().expect("nothing panics under it");
        seen.iter().filter(|seen| seen.path.starts_with(path)).map(|seen| seen.body.to_vec()).collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.shared.down.send_replace(true);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        tokio::spawn(serve(stream, Arc::clone(&shared)));
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let mut down = shared.down.subscribe();
    if *down.borrow() {
        return;
    }
    let answering = Arc::clone(&shared);
    let service = service_fn(move |request| answer(Arc::clone(&answering), request));
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = connection => {}
        _ = down.wait_for(|down| *down) => {}
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>, Broken> {
    let path = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
    shared
        .seen
        .lock()
        .expect("nothing panics under it")
        .push(Seen { path: path.clone(), body: body.clone() });
    let forwarded = shared.forward(&path, head, body);
    match shared.fault_for(&path) {
        None => Ok(forwarded.await?.whole()),
        Some(Fault::LoseRequest) => Err(Broken),
        Some(Fault::LoseAnswer) => {
            let _committed = forwarded.await?.bytes().await?;
            Err(Broken)
        }
        Some(Fault::HalfAnswer) => forwarded.await?.half().await,
        Some(Fault::Portal) => {
            let page = "<!doctype html><title>Welcome</title><p>Accept the terms to use this network.";
            Ok(made_up(200, "text/html", None, page))
        }
        Some(Fault::Status(status, retry_after)) => Ok(made_up(status, "text/plain", retry_after, "no")),
        Some(Fault::Late(by)) => {
            let answer = forwarded.await?;
            // The delay is the fault itself.
            tokio::time::sleep(by).await;
            Ok(answer.whole())
        }
        // Ends when the other side gives up, or with the proxy.
        Some(Fault::StallRequest) => std::future::pending().await,
        Some(Fault::StallAnswer) => {
            let _committed = forwarded.await?.bytes().await?;
            std::future::pending().await
        }
    }
}

impl Shared {
    fn fault_for(&self, path: &str) -> Option<Fault> {
        let mut rules = self.rules.lock().expect("nothing panics under it");
        let rule = rules.iter_mut().find(|rule| {
            path.starts_with(rule.path) && (!rule.faults.is_empty() || rule.afterwards.is_some())
        })?;
        rule.faults.pop_front().or_else(|| rule.afterwards.clone())
    }

    async fn forward(&self, path: &str, head: Parts, body: Bytes) -> Result<Forwarded, Broken> {
        let mut outgoing =
            self.client.request(head.method, format!("http://{}{path}", self.upstream)).body(body);
        for (name, value) in &head.headers {
            if !hop_by_hop(name.as_str()) && name != "host" && name != "content-length" {
                outgoing = outgoing.header(name, value);
            }
        }
        Ok(Forwarded(outgoing.send().await.map_err(|_| Broken)?))
    }
}

/// What the server answered.
struct Forwarded(reqwest::Response);

impl Forwarded {
    fn head(&self) -> hyper::http::response::Builder {
        let mut head = Response::builder().status(self.0.status());
        for (name, value) in self.0.headers() {
            if !hop_by_hop(name.as_str()) && name != "content-length" {
                head = head.header(name, value);
            }
        }
        head
    }

    /// The answer as it comes, piece by piece.
    fn whole(self) -> Response<Body> {
        let head = self.head();
        let pieces = self.0.bytes_stream().map(|piece| piece.map(Frame::data).map_err(|_| Broken));
        head.body(BoxBody::new(StreamBody::new(pieces))).expect("it was an answer before")
    }

    async fn bytes(self) -> Result<Bytes, Broken> {
        self.0.bytes().await.map_err(|_| Broken)
    }

    /// The first half, and then the connection breaks.
    async fn half(self) -> Result<Response<Body>, Broken> {
        let head = self.head();
        let bytes = self.0.bytes().await.map_err(|_| Broken)?;
        let half = bytes.slice(..bytes.len() / 2);
        let pieces = futures_util::stream::iter([Ok(Frame::data(half)), Err(Broken)]);
        Ok(head.body(BoxBody::new(StreamBody::new(pieces))).expect("it was an answer before"))
    }
}

fn made_up(status: u16, kind: &str, retry_after: Option<String>, text: &'static str) -> Response<Body> {
    let mut head = Response::builder().status(status).header("content-type", kind);
    if let Some(retry_after) = retry_after {
        head = head.header("retry-after", retry_after);
    }
    let body = Full::new(Bytes::from_static(text.as_bytes())).map_err(|never| match never {});
    head.body(BoxBody::new(body)).expect("a made-up answer is well-formed")
}

fn hop_by_hop(name: &str) -> bool {
    matches!(name, "connection" | "keep-alive" | "transfer-encoding" | "upgrade" | "te" | "trailer")
}
