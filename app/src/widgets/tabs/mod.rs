//! Tabs: two or three views of the same matter. Arrow keys move between them, as screen readers promise.

use crate::markup::view;
use crate::reactive::prelude::*;

/// A row of tabs; `value` is the key of the one in view. `tabs` are (key, words).
#[component]
pub fn Tabs(
    label: &'static str,
    value: RwSignal<&'static str>,
    tabs: Vec<(&'static str, &'static str)>,
) -> impl IntoNode {
    let keys: Vec<&'static str> = tabs.iter().map(|(key, _)| *key).collect();
    let turn = StoredValue::new(keys);
    let on_key = move |event: web_sys::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowRight" => 1,
            "ArrowLeft" => turn.with_value(Vec::len) - 1,
            _ => return,
        };
        event.prevent_default();
        turn.with_value(|keys| {
            let now = keys.iter().position(|key| *key == value.get_untracked()).unwrap_or(0);
            let next = keys[(now + step) % keys.len()];
            value.set(next);
            crate::shell::focus_by_id(&format!("tab-{next}"));
        });
    };
    view! {
        <div class="tabs" role="tablist" aria-label=label on:keydown=on_key>
            {tabs
                .into_iter()
                .map(|(key, words)| {
                    view! {
                        <button
                            type="button"
                            role="tab"
                            id=format!("tab-{key}")
                            data-testid=format!("tab-{key}")
                            aria-selected=move || (value.get() == key).to_string()
                            tabindex=move || if value.get() == key { "0" } else { "-1" }
                            on:click=move |_| value.set(key)
                        >
                            {words}
                        </button>
                    }
                })
                .collect::<Vec<_>>()}
        </div>
    }
}
