//! What `view!` is made of: one type of node, element and value for the whole app, on Leptos' graph and effects.
//!
//! Leptos' own views are types, one for each shape; here a shape is data, and building, patching and removing it is
//! written once. A reactive closure that runs again patches what it built before, so that focus and typed text stay.

mod control;
mod element;
pub mod event;
mod follow;
mod mount;
mod node;
mod part;
mod rows;
mod shown;
#[cfg(all(test, target_arch = "wasm32"))]
pub mod stage;
mod template;
mod value;

pub use control::{each, show};
pub use evertill_markup::{component, view};
pub use mount::mount;
pub use node::{Children, IntoNode, Node};
pub use template::Holes;
pub use value::{IntoValue, Value};
