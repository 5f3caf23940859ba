//! The sync chip: in words, always on screen, how what was sold here stands with the ERP.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_sync::till::QueueStatus;

use crate::{
    shop::Shop,
    widgets::chip::{Chip, Mood},
    words::sync as say,
};

/// What the chip says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// For tests and styles: `synced`, `waiting`, `offline`, `attention`.
    pub state: &'static str,
    /// Its colour.
    pub mood: Mood,
    /// Its words.
    pub text: String,
}

/// The most urgent truth about the queue: what needs a person, then no network, then waiting, then all is well.
pub fn standing(queue: &QueueStatus, online: bool, now_ms: i64) -> Standing {
    let waiting = queue.pending.saturating_add(queue.carried);
    let age_s = queue.oldest_ms.map(|oldest_ms| now_ms.saturating_sub(oldest_ms) / 1_000);
    let oldest_s = age_s.unwrap_or(0);
    if queue.failed > 0 {
        Standing { state: "attention", mood: Mood::Bad, text: say::attention(queue.failed, waiting, age_s) }
    } else if !online {
        Standing { state: "offline", mood: Mood::Wait, text: say::offline(waiting, oldest_s) }
    } else if waiting > 0 {
        Standing { state: "waiting", mood: Mood::Wait, text: say::waiting(waiting, oldest_s) }
    } else {
        Standing { state: "synced", mood: Mood::Good, text: say::ALL_SYNCED.to_owned() }
    }
}

/// The chip; it leads to the Sync page. Its words are read out when the state changes, not at each tick of the age.
#[component]
pub fn SyncChip() -> impl IntoNode {
    let shop = Shop::here();
    let standing = Memo::new(move |_| standing(&shop.queue(), shop.online(), shop.now_ms()));
    let state = Memo::new(move |_| standing.with(|standing| standing.state));
    let spoken = move || {
        state.track();
        standing.with_untracked(|standing| standing.text.clone())
    };
    view! {
        <a href="/sync" class="sync-chip" title=say::OPEN>
            <span
                data-testid="sync-chip"
                data-state=move || state.get()
                data-pending=move || shop.queue().pending.to_string()
            >
                <Chip mood=Signal::derive(move || standing.with(|standing| standing.mood)) text=Signal::derive(move || standing.with(|standing| standing.text.clone())) />
            </span>
        </a>
        <span class="only-spoken" role="status" aria-live="polite">{spoken}</span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_urgent_truth_is_shown() {
        let queue = |pending, failed, carried| QueueStatus {
            pending,
            failed,
            carried,
            oldest_ms: Some(1_000),
            ..QueueStatus::default()
        };
        for (queue, online, state, text) in [
            (QueueStatus::default(), true, "synced", "All synced"),
            (queue(3, 0, 0), true, "waiting", "3 waiting, oldest 2 min"),
            (queue(1, 0, 2), true, "waiting", "3 waiting, oldest 2 min"),
            (queue(3, 0, 0), false, "offline", "Offline, 3 waiting, oldest 2 min, selling continues"),
            (queue(0, 0, 0), false, "offline", "Offline, selling continues"),
            (queue(3, 1, 0), false, "attention", "1 needs attention, 3 waiting, oldest 2 min"),
            (queue(0, 2, 0), true, "attention", "2 need attention, oldest unsent 2 min"),
            (QueueStatus { oldest_ms: None, ..queue(0, 2, 0) }, true, "attention", "2 need attention"),
        ] {
            let standing = standing_with_plain_figures(&queue, online);
            assert_eq!((standing.state, standing.text.as_str()), (state, text));
        }
    }

    /// Figures of one digit read the same with and without `Intl`, which natively is not there.
    fn standing_with_plain_figures(queue: &QueueStatus, online: bool) -> Standing {
        standing(queue, online, 121_000)
    }
}
