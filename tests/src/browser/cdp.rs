//! The `DevTools` protocol over one WebSocket: calls with answers, and what the browser tells by itself.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio_tungstenite::tungstenite::{Message, protocol::WebSocketConfig};

/// Something that the browser tells by itself.
#[derive(Clone, Debug)]
pub struct Event {
    /// The session it belongs to; empty for the browser's own.
    pub session: String,
    /// `Domain.event`.
    pub method: String,
    /// As the protocol describes.
    pub params: Value,
}

/// Why a call has no answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{method}: {reason}")]
pub struct CallError {
    /// The call.
    pub method: String,
    /// What the browser said.
    pub reason: String,
}

type Answer = Result<Value, String>;

/// A connection to a browser. Clones share it.
#[derive(Clone, Debug)]
pub struct Cdp {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    outgoing: mpsc::UnboundedSender<String>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    last_id: AtomicU64,
    events: broadcast::Sender<Event>,
}

impl Cdp {
    /// Connects; `told` hears each event in order, before anybody else and without loss.
    pub async fn connect(url: &str, told: impl Fn(&Event) + Send + 'static) -> Result<Self, String> {
        let limits = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let connected = tokio_tungstenite::connect_async_with_config(url, Some(limits), true).await;
        let (mut sink, mut stream) = connected.map_err(|error| error.to_string())?.0.split();
        let (outgoing, mut to_send) = mpsc::unbounded_channel::<String>();
        let (events, _) = broadcast::channel(4096);
        let shared =
            Arc::new(Shared { outgoing, waiting: Mutex::default(), last_id: AtomicU64::new(0), events });
        tokio::spawn(async move {
            while let Some(text) = to_send.recv().await {
                if sink.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
        });
        let reader = Arc::downgrade(&shared);
        tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                let Some(shared) = reader.upgrade() else { return };
                let text = message.into_text().unwrap_or_default();
                if let Ok(message) = serde_json::from_str::<Value>(&text) {
                    shared.receive(message, &told);
                }
            }
            if let Some(shared) = reader.upgrade() {
                shared.waiting.lock().expect("nothing panics under it").clear();
            }
        });
        Ok(Self { shared })
    }

    /// Calls and waits for the answer.
    pub async fn call(&self, session: &str, method: &str, params: Value) -> Result<Value, CallError> {
        let failed = |reason: &str| CallError { method: method.to_owned(), reason: reason.to_owned() };
        let id = self.shared.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let mut request = json!({ "id": id, "method": method, "params": params });
        if !session.is_empty() {
            request["sessionId"] = session.into();
        }
        let (tell, told) = oneshot::channel();
        self.shared.waiting.lock().expect("nothing panics under it").insert(id, tell);
        self.shared.outgoing.send(request.to_string()).map_err(|_| failed("the connection is closed"))?;
        match tokio::time::timeout(std::time::Duration::from_mins(2), told).await {
            Ok(Ok(answer)) => answer.map_err(|reason| failed(&reason)),
            Ok(Err(_)) => Err(failed("the browser went away")),
            Err(_) => Err(failed("no answer in two minutes")),
        }
    }

    /// What the browser tells from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.shared.events.subscribe()
    }
}

impl Shared {
    fn receive(&self, mut message: Value, told: &impl Fn(&Event)) {
        if let Some(id) = message["id"].as_u64() {
            let waiting = self.waiting.lock().expect("nothing panics under it").remove(&id);
            let answer = match message.get("error") {
                Some(error) => Err(error["message"].as_str().unwrap_or("an error").to_owned()),
                None => Ok(message["result"].take()),
            };
            if let Some(waiting) = waiting {
                let _ = waiting.send(answer);
            }
            return;
        }
        let event = Event {
            session: message["sessionId"].as_str().unwrap_or_default().to_owned(),
            method: message["method"].as_str().unwrap_or_default().to_owned(),
            params: message["params"].take(),
        };
        told(&event);
        let _ = self.events.send(event);
    }
}
