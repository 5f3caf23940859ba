//! The queue as a file: out of a till that cannot reach the ERP, into one that can.

use crate::markup::view;
use crate::reactive::prelude::*;
use leptos::task::spawn_local;

use crate::{
    device::file,
    shop::Shop,
    widgets::{button::Button, chip::Mood, field::FileField, icon::Icon, notice::Notice},
    words::sync as say,
};

/// A file of a million sales would be larger; nobody carries that.
pub const FILE_BYTES_MAX: u32 = 512 * 1024 * 1024;

/// The card.
#[component]
pub fn QueueFile() -> impl IntoNode {
    let shop = Shop::here();
    let said = RwSignal::new(None::<(Mood, String)>);
    let export = move |_| {
        spawn_local(async move {
            said.set(Some(match shop.export_outbox().await {
                Ok(export) => {
                    let (entries, unreadable) = (export.entries as u64, export.unreadable as u64);
                    let carts = export.carts as u64;
                    let nothing = entries + unreadable + carts == 0;
                    if nothing || file::save(&export.file_name, "application/json", &export.text).is_ok() {
                        let mood = match unreadable {
                            0 if nothing => Mood::Plain,
                            0 => Mood::Good,
                            _ => Mood::Bad,
                        };
                        (mood, say::exported(entries, unreadable, carts))
                    } else {
                        (Mood::Bad, say::EXPORT_FAILED.to_owned())
                    }
                }
                Err(error) => (Mood::Bad, error.to_string()),
            }));
        });
    };
    let import = Callback::new(move |chosen: web_sys::File| {
        spawn_local(async move {
            let Ok(text) = file::read(&chosen, FILE_BYTES_MAX).await else {
                said.set(Some((Mood::Bad, say::import_failed(say::FILE_UNREADABLE))));
                return;
            };
            if shop.is_of_no_terminal(&text).await {
                return said.set(Some((Mood::Bad, say::import_failed(say::NO_SUCH_TERMINAL))));
            }
            said.set(Some(match shop.import_outbox(&text).await {
                Ok(imported) => (
                    Mood::Good,
                    say::imported(&imported.short_code, imported.added as u64, imported.known as u64),
                ),
                Err(error) => (Mood::Bad, say::import_failed(&error.to_string())),
            }));
        });
    });
    view! {
        <section class="card">
            <h2>{say::FILE}</h2>
            <p class="soft">{say::FILE_TEXT}</p>
            <div class="buttons">
                <Button on:click=export attr:data-testid="outbox-export">
                    <Icon name="download" />
                    {say::EXPORT}
                </Button>
            </div>
            <FileField id="outbox-import" label=say::IMPORT accept=".json,application/json" taken=import />
            {move || said.get().map(|(mood, text)| view! { <Notice mood=mood text=Signal::derive(move || text.clone()) /> })}
        </section>
    }
}
