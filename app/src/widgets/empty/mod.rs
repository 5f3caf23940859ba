//! The state of having nothing: it says so, says why, and what could be done.

use crate::markup::view;
use crate::reactive::prelude::*;

use super::icon::Icon;

/// A picture, a line and a sentence; actions as children.
#[component]
pub fn Empty(
    icon: &'static str,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoNode {
    view! {
        <div class="empty">
            <Icon name=icon large=true />
            <b>{title}</b>
            <p>{text}</p>
            {children.map(|children| view! { <div class="buttons">{children()}</div> })}
        </div>
    }
}
