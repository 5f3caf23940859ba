//! An element of the page, for what only a browser can say of it.

use leptos::html::ElementType;
use std::marker::PhantomData;
use wasm_bindgen::JsCast;

use super::signal::RwSignal;

/// An element once it is there: `view!` sets it with `node_ref=…`.
pub struct NodeRef<E> {
    element: RwSignal<Option<web_sys::Element>>,
    of: PhantomData<fn() -> E>,
}

impl<E> Clone for NodeRef<E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E> Copy for NodeRef<E> {}

impl<E: ElementType<Output: JsCast>> NodeRef<E> {
    /// A reference of the present owner, to nothing yet.
    pub fn new() -> Self {
        NodeRef { element: RwSignal::new(None), of: PhantomData }
    }

    /// The element is there.
    pub fn load(self, element: &web_sys::Element) {
        self.element.set(Some(element.clone()));
    }

    /// The element, if it is there; whoever runs is told when it is.
    pub fn get(self) -> Option<E::Output> {
        self.element.get().map(JsCast::unchecked_into)
    }

    /// The element, if it is there.
    pub fn get_untracked(self) -> Option<E::Output> {
        self.element.get_untracked().map(JsCast::unchecked_into)
    }
}
