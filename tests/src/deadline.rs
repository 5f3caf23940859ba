//! Waiting for a condition, never for a fixed time.

use std::{
    future::Future,
    time::{Duration, Instant},
};

/// How long a condition may take on a machine that has other things to do.
pub const PATIENCE: Duration = Duration::from_secs(40);
/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// What `probe` answers once it answers something. Panics with `what` after [`PATIENCE`].
pub async fn until<T, Probe, Answer>(what: &str, probe: Probe) -> T
where
    Probe: FnMut() -> Answer,
    Answer: Future<Output = Option<T>>,
{
    until_within(PATIENCE, what, probe).await
}

/// The same with a deadline of its own.
pub async fn until_within<T, Probe, Answer>(within: Duration, what: &str, mut probe: Probe) -> T
where
    Probe: FnMut() -> Answer,
    Answer: Future<Output = Option<T>>,
{
    let started = Instant::now();
    loop {
        if let Some(answer) = probe().await {
            return answer;
        }
        assert!(started.elapsed() < within, "waited {} s in vain until {what}", within.as_secs());
        // The distance between two looks at the condition; what ends the wait is the condition.
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Waits until `probe` is true.
pub async fn until_true<Probe, Answer>(what: &str, mut probe: Probe)
where
    Probe: FnMut() -> Answer,
    Answer: Future<Output = bool>,
{
    until(what, || {
        let answer = probe();
        async move { answer.await.then_some(()) }
    })
    .await;
}
