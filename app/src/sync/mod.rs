//! What has reached the ERP and what has not, entry by entry; and what this device needs to keep it safe.

mod carried;
mod file;
mod leave;
mod queue;
mod storage;

use crate::markup::view;
use crate::reactive::prelude::*;

use crate::{
    format,
    shop::Shop,
    widgets::{
        button::{Button, Look},
        chip::Mood,
        icon::Icon,
        notice::Notice,
    },
    words::sync as say,
};

/// The page.
#[component]
pub fn SyncPage() -> impl IntoNode {
    let shop = Shop::here();
    let oldest = move || {
        let queue = shop.queue();
        queue.oldest_ms.map_or_else(
            || say::NONE.to_owned(),
            |at| crate::words::age(shop.now_ms().saturating_sub(at) / 1_000),
        )
    };
    let contact = move || match shop.offline_since_ms() {
        Some(since) => say::offline_since(&format::moment(since, shop.now_ms())),
        None => say::ANSWERS.to_owned(),
    };
    view! {
        <div class="page">
            <div class="page-in" data-testid="page-sync">
                <header class="page-head">
                    <div class="titles">
                        <h1>{say::TITLE}</h1>
                        <p class="soft">{say::INTRO}</p>
                    </div>
                    <Button look=Look::Main disabled=Signal::derive(move || shop.syncing()) on:click=move |_| shop.sync_now() attr:data-testid="sync-now">
                        <Icon name="sync" />
                        {move || if shop.syncing() { say::SYNCING } else { say::SYNC_NOW }}
                    </Button>
                </header>
                {move || shop.trouble().map(|why| view! { <Notice mood=Mood::Bad text=Signal::derive(move || say::trouble(&why)) /> })}
                <div class="figures">
                    <Figure words=say::WAITING value=Signal::derive(move || format::count(shop.queue().pending)) class=Signal::derive(move || figure_class(shop.queue().pending, "figure wait")) />
                    <Figure words=say::OLDEST value=Signal::derive(oldest) class="figure" />
                    <Figure words=say::FAILED value=Signal::derive(move || format::count(shop.queue().failed)) class=Signal::derive(move || figure_class(shop.queue().failed, "figure bad")) />
                    <Show when=move || { shop.queue().carried > 0 }>
                        <Figure words=say::CARRIED value=Signal::derive(move || format::count(shop.queue().carried)) class="figure wait" />
                    </Show>
                </div>
                <section class="card">
                    <h2>{say::JOURNAL}</h2>
                    <Heads />
                    <p class="soft small">{contact}</p>
                </section>
                <queue::Queue />
                <Show when=move || { shop.queue().carried > 0 }>
                    <carried::Carried />
                </Show>
                <div class="cards">
                    <storage::Storage />
                    <file::QueueFile />
                </div>
                <leave::Leave />
            </div>
        </div>
    }
}

fn figure_class(number: u64, some: &'static str) -> &'static str {
    if number == 0 { "figure" } else { some }
}

#[component]
fn Figure(
    words: &'static str,
    value: Signal<String>,
    #[prop(into)] class: Signal<&'static str>,
) -> impl IntoNode {
    view! {
        <div class=class>
            <b>{move || value.get()}</b>
            <span>{words}</span>
        </div>
    }
}

/// One line for each epoch this device wrote in: mostly one.
#[component]
fn Heads() -> impl IntoNode {
    let shop = Shop::here();
    shop.follow_missing();
    move || {
        let heads = shop.queue().heads;
        if heads.is_empty() {
            return view! { <p class="journal-line" data-testid="journal-head">{say::journal(0, 0, 0)}</p> }
                .into_node();
        }
        heads
            .into_iter()
            .map(|head| {
                let acknowledged = head.issued.saturating_sub(head.waiting);
                view! {
                    <p class="journal-line" data-testid="journal-head" data-epoch=head.epoch.to_string()>
                        <span class="soft">{shop.terminal_label(head.epoch)} ": "</span>
                        {say::journal(head.issued, acknowledged, shop.missing(head.epoch))}
                    </p>
                }
            })
            .collect::<Vec<_>>()
            .into_node()
    }
}
