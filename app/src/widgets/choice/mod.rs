//! Large radio buttons: one of a few ways to go on, each with a sentence about what it means.

use crate::markup::view;
use crate::reactive::prelude::*;

/// A group named `name`; `ways` are (value, words, explanation).
#[component]
pub fn Choice(
    name: &'static str,
    legend: &'static str,
    value: RwSignal<&'static str>,
    ways: Vec<(&'static str, &'static str, &'static str)>,
) -> impl IntoNode {
    view! {
        <fieldset class="choice">
            <legend>{legend}</legend>
            {ways
                .into_iter()
                .map(|(key, words, about)| {
                    view! {
                        <label>
                            <input type="radio" name=name value=key prop:checked=move || value.get() == key on:change=move |_| value.set(key) />
                            <span class="strong">{words}</span>
                            <small>{about}</small>
                        </label>
                    }
                })
                .collect::<Vec<_>>()}
        </fieldset>
    }
}
