//! An element as it is to be, and as it is in the document.

use wasm_bindgen::{JsCast, intern};

use super::{
    Node,
    part::{Part, PartState},
    shown::NodeState,
};

const DRAWINGS: &str = "http://www.w3.org/2000/svg";

/// An element to be: `view!` describes it.
pub struct Element {
    tag: &'static str,
    namespace: Option<&'static str>,
    pub(super) parts: Vec<Part>,
    pub(super) children: Vec<Node>,
}

impl Element {
    /// An element of HTML.
    pub fn html(tag: &'static str) -> Self {
        Element { tag, namespace: None, parts: Vec::new(), children: Vec::new() }
    }

    /// An element of SVG.
    pub fn drawing(tag: &'static str) -> Self {
        Element { namespace: Some(DRAWINGS), ..Self::html(tag) }
    }

    pub(super) fn build(self) -> ElementState {
        let document = leptos::prelude::document();
        let element = match self.namespace {
            None => document.create_element(intern(self.tag)),
            Some(namespace) => document.create_element_ns(Some(intern(namespace)), intern(self.tag)),
        };
        let element = element.expect("the tags in the app's markup are names");
        // Children first: a select takes a value only once it has options.
        let mount = |child: Node| {
            let mut state = child.build();
            state.mount(&element, None);
            state
        };
        let children = self.children.into_iter().map(mount).collect();
        let parts = self.parts.into_iter().map(|part| part.build(&element)).collect();
        ElementState { tag: self.tag, element, parts, children }
    }

    /// Patches an element of the same shape; gives itself back if it has another.
    pub(super) fn rebuild(self, state: &mut ElementState) -> Result<(), Self> {
        let alike = self.tag == state.tag
            && self.children.len() == state.children.len()
            && self.parts.len() == state.parts.len()
            && self.parts.iter().zip(&state.parts).all(|(part, state)| part.fits(state));
        if !alike {
            return Err(self);
        }
        for (child, state) in self.children.into_iter().zip(&mut state.children) {
            child.rebuild(state);
        }
        for (part, kept) in self.parts.into_iter().zip(&mut state.parts) {
            part.rebuild(&state.element, kept);
        }
        Ok(())
    }
}

/// An element in the document.
pub struct ElementState {
    tag: &'static str,
    pub(super) element: web_sys::Element,
    parts: Vec<PartState>,
    children: Vec<NodeState>,
}

impl ElementState {
    pub(super) fn node(&self) -> &web_sys::Node {
        self.element.unchecked_ref()
    }
}
