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

    #[wasm_bindgen_test]
    async fn what_is_shown_stays_while_the_answer_does() {
        let (count, ended) = (RwSignal::new(1), StoredValue::new(0));
        let stage = Stage::new(move || {
            view! {
                <Show when=move || { count.get() > 0 } fallback=|| view! { <i>"none"</i> }>
                    {
                        on_cleanup(move || ended.update_value(|ended| *ended += 1));
                        view! { <b>"some"</b> }
                    }
                </Show>
                <p/>
            }
        });
        assert_eq!(stage.html(), "<b>some</b><p></p>");
        let shown = stage.find("b");
        count.set(2);
        settled().await;
        assert_eq!((stage.find("b"), ended.get_value()), (shown, 0));
        count.set(0);
        settled().await;
        assert_eq!((stage.html().as_str(), ended.get_value()), ("<i>none</i><p></p>", 1));
        count.set(1);
        settled().await;
        assert_eq!(stage.html(), "<b>some</b><p></p>");
    }

    /// What is in what is gone is there for a moment more, and a change that was announced before reaches it. What was
    /// made with it must not be read any more.
    #[wasm_bindgen_test]
    async fn what_is_not_shown_any_more_hears_of_no_change() {
        let (count, reads) = (RwSignal::new(1), StoredValue::new(0));
        let stage = Stage::new(move || {
            view! {
                <Show when=move || { count.get() > 0 }>
                    {
                        let own = RwSignal::new(10);
                        let sum = move || {
                            reads.update_value(|reads| *reads += 1);
                            (count.get() + own.get()).to_string()
                        };
                        move || view! { <p>{sum}</p> }
                    }
                </Show>
            }
        });
        settled().await;
        assert_eq!(stage.html(), "<p>11</p>");
        count.set(0);
        settled().await;
        assert_eq!((stage.html().as_str(), reads.get_value()), ("", 1));
    }
}
