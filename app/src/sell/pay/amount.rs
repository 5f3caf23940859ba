//! Another amount of cash, on the pad or the keyboard, with the change it would make.

use crate::markup::view;
use crate::reactive::prelude::*;
use leptos::html;

use crate::{
    format,
    sell::scanner::TypedAmount,
    shell::focus_when_there,
    widgets::{
        button::{Button, Look, Size},
        keypad::{Keypad, pad_key, pressed},
    },
    words::sell as say,
};

/// Asks for an amount; less than `due_minor` is the first part of a split.
#[component]
pub fn AmountEntry(
    due_minor: i64,
    #[prop(into)] busy: Signal<bool>,
    take: Callback<i64>,
    back: Callback<()>,
) -> impl IntoNode {
    let amount = RwSignal::new(0_i64);
    let outcome = move || match amount.get() - due_minor {
        0.. => say::change_preview(&format::money(amount.get() - due_minor)),
        short => say::missing(&format::money(-short)),
    };
    let keys = move |event: web_sys::KeyboardEvent| {
        let on_button = event_target::<web_sys::Element>(&event).tag_name() == "BUTTON";
        if event.key() == "Enter" && !event.repeat() && !on_button {
            event.prevent_default();
            event.stop_propagation();
            take.run(amount.get_untracked());
        } else {
            typed(&event, amount);
        }
    };
    view! {
        <section class="part" on:keydown=keys>
            <h3>{say::CASH}</h3>
            <AmountBox amount=amount outcome=Signal::derive(outcome) />
            <Keypad press=Callback::new(move |key| amount.update(|now| *now = pressed(*now, key))) />
            <div class="end-row">
                <Button size=Size::Tall on:click=move |_| back.run(())>{say::BACK}</Button>
                <Button look=Look::Main size=Size::Tall disabled=busy on:click=move |_| take.run(amount.get_untracked()) attr:data-testid="amount-take">
                    {say::TAKE_CASH}
                </Button>
            </div>
        </section>
    }
}

/// What was typed so far and what it leads to. It has the focus, for the keyboard.
#[component]
pub fn AmountBox(amount: RwSignal<i64>, outcome: Signal<String>) -> impl IntoNode {
    TypedAmount::goes_into(amount);
    let focus = NodeRef::<html::Div>::new();
    focus_when_there(move || focus.get().map(Into::into));
    let text = Signal::derive(move || format::money(amount.get()));
    view! {
        <div class=move || format!("amount-box {}", width_class(&text.get())) data-testid="amount" tabindex="0" node_ref=focus role="status" aria-label=say::AMOUNT>
            <span>{move || text.get()}</span>
            <small>{move || outcome.get()}</small>
        </div>
    }
}

/// The class that has an amount fit a phone: what is wide in the type for amounts is set in a smaller one.
pub fn width_class(amount: &str) -> &'static str {
    match amount.chars().count() {
        0..=11 => "",
        12..=17 => "long",
        _ => "longer",
    }
}

/// Digits and Backspace of the keyboard mean what they mean on the pad.
pub fn typed(event: &web_sys::KeyboardEvent, amount: RwSignal<i64>) {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return;
    }
    if let Some(key) = pad_key(&event.key()) {
        event.prevent_default();
        amount.update(|now| *now = pressed(*now, key));
    }
}
