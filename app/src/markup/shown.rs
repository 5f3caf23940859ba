//! A piece of the page as it is in the document: built, patched, moved and taken away.

use leptos::prelude::{Owner, RenderEffect, document};
use std::{borrow::Cow, cell::RefCell, rc::Rc};
use wasm_bindgen::JsCast;

use super::{
    element::ElementState,
    follow::follow,
    node::{Kind, Node, Piece},
    part::{Part, PartState},
    rows::RowsState,
};

/// A piece of the page in the document.
pub struct NodeState {
    site: u32,
    shown: Shown,
}

enum Shown {
    Nothing(web_sys::Node),
    Text(web_sys::Text, Cow<'static, str>),
    Element(ElementState),
    /// What is shown now, and what follows the closure.
    Live(
        Rc<RefCell<Option<NodeState>>>,
        #[expect(dead_code, reason = "it is kept, not read")] RenderEffect<()>,
    ),
    /// The items and a mark behind the last.
    List(Vec<NodeState>, web_sys::Node),
    Rows(Rc<RefCell<RowsState>>, #[expect(dead_code, reason = "it is kept, not read")] RenderEffect<()>),
    /// The root and what it got.
    With(Box<NodeState>, Option<web_sys::Element>, Vec<PartState>),
}

pub(super) fn mark() -> web_sys::Node {
    document().create_comment("").unchecked_into()
}

impl Node {
    pub(super) fn build(self) -> NodeState {
        NodeState { site: self.0.site, shown: self.0.kind.build() }
    }

    /// Patches what the same `view!` made before; anything else is replaced, lest one screen inherits the focus, the
    /// scroll position or the typed text of another.
    pub(super) fn rebuild(self, state: &mut NodeState) {
        let Piece { site, kind } = *self.0;
        let left = if site == state.site { kind.rebuild(&mut state.shown) } else { Some(kind) };
        if let Some(kind) = left {
            let mut built = NodeState { site, shown: kind.build() };
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
            Self::Live(mut read) => {
                let shown = Rc::new(RefCell::new(None::<NodeState>));
                let state = Rc::clone(&shown);
                let step = move || {
                    let now = read.read();
                    let mut state = state.borrow_mut();
                    match &mut *state {
                        Some(before) => now.rebuild(before),
                        None => *state = Some(now.build()),
                    }
                };
                Shown::Live(shown, follow(Box::new(step)))
            }
            Self::List(nodes) => Shown::List(nodes.into_iter().map(Node::build).collect(), mark()),
            Self::Rows(read) => {
                let owner = Owner::current().expect("markup is built for a component");
                let shown = Rc::new(RefCell::new(RowsState::new()));
                let state = Rc::clone(&shown);
                let step = move || state.borrow_mut().rebuild(read(), &owner);
                Shown::Rows(shown, follow(Box::new(step)))
            }
            Self::With(node, parts) => {
                let state = node.build();
                let root = state.element();
                let parts = root.as_ref().map(|root| build_on(parts, root)).unwrap_or_default();
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
            (Self::With(node, extra), Shown::With(before, root, parts)) => {
                node.rebuild(before);
                let now = before.element();
                match &now {
                    Some(now) if root.as_ref() == Some(now) && fit(&extra, parts) => {
                        for (part, state) in extra.into_iter().zip(parts) {
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

fn build_on(parts: Vec<Part>, root: &web_sys::Element) -> Vec<PartState> {
    parts.into_iter().map(|part| part.build(root)).collect()
}

fn fit(parts: &[Part], states: &[PartState]) -> bool {
    parts.len() == states.len() && parts.iter().zip(states).all(|(part, state)| part.fits(state))
}

impl Shown {
    /// The one node that this is, where it is one.
    fn node(&self) -> Option<&web_sys::Node> {
        match self {
            Self::Nothing(node) => Some(node),
            Self::Text(node, _) => Some(node),
            Self::Element(state) => Some(state.node()),
            Self::Live(..) | Self::List(..) | Self::Rows(..) | Self::With(..) => None,
        }
    }
}

impl NodeState {
    pub(super) fn unmount(&mut self) {
        match &mut self.shown {
            Shown::Live(state, _) => state.borrow_mut().iter_mut().for_each(NodeState::unmount),
            Shown::Rows(state, _) => state.borrow_mut().unmount(),
            Shown::With(state, ..) => state.unmount(),
            Shown::List(states, mark) => {
                states.iter_mut().for_each(NodeState::unmount);
                remove(mark);
            }
            shown => shown.node().into_iter().for_each(remove),
        }
    }

    pub(super) fn mount(&mut self, parent: &web_sys::Element, before: Option<&web_sys::Node>) {
        match &mut self.shown {
            Shown::Live(state, _) => {
                state.borrow_mut().iter_mut().for_each(|state| state.mount(parent, before));
            }
            Shown::Rows(state, _) => state.borrow_mut().mount(parent, before),
            Shown::With(state, ..) => state.mount(parent, before),
            Shown::List(states, mark) => {
                for state in states {
                    state.mount(parent, before);
                }
                drop(parent.insert_before(mark, before));
            }
            shown => {
                if let Some(node) = shown.node() {
                    drop(parent.insert_before(node, before));
                }
            }
        }
    }

    /// Puts another piece before this one, if this one is in the document.
    pub(super) fn insert_before_this(&self, other: &mut NodeState) -> bool {
        match &self.shown {
            Shown::Live(state, _) => {
                state.borrow().as_ref().is_some_and(|state| state.insert_before_this(other))
            }
            Shown::Rows(state, _) => state.borrow().insert_before_this(other),
            Shown::With(state, ..) => state.insert_before_this(other),
            Shown::List(states, mark) => match states.first() {
                Some(first) => first.insert_before_this(other),
                None => insert_before(mark, other),
            },
            shown => shown.node().is_some_and(|node| insert_before(node, other)),
        }
    }

    /// The first element of this piece.
    fn element(&self) -> Option<web_sys::Element> {
        match &self.shown {
            Shown::Element(state) => Some(state.element.clone()),
            Shown::Live(state, _) => state.borrow().as_ref().and_then(NodeState::element),
            Shown::Rows(state, _) => state.borrow().states().find_map(NodeState::element),
            Shown::With(state, ..) => state.element(),
            Shown::List(states, _) => states.iter().find_map(NodeState::element),
            Shown::Nothing(_) | Shown::Text(..) => None,
        }
    }
}

pub(super) fn remove(node: &web_sys::Node) {
    if let Some(parent) = node.parent_node() {
        drop(parent.remove_child(node));
    }
}

pub(super) fn insert_before(node: &web_sys::Node, other: &mut NodeState) -> bool {
    let parent = node.parent_node();
    if let Some(parent) = &parent {
        other.mount(parent.unchecked_ref(), Some(node));
    }
    parent.is_some()
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use crate::{
        markup::{
            IntoNode,
            stage::{Stage, settled},
            view,
        },
        reactive::prelude::*,
    };
    use wasm_bindgen::JsCast;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn a_text_is_changed_where_it_is() {
        let words = RwSignal::new("one".to_owned());
        let stage = Stage::new(move || view! { <p>"say "{move || words.get()}</p> });
        let text = stage.find("p").last_child().expect("the text behind the first");
        words.set("two".to_owned());
        settled().await;
        assert_eq!(stage.html(), "<p>say two</p>");
        assert!(stage.find("p").contains(Some(&text)), "the same node");
    }

    #[wasm_bindgen_test]
    async fn what_comes_of_the_same_markup_is_patched_and_of_another_replaced() {
        let page = RwSignal::new(1);
        let stage = Stage::new(move || {
            view! {
                {move || match page.get() {
                    3 => view! { <input title="other"/> },
                    page => view! { <input title=page.to_string()/> },
                }}
            }
        });
        let field = stage.find("input");
        field.unchecked_ref::<web_sys::HtmlInputElement>().set_value("typed");
        page.set(2);
        settled().await;
        assert_eq!((stage.find("input[title='2']"), field.is_connected()), (field.clone(), true));
        page.set(3);
        settled().await;
        let other = stage.find("input[title='other']");
        assert_eq!(
            other.unchecked_ref::<web_sys::HtmlInputElement>().value(),
            "",
            "nothing of the other screen"
        );
        assert!(!field.is_connected());
    }

    #[wasm_bindgen_test]
    async fn pieces_of_any_shape_take_each_others_place() {
        let turn = RwSignal::new(0);
        let stage = Stage::new(move || {
            view! {
                <b/>
                {move || match turn.get() {
                    0 => ().into_node(),
                    1 => "text".into_node(),
                    2 => vec!["a", "b"].into_node(),
                    3 => vec!["c", "d", "e"].into_node(),
                    4 => (|| Some(view! { <i/> })).into_node(),
                    5 => Some("owned".to_owned()).into_node(),
                    _ => None::<&str>.into_node(),
                }}
                <b/>
            }
        });
        for (number, html) in ["", "text", "ab", "cde", "<i></i>", "owned", "", ""].into_iter().enumerate() {
            turn.set(number % 7);
            settled().await;
            assert_eq!(stage.html(), format!("<b></b>{html}<b></b>"));
        }
    }

    /// What was made for one answer ends with it, the oldest first.
    #[wasm_bindgen_test]
    async fn what_an_answer_made_ends_with_the_next() {
        let (turn, ended) = (RwSignal::new(1), StoredValue::new(vec![]));
        let stage = Stage::new(move || {
            view! {
                {move || {
                    let turn = turn.get();
                    on_cleanup(move || ended.update_value(|ended| ended.push(turn)));
                    turn.to_string()
                }}
            }
        });
        turn.set(2);
        settled().await;
        assert_eq!(ended.get_value(), [1]);
        drop(stage);
        assert_eq!(ended.get_value(), [1, 2]);
    }

    /// A component that is told what to put on its root.
    #[component]
    fn Said(#[prop(optional, into)] words: Option<String>) -> impl IntoNode {
        view! { <q class="said">{words}</q> }
    }

    #[wasm_bindgen_test]
    async fn a_components_root_gets_more() {
        let (turn, heard) = (RwSignal::new(1), StoredValue::new(vec![]));
        let stage = Stage::new(move || {
            view! {
                {move || {
                    let turn = turn.get();
                    view! {
                        <Said words="hello" attr:title=turn.to_string() on:click=move |_| heard.update_value(|heard| heard.push(turn))/>
                    }
                }}
                <Said/>
            }
        });
        let html = |turn: u32| format!(r#"<q class="said" title="{turn}">hello</q><q class="said"></q>"#);
        assert_eq!(stage.html(), html(1));
        stage.find("q").click();
        turn.set(2);
        settled().await;
        assert_eq!(stage.html(), html(2));
        stage.find("q").click();
        assert_eq!(heard.get_value(), [1, 2]);
    }
}
