//! The keys of the till, wherever the focus is, and the list that explains them.

use crate::markup::view;
use crate::reactive::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, KeyboardEvent};

use super::{
    desk::{Desk, Picture},
    find::Finder,
};
use crate::{
    shell::focus_by_id,
    widgets::dialog::{Layer, Place, active_element, layer_open},
    words::sell as say,
};

/// What the keys act on.
#[derive(Clone, Copy)]
pub struct Keys {
    pub desk: Desk,
    pub finder: Finder,
    pub list: RwSignal<bool>,
}

impl Keys {
    /// Acts on a key that no scanner sent; answers whether it used it. A `hurried` Enter or Space came right behind other
    /// keys, as at the end of a code too short for a scan: while money is taken, it confirms nothing.
    pub fn pressed(self, event: &KeyboardEvent, hurried: bool) -> bool {
        let picture = untrack(|| self.desk.picture());
        if hurried && matches!(picture, Picture::Paying | Picture::NotSaved) {
            let in_field = active_element().is_some_and(|element| element.has_type::<HtmlInputElement>());
            return event.key() == "Enter" || !in_field;
        }
        if event.ctrl_key() || event.alt_key() || event.meta_key() || event.is_composing() {
            return false;
        }
        if picture != Picture::Selling || layer_open() {
            return false;
        }
        let in_search = active_element().is_some_and(|element| element.id() == "search");
        let in_field =
            !in_search && active_element().is_some_and(|element| element.has_type::<HtmlInputElement>());
        // In the search, signs act on the sale only while nothing is being typed there.
        let free = !in_field && (!in_search || self.finder.query().is_empty());
        match event.key().as_str() {
            "F2" => {
                focus_by_id("search");
                true
            }
            "F4" => {
                self.desk.begin_payment();
                true
            }
            "PageDown" if !in_field => {
                self.desk.choose_by(1);
                true
            }
            "PageUp" if !in_field => {
                self.desk.choose_by(-1);
                true
            }
            "/" if free => {
                focus_by_id("search");
                true
            }
            "?" if free => {
                self.list.set(true);
                true
            }
            "+" if free => self.on_chosen(|desk, place| desk.change_by(place, 1)),
            "-" if free => self.on_chosen(|desk, place| desk.change_by(place, -1)),
            "Delete" if free => self.on_chosen(Desk::remove),
            "*" if free => self.on_chosen(|_, _| focus_quantity()),
            "Escape" if in_field => {
                focus_by_id("search");
                true
            }
            key if !in_search && !in_field && key.chars().count() == 1 && key != " " => {
                // Typing from anywhere is a search; the key itself lands in the field that has the focus now.
                focus_by_id("search");
                false
            }
            _ => false,
        }
    }

    fn on_chosen(self, act: impl FnOnce(Desk, usize)) -> bool {
        let chosen = untrack(|| self.desk.chosen());
        if let Some(place) = chosen {
            act(self.desk, place);
        }
        chosen.is_some()
    }
}

fn focus_quantity() {
    let field = document().query_selector(".cart-line.chosen [data-testid='qty-input']").ok().flatten();
    if let Some(field) = field.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        drop(field.focus());
    }
}

/// The list of keys.
#[component]
pub fn KeyList(shown: RwSignal<bool>) -> impl IntoNode {
    view! {
        <Show when=move || shown.get()>
            <Layer label=say::KEYS place=Place::Middle close=Callback::new(move |()| shown.set(false))>
                <div class="keys">
                    {say::KEY_LIST
                        .into_iter()
                        .map(|(key, what)| {
                            view! {
                                <kbd>{key}</kbd>
                                <span>{what}</span>
                            }
                        })
                        .collect::<Vec<_>>()}
                </div>
            </Layer>
        </Show>
    }
}
