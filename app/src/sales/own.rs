//! This till's own sales, newest first, out of IndexedDB: with or without a network, with the state of each.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_sync::{rows::Position, till::LocalEntry};
use leptos::task::spawn_local;

use super::state_words;
use crate::{
    format,
    listing::PAGE_ROWS,
    shop::{Shop, entry::sale_of},
    widgets::{
        chip::{Chip, Mood},
        empty::Empty,
        table::{Column, Table, TableFoot},
    },
    words::{sales as say, sync},
};

/// The list. It is read anew whenever the journal or the queue changed.
#[component]
pub fn OwnSales() -> impl IntoNode {
    let shop = Shop::here();
    let rows = RwSignal::new(Vec::<LocalEntry>::new());
    let end = RwSignal::new(false);
    let loaded = RwSignal::new(false);
    let busy = RwSignal::new(false);
    // As many rows as were in view stay in view after a change.
    let wanted = RwSignal::new(PAGE_ROWS);
    let load = move |before: Option<Position>, limit: u32| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            if let Ok(mut page) = shop.journal_page(before, limit).await {
                end.set(page.len() < limit as usize);
                let _ = rows.try_update(|rows| {
                    if before.is_none() {
                        rows.clear();
                    }
                    rows.append(&mut page);
                });
            }
            loaded.set(true);
            busy.set(false);
        });
    };
    Effect::new(move |_| {
        shop.follow_journal();
        load(None, wanted.get_untracked());
    });
    let more = move |()| {
        wanted.update(|wanted| *wanted += PAGE_ROWS);
        load(rows.with_untracked(|rows| rows.last().map(|row| row.position)), PAGE_ROWS);
    };
    let shown = Signal::derive(move || rows.with(Vec::len));
    view! {
        <Show when=move || loaded.get() && shown.get() == 0>
            <Empty icon="receipt" title=say::NONE text=say::NONE_TEXT />
        </Show>
        <Show when=move || { shown.get() > 0 }>
            <Table
                caption=say::TITLE
                columns=vec![
                    Column::text(say::NUMBER),
                    Column::text(say::WHEN),
                    Column::number(say::LINES),
                    Column::number(say::TOTAL),
                    Column::text(say::STATE),
                ]
            >
                <For each=move || rows.get() key=|row| (row.position, state_key(row)) let(row)>
                    <Row row=row />
                </For>
            </Table>
            <TableFoot shown=shown more=Signal::derive(move || !end.get()) busy=busy next=more />
        </Show>
    }
}

/// What makes a row another one: its state and since when.
fn state_key(row: &LocalEntry) -> (&'static str, String) {
    let words = state_words(&row.state, 0);
    (words.word, words.since)
}

#[component]
fn Row(row: LocalEntry) -> impl IntoNode {
    let words = state_words(&row.state, super::now_ms());
    let entry = row.row.as_ref().map(|row| &row.entry);
    let sale = entry.and_then(sale_of);
    let number = sync::name(entry);
    let id = entry.map(|entry| entry.id.to_string()).unwrap_or_default();
    let href = format!("/sales/{id}");
    let when = row.row.as_ref().map(|row| format::date_time(row.committed_at_ms));
    let (mood, word): (Mood, &'static str) = (words.mood, words.word);
    let link = if sale.is_some() {
        view! { <a class="row-link" href=href>{number.clone()}</a> }.into_node()
    } else {
        view! { <span>{number.clone()}</span> }.into_node()
    };
    view! {
        <tr data-testid="sale-row" data-id=id data-seq=row.position.seq.to_string() data-epoch=row.position.epoch.to_string() data-receipt=number data-state=word>
            <td>{link}</td>
            <td class="nowrap">{when}</td>
            <td class="num" data-name=say::LINES>{sale.as_ref().map(|sale| format::count(sale.lines.len() as u64))}</td>
            <td class="num">{sale.as_ref().map(|sale| format::money(sale.total_minor))}</td>
            <td>
                <Chip mood=mood text=Signal::derive(move || word.to_owned()) />
                " "
                <span class="entry-why">{words.since}</span>
            </td>
        </tr>
    }
}
