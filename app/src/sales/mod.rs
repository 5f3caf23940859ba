//! What was sold: on this till, from its own journal, network or not; in the whole shop, from the ERP.

mod detail;
mod outlet;
mod own;

pub use detail::SalePage;

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_sync::till::EntryState;

use crate::{
    format,
    shop::Shop,
    widgets::{chip::Mood, tabs::Tabs},
    words::{sales as say, sync},
};

/// The page.
#[component]
pub fn SalesPage() -> impl IntoNode {
    let view = RwSignal::new("own");
    view! {
        <div class="page">
            <div class="page-in" data-testid="page-sales">
                <header class="page-head">
                    <h1>{say::TITLE}</h1>
                    <Tabs label=say::VIEWS value=view tabs=vec![("own", say::THIS_TILL), ("outlet", say::OUTLET)] />
                </header>
                {move || if view.get() == "own" { view! { <own::OwnSales /> }.into_node() } else { view! { <outlet::OutletSales /> }.into_node() }}
            </div>
        </div>
    }
}

/// Pending, Synced or Failed, with why and since when.
pub struct StateWords {
    /// Its colour.
    pub mood: Mood,
    /// The word.
    pub word: &'static str,
    /// Why and since when; empty for what has arrived.
    pub since: String,
}

/// An entry's state for people.
pub fn state_words(state: &EntryState, now_ms: i64) -> StateWords {
    match state {
        EntryState::Pending { since_ms } => StateWords {
            mood: Mood::Wait,
            word: sync::PENDING,
            since: say::since(&format::moment(*since_ms, now_ms), None),
        },
        EntryState::Synced => StateWords { mood: Mood::Good, word: sync::SYNCED, since: String::new() },
        EntryState::Failed(row) => {
            let why = row.code.as_deref().map_or_else(|| say::outcome(row.outcome), say::why);
            StateWords {
                mood: Mood::Bad,
                word: sync::FAILED_STATE,
                since: say::since(&format::moment(row.since_ms, now_ms), Some(&why)),
            }
        }
        EntryState::Settled(row) => StateWords {
            mood: Mood::Plain,
            word: say::SETTLED,
            since: say::since(&format::moment(row.since_ms, now_ms), None),
        },
    }
}

/// The moment that lists are read against.
pub fn now_ms() -> i64 {
    Shop::here().now_ms_untracked()
}
