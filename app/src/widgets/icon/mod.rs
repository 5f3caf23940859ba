//! Icons out of the sprite that lies in the page itself (`public/sprite.svg`). Shapes are Lucide's (ISC licence), the
//! mark is ours.

use crate::markup::view;
use crate::reactive::prelude::*;

/// One icon by the name it has in the sprite. It is decoration: the control around it has the words.
#[component]
pub fn Icon(name: &'static str, #[prop(optional)] large: bool) -> impl IntoNode {
    let class = if large { "icon large" } else { "icon" };
    view! { <svg class=class aria-hidden="true"><use href=format!("#i-{name}")></use></svg> }
}
