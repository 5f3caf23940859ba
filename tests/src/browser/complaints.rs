//! What pages, service workers and the browser complain about, and the few complaints that a test provokes itself.
//!
//! Console errors, uncaught exceptions, reports of the content security policy and failed requests are complaints. The
//! only ones that are ever excused are the browser's own lines about what a test said beforehand that it would do to the
//! network: [`Provoked`] is all there is.

use super::cdp::Event;
use serde_json::Value;

/// What a page, a worker or the browser complained about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// `console`, `exception`, `policy`, `network` or another source of the browser's log.
    pub source: String,
    /// What it said.
    pub text: String,
    /// The address that it is about; empty where there is none.
    pub url: String,
}

/// What a test does to its own network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provoked {
    /// The server is stopped, or the line is cut or cuts answers off: `net::ERR_…`.
    NoConnection,
    /// Requests to the ERP are answered with this status.
    Status(u16),
    /// The service worker's list is replaced by a portal's page, and icons of the app are lost or replaced on their way,
    /// while the worker installs.
    FalseFiles,
    /// The files of the sync engine are answered with this status.
    NoEngine(u16),
    /// A document is opened that is not the app: the browser asks for an icon by its old name.
    NotTheApp,
    /// The app is opened over plain HTTP under a name: the browser says that it heeds no opener policy there.
    InsecureOrigin,
}

/// How a request fails that finds no server, or loses it before the answer is whole.
const NO_CONNECTION: [&str; 7] = [
    "net::ERR_CONNECTION_REFUSED",
    "net::ERR_CONNECTION_RESET",
    "net::ERR_CONNECTION_CLOSED",
    "net::ERR_SOCKET_NOT_CONNECTED",
    "net::ERR_EMPTY_RESPONSE",
    "net::ERR_INCOMPLETE_CHUNKED_ENCODING",
    "net::ERR_CONTENT_LENGTH_MISMATCH",
];

impl Provoked {
    /// Whether this complaint is nothing but the browser's line about that.
    pub fn explains(self, complaint: &Complaint) -> bool {
        let failed = (complaint.source == "network")
            .then(|| complaint.text.strip_prefix("Failed to load resource: "))
            .flatten();
        let to_the_erp = complaint.url.contains("/api/");
        let answered = |why: &str, status: u16| {
            why.starts_with(&format!("the server responded with a status of {status} "))
        };
        match self {
            Self::NoConnection => {
                // A worker that could not send says so to the browser, which then wakes it again.
                let unsent = complaint.source == "exception"
                    && complaint.url.ends_with("/service-worker.js")
                    && complaint.text.ends_with(" entries still wait");
                unsent || to_the_erp && failed.is_some_and(|why| NO_CONNECTION.contains(&why))
            }
            Self::Status(status) => to_the_erp && failed.is_some_and(|why| answered(why, status)),
            Self::FalseFiles => {
                let text = complaint.text.as_str();
                match complaint.source.as_str() {
                    "exception" if complaint.url.ends_with("/service-worker.js") => {
                        let list = text.contains("'importScripts'")
                            && text.contains("/precache.js' failed to load.");
                        let fetch = text.starts_with("Uncaught (in promise) TypeError: Failed to fetch\n");
                        list || fetch && text.contains("at async install (")
                    }
                    "other" => text == "The script has an unsupported MIME type ('text/html').",
                    "javascript" => {
                        text.starts_with("Fetch API cannot load http")
                            && text.contains("/icons/")
                            && text.ends_with(" SRI's integrity checks failed.")
                    }
                    "security" => {
                        let digest =
                            "Failed to find a valid digest in the 'integrity' attribute for resource 'http";
                        text.starts_with(digest) && text.contains("/icons/")
                    }
                    _ => false,
                }
            }
            Self::NoEngine(status) => {
                complaint.url.contains("/assets/evertill-worker")
                    && failed.is_some_and(|why| answered(why, status))
            }
            Self::NotTheApp => {
                complaint.url.ends_with("/favicon.ico") && failed.is_some_and(|why| answered(why, 404))
            }
            Self::InsecureOrigin => {
                complaint.source == "other"
                    && complaint.text.starts_with("The Cross-Origin-Opener-Policy header has been ignored")
            }
        }
    }
}

