//! The screen that nobody may mistake for a sale: the commit failed, nothing was sold, the cart is as it was.

use crate::markup::view;
use crate::reactive::prelude::*;
use leptos::html;

use super::desk::{Desk, NotSaved};
use crate::{
    shell::focus_when_there,
    words::{self, sell as say},
};

/// Covers everything. Try again has the focus.
#[component]
pub fn NotSavedScreen(failure: NotSaved, #[prop(into)] busy: Signal<bool>) -> impl IntoNode {
    let desk = Desk::here();
    let again = NodeRef::<html::Button>::new();
    focus_when_there(move || again.get().map(Into::into));
    let reason = if failure.no_room { say::NOT_SAVED_QUOTA.to_owned() } else { failure.why };
    view! {
        <div class="not-saved" role="alertdialog" aria-modal="true" aria-labelledby="not-saved-title" aria-describedby="not-saved-text" data-testid="not-saved">
            <div class="in">
                <h1 id="not-saved-title">{say::NOT_SAVED}</h1>
                <p id="not-saved-text">{say::NOT_SAVED_TEXT}</p>
                <p class="strong">{reason}</p>
                <div class="buttons">
                    <button type="button" class="button tall" node_ref=again data-testid="not-saved-again" disabled=move || busy.get() on:click=move |_| desk.try_again()>
                        {words::TRY_AGAIN}
                    </button>
                    <button type="button" class="button tall" data-testid="not-saved-back" disabled=move || busy.get() on:click=move |_| desk.back_to_payment()>
                        {say::BACK_TO_PAYMENT}
                    </button>
                </div>
            </div>
        </div>
    }
}
