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