/// The complaint in what the browser told, if it is one.
pub(super) fn complaint_in(event: &Event) -> Option<Complaint> {
    let params = &event.params;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let complaint = |source: &str, text: String, url: &Value| {
        Some(Complaint { source: source.to_owned(), text, url: url.as_str().unwrap_or_default().to_owned() })
    };
    match event.method.as_str() {
        "Runtime.consoleAPICalled" if params["type"] == "error" || params["type"] == "assert" => {
            let arguments = params["args"].as_array().cloned().unwrap_or_default();
            let words: Vec<String> = arguments
                .iter()
                .map(|argument| text(argument.get("value").unwrap_or(&argument["description"])))
                .collect();
            complaint("console", words.join(" "), &params["stackTrace"]["callFrames"][0]["url"])
        }
        "Runtime.exceptionThrown" => {
            let details = &params["exceptionDetails"];
            let thrown = &details["exception"];
            let thrown = thrown.get("description").or(thrown.get("value")).unwrap_or(&Value::Null);
            let words = format!("{} {}", text(&details["text"]), text(thrown));
            complaint("exception", words, &details["url"])
        }
        "Log.entryAdded" if params["entry"]["level"] == "error" => {
            let entry = &params["entry"];
            complaint(&text(&entry["source"]), text(&entry["text"]), &entry["url"])
        }
        "Audits.issueAdded" if params["issue"]["code"] == "ContentSecurityPolicyIssue" => {
            complaint("policy", params["issue"]["details"].to_string(), &Value::Null)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Complaint, Provoked};

    #[test]
    fn only_what_a_test_does_to_its_network_is_excused() {
        let refused = "Failed to load resource: net::ERR_CONNECTION_REFUSED";
        let gateway = "Failed to load resource: the server responded with a status of 502 (Bad Gateway)";
        let missing = "Failed to load resource: the server responded with a status of 404 (Not Found)";
        let worker = "http://localhost:1/service-worker.js";
        let list = "Uncaught NetworkError: Failed to execute 'importScripts' on 'WorkerGlobalScope': \
                    The script at 'http://localhost:1/precache.js' failed to load.";
        let fetch =
            "Uncaught (in promise) TypeError: Failed to fetch\n    at async install (http://localhost:1/)";
        let later = fetch.replace("install", "drain");
        let html = "The script has an unsupported MIME type ('text/html').";
        let icon = "Fetch API cannot load http://localhost:1/icons/logo.svg. SRI's integrity checks failed.";
        let asset = icon.replace("/icons/", "/assets/");
        for (provoked, source, text, url, excused) in [
            (Provoked::FalseFiles, "exception", list, worker, true),
            (Provoked::FalseFiles, "exception", list, "http://localhost:1/assets/start.1.js", false),
            (Provoked::FalseFiles, "exception", fetch, worker, true),
            (Provoked::FalseFiles, "exception", later.as_str(), worker, false),
            (Provoked::FalseFiles, "other", html, "", true),
            (Provoked::FalseFiles, "console", html, "", false),
            (Provoked::FalseFiles, "javascript", icon, "", true),
            (Provoked::FalseFiles, "javascript", asset.as_str(), "", false),
            (Provoked::NotTheApp, "network", missing, "http://localhost:1/favicon.ico", true),
            (Provoked::NotTheApp, "network", missing, "http://localhost:1/icons/192.png", false),
            (Provoked::InsecureOrigin, "security", "Refused to run", "http://shop.example/", false),
            (Provoked::NoConnection, "network", refused, "http://localhost:1/api/sync/sales", true),
            (Provoked::NoConnection, "network", refused, "http://localhost:1/assets/app.wasm", false),
            (Provoked::NoConnection, "console", refused, "http://localhost:1/api/sync/sales", false),
            (Provoked::NoConnection, "network", gateway, "http://localhost:1/api/sync/sales", false),
            (Provoked::Status(502), "network", gateway, "http://localhost:1/api/sync/sales", true),
            (Provoked::Status(50), "network", gateway, "http://localhost:1/api/sync/sales", false),
            (Provoked::Status(500), "network", gateway, "http://localhost:1/api/sync/sales", false),
            (
                Provoked::NoEngine(502),
                "network",
                gateway,
                "http://localhost:1/assets/evertill-worker.1.js",
                true,
            ),
            (
                Provoked::NoEngine(502),
                "network",
                gateway,
                "http://localhost:1/assets/evertill-app.1.js",
                false,
            ),
        ] {
            let complaint =
                Complaint { source: source.to_owned(), text: text.to_owned(), url: url.to_owned() };
            assert_eq!(provoked.explains(&complaint), excused, "{provoked:?}: {complaint:?}");
        }
    }
}
