//! Notices stay until they are no longer true; toasts pass by themselves. Both are read out.

use std::time::Duration;

use crate::markup::view;
use crate::reactive::prelude::*;

use super::{chip::Mood, icon::Icon};

/// How long a toast stays. Long enough to be read twice; nothing that matters later is said in one.
const TOAST_SHOWN: Duration = Duration::from_secs(5);
/// More than this at once would cover the till.
const TOASTS_MAX: usize = 3;

/// A sentence in its place, with what can be done about it as children.
#[component]
pub fn Notice(
    mood: Mood,
    #[prop(into)] text: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoNode {
    let icon = match mood {
        Mood::Bad | Mood::Wait => "alert",
        Mood::Good => "check",
        Mood::Plain => "info",
    };
    let role = if matches!(mood, Mood::Bad) { "alert" } else { "status" };
    view! {
        <div class=format!("notice {}", mood.class()) role=role>
            <Icon name=icon />
            <span>{move || text.get()}</span>
            {children.map(|children| view! { <div class="buttons">{children()}</div> })}
        </div>
    }
}

/// The passing words of the whole app.
#[derive(Clone, Copy)]
pub struct Toasts(RwSignal<Vec<(u64, Mood, String)>>);

impl Toasts {
    /// Toasts for the views below this owner.
    pub fn provide() -> Self {
        let toasts = Toasts(RwSignal::new(Vec::new()));
        provide_context(toasts);
        toasts
    }

    /// The toasts of this app.
    pub fn here() -> Self {
        expect_context()
    }

    /// Says `text` for five seconds.
    pub fn say(self, mood: Mood, text: impl Into<String>) {
        let text = text.into();
        let Some(id) = self.0.try_update(|list| {
            let id = list.last().map_or(1, |(id, ..)| id + 1);
            list.push((id, mood, text));
            if list.len() > TOASTS_MAX {
                list.remove(0);
            }
            id
        }) else {
            return;
        };
        let over = move || {
            let _ = self.0.try_update(|list| list.retain(|(other, ..)| *other != id));
        };
        set_timeout(over, TOAST_SHOWN);
    }
}

/// Where toasts appear.
#[component]
pub fn ToastShelf() -> impl IntoNode {
    let toasts = Toasts::here();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.0.get() key=|(id, ..)| *id let((_, mood, text))>
                <div class=format!("toast {}", mood.class())>{text}</div>
            </For>
        </div>
    }
}
