//! A real server on a random port, with a data folder and a clock of its own.
//!
//! What the tests send goes over HTTP; they look into the database only where nothing else shows a fact.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use evertill_protocol::{
    problem::Problem,
    terminal::{CodeAnswer, TerminalTokens},
};
use evertill_server::{
    assets::Web,
    auth::{Keys, Scope, api_keys},
    db::Db,
    demo,
    http::{self, AppState, RateLimits, Shared},
    terminals::codes,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::json;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use uuid::Uuid;

/// Where every test's clock begins: 2026-04-30T09:00:00Z.
pub const START_MS: i64 = 1_777_539_600_000;

/// A running server.
pub struct TestServer {
    /// Its address, `http://127.0.0.1:…`.
    pub base: String,
    /// Its insides.
    pub state: AppState,
    /// For requests.
    pub client: Client,
    folder: Arc<TempDir>,
    now_ms: Arc<AtomicI64>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl TestServer {
    /// A server with the demo shop and no terminal.
    pub async fn demo() -> Self {
        let server = Self::empty().await;
        demo::make_if_empty(&server.state.db, START_MS).await.expect("the demo shop can be made");
        server
    }

    /// A server without a shop.
    pub async fn empty() -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        Self::start(folder, Arc::new(AtomicI64::new(START_MS)), Web::Embedded).await
    }

    /// A server without a shop that serves the web app from a folder.
    pub async fn with_web(web: &Path) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        Self::start(folder, Arc::new(AtomicI64::new(START_MS)), Web::Folder(web.to_owned())).await
    }

    /// Stops this server and starts another on the same data folder, with the clock where it was.
    pub async fn restart(self) -> Self {
        self.restart_with(|| {}).await
    }

    /// The same, with something done to the folder while no server runs.
    pub async fn restart_with(self, between: impl FnOnce()) -> Self {
        let (folder, now_ms) = (Arc::clone(&self.folder), Arc::clone(&self.now_ms));
        self.stop().await;
        between();
        Self::start(folder, now_ms, Web::Embedded).await
    }

    /// Stops the server and waits until its database is closed.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.serving.await.expect("the server ends by itself");
    }

    async fn start(folder: Arc<TempDir>, now_ms: Arc<AtomicI64>, web: Web) -> Self {
        let db = Db::open(folder.path()).await.expect("the database opens");
        let (stop, stopping) = watch::channel(false);
        let clock = Arc::clone(&now_ms);
        let state = AppState::new(Shared {
            auth: Keys::load(&db).await.expect("the signing key is read"),
            clock: Arc::new(move || clock.load(Ordering::SeqCst)),
            limits: RateLimits::default(),
            web,
            imports: Arc::default(),
            stopping: stopping.clone(),
            db,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let served = state.clone();
        let serving = tokio::spawn(async move {
            http::serve(listener, served, stopping).await.expect("the server serves");
        });
        Self { base, state, client: Client::new(), folder, now_ms, stop, serving }
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Moves the server's clock.
    pub fn advance_ms(&self, by: i64) {
        self.now_ms.fetch_add(by, Ordering::SeqCst);
    }

    /// A GET, without a credential yet.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base))
    }

    /// A POST of JSON, without a credential yet.
    pub fn post(&self, path: &str, body: &serde_json::Value) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base)).json(body)
    }

    /// The next one-time code, as the command line prints it.
    pub async fn code(&self) -> CodeAnswer {
        let now_ms = self.state.now_ms();
        codes::for_operator(&self.state.db, None, now_ms)
            .await
            .expect("a code")
            .expect("there is one to give")
    }

    /// A code that enrols this terminal anew.
    pub async fn code_for(&self, short_code: &str) -> CodeAnswer {
        let now_ms = self.state.now_ms();
        codes::for_operator(&self.state.db, Some(short_code), now_ms)
            .await
            .expect("a code")
            .expect("there is such a terminal")
    }

    /// Enrols a new device with the next code: the first one owns the shop.
    pub async fn enrol(&self) -> TerminalTokens {
        let code = self.code().await.code;
        self.enrol_with(&code, Uuid::now_v7()).await
    }

    /// Enrols this device with this code.
    pub async fn enrol_with(&self, code: &str, device: Uuid) -> TerminalTokens {
        let answer = self
            .post("/api/terminals/enrol", &json!({ "code": code, "device": device }))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "enrolment of {device}");
        answer.json().await.expect("tokens")
    }

    /// Renews with this refresh token.
    pub async fn renew(&self, refresh_token: &str, ask: Uuid) -> TerminalTokens {
        let body = json!({ "refresh_token": refresh_token, "ask": ask });
        let answer = self.post("/api/terminals/token", &body).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "renewal");
        answer.json().await.expect("tokens")
    }

    /// An API key with these scopes.
    pub async fn key(&self, scopes: &[Scope]) -> String {
        api_keys::create(&self.state.db, "test", scopes, self.state.now_ms()).await.expect("a key").1
    }
}

/// The answer's problem document; everything that any of ours must have is checked.
pub async fn problem(answer: Response) -> Problem {
    let status = answer.status();
    let content_type = answer.headers().get("content-type").cloned();
    let text = answer.text().await.expect("a body");
    assert!(
        content_type.is_some_and(|value| value == "application/problem+json"),
        "{status} is no problem document: {text}"
    );
    let problem: Problem = serde_json::from_str(&text).expect("a problem document");
    assert_eq!(problem.status, status.as_u16(), "{text}");
    assert!(!problem.code.is_empty() && problem.kind.ends_with(&problem.code), "{text}");
    problem
}

/// Status and code of an answer, `(200, "")` for one that is no error.
pub async fn outcome(request: RequestBuilder) -> (u16, String) {
    let answer = request.send().await.expect("an answer");
    let status = answer.status();
    let code = if status.is_success() { String::new() } else { problem(answer).await.code };
    (status.as_u16(), code)
}
