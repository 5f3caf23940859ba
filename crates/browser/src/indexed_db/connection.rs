//! The connection to the database: opened once, shared by all, opened anew after it was lost.
//!
//! It is first opened without a version number, so that a page or worker older than the database can still send.
//! Only the page creates and migrates; a connection that stands in the way of another tab's migration closes.

use super::transaction::store_error;
use crate::{
    js::{self, Timer},
    oneshot::{self, Sender},
};
use core::cell::RefCell;
use evertill_sync::ports::{StoreError, Table};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbVersionChangeEvent};

/// The layout that this build writes. Each later one adds a step to [`migrate`].
const LAYOUT: u32 = 1;
/// How long an open may take; a browser whose storage hangs never answers at all.
const OPEN_WITHIN_MS: u64 = 10_000;

/// Who opens the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A page: creates and migrates.
    Page,
    /// A service worker: takes the database as it is, or does without.
    Worker,
}

/// The device's database in IndexedDB.
#[derive(Debug)]
pub struct IndexedDb {
    name: String,
    role: Role,
    layout: u32,
    state: Rc<RefCell<State>>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Closed,
    Opening(Vec<Waiting>),
    Open(Open),
}

type Waiting = Sender<Result<IdbDatabase, StoreError>>;

#[derive(Debug)]
struct Open {
    database: IdbDatabase,
    _lost: Closure<dyn FnMut()>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.database.set_onversionchange(None);
        self.database.set_onclose(None);
        self.database.close();
    }
}

impl IndexedDb {
    /// The database of this name; nothing is opened before the first use.
    pub fn new(name: &str, role: Role) -> Self {
        Self { name: name.to_owned(), role, layout: LAYOUT, state: Rc::default() }
    }

    /// The same as a build of another layout would open it; how an update is tested before there is one.
    #[must_use]
    pub fn of_layout(self, layout: u32) -> Self {
        Self { layout, ..self }
    }

    /// Opens it now, for a plain word at start if that fails.
    pub async fn open(&self) -> Result<(), StoreError> {
        self.database().await.map(|_| ())
    }

    /// Closes the connection. The next use opens a new one.
    pub fn close(&self) {
        let mut state = self.state.borrow_mut();
        if matches!(*state, State::Open(_)) {
            *state = State::Closed;
        }
    }

    /// Closes the connection, if it still is this one.
    pub(super) fn forget(&self, database: &IdbDatabase) {
        forget(&self.state, database);
    }

    /// The open connection, or a new one; callers that come meanwhile wait for the same.
    pub(super) async fn database(&self) -> Result<IdbDatabase, StoreError> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = self.state.borrow_mut();
            match &mut *state {
                State::Open(open) => return Ok(open.database.clone()),
                State::Opening(waiting) => waiting.push(sender),
                State::Closed => {
                    *state = State::Opening(vec![sender]);
                    // On a task of its own: a caller that goes away must not leave the others waiting.
                    wasm_bindgen_futures::spawn_local(connect(
                        self.name.clone(),
                        self.role,
                        self.layout,
                        Rc::clone(&self.state),
                    ));
                }
            }
        }
        receiver.await.unwrap_or_else(|| Err(StoreError::Closed("opening was given up".to_owned())))
    }
}

async fn connect(name: String, role: Role, layout: u32, state: Rc<RefCell<State>>) {
    let opened = open_newest(&name, role, layout).await;
    let (next, answer) = match opened {
        Ok(database) => {
            let open = watched(database.clone(), &state);
            (State::Open(open), Ok(database))
        }
        Err(error) => (State::Closed, Err(error)),
    };
    if let State::Opening(waiting) = state.replace(next) {
        for sender in waiting {
            sender.send(answer.clone());
        }
    }
}

