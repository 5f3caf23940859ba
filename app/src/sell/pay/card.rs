//! A card that was taken on the bank's own terminal: its amount and the slip's reference.

use crate::markup::view;
use crate::reactive::prelude::*;

use super::amount::width_class;
use crate::{
    format,
    shell::focus_when_there,
    widgets::button::{Button, Look, Size},
    words::sell as say,
};

/// Asks for the reference of `amount_minor` paid by card.
#[component]
pub fn CardForm(
    amount_minor: i64,
    #[prop(into)] busy: Signal<bool>,
    take: Callback<String>,
    back: Callback<()>,
) -> impl IntoNode {
    let amount = format::money(amount_minor);
    let reference = RwSignal::new(String::new());
    let focus = NodeRef::<leptos::html::Input>::new();
    focus_when_there(move || focus.get().map(Into::into));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        take.run(reference.get_untracked());
    };
    view! {
        <form class="part" on:submit=submit>
            <h3>{say::CARD_BY_HAND}</h3>
            <div class=format!("amount-box {}", width_class(&amount))>
                <span>{amount}</span>
            </div>
            <div class="field">
                <label for="card-reference">{say::REFERENCE}</label>
                <input
                    id="card-reference"
                    data-testid="card-reference"
                    type="text"
                    maxlength="64"
                    autocomplete="off"
                    spellcheck="false"
                    node_ref=focus
                    prop:value=move || reference.get()
                    on:input=move |event| reference.set(event_target_value(&event))
                />
                <span class="hint">{say::REFERENCE_HINT}</span>
            </div>
            <div class="end-row">
                <Button size=Size::Tall on:click=move |_| back.run(())>{say::BACK}</Button>
                <Button look=Look::Main size=Size::Tall submit=true disabled=busy attr:data-testid="card-take">{say::CARD_TAKEN}</Button>
            </div>
        </form>
    }
}
