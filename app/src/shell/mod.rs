//! The frame around every page: bar, notices that concern the whole till, the page, passing words.

mod bar;
mod chip;
mod clock;
pub mod not_found;
mod ribbon;

use crate::markup::view;
use crate::reactive::prelude::*;
use wasm_bindgen::JsCast;

use crate::{widgets::notice::ToastShelf, words::nav as say};
use bar::Bar;
use ribbon::Ribbon;

/// Bar, ribbon and the page as children.
#[component]
pub fn Shell(children: Children) -> impl IntoNode {
    view! {
        <div class="shell">
            <a class="skip" href="#page">{say::SKIP}</a>
            <Bar />
            <Ribbon />
            <main class="page-frame" id="page" tabindex="-1">{children()}</main>
        </div>
        <ToastShelf />
    }
}

/// Puts the focus on an element as soon as it is in the document. The `autofocus` attribute works once per page.
pub fn focus_when_there(element: impl Fn() -> Option<web_sys::HtmlElement> + 'static) {
    Effect::new(move |_| {
        if let Some(element) = element() {
            drop(element.focus());
        }
    });
}

/// Puts the focus on the element with this id, if it is there.
pub fn focus_by_id(id: &str) {
    let element =
        document().get_element_by_id(id).and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        drop(element.focus());
    }
}
