//! What `view!` writes: the tags, names and fixed texts as one text, and what is to be filled in.
//!
//! The text is a sequence of orders, each a mark, a letter and a text: `<` and `{` open an element of HTML and of SVG,
//! `>` closes one, `=` is an attribute with a fixed text, `t` a fixed text. A hole is an order for what comes next in
//! the list: `a`, `p`, `c` and `s` a value, `o` a handler, `r` a reference, `n` a node.

use super::{
    IntoNode, IntoValue, Node, Value,
    element::Element,
    event::Handler,
    part::{Part, Place},
    value::Read,
};

/// What begins an order; `view!` lets no such character into a text.
const MARK: char = '\u{1}';

/// What `view!` fills in, in the order of the text.
#[derive(Default)]
pub struct Holes(Vec<Hole>);

enum Hole {
    Value(Value),
    Handler(Handler),
    Reference(Box<dyn FnOnce(&web_sys::Element)>),
    Node(Node),
}

impl Holes {
    /// The value of an attribute, property, class or style.
    pub fn value(&mut self, value: impl IntoValue) {
        value.fill(self);
    }

    /// A handler.
    #[inline(never)]
    pub fn handler(&mut self, handler: Handler) {
        self.add(Hole::Handler(handler));
    }

    /// Who is given the element as soon as it is made.
    pub fn reference(&mut self, take: impl FnOnce(&web_sys::Element) + 'static) {
        self.add(Hole::Reference(Box::new(take)));
    }

    /// A child.
    pub fn node(&mut self, node: impl IntoNode) {
        self.add_node(node.into_node());
    }

    #[inline(never)]
    pub(super) fn add_value(&mut self, value: Value) {
        self.add(Hole::Value(value));
    }

    #[inline(never)]
    pub(super) fn add_live(&mut self, read: Box<dyn Read>) {
        self.add(Hole::Value(Value::Live(read)));
    }

    #[inline(never)]
    fn add_node(&mut self, node: Node) {
        self.add(Hole::Node(node));
    }

    fn add(&mut self, hole: Hole) {
        self.0.push(hole);
    }

    /// The node that `text` describes, marked with the place in the sources that made it.
    #[inline(never)]
    pub fn fill(self, site: u32, text: &'static str) -> Node {
        let mut open = Vec::new();
        let mut current = Element::html("");
        let mut holes = self.0.into_iter();
        for order in text.split(MARK).skip(1) {
            let (letter, text) = order.split_at(1);
            match letter {
                "<" => open.push(std::mem::replace(&mut current, Element::html(text))),
                "{" => open.push(std::mem::replace(&mut current, Element::drawing(text))),
                ">" => {
                    let parent = open.pop().expect(WRITTEN);
                    let element = std::mem::replace(&mut current, parent);
                    current.children.push(element.into());
                }
                "t" => current.children.push(Node::text(text)),
                _ => current.take(letter, text, &mut holes),
            }
        }
        let mut roots = current.children;
        let root = if roots.len() == 1 { roots.pop() } else { None };
        Node::at(site, root.unwrap_or_else(|| Node::list(roots)))
    }

    /// A component's node with all this on its root element.
    #[inline(never)]
    pub fn onto(self, text: &'static str, node: Node) -> Node {
        let mut extra = Element::html("");
        let mut holes = self.0.into_iter();
        for order in text.split(MARK).skip(1) {
            let (letter, text) = order.split_at(1);
            extra.take(letter, text, &mut holes);
        }
        node.with(extra.parts)
    }
}

const WRITTEN: &str = "`view!` writes what can be read";

impl Element {
    /// An attribute with a fixed text, or what fills the next hole.
    fn take(&mut self, letter: &str, name: &'static str, holes: &mut impl Iterator<Item = Hole>) {
        let part = if letter == "=" {
            let (name, text) = name.split_once('=').expect(WRITTEN);
            Part::Value(Place::Attribute(name), text.into_value())
        } else {
            match holes.next().expect(WRITTEN) {
                Hole::Node(node) => return self.children.push(node),
                Hole::Handler(handler) => Part::Handler(name, handler),
                Hole::Reference(take) => Part::Reference(take),
                Hole::Value(value) => Part::Value(Place::of(letter, name), value),
            }
        };
        self.parts.push(part);
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use crate::{
        markup::{stage::Stage, view},
        reactive::prelude::*,
    };
    use leptos::html;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn holes_are_filled_in_the_order_of_the_text() {
        let last = NodeRef::<html::B>::new();
        let stage = Stage::new(move || {
            view! {
                <p title="fixed" lang={"l".to_owned()}>"a"{"b"}<i id=Some("i")>{vec!["c", "d"]}</i>"e"</p>
                <b node_ref=last>{"f".to_owned()}</b>
            }
        });
        assert_eq!(stage.html(), r#"<p title="fixed" lang="l">ab<i id="i">cd</i>e</p><b>f</b>"#);
        let last = last.get_untracked().expect("it is there");
        assert_eq!(last.text_content().as_deref(), Some("f"));
    }

    #[wasm_bindgen_test]
    fn drawings_are_drawings() {
        let stage = Stage::new(|| view! { <svg><path d="M0 0"/></svg> });
        let path = stage.find("path").namespace_uri();
        assert_eq!(path.as_deref(), Some("http://www.w3.org/2000/svg"));
    }
}
