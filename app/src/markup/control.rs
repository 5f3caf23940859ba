//! `Show` and `For`.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{IntoNode, Node, rows::Row};
use crate::reactive::prelude::Memo;

/// The children while `when` holds, else the fallback. Nothing is built anew while the answer stays the same.
pub fn show<C: IntoNode, D: IntoNode>(
    when: impl Fn() -> bool + 'static,
    children: impl Fn() -> C + 'static,
    fallback: impl Fn() -> D + 'static,
) -> Node {
    let holds = Memo::new(move |_| when());
    Node::live(Box::new(move || if holds.get() { children().into_node() } else { fallback().into_node() }))
}

/// The children for each item. A row stays as it is for as long as its key is in the list.
pub fn each<T: 'static, I: IntoIterator<Item = T>, K: Hash, C: IntoNode>(
    items: impl Fn() -> I + 'static,
    key: impl Fn(&T) -> K + 'static,
    children: impl Fn(T) -> C + Clone + 'static,
) -> Node {
    Node::rows(Box::new(move || {
        let row = |item: T| {
            let children = children.clone();
            Row { key: digest(&key(&item)), view: Box::new(move || children(item).into_node()) }
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
