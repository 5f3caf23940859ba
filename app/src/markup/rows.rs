//! A list whose rows stay as they are for as long as their keys are in it.

use leptos::prelude::Owner;
use std::collections::VecDeque;

use super::Node;
use super::shown::{NodeState, insert_before, mark, remove};

/// One row of a list: what it is, and how it is shown when it is new.
pub struct Row {
    pub(super) key: u64,
    pub(super) view: Box<dyn FnOnce() -> Node>,
}

/// A row in the document. It has an owner of its own: what it reads and makes ends with it, not with the list's next
/// change. The order of the fields is the order in which they end.
struct ShownRow {
    key: u64,
    state: NodeState,
    #[expect(dead_code, reason = "it is kept, not read")]
    owner: Owner,
}

impl ShownRow {
    fn new(row: Row, parent: &Owner) -> Self {
        let owner = parent.with(Owner::new);
        let state = owner.with(|| (row.view)().build());
        ShownRow { key: row.key, state, owner }
    }
}

/// The rows in the document, and a mark behind the last.
pub struct RowsState {
    rows: VecDeque<ShownRow>,
    mark: web_sys::Node,
}

impl RowsState {
    pub(super) fn new() -> Self {
        RowsState { rows: VecDeque::new(), mark: mark() }
    }

    /// Removes the rows whose keys are gone, makes the new ones, and moves no row that is in its place.
    pub(super) fn rebuild(&mut self, wanted: Vec<Row>, parent: &Owner) {
        self.rows.retain_mut(|row| {
            let stays = wanted.iter().any(|wanted| wanted.key == row.key);
            if !stays {
                row.state.unmount();
            }
            stays
        });
        let mut waiting = std::mem::take(&mut self.rows);
        for wanted in wanted {
            let known = waiting.iter().position(|row| row.key == wanted.key);
            let moves = known != Some(0);
            let known = known.and_then(|place| waiting.remove(place));
            let mut row = known.unwrap_or_else(|| ShownRow::new(wanted, parent));
            if moves {
                match waiting.front() {
                    Some(next) => next.state.insert_before_this(&mut row.state),
                    None => insert_before(&self.mark, &mut row.state),
                };
            }
            self.rows.push_back(row);
        }
        for mut row in waiting {
            row.state.unmount();
        }
    }

    pub(super) fn states(&self) -> impl Iterator<Item = &NodeState> {
        self.rows.iter().map(|row| &row.state)
    }

    pub(super) fn unmount(&mut self) {
        self.rows.iter_mut().for_each(|row| row.state.unmount());
        remove(&self.mark);
    }

    pub(super) fn mount(&mut self, parent: &web_sys::Element, before: Option<&web_sys::Node>) {
        self.rows.iter_mut().for_each(|row| row.state.mount(parent, before));
        drop(parent.insert_before(&self.mark, before));
    }

    pub(super) fn insert_before_this(&self, other: &mut NodeState) -> bool {
        match self.rows.front() {
            Some(first) => first.state.insert_before_this(other),
            None => insert_before(&self.mark, other),
        }
    }
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

    /// A list of rows that hold a field each, between two others.
    fn list(keys: RwSignal<Vec<u32>>) -> Stage {
        Stage::new(move || {
            view! {
                <b>"first"</b>
                <For each=move || keys.get() key=|key| *key let(key)>
                    <input id=format!("row-{key}")/>
                </For>
                <b>"last"</b>
            }
        })
    }

    fn shown(keys: &[u32]) -> String {
        let rows: Vec<_> = keys.iter().map(|key| format!("<input id=\"row-{key}\">")).collect();
        let rows = rows.concat();
        format!("<b>first</b>{rows}<b>last</b>")
    }

