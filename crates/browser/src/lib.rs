//! A till's surroundings in a browser: the sync engine's ports (IndexedDB, fetch, clock), Web Locks, wake-ups,
//! notices between tabs, and [`Device`], the one door through which the app reaches all of it.
//!
//! Two wasm modules are made of it. The app has [`Device`]. The engine's module has [`driver`], which works for a page,
//! and [`worker`], which works for the service worker. Knows nothing of leptos.

mod background_sync;
mod http;
mod indexed_db;
mod js;
mod lease;
mod locks;
mod oneshot;
mod surroundings;

mod device;
pub mod driver;
mod notice;
mod report;
pub mod worker;

pub use device::{
    ApiFailure, Content, Device, EnrolFailure, Fetched, LinkState, OpenCart, OpenError, StorageHealth,
    UpdateAnswer, open, secure_context, version_here,
};
pub use http::Fetch;
pub use indexed_db::{IndexedDb, Role};
pub use notice::{Notice, Subscription};
pub use report::Report;
pub use surroundings::Browser;

/// The name of the device's database. Fixed: earlier versions wrote under it.
pub const DATABASE: &str = "evertill";
