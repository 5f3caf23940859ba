//! Leaving a terminal: refused while something exists only here, unless a file holds it and was read back.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_sync::till::{Checked, ResetError};
use leptos::task::spawn_local;

use super::file::FILE_BYTES_MAX;
use crate::{
    device::file,
    shop::{Shop, start_over},
    widgets::{
        button::{Button, Look},
        chip::Mood,
        field::FileField,
        notice::Notice,
    },
    words::sync as say,
};

/// The card at the very end of the page.
#[component]
pub fn Leave() -> impl IntoNode {
    let shop = Shop::here();
    let checked = RwSignal::new(None::<Checked>);
    let said = RwSignal::new(None::<(Mood, String)>);
    let refused = RwSignal::new(false);
    let sure = RwSignal::new(false);
    let leave = move |_| {
        if !sure.get_untracked() {
            sure.set(true);
            return;
        }
        spawn_local(async move {
            match shop.reset(checked.get_untracked().as_ref()).await {
                Ok(()) => start_over(),
                Err(error) => {
                    sure.set(false);
                    let why = match error {
                        ResetError::Unsent(_) => say::RESET_REFUSED.to_owned(),
                        ResetError::Unreadable(carts) => say::reset_unreadable(carts),
                        _ => return said.set(Some((Mood::Bad, error.to_string()))),
                    };
                    refused.set(true);
                    said.set(Some((Mood::Bad, why)));
                }
            }
        });
    };
    let check = Callback::new(move |chosen: web_sys::File| {
        spawn_local(async move {
            let Ok(text) = file::read(&chosen, FILE_BYTES_MAX).await else {
                said.set(Some((Mood::Bad, say::reset_bad_file(say::FILE_UNREADABLE))));
                return;
            };
            match shop.check_exported(&text).await {
                Ok(proof) => {
                    checked.set(Some(proof));
                    said.set(Some((Mood::Good, say::RESET_CHECKED.to_owned())));
                }
                Err(error) => said.set(Some((Mood::Bad, say::reset_bad_file(&error.to_string())))),
            }
        });
    });
    view! {
        <section class="card">
            <h2>{say::RESET}</h2>
            <p class="soft">{say::RESET_TEXT}</p>
            <Show when=move || refused.get()>
                <FileField id="outbox-check" label=say::RESET_CHOOSE accept=".json,application/json" taken=check />
            </Show>
            {move || said.get().map(|(mood, text)| view! { <Notice mood=mood text=Signal::derive(move || text.clone()) /> })}
            <div class="buttons">
                <Button look=Look::Danger on:click=leave attr:data-testid="leave">
                    {move || if sure.get() { say::RESET_NOW } else { say::RESET }}
                </Button>
                <Show when=move || sure.get()>
                    <Button on:click=move |_| sure.set(false)>{crate::words::CANCEL}</Button>
                </Show>
            </div>
        </section>
    }
}
