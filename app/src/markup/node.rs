//! A piece of the page as it is to be, and what can be one. What it becomes in the document is in `shown`.

use std::borrow::Cow;

use super::{element::Element, part::Part, rows::Row};

/// A piece of the page to be.
pub struct Node(pub(super) Box<Piece>);

pub(super) struct Piece {
    /// Which `view!` made it; 0 if none did.
    pub(super) site: u32,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Nothing,
    Text(Cow<'static, str>),
    Element(Element),
    /// What the closure answers, followed from then on.
    Live(Box<dyn Read>),
    List(Vec<Node>),
    /// The rows that the closure answers, followed from then on.
    Rows(Box<dyn Fn() -> Vec<Row>>),
    /// Something whose root element gets more.
    With(Node, Vec<Part>),
}

/// What stands between the tags of a component.
pub type Children = Box<dyn FnOnce() -> Node>;

impl Node {
    /// The node, marked with the place in the sources that made it, besides the one that it is marked with already.
    #[inline(never)]
    pub fn at(site: u32, mut node: Node) -> Self {
        node.0.site = node.0.site.rotate_left(7) ^ site;
        node
    }

    /// A text.
    #[inline(never)]
    pub fn text(text: &'static str) -> Self {
        Kind::Text(Cow::Borrowed(text)).into()
    }

    /// Several, one after the other.
    #[inline(never)]
    pub fn list(nodes: Vec<Node>) -> Self {
        Kind::List(nodes).into()
    }

    /// What the closure answers, followed from then on.
    #[inline(never)]
    pub(super) fn live(read: Box<dyn Read>) -> Self {
        Kind::Live(read).into()
    }

    #[inline(never)]
    pub(super) fn rows(read: Box<dyn Fn() -> Vec<Row>>) -> Self {
        Kind::Rows(read).into()
    }

    #[inline(never)]
    fn owned(text: String) -> Self {
        Kind::Text(Cow::Owned(text)).into()
    }

    #[inline(never)]
    fn nothing() -> Self {
        Kind::Nothing.into()
    }

    pub(super) fn with(self, parts: Vec<Part>) -> Self {
        Kind::With(self, parts).into()
    }
}

impl From<Kind> for Node {
    fn from(kind: Kind) -> Self {
        Node(Box::new(Piece { site: 0, kind }))
    }
}
impl From<Element> for Node {
    fn from(element: Element) -> Self {
        Kind::Element(element).into()
    }
}

/// What can stand in braces between tags, and what a component may answer.
pub trait IntoNode {
    /// The node.
    fn into_node(self) -> Node;
}

impl IntoNode for Node {
    fn into_node(self) -> Node {
        self
    }
}
impl IntoNode for () {
    fn into_node(self) -> Node {
        Node::nothing()
    }
}
impl IntoNode for &'static str {
    fn into_node(self) -> Node {
        Node::text(self)
    }
}
impl IntoNode for String {
    fn into_node(self) -> Node {
        Node::owned(self)
    }
}
impl<T: IntoNode> IntoNode for Option<T> {
    fn into_node(self) -> Node {
        self.map_or_else(Node::nothing, T::into_node)
    }
}
impl<T: IntoNode> IntoNode for Vec<T> {
    fn into_node(self) -> Node {
        Node::list(self.into_iter().map(T::into_node).collect())
    }
}
impl<T: IntoNode, F: FnMut() -> T + 'static> IntoNode for F {
    fn into_node(self) -> Node {
        Node::live(Box::new(self))
    }
}

/// A closure that answers a node each time. A box of it is smaller than one of `FnMut`, which can be called in two ways.
pub(super) trait Read {
    fn read(&mut self) -> Node;
}
impl<T: IntoNode, F: FnMut() -> T> Read for F {
    fn read(&mut self) -> Node {
        self().into_node()
    }
}
