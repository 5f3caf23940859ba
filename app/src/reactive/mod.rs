//! Signals, memos, callbacks and effects, by the names that they have in Leptos and on its graph of who reads whom.
//!
//! In Leptos each is code of its own for every type that it holds. Here they are thin faces over one cell that holds
//! anything (docs/decisions/0015). They belong to the owner they were made under, as in Leptos: reading one after that
//! is a panic, setting one is nothing.
//!
//! `use crate::reactive::prelude::*` is what `use leptos::prelude::*` is elsewhere.

mod cell;
mod effect;
mod node_ref;
mod signal;
mod stored;

/// Everything here that a page is made with, and what it needs of Leptos besides.
pub mod prelude {
    pub use super::{
        effect::Effect,
        node_ref::NodeRef,
        signal::{Memo, RwSignal, Signal},
        stored::{Callback, StoredValue},
    };
    pub use leptos::prelude::{
        document, event_target, event_target_checked, event_target_value, expect_context, on_cleanup,
        provide_context, request_animation_frame, set_interval_with_handle, set_timeout, untrack, window,
        window_event_listener_untyped,
    };

    pub use crate::markup::{Children, IntoNode, component};
}
