//! What `view!` is made of: one type of node, element and value for the whole app, on Leptos' signals and effects.
//!
//! Leptos' own views are types, one for each shape; here a shape is data, and building, patching and removing it is
//! written once. A reactive closure that runs again patches what it built before, so that focus and typed text stay.
//! Everything here is a view of Leptos: it can stand wherever one can, and the other way round.

mod control;
mod element;
pub mod event;
mod follow;
mod node;
mod part;
mod value;

pub use control::{each, show};
pub use element::{Element, Extra};
pub use evertill_markup::view;
pub use node::{IntoNode, Node, component};
pub use value::{IntoValue, Value};
