//! A quantity with one less and one more beside it, and typed in between. Weighed goods take decimals.

use crate::markup::view;
use crate::reactive::prelude::*;

use super::icon::Icon;
use crate::words;

/// What a stepper reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// One less was pressed.
    Less,
    /// One more was pressed.
    More,
    /// A quantity was typed and left; the text as it stands.
    Typed(String),
}

/// A stepper showing `text`; `subject` is what is counted, for its spoken names.
#[component]
pub fn Stepper(
    #[prop(into)] text: Signal<String>,
    #[prop(into)] subject: String,
    decimal: bool,
    step: Callback<Step>,
) -> impl IntoNode {
    let take = move |event: &web_sys::Event| {
        let input = event_target::<web_sys::HtmlInputElement>(event);
        if input.value() != text.get_untracked() {
            step.run(Step::Typed(input.value()));
        }
        // What was refused must not stay: from here on the field shows what holds.
        if let Some(text) = text.try_get_untracked() {
            input.set_value(&text);
        }
    };
    // Enter ends the typing; it must not reach the till, where it means something else.
    let key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" {
            event.stop_propagation();
            take(&event);
        }
    };
    view! {
        <div class="stepper">
            <button type="button" data-testid="qty-minus" aria-label=words::sell::one_less(&subject) on:click=move |_| step.run(Step::Less)>
                <Icon name="minus" />
            </button>
            <input
                type="text"
                data-testid="qty-input"
                inputmode=if decimal { "decimal" } else { "numeric" }
                autocomplete="off"
                aria-label=words::sell::quantity_of(&subject)
                prop:value=move || text.get()
                on:change=move |event| take(&event)
                on:keydown=key
                on:focus=move |event| select_all(&event)
            />
            <button type="button" data-testid="qty-plus" aria-label=words::sell::one_more(&subject) on:click=move |_| step.run(Step::More)>
                <Icon name="plus" />
            </button>
        </div>
    }
}

/// Typing replaces what stands in the field.
fn select_all(event: &web_sys::FocusEvent) {
    use wasm_bindgen::JsCast;
    if let Some(input) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok())
    {
        input.select();
    }
}