    async fn check(before: &[u32], after: &[u32]) {
        let keys = RwSignal::new(before.to_vec());
        let stage = list(keys);
        assert_eq!(stage.html(), shown(before));
        let row = |key: &u32| stage.find(&format!("#row-{key}"));
        let kept: Vec<&u32> = after.iter().filter(|key| before.contains(key)).collect();
        let elements: Vec<_> = kept.iter().map(|key| row(key)).collect();
        keys.set(after.to_vec());
        settled().await;
        assert_eq!(stage.html(), shown(after), "{before:?}");
        for (key, element) in kept.into_iter().zip(elements) {
            assert_eq!(row(key), element, "row {key} from {before:?} to {after:?} is the same element");
        }
    }

    #[wasm_bindgen_test]
    async fn rows_keep_their_elements_wherever_they_go() {
        check(&[1, 2, 3], &[1, 2, 3]).await;
        check(&[], &[1, 2]).await;
        check(&[1, 2], &[]).await;
        check(&[1, 2, 3], &[1, 3]).await;
        check(&[2, 3], &[1, 2, 3]).await;
        check(&[1, 3], &[1, 2, 3, 4]).await;
        check(&[1, 2, 3], &[3, 1, 2]).await;
        check(&[1, 2, 3], &[2, 3, 1]).await;
        check(&[1, 2, 3, 4], &[4, 3, 2, 1]).await;
        check(&[1, 2, 3, 4], &[5, 4, 6, 2, 7]).await;
        check(&[1, 2], &[3, 4]).await;
    }

    /// Taken out and put back, an element loses the focus: somebody may be typing in a row.
    #[wasm_bindgen_test]
    async fn a_row_that_stays_keeps_the_focus() {
        let keys = RwSignal::new(vec![1, 2, 3]);
        let stage = list(keys);
        stage.find("#row-2").focus().expect("a field takes it");
        for after in [vec![2, 3], vec![4, 2, 3], vec![3, 4, 2], vec![2]] {
            keys.set(after.clone());
            settled().await;
            assert_eq!(
                document().active_element().map(|element| element.id()).as_deref(),
                Some("row-2"),
                "{after:?}"
            );
        }
    }

    #[wasm_bindgen_test]
    async fn a_row_is_made_once_and_ends_with_its_key() {
        let (keys, made, ended) =
            (RwSignal::new(vec![1, 2]), StoredValue::new(vec![]), StoredValue::new(vec![]));
        let stage = Stage::new(move || {
            view! {
                <For each=move || keys.get() key=|key| *key let(key)>
                    {
                        made.update_value(|made| made.push(key));
                        on_cleanup(move || ended.update_value(|ended| ended.push(key)));
                        let presses = RwSignal::new(0);
                        view! { <button on:click=move |_| presses.update(|count| *count += 1)>{move || presses.get().to_string()}</button> }
                    }
                </For>
            }
        });
        for after in [vec![2, 1], vec![2, 3]] {
            keys.set(after);
            settled().await;
        }
        assert_eq!((made.get_value(), ended.get_value()), (vec![1, 2, 3], vec![1]));
        // What a row made outlives the changes of the list.
        stage.find("button").click();
        settled().await;
        assert_eq!(stage.html(), "<button>1</button><button>0</button>");
        drop(stage);
        settled().await;
        assert_eq!(ended.get_value(), [1, 2, 3]);
    }

    #[wasm_bindgen_test]
    async fn a_list_comes_and_goes_in_its_place() {
        let (keys, open) = (RwSignal::new(vec![1]), RwSignal::new(true));
        let stage = Stage::new(move || {
            view! {
                {move || open.get().then(|| view! { <For each=move || keys.get() key=|key| *key let(key)>{key.to_string()}</For> })}
                <b>"last"</b>
            }
        });
        assert_eq!(stage.html(), "1<b>last</b>");
        for (is_open, rows, html) in [
            (false, vec![1], "<b>last</b>"),
            (true, vec![], "<b>last</b>"),
            (true, vec![2, 3], "23<b>last</b>"),
            (false, vec![2], "<b>last</b>"),
        ] {
            keys.set(rows);
            open.set(is_open);
            settled().await;
            assert_eq!(stage.html(), html);
        }
    }
}
