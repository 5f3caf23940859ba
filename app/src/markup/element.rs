//! An element as it is to be, and as it is in the document.

use leptos::tachys::view::{Mountable, Render};
use wasm_bindgen::{JsCast, intern};

use super::{
    IntoValue, Node, Value,
    event::Handler,
    node::NodeState,
    part::{Part, PartState, Place},
};

const DRAWINGS: &str = "http://www.w3.org/2000/svg";

/// An element to be: `view!` makes it.
pub struct Element {
    tag: &'static str,
    namespace: Option<&'static str>,
    parts: Extra,
    children: Vec<Node>,
}

/// Attributes and handlers without an element of their own: what `view!` puts on a component's root.
#[derive(Default)]
pub struct Extra(pub(super) Vec<Part>);

impl Extra {
    /// An attribute with a fixed text.
    pub fn literal(&mut self, name: &'static str, text: &'static str) {
        self.add(Place::Attribute(name), text.into_value());
    }

    /// An attribute.
    pub fn attribute(&mut self, name: &'static str, value: impl IntoValue) {
        self.add(Place::Attribute(name), value.into_value());
    }

    /// A property in JavaScript: what an input holds, not what it began with.
    pub fn property(&mut self, name: &'static str, value: impl IntoValue) {
        self.add(Place::Property(name), value.into_value());
    }

    /// A class, there or not.
    pub fn class(&mut self, name: &'static str, value: impl IntoValue) {
        self.add(Place::Class(name), value.into_value());
    }

    /// A property of the style.
    pub fn style(&mut self, name: &'static str, value: impl IntoValue) {
        self.add(Place::Style(name), value.into_value());
    }

    /// A handler.
    pub fn on(&mut self, name: &'static str, handler: Handler) {
        self.0.push(Part::Handler(name, handler));
    }

    /// Hands over the element as soon as it is made.
    pub fn reference(&mut self, take: impl FnOnce(&web_sys::Element) + 'static) {
        self.0.push(Part::Reference(Box::new(take)));
    }

    /// The view with all this on its root element.
    pub fn onto(self, node: Node) -> Node {
        node.with(self)
    }

    fn add(&mut self, place: Place, value: Value) {
        self.0.push(Part::Value(place, value));
    }
}

impl std::ops::Deref for Element {
    type Target = Extra;
    fn deref(&self) -> &Extra {
        &self.parts
    }
}
impl std::ops::DerefMut for Element {
    fn deref_mut(&mut self) -> &mut Extra {
        &mut self.parts
    }
}

impl Element {
    /// An element of HTML.
    pub fn html(tag: &'static str) -> Self {
        Element { tag, namespace: None, parts: Extra::default(), children: Vec::new() }
    }

    /// An element of SVG.
    pub fn drawing(tag: &'static str) -> Self {
        Element { namespace: Some(DRAWINGS), ..Self::html(tag) }
    }

    /// A child that is a fixed text.
    pub fn text(&mut self, text: &'static str) {
        self.children.push(Node::text(text));
    }

    /// A child.
    pub fn push(&mut self, child: Node) {
        self.children.push(child);
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
        let parts = self.parts.0.into_iter().map(|part| part.build(&element)).collect();
        ElementState { tag: self.tag, element, parts, children }
    }

    /// Patches an element of the same shape; gives itself back if it has another.
    pub(super) fn rebuild(self, state: &mut ElementState) -> Result<(), Self> {
        let alike = self.tag == state.tag
            && self.children.len() == state.children.len()
            && self.parts.0.len() == state.parts.len()
            && self.parts.0.iter().zip(&state.parts).all(|(part, state)| part.fits(state));
        if !alike {
            return Err(self);
        }
        for (child, state) in self.children.into_iter().zip(&mut state.children) {
            child.rebuild(state);
        }
        for (part, kept) in self.parts.0.into_iter().zip(&mut state.parts) {
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
