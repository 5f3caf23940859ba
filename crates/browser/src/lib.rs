//! A till's surroundings in a browser: the sync engine's ports (IndexedDB, fetch, clock), Web Locks, wake-ups,
//! notices between tabs, and [`Device`], the one door through which the app reaches all of it.
//!
//! Page and service worker use the same code; what a worker has not (tabs, visibility, a screen) is in
//! `device`. Knows nothing of leptos.

mod background_sync;
mod http;
mod indexed_db;
mod js;
mod lease;
mod locks;
mod oneshot;
mod surroundings;

mod device;
mod notice;
pub mod worker;

pub use device::{
    ApiFailure, Content, Device, EnrolFailure, Fetched, LinkState, OpenCart, OpenError, StorageHealth, Wake,
    open, secure_context,
};
pub use http::Fetch;
pub use indexed_db::{IndexedDb, Role};
pub use notice::{Notice, Subscription};
pub use surroundings::Browser;

/// The name of the device's database. Fixed: earlier versions wrote under it.
pub const DATABASE: &str = "evertill";
