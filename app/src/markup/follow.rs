//! Following a closure for as long as what it reads is there.

use leptos::prelude::{RenderEffect, on_cleanup};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Runs `step` now and whenever something that it read has changed, for as long as the answer is kept.
///
/// An effect outlives the part of the page that it belongs to by a moment, and a change that was announced before still
/// reaches it then. By that time the signals made with that part are gone, and reading one would be a panic.
pub fn follow(mut step: Box<dyn FnMut()>) -> RenderEffect<()> {
    let gone = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&gone);
    on_cleanup(move || told.store(true, Ordering::Relaxed));
    RenderEffect::new(move |before: Option<()>| {
        if before.is_none() || !gone.load(Ordering::Relaxed) {
            step();
        }
    })
}
