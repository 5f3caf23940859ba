//! Whether this device will keep what was sold: the browser's promise, room, the reserve, help from the background.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_browser::StorageHealth;
use leptos::task::spawn_local;

use crate::{
    format,
    shop::Shop,
    widgets::{button::Button, chip::Mood, notice::Toasts},
    words::sync as say,
};

/// The card.
#[component]
pub fn Storage() -> impl IntoNode {
    let shop = Shop::here();
    let toasts = Toasts::here();
    let health = RwSignal::new(None::<StorageHealth>);
    let look = move || {
        spawn_local(async move {
            // The page may have been left meanwhile.
            let found = shop.storage_health().await;
            health.set(Some(found));
        });
    };
    Effect::new(move |_| {
        shop.follow_journal();
        look();
    });
    let persisted = move || health.get().and_then(|health| health.persisted);
    let supported = move || health.get().is_some_and(|health| health.persist_supported);
    let ask = move |_| {
        shop.ask_to_persist();
        toasts.say(Mood::Plain, say::PERSIST_ASKED);
        look();
    };
    let row = |words: &'static str, testid: &'static str, value: String| {
        view! {
            <dt>{words}</dt>
            <dd data-testid=testid>{value}</dd>
        }
    };
    view! {
        <section class="card">
            <h2>{say::STORAGE}</h2>
            <dl>
                {move || {
                    health.get().map(|health| {
                        let persisted = match health.persisted {
                            Some(true) => say::PERSISTED_YES,
                            Some(false) => say::PERSISTED_NO,
                            None => say::NOT_KNOWN,
                        };
                        let reserve = if health.ballast { say::RESERVE_THERE } else { say::RESERVE_GONE };
                        let used = match (health.usage, health.quota) {
                            (Some(usage), Some(quota)) => say::used(&format::bytes(usage), &format::bytes(quota)),
                            _ => say::NOT_KNOWN.to_owned(),
                        };
                        let background = if health.background_sync { say::BACKGROUND_YES } else { say::BACKGROUND_NO };
                        view! {
                            {row(say::PERSISTED, "storage-persisted", persisted.to_owned())}
                            {row(say::RESERVE, "storage-ballast", reserve.to_owned())}
                            {row(say::USED, "storage-usage", used)}
                            {row(say::BACKGROUND, "storage-background", background.to_owned())}
                        }
                    })
                }}
            </dl>
            <Show when=move || persisted() == Some(false) && supported()>
                <div class="buttons">
                    <Button on:click=ask attr:data-testid="persist">{say::PERSIST_ASK}</Button>
                </div>
            </Show>
        </section>
    }
}
