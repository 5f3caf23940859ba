//! A progress bar with counts, for work that takes longer than a breath. It can always be left.

use crate::markup::view;
use crate::reactive::prelude::*;

/// Words on one side, counts on the other, a bar below. `total` 0 means that the end is not known yet.
#[component]
pub fn Progress(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] done: Signal<u64>,
    #[prop(into)] total: Signal<u64>,
) -> impl IntoNode {
    let counts = move || match (done.get(), total.get()) {
        (done, 0) => crate::format::count(done),
        (done, total) => format!("{} / {}", crate::format::count(done), crate::format::count(total)),
    };
    view! {
        <div class="progress" data-testid="progress">
            <div class="words">
                <span>{move || label.get()}</span>
                <span class="num">{counts}</span>
            </div>
            <progress
                aria-label=move || label.get()
                max=move || total.get().max(1).to_string()
                value=move || (total.get() > 0).then(|| done.get().to_string())
            ></progress>
        </div>
    }
}
