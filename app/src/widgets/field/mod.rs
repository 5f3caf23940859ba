//! Labelled fields: a name that is always there, a hint under it, and the reason when a value will not do.

use crate::markup::view;
use crate::reactive::prelude::*;

/// A text field bound to `value`. `wrong` empty means that the value will do.
#[component]
pub fn Field(
    /// Unique in the document; ties the label, hint and reason to the input.
    #[prop(into)]
    id: String,
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] wrong: Signal<String>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "text")] inputmode: &'static str,
    #[prop(optional)] required: bool,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] list: Option<&'static str>,
) -> impl IntoNode {
    let note = format!("{id}-note");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id
                type=kind
                inputmode=inputmode
                autocomplete=autocomplete
                required=required
                list=list
                spellcheck="false"
                aria-describedby=note.clone()
                aria-invalid=move || wrong.with(|text| (!text.is_empty()).to_string())
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
            <span id=note>
                {move || {
                    let text = wrong.get();
                    if text.is_empty() {
                        view! { <span class="hint">{hint.clone()}</span> }.into_node()
                    } else {
                        view! { <span class="wrong" role="alert">{text}</span> }.into_node()
                    }
                }}
            </span>
        </div>
    }
}

/// One of several values out of a short list; `options` are (value, words).
#[component]
pub fn Select(
    id: &'static str,
    #[prop(into)] label: String,
    value: RwSignal<String>,
    options: Vec<(String, String)>,
) -> impl IntoNode {
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <select id=id on:change=move |event| value.set(event_target_value(&event)) prop:value=move || value.get()>
                {options
                    .into_iter()
                    .map(|(key, words)| {
                        let chosen = key.clone();
                        view! { <option value=key selected=move || value.with(|now| *now == chosen)>{words}</option> }
                    })
                    .collect::<Vec<_>>()}
            </select>
        </div>
    }
}

/// A switch with its words beside it.
#[component]
pub fn Check(
    #[prop(into)] label: String,
    #[prop(into)] checked: Signal<bool>,
    #[prop(into)] change: Callback<bool>,
) -> impl IntoNode {
    view! {
        <label class="check">
            <input type="checkbox" prop:checked=move || checked.get() on:change=move |event| change.run(event_target_checked(&event)) />
            <span>{label}</span>
        </label>
    }
}

/// A file that the person chooses; `taken` gets it each time. `accept` as in HTML.
#[component]
pub fn FileField(
    id: &'static str,
    #[prop(into)] label: String,
    accept: &'static str,
    taken: Callback<web_sys::File>,
) -> impl IntoNode {
    use wasm_bindgen::JsCast;
    let name = RwSignal::new(String::new());
    let change = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        if let Some(input) = input {
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                name.set(file.name());
                taken.run(file);
            }
            // Choosing the same file again must be an event again.
            input.set_value("");
        }
    };
    view! {
        <div class="field">
            <span class="pair">
                <input id=id type="file" class="only-spoken" accept=accept on:change=change />
                <label for=id class="button">{label}</label>
                <span class="hint">{move || name.get()}</span>
            </span>
        </div>
    }
}
