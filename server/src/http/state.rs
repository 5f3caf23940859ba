//! What every handler can reach.

use super::RateLimits;
use crate::{assets::Web, auth::Keys, db::Db, products::Imports};
use std::{fmt, ops::Deref, sync::Arc};
use tokio::sync::watch;

/// Tells the time in milliseconds UTC. A value, so that a test can move it.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Shared by all requests; a clone is a reference.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// The parts of [`AppState`].
pub struct Shared {
    /// The database.
    pub db: Db,
    /// What tokens are signed with.
    pub auth: Keys,
    /// The time, milliseconds UTC: `(state.clock)()`.
    pub clock: Clock,
    /// How often credentials may be tried.
    pub limits: RateLimits,
    /// The web app.
    pub web: Web,
    /// How far running imports are.
    pub imports: Arc<Imports>,
    /// Turns true when the server is about to stop; streams end then.
    pub stopping: watch::Receiver<bool>,
}

impl AppState {
    /// The state made of these parts.
    pub fn new(parts: Shared) -> Self {
        Self(Arc::new(parts))
    }

    /// Now, milliseconds UTC.
    pub fn now_ms(&self) -> i64 {
        (self.clock)()
    }
}

impl Deref for AppState {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl fmt::Debug for AppState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppState")
    }
}

/// The machine's clock.
pub fn machine_clock() -> Clock {
    Arc::new(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
