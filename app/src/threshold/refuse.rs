//! The refusals, and the moment while the store opens. Each says what happened to sales and what to do.

use crate::markup::view;
use crate::reactive::prelude::*;

use super::Panel;
use crate::{
    shop::Loading,
    widgets::{
        button::{Button, Look, Size},
        chip::Mood,
        notice::Notice,
        progress::Progress,
    },
    words::threshold as say,
};

/// The address gives no secure context: nothing is enrolled here.
#[component]
pub fn Insecure(missing: Vec<&'static str>) -> impl IntoNode {
    view! {
        <Panel title=say::INSECURE>
            <h1>{say::INSECURE}</h1>
            <Notice mood=Mood::Bad text=Signal::derive(|| say::INSECURE_TEXT.to_owned()) />
            <p data-testid="insecure">{say::insecure_missing(&missing.join(", "))}</p>
            <p>{say::INSECURE_DO}</p>
        </Panel>
    }
}

/// The store does not open: nothing can be kept safe, so nothing is sold.
#[component]
pub fn Broken(why: String) -> impl IntoNode {
    view! {
        <Panel title=say::BROKEN_STORE>
            <h1>{say::BROKEN_STORE}</h1>
            <p>{why}</p>
            <Button look=Look::Main size=Size::Tall on:click=|_| reload()>{say::RELOAD}</Button>
        </Panel>
    }
}

/// Enrolled a moment ago: the shop's own data and its catalogue are on their way.
#[component]
pub fn FirstLoad(loading: RwSignal<Option<Loading>>, online: RwSignal<bool>) -> impl IntoNode {
    let done = Signal::derive(move || loading.get().map_or(0, |loading| loading.done));
    let total = Signal::derive(move || loading.get().map_or(0, |loading| loading.total));
    view! {
        <Panel title=say::FIRST_LOAD>
            <h1>{say::FIRST_LOAD}</h1>
            <Progress label=Signal::derive(|| say::FIRST_LOAD_TEXT.to_owned()) done=done total=total />
            <Show when=move || !online.get()>
                <Notice mood=Mood::Wait text=Signal::derive(|| say::FIRST_LOAD_OFFLINE.to_owned()) />
            </Show>
        </Panel>
    }
}

/// While the store opens: a few milliseconds, so no spinner.
#[component]
pub fn Opening() -> impl IntoNode {
    view! { <main class="threshold" aria-busy="true"><span class="only-spoken">{say::STARTING}</span></main> }
}

fn reload() {
    if let Some(window) = web_sys::window() {
        drop(window.location().reload());
    }
}
