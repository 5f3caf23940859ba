//! End to end in real browsers, simulation runs, databases, architecture.
//!
//! What lies here stages the plays that the tests under `e2e/` perform: the real server binary ([`server`]), a real
//! Chromium with a profile of its own ([`browser`]), the network between them with its faults ([`proxy`]), a till as a
//! cashier sees it ([`till_page`]) and the ERP's ledger as an auditor sees it ([`ledger`]); most plays begin with the
//! shop open and its till ready ([`demo_shop`]). Nothing here waits for a fixed time: every wait is for a condition, with
//! a deadline ([`deadline`]). What earlier versions wrote lies beside ([`kept_version`]).

pub mod browser;
pub mod corner_shop;
pub mod deadline;
pub mod demo_shop;
pub mod device_image;
pub mod kept_version;
pub mod ledger;
pub mod native_engine;
pub mod native_till;
pub mod processes;
pub mod proxy;
pub mod replay;
pub mod server;
pub mod simulate;
pub mod surroundings;
pub mod till_page;
