//! The app's version and what comes after it.

use crate::markup::view;
use crate::reactive::prelude::*;

use crate::{
    shop::{Shop, version},
    widgets::{
        button::{Button, Look},
        notice::Toasts,
    },
    words::{nav, settings as say},
};

/// Version, whether a newer one waits, and the button that starts it when no sale is open.
#[component]
pub fn AppVersion() -> impl IntoNode {
    let shop = Shop::here();
    let toasts = Toasts::here();
    let state = move || match (shop.update_ready(), shop.idle()) {
        (false, _) => say::UPDATE_NONE,
        (true, true) => say::UPDATE_READY,
        (true, false) => say::UPDATE_BUSY,
    };
    view! {
        <section class="card">
            <h2>{say::APP}</h2>
            <dl>
                <dt>{say::VERSION}</dt>
                <dd data-testid="version">{version()}</dd>
                <dt>{say::UPDATE}</dt>
                <dd data-testid="update-state">{state}</dd>
            </dl>
            <div class="buttons">
                <Show
                    when=move || shop.update_ready() && shop.idle()
                    fallback=move || view! { <Button on:click=move |_| shop.look_for_update()>{say::UPDATE_CHECK}</Button> }
                >
                    <Button look=Look::Main on:click=move |_| shop.update_now(toasts) attr:data-testid="settings-update-now">{nav::UPDATE_NOW}</Button>
                </Show>
            </div>
        </section>
    }
}
