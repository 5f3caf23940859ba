//! A list that is read page by page from the ERP, and what a page shows while it is not there.

use std::future::Future;

use crate::reactive::prelude::*;
use evertill_protocol::api::Page;
use leptos::task::spawn_local;

use crate::{
    api::ApiError,
    markup::{Node, view},
    widgets::{button::Button, chip::Mood, notice::Notice},
    words,
};

/// Rows asked for at once.
pub const PAGE_ROWS: u32 = 50;

/// Rows fetched so far and where the next page begins. A later reload makes earlier answers void.
pub struct Listing<T: Send + Sync + 'static> {
    rows: RwSignal<Vec<T>>,
    next: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    error: RwSignal<Option<ApiError>>,
    loaded: RwSignal<bool>,
    turn: StoredValue<u64>,
}

impl<T: Send + Sync + 'static> Clone for Listing<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Send + Sync + 'static> Copy for Listing<T> {}

impl<T: Clone + Send + Sync + 'static> Listing<T> {
    /// An empty list.
    pub fn new() -> Self {
        Listing {
            rows: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
            loaded: RwSignal::new(false),
            turn: StoredValue::new(0),
        }
    }

    /// The rows so far.
    pub fn rows(self) -> Vec<T> {
        self.rows.get()
    }

    /// How many there are.
    pub fn len(self) -> Signal<usize> {
        Signal::derive(move || self.rows.with(Vec::len))
    }

    /// Whether a further page is there.
    pub fn more(self) -> Signal<bool> {
        Signal::derive(move || self.next.with(Option::is_some))
    }

    /// Whether a page is on its way.
    pub fn busy(self) -> Signal<bool> {
        self.busy.into()
    }

    /// Why the last page did not come.
    pub fn error(self) -> Option<ApiError> {
        self.error.get()
    }

    /// Whether the first page has come and has no rows.
    pub fn is_empty(self) -> bool {
        self.loaded.get() && self.rows.with(Vec::is_empty)
    }

    /// Whether the first page has yet to come, or to fail.
    fn is_awaited(self) -> bool {
        self.busy.get() && !self.loaded.get() && self.error.with(Option::is_none)
    }

    /// Forgets what was shown and fetches the first page: for another list than before, and for a new try.
    pub fn restart<F: Future<Output = Result<Page<T>, ApiError>> + 'static>(
        self,
        fetch: impl FnOnce(Option<String>) -> F,
    ) {
        self.rows.set(Vec::new());
        self.next.set(None);
        self.loaded.set(false);
        self.error.set(None);
        self.reload(fetch);
    }

    /// Fetches the first page anew; `fetch` gets no `after`.
    pub fn reload<F: Future<Output = Result<Page<T>, ApiError>> + 'static>(
        self,
        fetch: impl FnOnce(Option<String>) -> F,
    ) {
        self.turn.update_value(|turn| *turn += 1);
        self.get(fetch(None), true);
    }

    /// Fetches the next page, if there is one and none is on its way.
    pub fn extend<F: Future<Output = Result<Page<T>, ApiError>> + 'static>(
        self,
        fetch: impl FnOnce(Option<String>) -> F,
    ) {
        if !self.busy.get_untracked()
            && let Some(after) = self.next.get_untracked()
        {
            self.get(fetch(Some(after)), false);
        }
    }

    fn get(self, page: impl Future<Output = Result<Page<T>, ApiError>> + 'static, first: bool) {
        let turn = self.turn.get_value();
        self.busy.set(true);
        spawn_local(async move {
            let answer = page.await;
            // The view may be gone, or have asked for something else meanwhile.
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            match answer {
                Ok(Page { mut items, next }) => {
                    self.rows.update(|rows| {
                        if first {
                            rows.clear();
                        }
                        rows.append(&mut items);
                    });
                    self.next.set(next);
                    self.loaded.set(true);
                    self.error.set(None);
                }
                Err(error) => self.error.set(Some(error)),
            }
            self.busy.set(false);
        });
    }
}

/// What stands in a list's place while it is not there: that it is fetched, or why it did not come.
pub fn instead<T: Clone + Send + Sync + 'static, F: Future<Output = Result<Page<T>, ApiError>> + 'static>(
    list: Listing<T>,
    offline: &'static str,
    fetch: impl Fn(Option<String>) -> F + Copy + Send + Sync + 'static,
) -> Node {
    let awaited = Memo::new(move |_| list.is_awaited());
    view! {
        {move || awaited.get().then(fetching)}
        {move || list.error().map(|error| offline_or(&error, offline, move || list.restart(fetch)))}
    }
    .into_node()
}

/// Said at once where an answer of the ERP will stand. It has its time; then [`offline_or`] says that none came.
pub fn fetching() -> Node {
    view! { <p class="soft" role="status" data-testid="fetching">{words::FETCHING}</p> }.into_node()
}

/// The plain sentence for a page that needs the ERP, with a way to ask again; or the ERP's own words.
pub fn offline_or(error: &ApiError, offline: &'static str, again: impl Fn() + Send + Sync + 'static) -> Node {
    let text = error.words(offline);
    let mood = if matches!(error, ApiError::Unreachable) { Mood::Wait } else { Mood::Bad };
    view! {
        <Notice mood=mood text=Signal::derive(move || text.clone())>
            <Button on:click=move |_| again() attr:data-testid="again">{words::TRY_AGAIN}</Button>
        </Notice>
    }
    .into_node()
}

/// `path` with the query of a keyset page; `more` are further pairs, of which empty ones are left out.
pub fn paged(path: &str, after: Option<&str>, more: &[(&str, &str)]) -> String {
    let encode = |text: &str| String::from(js_sys::encode_uri_component(text));
    let pairs = more
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("&{name}={}", encode(value)));
    let after = after.map(|after| format!("&after={}", encode(after))).unwrap_or_default();
    format!("{path}?limit={PAGE_ROWS}{after}{}", pairs.collect::<String>())
}