/// Opens the database as it is; a page then brings an older layout up to date.
async fn open_newest(name: &str, role: Role, layout: u32) -> Result<IdbDatabase, StoreError> {
    let database = request_open(name, None, role).await?;
    if role == Role::Worker || layout_of(&database) >= layout {
        return Ok(database);
    }
    database.close();
    request_open(name, Some(layout), role).await
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a layout is a small count")]
fn layout_of(database: &IdbDatabase) -> u32 {
    database.version() as u32
}

/// Closes the connection when another tab wants to migrate, and notes when the browser closed it.
fn watched(database: IdbDatabase, state: &Rc<RefCell<State>>) -> Open {
    let (state, watched) = (Rc::downgrade(state), database.clone());
    let lost = Closure::new(move || {
        let Some(state) = state.upgrade() else { return };
        // Deferred: this closure is part of what is dropped.
        let watched = watched.clone();
        wasm_bindgen_futures::spawn_local(async move { forget(&state, &watched) });
    });
    database.set_onversionchange(Some(lost.as_ref().unchecked_ref()));
    database.set_onclose(Some(lost.as_ref().unchecked_ref()));
    Open { database, _lost: lost }
}

fn forget(state: &RefCell<State>, database: &IdbDatabase) {
    let mut state = state.borrow_mut();
    if matches!(&*state, State::Open(open) if js_sys::Object::is(&open.database, database)) {
        *state = State::Closed;
    }
}

/// What came of a request to open.
enum Opening {
    Opened,
    Failed,
    /// Another tab holds an older layout open and does not let go.
    Blocked,
    /// A worker found no database; it is none of its business to make one.
    Absent,
    Silent,
}

async fn request_open(name: &str, version: Option<u32>, role: Role) -> Result<IdbDatabase, StoreError> {
    let factory = factory()?;
    let request = match version {
        None => factory.open(name),
        Some(version) => factory.open_with_u32(name, version),
    }
    .map_err(|error| StoreError::Unavailable(js::error_text(&error)))?;
    let attempt = Attempt::new(request, role);
    let request = attempt.request.clone();
    match attempt.outcome().await {
        Opening::Opened => {
            let opened = request.result().map_err(|error| store_error(&error))?;
            Ok(opened.unchecked_into())
        }
        Opening::Absent => Err(StoreError::Unavailable("this device holds no till yet".to_owned())),
        Opening::Blocked => Err(StoreError::Unavailable(BLOCKED.to_owned())),
        Opening::Silent => Err(StoreError::Unavailable(SILENT.to_owned())),
        Opening::Failed => {
            let error = request.error().ok().flatten().map_or(JsValue::UNDEFINED, JsValue::from);
            Err(match store_error(&error) {
                StoreError::Quota => StoreError::Quota,
                _ => StoreError::Unavailable(js::error_text(&error)),
            })
        }
    }
}

/// What a person does about a tab that stands in the way.
pub(crate) const BLOCKED: &str = "another tab holds an older version of it open";
/// What a person is told when the browser does not answer.
pub(crate) const SILENT: &str = "the browser does not answer";

fn factory() -> Result<IdbFactory, StoreError> {
    js::property(&js_sys::global(), "indexedDB")
        .map(JsCast::unchecked_into)
        .ok_or_else(|| StoreError::Unavailable("this browser has no IndexedDB here".to_owned()))
}

/// A request to open with its listeners.
struct Attempt {
    request: IdbOpenDbRequest,
    outcome: oneshot::Receiver<Opening>,
    listeners: Listeners,
}

struct Listeners {
    upgrade: Closure<dyn FnMut(IdbVersionChangeEvent)>,
    success: Closure<dyn FnMut()>,
    failure: Closure<dyn FnMut(web_sys::Event)>,
    blocked: Closure<dyn FnMut()>,
    timer: Timer,
}

impl Attempt {
    fn new(request: IdbOpenDbRequest, role: Role) -> Self {
        let (sender, outcome) = oneshot::channel();
        let sender = Rc::new(RefCell::new(Some(sender)));
        let report = move |opening| {
            if let Some(sender) = sender.borrow_mut().take() {
                sender.send(opening);
            }
        };
        let upgrade = {
            let (report, request) = (report.clone(), request.clone());
            Closure::new(move |event: IdbVersionChangeEvent| {
                if upgrade(&request, role, &event).is_err() {
                    if let Some(transaction) = request.transaction() {
                        let _ = transaction.abort();
                    }
                    report(if role == Role::Worker { Opening::Absent } else { Opening::Failed });
                }
            })
        };
        let success = {
            let report = report.clone();
            Closure::new(move || report(Opening::Opened))
        };
        let failure = {
            let report = report.clone();
            Closure::new(move |event: web_sys::Event| {
                // Handled here: it must not surface as an error of the page.
                event.prevent_default();
                event.stop_propagation();
                report(Opening::Failed);
            })
        };
        let blocked = {
            let report = report.clone();
            Closure::new(move || report(Opening::Blocked))
        };
        let timer = Timer::after(OPEN_WITHIN_MS, move || report(Opening::Silent));
        request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
        request.set_onsuccess(Some(success.as_ref().unchecked_ref()));
        request.set_onerror(Some(failure.as_ref().unchecked_ref()));
        request.set_onblocked(Some(blocked.as_ref().unchecked_ref()));
        Self { request, outcome, listeners: Listeners { upgrade, success, failure, blocked, timer } }
    }

    async fn outcome(self) -> Opening {
        let Self { request, outcome, listeners } = self;
        let opening = outcome.await.unwrap_or(Opening::Failed);
        request.set_onblocked(None);
        if matches!(opening, Opening::Blocked | Opening::Silent) {
            // It may still succeed later: what it then opens is closed at once, or it would stand in the way itself.
            let Listeners { upgrade, success, failure, blocked, timer } = listeners;
            drop((success, blocked, timer));
            let late = request.clone();
            let close = Closure::once_into_js(move || {
                late.set_onupgradeneeded(None);
                late.set_onerror(None);
                if let Ok(database) = late.result() {
                    database.unchecked_into::<IdbDatabase>().close();
                }
            });
            request.set_onsuccess(Some(close.unchecked_ref()));
            upgrade.forget();
            failure.forget();
        } else {
            request.set_onupgradeneeded(None);
            request.set_onsuccess(None);
            // An aborted upgrade reports its error a moment later.
            request.set_onerror(None);
        }
        opening
    }
}

/// Creates or migrates, inside the browser's own upgrade transaction.
fn upgrade(request: &IdbOpenDbRequest, role: Role, event: &IdbVersionChangeEvent) -> Result<(), JsValue> {
    if role == Role::Worker {
        return Err(JsValue::NULL);
    }
    let database: IdbDatabase = request.result()?.unchecked_into();
    migrate(&database, js::whole(event.old_version()))
}

/// Brings the layout from `from` (0: none) to [`LAYOUT`].
fn migrate(database: &IdbDatabase, from: i64) -> Result<(), JsValue> {
    if from < 1 {
        for table in Table::ALL {
            database.create_object_store(table.name())?;
        }
    }
    Ok(())
}

/// Whether an error at `transaction()` says that the connection is closed or closing.
pub(super) fn closed_under_us(error: &JsValue) -> bool {
    js::property(error, "name").and_then(|name| name.as_string()).as_deref() == Some("InvalidStateError")
}
