//! Chips: a state as words and colour, never colour alone.

use crate::markup::view;
use crate::reactive::prelude::*;

/// What a state means for the shop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// Just so.
    #[default]
    Plain,
    /// Done, safe.
    Good,
    /// On its way; nothing to do.
    Wait,
    /// A person must look.
    Bad,
}

impl Mood {
    /// The class that colours chips, notices and figures.
    pub fn class(self) -> &'static str {
        match self {
            Mood::Plain => "",
            Mood::Good => "good",
            Mood::Wait => "wait",
            Mood::Bad => "bad",
        }
    }
}

/// A state in words.
#[component]
pub fn Chip(#[prop(into)] mood: Signal<Mood>, #[prop(into)] text: Signal<String>) -> impl IntoNode {
    view! { <span class=move || format!("chip {}", mood.get().class())>{move || text.get()}</span> }
}
