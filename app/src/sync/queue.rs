//! The queue, oldest first: each entry with its state, since when, and why.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_sync::{rows::Position, till::LocalEntry};
use leptos::task::spawn_local;

use crate::{
    format,
    listing::PAGE_ROWS,
    sales::state_words,
    shop::{Shop, entry::sale_of},
    widgets::{
        chip::Chip,
        empty::Empty,
        table::{Column, Table, TableFoot},
    },
    words::sync as say,
};

/// The list; read anew whenever the queue changes.
#[component]
pub fn Queue() -> impl IntoNode {
    let shop = Shop::here();
    let rows = RwSignal::new(Vec::<LocalEntry>::new());
    let end = RwSignal::new(true);
    let busy = RwSignal::new(false);
    let again = StoredValue::new(false);
    let load = StoredValue::new(None::<std::rc::Rc<dyn Fn(Option<Position>)>>);
    let run = move |after: Option<Position>| {
        if busy.get_untracked() {
            // One more reading when this one is done: what it reads may be old by then.
            again.set_value(after.is_none());
            return;
        }
        busy.set(true);
        spawn_local(async move {
            if let Ok(mut page) = shop.queue_page(after, PAGE_ROWS).await {
                end.set(page.len() < PAGE_ROWS as usize);
                let _ = rows.try_update(|rows| {
                    if after.is_none() {
                        rows.clear();
                    }
                    rows.append(&mut page);
                });
            }
            busy.set(false);
            if again.try_get_value() == Some(true) {
                again.set_value(false);
                if let Some(load) = load.get_value() {
                    load(None);
                }
            }
        });
    };
    load.set_value(Some(std::rc::Rc::new(run)));
    Effect::new(move |_| {
        shop.follow_journal();
        run(None);
    });
    let shown = Signal::derive(move || rows.with(Vec::len));
    view! {
        <section class="card">
            <h2>{say::QUEUE}</h2>
            <Show when=move || shown.get() == 0>
                <Empty icon="check" title=say::QUEUE_EMPTY text=say::QUEUE_EMPTY_TEXT />
            </Show>
            <Show when=move || { shown.get() > 0 }>
                <Table caption=say::QUEUE columns=vec![Column::number(say::NUMBER), Column::text(say::RECEIPT), Column::number(say::TOTAL), Column::text(say::STATE), Column::text(say::SINCE)]>
                    <For each=move || rows.get() key=|row| (row.position, state_words(&row.state, 0).since) let(row)>
                        <Row row=row />
                    </For>
                </Table>
                <TableFoot
                    shown=shown
                    more=Signal::derive(move || !end.get())
                    busy=busy
                    next=move |()| run(rows.with_untracked(|rows| rows.last().map(|row| row.position)))
                />
            </Show>
        </section>
    }
}

#[component]
fn Row(row: LocalEntry) -> impl IntoNode {
    let words = state_words(&row.state, crate::sales::now_ms());
    let (mood, word) = (words.mood, words.word);
    let entry = row.row.as_ref().map(|row| &row.entry);
    let total = entry.and_then(sale_of).map(|sale| format::money(sale.total_minor));
    let receipt = say::name(entry);
    let link = match entry {
        Some(entry) => {
            view! { <a class="row-link" href=format!("/sales/{}", entry.id)>{receipt}</a> }
        }
        None => view! { <span>{receipt}</span> },
    };
    view! {
        <tr data-testid="queue-row" data-seq=row.position.seq.to_string() data-state=word>
            <td class="num" data-name=say::NUMBER>{format::count(row.position.seq)}</td>
            <td>{link}</td>
            <td class="num">{total}</td>
            <td><Chip mood=mood text=Signal::derive(move || word.to_owned()) /></td>
            <td class="entry-why">{words.since}</td>
        </tr>
    }
}
