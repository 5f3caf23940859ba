//! A table in a frame that scrolls sideways before it squeezes, and a foot for paging.

use crate::markup::view;
use crate::reactive::prelude::*;

use super::button::Button;
use crate::words;

/// The head of one column.
#[derive(Clone, Copy)]
pub struct Column {
    words: &'static str,
    number: bool,
}

impl Column {
    /// A column of words.
    pub const fn text(words: &'static str) -> Self {
        Column { words, number: false }
    }

    /// A column of figures, set flush to the end.
    pub const fn number(words: &'static str) -> Self {
        Column { words, number: true }
    }
}

/// A framed table with `caption` for those who hear it; rows are the children.
#[component]
pub fn Table(caption: &'static str, columns: Vec<Column>, children: Children) -> impl IntoNode {
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label=caption>
            <table class="table">
                <caption class="only-spoken">{caption}</caption>
                <thead>
                    <tr>
                        {columns
                            .into_iter()
                            .map(|column| view! { <th scope="col" class:num=column.number>{column.words}</th> })
                            .collect::<Vec<_>>()}
                    </tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// The foot of a list that is read page by page: how many are shown, and the next page while there is one.
#[component]
pub fn TableFoot(
    #[prop(into)] shown: Signal<usize>,
    #[prop(into)] more: Signal<bool>,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] next: Callback<()>,
) -> impl IntoNode {
    view! {
        <div class="table-foot">
            <span class="soft small" role="status">{move || words::list::shown(shown.get())}</span>
            <Show when=move || more.get()>
                <Button disabled=busy on:click=move |_| next.run(()) attr:data-testid="more">{words::list::MORE}</Button>
            </Show>
        </div>
    }
}
