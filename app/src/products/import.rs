//! Importing products from a CSV file: all bad rows at once, nothing half-imported, and a bar while it lasts.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_protocol::{api::ImportAnswer, problem::RowError};
use leptos::task::spawn_local;

use crate::{
    api::{ApiError, Body},
    device::file,
    shop::Shop,
    widgets::{
        button::{Button, Look},
        chip::Mood,
        field::FileField,
        notice::Notice,
        progress::Progress,
        table::{Column, Table},
    },
    words::products as say,
};

/// A larger file is no catalogue of one shop.
pub const CSV_BYTES_MAX: u32 = 32 * 1024 * 1024;
/// How often the ERP is asked how far it is, milliseconds.
const LOOK_EVERY_MS: u64 = 200;
/// The heads of the columns, as the ERP reads them.
const HEADS: &str = "sku,name,barcodes,category,price_minor,tax_rate_ppm,weighed,opening_stock_milli";

/// Why a file was not taken, and what to do.
pub fn unread(why: file::Unread) -> &'static str {
    match why {
        file::Unread::Unreadable => say::UNREADABLE,
        file::Unread::NotUtf8 => say::NOT_UTF8,
    }
}

/// What such a file looks like, with one to begin from.
#[component]
pub fn CsvHelp() -> impl IntoNode {
    let sample = |_| {
        let text = format!("{HEADS}\r\n{}\r\n", say::IMPORT_EXAMPLE);
        drop(file::save("evertill-products.csv", "text/csv", &text));
    };
    view! {
        <p class="soft">{say::IMPORT_TEXT}</p>
        <code class="example">{say::IMPORT_EXAMPLE}</code>
        <div class="buttons">
            <Button on:click=sample attr:data-testid="import-sample">{say::IMPORT_SAMPLE}</Button>
        </div>
    }
}

/// Choosing a file imports it.
#[component]
pub fn ImportProducts(done: Callback<()>, close: Callback<()>) -> impl IntoNode {
    let shop = Shop::here();
    let running = RwSignal::new(None::<String>);
    let far = RwSignal::new(None::<ImportAnswer>);
    let problem = RwSignal::new(None::<ApiError>);
    let answer = RwSignal::new(None::<ImportAnswer>);
    let wrong = RwSignal::new("");
    let take = Callback::new(move |chosen: web_sys::File| {
        if running.get_untracked().is_some() {
            return;
        }
        problem.set(None);
        answer.set(None);
        wrong.set("");
        spawn_local(async move {
            let text = match file::read(&chosen, CSV_BYTES_MAX).await {
                Ok(text) => text,
                Err(why) => return wrong.set(unread(why)),
            };
            let rows = text.lines().filter(|line| !line.trim().is_empty()).count().saturating_sub(1) as u64;
            running.set(Some(say::importing(rows, &chosen.name())));
            far.set(Some(ImportAnswer { rows, ..ImportAnswer::default() }));
            let id = shop.fresh_uuid();
            spawn_local(async move {
                let path = format!("/api/products/import/{id}");
                loop {
                    shop.pause(LOOK_EVERY_MS).await;
                    let now = shop.call("GET", &path, None, Body::None).await;
                    // It may be over meanwhile, or the sheet left and its signals with it.
                    if running.try_get_untracked().flatten().is_none() {
                        return;
                    }
                    if let Some(now) = now.ok().filter(|now: &ImportAnswer| now.rows > 0) {
                        far.set(Some(now));
                    }
                }
            });
            match shop.call("POST", &format!("/api/products/import?id={id}"), None, Body::Csv(text)).await {
                Ok(counts) => {
                    done.run(());
                    answer.set(Some(counts));
                }
                Err(error) => problem.set(Some(error)),
            }
            running.set(None);
        });
    });
    view! {
        <div class="card-form">
            <CsvHelp />
            <FileField id="import-file" label=say::IMPORT_CHOOSE accept=".csv,text/csv" taken=take />
            <Show when=move || running.with(Option::is_some)>
                <Progress
                    label=Signal::derive(move || running.get().unwrap_or_default())
                    done=Signal::derive(move || far.get().map_or(0, |now| if now.written == 0 { now.checked } else { now.written }))
                    total=Signal::derive(move || far.get().map_or(0, |now| now.rows))
                />
            </Show>
            <Show when=move || !wrong.get().is_empty()>
                <Notice mood=Mood::Bad text=Signal::derive(move || wrong.get().to_owned()) />
            </Show>
            {move || {
                problem.get().map(|error| {
                    let rows = match &error {
                        ApiError::Problem(problem) => problem.rows.clone(),
                        ApiError::Unreachable => Vec::new(),
                    };
                    if rows.is_empty() {
                        view! { <Notice mood=Mood::Bad text=Signal::derive(move || error.words(say::OFFLINE)) /> }.into_node()
                    } else {
                        view! { <BadRows rows=rows /> }.into_node()
                    }
                })
            }}
            {move || {
                answer.get().map(|counts| {
                    view! {
                        <Notice mood=Mood::Good text=Signal::derive(move || say::import_counts(counts.created, counts.updated, counts.unchanged))>
                            <Button look=Look::Main on:click=move |_| close.run(()) attr:data-testid="import-done">{crate::words::CLOSE}</Button>
                        </Notice>
                    }
                })
            }}
        </div>
    }
}

/// Every bad row with its line and reason.
#[component]
pub fn BadRows(rows: Vec<RowError>) -> impl IntoNode {
    let sum = say::bad_rows(rows.len() as u64);
    view! {
        <Notice mood=Mood::Bad text=Signal::derive(move || sum.clone()) />
        <div class="bad-rows" data-testid="bad-rows">
            <Table caption=say::REASON columns=vec![Column::number(say::LINE), Column::text(say::FIELD), Column::text(say::REASON)]>
                {rows
                    .into_iter()
                    .map(|row| {
                        view! {
                            <tr>
                                <td class="num" data-name=say::LINE>{row.line.to_string()}</td>
                                <td>{row.field}</td>
                                <td>{row.reason}</td>
                            </tr>
                        }
                    })
                    .collect::<Vec<_>>()}
            </Table>
        </div>
    }
}
