//! Handlers by the name of their event, so that a closure's argument has the event's type, and who calls them.

use wasm_bindgen::{JsCast, closure::Closure, intern};
use web_sys::Element;

/// What an element does on an event.
pub type Handler = Box<dyn FnMut(web_sys::Event)>;

macro_rules! events {
    ($($name:ident: $event:ident),*) => {$(
        #[doc = concat!("A handler of `", stringify!($name), "`.")]
        pub fn $name(mut handler: impl FnMut(web_sys::$event) + 'static) -> Handler {
            Box::new(move |event| handler(event.unchecked_into()))
        }
    )*};
}

events! {
    change: Event,
    click: MouseEvent,
    focus: FocusEvent,
    input: Event,
    keydown: KeyboardEvent,
    pointerdown: PointerEvent,
    scroll: Event,
    submit: SubmitEvent
}

/// A closure that an element calls on an event, until this is dropped. An event under way still visits the elements
/// that one of its handlers took from the page: without an end, it would call what is gone.
pub struct Listener {
    element: Element,
    event: &'static str,
    closure: Closure<dyn FnMut(web_sys::Event)>,
}

impl Listener {
    pub(super) fn new(element: &Element, event: &'static str, handler: Handler) -> Self {
        let listener = Listener { element: element.clone(), event, closure: Closure::wrap(handler) };
        drop(element.add_event_listener_with_callback(intern(event), listener.callee()));
        listener
    }

    pub(super) fn event(&self) -> &'static str {
        self.event
    }

    fn callee(&self) -> &js_sys::Function {
        self.closure.as_ref().unchecked_ref()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(self.element.remove_event_listener_with_callback(intern(self.event), self.callee()));
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use crate::{
        markup::{
            stage::{Stage, settled},
            view,
        },
        reactive::prelude::*,
    };
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Patched, an element calls its newest handler, and that one alone.
    #[wasm_bindgen_test]
    async fn an_element_has_one_handler_of_a_kind() {
        let (turn, heard) = (RwSignal::new(1), StoredValue::new(vec![]));
        let stage = Stage::new(move || {
            view! {
                {move || {
                    let turn = turn.get();
                    view! { <button on:click=move |_| heard.update_value(|heard| heard.push(turn))/> }
                }}
            }
        });
        let button = stage.find("button");
        button.click();
        turn.set(2);
        settled().await;
        assert_eq!(stage.find("button"), button);
        button.click();
        assert_eq!(heard.get_value(), [1, 2]);
    }

    /// An event goes on through the elements that it set out for, though a handler on its way took them away.
    #[wasm_bindgen_test]
    fn an_element_that_is_gone_hears_nothing() {
        let (heard, errors) = (StoredValue::new(0), StoredValue::new(0));
        let watch = window_event_listener_untyped("error", move |event| {
            event.prevent_default();
            errors.update_value(|errors| *errors += 1);
        });
        let stage = Stage::new(move || {
            view! { <button on:click=move |_| heard.update_value(|heard| *heard += 1)/> }
        });
        let button = stage.find("button");
        button.click();
        drop(stage);
        button.click();
        watch.remove();
        assert_eq!((heard.get_value(), errors.get_value()), (1, 0));
    }
}
