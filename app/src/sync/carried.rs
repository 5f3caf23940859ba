//! What was brought here from other tills and still waits: whose it is, why, and the way out as a file.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_domain::{Id, id};
use evertill_protocol::terminal::TerminalRow;
use evertill_sync::till::CarriedOf;
use leptos::task::spawn_local;

use super::file::FILE_BYTES_MAX;
use crate::{
    device::file,
    format,
    shop::Shop,
    widgets::{button::Button, chip::Mood, field::FileField, icon::Icon, notice::Notice},
    words::sync as say,
};

/// The card; read anew whenever the queue changes.
#[component]
pub fn Carried() -> impl IntoNode {
    let shop = Shop::here();
    let groups = RwSignal::new(Vec::<CarriedOf>::new());
    let known = RwSignal::new(None::<Vec<TerminalRow>>);
    let saved = RwSignal::new(None::<Id<id::Terminal>>);
    Effect::new(move |_| {
        shop.follow_journal();
        spawn_local(async move {
            if let Ok(found) = shop.carried().await {
                groups.set(found);
            }
        });
    });
    // What the ERP says of them may change when it answers again.
    Effect::new(move |_| {
        let _ = shop.offline_since_ms();
        spawn_local(async move { known.set(shop.known_terminals().await) });
    });
    view! {
        <section class="card" data-testid="carried">
            <h2>{say::CARRIED}</h2>
            <p class="soft">{say::CARRIED_TEXT}</p>
            <For each=move || groups.get() key=|of| (of.terminal, of.entries) let(of)>
                <Group of=of known=known saved=saved />
            </For>
        </section>
    }
}

#[component]
fn Group(
    of: CarriedOf,
    known: RwSignal<Option<Vec<TerminalRow>>>,
    /// Whose entries were saved last: that file is asked for.
    saved: RwSignal<Option<Id<id::Terminal>>>,
) -> impl IntoNode {
    let shop = Shop::here();
    let terminal = of.terminal;
    let said = RwSignal::new(None::<(Mood, String)>);
    let number = terminal.to_string();
    let since = of.since_ms.map(|since_ms| format::moment(since_ms, crate::sales::now_ms()));
    let title =
        say::carried_of(&of.short_code, number.get(..8).unwrap_or_default(), of.entries, since.as_deref());
    let why = move || match known
        .with(|known| known.as_ref().map(|rows| rows.iter().any(|row| row.id == terminal)))
    {
        Some(false) => say::CARRIED_UNKNOWN,
        _ if shop.offline_since_ms().is_some() => say::CARRIED_OFFLINE,
        _ => say::CARRIED_UNTOLD,
    };
    let save = move |_| {
        spawn_local(async move {
            said.set(Some(match shop.export_carried(terminal).await {
                Ok(export) if file::save(&export.file_name, "application/json", &export.text).is_ok() => {
                    saved.set(Some(terminal));
                    (Mood::Good, say::carried_saved((export.entries + export.unreadable) as u64))
                }
                Ok(_) => (Mood::Bad, say::EXPORT_FAILED.to_owned()),
                Err(error) => (Mood::Bad, error.to_string()),
            }));
        });
    };
    let toasts = crate::widgets::notice::Toasts::here();
    let give_back = Callback::new(move |chosen: web_sys::File| {
        spawn_local(async move {
            let Ok(text) = file::read(&chosen, FILE_BYTES_MAX).await else {
                return said.set(Some((Mood::Bad, say::reset_bad_file(say::FILE_UNREADABLE))));
            };
            match shop.give_back_carried(terminal, &text).await {
                // The row goes with them.
                Ok(entries) => toasts.say(Mood::Good, say::carried_gone(entries)),
                Err(error) => said.set(Some((Mood::Bad, say::reset_bad_file(&error.to_string())))),
            }
        });
    });
    view! {
        <div class="part" data-testid="carried-of" data-terminal=number.clone()>
            <p class="strong">{title}</p>
            <p>{why}</p>
            <div class="buttons">
                <Button on:click=save attr:data-testid="carried-save">
                    <Icon name="download" />
                    {say::CARRIED_SAVE}
                </Button>
            </div>
            <Show when=move || saved.get() == Some(terminal)>
                <FileField id="carried-check" label=say::CARRIED_CHOOSE accept=".json,application/json" taken=give_back />
            </Show>
            {move || said.get().map(|(mood, text)| view! { <Notice mood=mood text=Signal::derive(move || text.clone()) /> })}
        </div>
    }
}
