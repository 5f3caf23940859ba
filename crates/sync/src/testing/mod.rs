//! The second door: what tests need of a device's surroundings, in memory and without waiting.

mod memory_store;
pub mod shop;
pub mod store_suite;
mod surroundings;

pub use memory_store::{Fault, MemoryStore};
pub use surroundings::FixedSurroundings;

use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// Runs a future that never waits for anything outside itself, as those over [`MemoryStore`].
///
/// # Panics
/// If it does wait.
pub fn run_ready<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1_000_000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!("the future waits for something that never comes");
}
