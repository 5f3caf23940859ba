//! Icons out of one sprite that is put into the document once. Shapes are Lucide's (ISC licence), the mark is ours.

use leptos::prelude::*;

/// The sprite itself, invisible; the root view shows it once so that every [`Icon`] can point into it.
#[component]
pub fn Sprite() -> impl IntoView {
    view! { <div hidden inner_html=include_str!("sprite.svg")></div> }
}

/// One icon by the name it has in the sprite. It is decoration: the control around it has the words.
#[component]
pub fn Icon(name: &'static str, #[prop(optional)] large: bool) -> impl IntoView {
    let class = if large { "icon large" } else { "icon" };
    view! { <svg class=class aria-hidden="true"><use href=format!("#i-{name}")></use></svg> }
}
