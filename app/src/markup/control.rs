//! `Show` and `For`.

use leptos::{
    prelude::*,
    tachys::{reactive_graph::OwnedView, view::keyed::keyed},
};
use send_wrapper::SendWrapper;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{IntoNode, Node};

/// The children while `when` holds, else the fallback. Nothing is built anew while the answer stays the same.
pub fn show<C: IntoNode, D: IntoNode>(
    when: impl Fn() -> bool + Send + Sync + 'static,
    children: impl Fn() -> C + 'static,
    fallback: impl Fn() -> D + 'static,
) -> Node {
    choice(Box::new(when), Box::new(move || children().into_node()), Box::new(move || fallback().into_node()))
}

fn choice(
    when: Box<dyn Fn() -> bool + Send + Sync>,
    children: Box<dyn Fn() -> Node>,
    fallback: Box<dyn Fn() -> Node>,
) -> Node {
    let holds = ArcMemo::new(move |_| when());
    Node::live(Box::new(move || if holds.get() { children() } else { fallback() }))
}

/// One row of a list: what it is, and how it is shown when it is new.
struct Row {
    key: u64,
    view: SendWrapper<Box<dyn FnOnce() -> Node>>,
}

/// The children for each item. A row stays as it is for as long as its key is in the list.
pub fn each<T: 'static, I: IntoIterator<Item = T>, K: Hash, C: IntoNode>(
    items: impl Fn() -> I + 'static,
    key: impl Fn(&T) -> K + 'static,
    children: impl Fn(T) -> C + Clone + 'static,
) -> Node {
    rows(Box::new(move || {
        let row = |item: T| {
            let children = children.clone();
            let key = digest(&key(&item));
            let view: Box<dyn FnOnce() -> Node> = Box::new(move || children(item).into_node());
            Row { key, view: SendWrapper::new(view) }
        };
        items().into_iter().map(row).collect()
    }))
}

/// Two keys of one list are taken for the same once in 2^64.
fn digest(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// Each row has an owner of its own: what it reads and makes ends with it, not with the list's next change.
fn rows(read: Box<dyn Fn() -> Vec<Row>>) -> Node {
    let parent = Owner::current().expect("markup is made by a component");
    let read = SendWrapper::new(read);
    let list = move || {
        let parent = parent.clone();
        let view = move |_, row: Row| {
            let owner = parent.with(Owner::new);
            let view = owner.with(row.view.take());
            (drop::<usize>, OwnedView::new_with_owner(view, owner))
        };
        keyed(read(), |row: &Row| row.key, view)
    };
    list.into_any().into_node()
}
