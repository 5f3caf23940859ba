//! A piece of the page as it is to be, and as it is in the document.

use leptos::{
    prelude::*,
    tachys::{
        html::attribute::{Attribute, any_attribute::AnyAttribute},
        hydration::Cursor,
        view::{
            Mountable, Position, PositionState, Render, RenderHtml,
            add_attr::AddAnyAttr,
            any_view::{AnyView, AnyViewState},
        },
    },
};
use send_wrapper::SendWrapper;
use std::borrow::Cow;
use wasm_bindgen::JsCast;

use super::{
    Element, Extra,
    element::ElementState,
    follow::follow,
    part::{Part, PartState},
};

/// A piece of the page to be.
pub struct Node {
    /// Which `view!` made it; 0 if none did.
    site: u32,
    kind: SendWrapper<Kind>,
}

enum Kind {
    Nothing,
    Text(Cow<'static, str>),
    Element(Element),
    /// What the closure answers, followed from then on.
    Live(Box<dyn FnMut() -> Node>),
    List(Vec<Node>),
    /// A view of Leptos.
    View(AnyView),
    /// Something whose root element gets more.
    With(Box<Node>, Extra),
}

impl Node {
    /// The node, marked with the place in the sources that made it.
    pub fn at(site: u32, node: Node) -> Self {
        Node { site, ..node }
    }

    /// A text.
    pub fn text(text: &'static str) -> Self {
        Kind::Text(Cow::Borrowed(text)).into()
    }

    /// Several, one after the other.
    pub fn list(nodes: Vec<Node>) -> Self {
        Kind::List(nodes).into()
    }

    /// What the closure answers, followed from then on.
    pub fn live(read: Box<dyn FnMut() -> Node>) -> Self {
        Kind::Live(read).into()
    }

    pub(super) fn with(self, extra: Extra) -> Self {
        Kind::With(Box::new(self), extra).into()
    }
}

impl From<Kind> for Node {
    fn from(kind: Kind) -> Self {
        Node { site: 0, kind: SendWrapper::new(kind) }
    }
}
impl From<Element> for Node {
    fn from(element: Element) -> Self {
        Kind::Element(element).into()
    }
}

/// What can stand in braces between tags.
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
        Kind::Nothing.into()
    }
}
impl IntoNode for &'static str {
    fn into_node(self) -> Node {
        Node::text(self)
    }
}
impl IntoNode for String {
    fn into_node(self) -> Node {
        Kind::Text(Cow::Owned(self)).into()
    }
}
impl IntoNode for AnyView {
    fn into_node(self) -> Node {
        Kind::View(self).into()
    }
}
impl<T: IntoNode> IntoNode for Option<T> {
    fn into_node(self) -> Node {
        self.map_or_else(|| Kind::Nothing.into(), T::into_node)
    }
}
impl<T: IntoNode> IntoNode for Vec<T> {
    fn into_node(self) -> Node {
        Node::list(self.into_iter().map(T::into_node).collect())
    }
}
impl<T: IntoNode, F: FnMut() -> T + 'static> IntoNode for F {
    fn into_node(mut self) -> Node {
        Node::live(Box::new(move || self().into_node()))
    }
}

/// What a component of Leptos answered.
pub fn component(view: impl IntoView) -> Node {
    view.into_any().into_node()
}

/// A piece of the page in the document.
pub struct NodeState {
    site: u32,
    shown: Shown,
}

enum Shown {
    Nothing(web_sys::Node),
    Text(web_sys::Text, Cow<'static, str>),
    Element(ElementState),
    Live(RenderEffect<NodeState>),
    /// The items and a mark behind the last.
    List(Vec<NodeState>, web_sys::Node),
    View(AnyViewState),
    /// The root and what it got.
    With(Box<NodeState>, Option<web_sys::Element>, Vec<PartState>),
}

fn mark() -> web_sys::Node {
    document().create_comment("").unchecked_into()
}

impl Render for Node {
    type State = NodeState;

    fn build(self) -> NodeState {
        NodeState { site: self.site, shown: self.kind.take().build() }
    }

    /// Patches what the same `view!` made before; anything else is replaced, lest one screen inherits the focus, the
    /// scroll position or the typed text of another.
    fn rebuild(self, state: &mut NodeState) {
        let kind = self.kind.take();
        let left = if self.site == state.site { kind.rebuild(&mut state.shown) } else { Some(kind) };
        if let Some(kind) = left {
            let mut built = NodeState { site: self.site, shown: kind.build() };
            state.insert_before_this(&mut built);
            state.unmount();
            *state = built;
        }
    }
}

impl Kind {
    fn build(self) -> Shown {
        match self {
            Self::Nothing => Shown::Nothing(mark()),
            Self::Text(text) => Shown::Text(document().create_text_node(&text), text),
            Self::Element(element) => Shown::Element(element.build()),
            Self::Live(mut read) => Shown::Live(follow(move |before: Option<NodeState>| {
                let now = read();
                let Some(mut state) = before else { return now.build() };
                now.rebuild(&mut state);
                state
            })),
            Self::List(nodes) => Shown::List(nodes.into_iter().map(Node::build).collect(), mark()),
            Self::View(view) => Shown::View(view.build()),
            Self::With(node, extra) => {
                let state = node.build();
                let root = state.elements().into_iter().next();
                let parts = root.as_ref().map(|root| build_on(extra, root)).unwrap_or_default();
                Shown::With(Box::new(state), root, parts)
            }
        }
    }

