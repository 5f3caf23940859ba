//! What a failure says about the service worker: what is registered, what is kept, and what the workers complained of.

use super::TillPage;
use crate::browser::cdp::Event;
use serde_json::{Value, json};
use tokio::sync::broadcast::{Receiver, error::TryRecvError};

const STATE: &str = "(async () => {
    const state = (worker) => worker ? `${worker.state} ${worker.scriptURL}` : 'none';
    const registration = await navigator.serviceWorker.getRegistration();
    const lines = registration
        ? ['installing', 'waiting', 'active'].map((slot) => `${slot}: ${state(registration[slot])}`)
        : ['no registration'];
    lines.push(`controller: ${state(navigator.serviceWorker.controller)}`);
    lines.push(`page: ${document.readyState}, ${Math.round(performance.now())} ms old, online ${navigator.onLine}`);
    for (const name of await caches.keys()) {
        lines.push(`cache ${name}: ${(await (await caches.open(name)).keys()).length} files`);
    }
    const { usage, quota } = await navigator.storage.estimate();
    lines.push(`storage: ${usage} of ${quota} bytes`);
    return lines.join('\\n');
})()";

/// Listens to what the browser tells about the workers of a page's origin.
#[derive(Debug)]
pub(super) struct WorkerStory {
    events: Receiver<Event>,
}

impl WorkerStory {
    /// Listens from now on; what is registered already is told at once.
    pub(super) async fn listen(till: &TillPage) -> Self {
        let events = till.page.cdp().events();
        // Where it cannot be listened to, the rest is told all the same.
        let _ = till.page.call("ServiceWorker.enable", json!({})).await;
        Self { events }
    }

    /// Everything known by now, one thing a line, with the consoles of the workers that run.
    pub(super) async fn tell(&mut self, till: &TillPage) -> String {
        let state =
            tokio::time::timeout(std::time::Duration::from_secs(5), till.page.eval::<String>(STATE)).await;
        let mut lines = vec![match state {
            Ok(Ok(state)) => state,
            Ok(Err(error)) => format!("the page cannot tell: {error}"),
            Err(_) => "the page does not answer".to_owned(),
        }];
        let sessions = consoles(till).await;
        loop {
            match self.events.try_recv() {
                Ok(event) => lines.extend(told(&event, &sessions)),
                Err(TryRecvError::Lagged(missed)) => lines.push(format!("({missed} events were missed)")),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return lines.join("\n"),
            }
        }
    }
}

/// Attaches to the workers that run, each of which then tells what its console heard so far; their sessions.
async fn consoles(till: &TillPage) -> Vec<String> {
    let cdp = till.page.cdp();
    let targets = cdp.call("", "Target.getTargets", json!({ "filter": [{}] })).await.unwrap_or_default();
    let mut sessions = Vec::new();
    for target in targets["targetInfos"].as_array().into_iter().flatten() {
        if target["type"] != "service_worker" {
            continue;
        }
        let params = json!({ "targetId": target["targetId"], "flatten": true });
        let Ok(attached) = cdp.call("", "Target.attachToTarget", params).await else { continue };
        let session = attached["sessionId"].as_str().unwrap_or_default().to_owned();
        for method in ["Runtime.enable", "Log.enable"] {
            let _ = cdp.call(&session, method, json!({})).await;
        }
        sessions.push(session);
    }
    sessions
}

fn told(event: &Event, consoles: &[String]) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    match event.method.as_str() {
        "ServiceWorker.workerErrorReported" => {
            let error = &event.params["errorMessage"];
            vec![format!(
                "worker's error: {} at {}:{}",
                text(&error["errorMessage"]),
                text(&error["sourceURL"]),
                error["lineNumber"]
            )]
        }
        "ServiceWorker.workerVersionUpdated" => {
            let versions = event.params["versions"].as_array().cloned().unwrap_or_default();
            versions
                .iter()
                .map(|version| {
                    format!(
                        "version {}: {}, {}",
                        text(&version["versionId"]),
                        text(&version["status"]),
                        text(&version["runningStatus"])
                    )
                })
                .collect()
        }
        "Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded"
            if consoles.contains(&event.session) =>
        {
            vec![format!("worker's console: {}", event.params)]
        }
        _ => Vec::new(),
    }
}
