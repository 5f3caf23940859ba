//! Time that stands still unless a test moves it, and chance that repeats.

use crate::ports::Surroundings;
use core::cell::Cell;

/// A clock moved by hand and a seeded sequence of random bits. Sleeping moves the clock.
#[derive(Debug)]
pub struct FixedSurroundings {
    now_ms: Cell<i64>,
    state: Cell<u64>,
}

impl FixedSurroundings {
    /// A clock that stands at `now_ms`, and the random sequence of `seed`.
    pub const fn new(now_ms: i64, seed: u64) -> Self {
        Self { now_ms: Cell::new(now_ms), state: Cell::new(seed) }
    }

    /// Moves the clock; back, too.
    pub fn advance(&self, milliseconds: i64) {
        self.now_ms.set(self.now_ms.get().saturating_add(milliseconds));
    }

    /// The next 64 bits: `SplitMix64` (Steele, Lea, Flood 2014).
    fn next(&self) -> u64 {
        let state = self.state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.state.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Surroundings for FixedSurroundings {
    fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    fn random(&self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }

    async fn sleep(&self, milliseconds: u64) {
        self.advance(i64::try_from(milliseconds).unwrap_or(i64::MAX));
    }
}

/// Shared, so that a test can move the clock under an engine.
impl Surroundings for std::rc::Rc<FixedSurroundings> {
    fn now_ms(&self) -> i64 {
        self.as_ref().now_ms()
    }

    fn random(&self) -> u128 {
        self.as_ref().random()
    }

    async fn sleep(&self, milliseconds: u64) {
        self.as_ref().sleep(milliseconds).await;
    }
}