    /// Patches what is shown; gives itself back if that has another shape.
    fn rebuild(self, shown: &mut Shown) -> Option<Self> {
        match (self, shown) {
            (Self::Nothing, Shown::Nothing(_)) => {}
            (Self::Text(text), Shown::Text(node, before)) => {
                if *before != text {
                    node.set_data(&text);
                    *before = text;
                }
            }
            (Self::Element(element), Shown::Element(before)) => {
                return element.rebuild(before).err().map(Self::Element);
            }
            (Self::List(nodes), Shown::List(before, _)) if nodes.len() == before.len() => {
                for (node, state) in nodes.into_iter().zip(before) {
                    node.rebuild(state);
                }
            }
            (Self::View(view), Shown::View(before)) => view.rebuild(before),
            (Self::With(node, extra), Shown::With(before, root, parts)) => {
                node.rebuild(before);
                let now = before.elements().into_iter().next();
                match &now {
                    Some(now) if root.as_ref() == Some(now) && fit(&extra, parts) => {
                        for (part, state) in extra.0.into_iter().zip(parts) {
                            part.rebuild(now, state);
                        }
                    }
                    Some(now) => *parts = build_on(extra, now),
                    None => parts.clear(),
                }
                *root = now;
            }
            (kind, _) => return Some(kind),
        }
        None
    }
}

fn build_on(extra: Extra, root: &web_sys::Element) -> Vec<PartState> {
    extra.0.into_iter().map(|part: Part| part.build(root)).collect()
}

fn fit(extra: &Extra, parts: &[PartState]) -> bool {
    extra.0.len() == parts.len() && extra.0.iter().zip(parts).all(|(part, state)| part.fits(state))
}

impl Shown {
    /// The one node that this is, where it is one.
    fn node(&self) -> Option<&web_sys::Node> {
        match self {
            Self::Nothing(node) => Some(node),
            Self::Text(node, _) => Some(node),
            Self::Element(state) => Some(state.node()),
            Self::Live(_) | Self::List(..) | Self::View(_) | Self::With(..) => None,
        }
    }
}

impl Mountable for NodeState {
    fn unmount(&mut self) {
        match &mut self.shown {
            Shown::Live(effect) => effect.unmount(),
            Shown::View(view) => view.unmount(),
            Shown::With(state, ..) => state.unmount(),
            Shown::List(states, mark) => {
                states.iter_mut().for_each(Mountable::unmount);
                remove(mark);
            }
            Shown::Nothing(_) | Shown::Text(..) | Shown::Element(_) => {
                if let Some(node) = self.shown.node() {
                    remove(node);
                }
            }
        }
    }

    fn mount(&mut self, parent: &web_sys::Element, marker: Option<&web_sys::Node>) {
        match &mut self.shown {
            Shown::Live(effect) => effect.mount(parent, marker),
            Shown::View(view) => view.mount(parent, marker),
            Shown::With(state, ..) => state.mount(parent, marker),
            Shown::List(states, mark) => {
                for state in states {
                    state.mount(parent, marker);
                }
                drop(parent.insert_before(mark, marker));
            }
            Shown::Nothing(_) | Shown::Text(..) | Shown::Element(_) => {
                if let Some(node) = self.shown.node() {
                    drop(parent.insert_before(node, marker));
                }
            }
        }
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        match &self.shown {
            Shown::Live(effect) => effect.insert_before_this(child),
            Shown::View(view) => view.insert_before_this(child),
            Shown::With(state, ..) => state.insert_before_this(child),
            Shown::List(states, mark) => match states.first() {
                Some(first) => first.insert_before_this(child),
                None => insert_before(mark, child),
            },
            Shown::Nothing(_) | Shown::Text(..) | Shown::Element(_) => {
                self.shown.node().is_some_and(|node| insert_before(node, child))
            }
        }
    }

    fn elements(&self) -> Vec<web_sys::Element> {
        match &self.shown {
            Shown::Element(state) => vec![state.element.clone()],
            Shown::Live(effect) => effect.elements(),
            Shown::View(view) => view.elements(),
            Shown::With(state, ..) => state.elements(),
            Shown::List(states, _) => states.iter().flat_map(Mountable::elements).collect(),
            Shown::Nothing(_) | Shown::Text(..) => Vec::new(),
        }
    }
}

fn remove(node: &web_sys::Node) {
    if let Some(parent) = node.parent_node() {
        drop(parent.remove_child(node));
    }
}

fn insert_before(node: &web_sys::Node, child: &mut dyn Mountable) -> bool {
    let parent = node.parent_node();
    if let Some(parent) = &parent {
        child.mount(parent.unchecked_ref(), Some(node));
    }
    parent.is_some()
}

/// Leptos asks every view whether it can be HTML on a server. The app is only ever drawn in a browser.
impl RenderHtml for Node {
    type AsyncOutput = Self;
    type Owned = Self;
    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        _html: &mut String,
        _position: &mut Position,
        _escape: bool,
        _mark_branches: bool,
        _extra: Vec<AnyAttribute>,
    ) {
    }

    fn hydrate<const FROM_SERVER: bool>(self, _cursor: &Cursor, _position: &PositionState) -> NodeState {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// What `view!` puts on a component goes through [`Extra`]; Leptos' own way is not used.
impl AddAnyAttr for Node {
    type Output<SomeNewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _attribute: NewAttr) -> Self {
        self
    }
}
