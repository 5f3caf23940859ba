//! Time and chance in a browser.

use crate::js;
use evertill_sync::ports::Surroundings;

/// The browser's clock, timers and random generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct Browser;

impl Surroundings for Browser {
    fn now_ms(&self) -> i64 {
        js::now_ms()
    }

    fn random(&self) -> u128 {
        js::random()
    }

    async fn sleep(&self, milliseconds: u64) {
        js::sleep(milliseconds).await;
    }
}
