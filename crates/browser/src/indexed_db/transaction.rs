//! One IndexedDB transaction from its requests to its `complete` event.
//!
//! IndexedDB executes requests in the order they were made and reports them in that order, so one listener on the
//! last read stands for all. That listener wakes the waiting task, which runs in the microtask right behind it:
//! the transaction is still active there, and the decision's writes go out before control returns to the browser.
//!
//! Never `commit()`: the browser commits by itself once no request is pending. Firefox 153 would otherwise complete a
//! transaction of which a request failed, without what that request would have written, when a later one succeeded; and it
//! and `WebKitGTK` would not say why another was aborted.

use crate::js;
use core::{
    cell::RefCell,
    future::poll_fn,
    task::{Poll, Waker},
};
use evertill_sync::ports::{Durability, KeyRange, Read, Rows, StoreError, Table, Write};
use js_sys::{Array, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{IdbDatabase, IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransaction};

#[wasm_bindgen]
extern "C" {
    // web-sys passes options (durability) only behind `web_sys_unstable_apis`.
    #[wasm_bindgen(extends = IdbDatabase)]
    type Connection;
    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &Connection,
        tables: &Array,
        mode: &str,
        options: &JsValue,
    ) -> Result<IdbTransaction, JsValue>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    ReadOnly,
    ReadWrite,
}

/// A decision without its answer: what to write, if anything. One type for all of them, so that the code of a transaction
/// exists once and not for each use.
pub(super) type Decide<'decision> = &'decision mut dyn FnMut(Vec<Rows>) -> Option<Vec<Write>>;

/// What the browser reported so far.
#[derive(Default)]
struct Progress {
    read: bool,
    /// `true` after `complete`, `false` after `abort`.
    over: Option<bool>,
    waker: Option<Waker>,
}

/// A running transaction. Dropped, it is left to the browser, which finishes what was requested.
pub(super) struct Transaction {
    inner: IdbTransaction,
    progress: Rc<RefCell<Progress>>,
    over: Closure<dyn FnMut(web_sys::Event)>,
    last_read: Option<(IdbRequest, Closure<dyn FnMut()>)>,
}

impl Transaction {
    pub(super) fn begin(
        database: &IdbDatabase,
        tables: &[Table],
        mode: Mode,
        durability: Durability,
    ) -> Result<Self, JsValue> {
        let names: Array = tables.iter().map(|table| JsValue::from_str(table.name())).collect();
        let (mode, durability) = match (mode, durability) {
            (Mode::ReadOnly, _) => ("readonly", "default"),
            (Mode::ReadWrite, Durability::Strict) => ("readwrite", "strict"),
            (Mode::ReadWrite, Durability::Relaxed) => ("readwrite", "relaxed"),
        };
        let options = js::object(&[("durability", JsValue::from_str(durability))]);
        let transaction = database.unchecked_ref::<Connection>().transaction(&names, mode, &options)?;
        let progress = Rc::new(RefCell::new(Progress::default()));
        let noted = Rc::clone(&progress);
        let over = Closure::new(move |event: web_sys::Event| {
            tell(&noted, |progress| progress.over = Some(event.type_() == "complete"));
        });
        transaction.set_oncomplete(Some(over.as_ref().unchecked_ref()));
        transaction.set_onabort(Some(over.as_ref().unchecked_ref()));
        Ok(Self { inner: transaction, progress, over, last_read: None })
    }

    /// The answers to `reads`, of one snapshot.
    pub(super) async fn read(mut self, reads: &[Read]) -> Result<Vec<Rows>, StoreError> {
        self.answers(reads).await
    }

    /// Reads, decides, writes, and waits for `complete`.
    pub(super) async fn run(mut self, reads: &[Read], decide: Decide<'_>) -> Result<(), StoreError> {
        let rows = self.answers(reads).await?;
        let Some(writes) = decide(rows) else { return Ok(()) };
        if let Err(error) = self.request(&writes) {
            // Nothing of a half-requested transaction may be committed by the browser on its own.
            let _ = self.inner.abort();
            return Err(store_error(&error));
        }
        self.wait(|progress| progress.over.is_some()).await;
        if self.progress.borrow().over == Some(true) { Ok(()) } else { Err(self.abort_error()) }
    }

    async fn answers(&mut self, reads: &[Read]) -> Result<Vec<Rows>, StoreError> {
        let asked = reads.iter().map(|read| ask(&self.inner, read)).collect::<Result<Vec<_>, _>>();
        let asked = match asked {
            Ok(asked) => asked,
            Err(error) => {
                let _ = self.inner.abort();
                return Err(store_error(&error));
            }
        };
        if let Some(last) = asked.iter().rev().find_map(Asked::last) {
            let progress = Rc::clone(&self.progress);
            let success = Closure::new(move || tell(&progress, |progress| progress.read = true));
            last.set_onsuccess(Some(success.as_ref().unchecked_ref()));
            self.last_read = Some((last.clone(), success));
            self.wait(|progress| progress.read || progress.over.is_some()).await;
            if !self.progress.borrow().read {
                return Err(self.abort_error());
            }
        }
        asked.iter().map(Asked::rows).collect::<Result<_, _>>().map_err(|error| store_error(&error))
    }

    fn request(&self, writes: &[Write]) -> Result<(), JsValue> {
        for write in writes {
            match write {
                Write::Add(table, key, value) => {
                    self.store(*table)?.add_with_key(&bytes(value), &bytes(key))?;
                }
                Write::Put(table, key, value) => {
                    self.store(*table)?.put_with_key(&bytes(value), &bytes(key))?;
                }
                Write::Delete(table, key) => {
                    self.store(*table)?.delete(&bytes(key))?;
                }
                Write::DeleteRange(table, range) => {
                    if let Some(range) = key_range(range)? {
                        self.store(*table)?.delete(&range)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn store(&self, table: Table) -> Result<IdbObjectStore, JsValue> {
        self.inner.object_store(table.name())
    }

    async fn wait(&self, until: impl Fn(&Progress) -> bool) {
        poll_fn(|context| {
            let mut progress = self.progress.borrow_mut();
            if until(&progress) {
                return Poll::Ready(());
            }
            progress.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Why the browser aborted it. Without a reason it was the connection that ended.
    fn abort_error(&self) -> StoreError {
        match self.inner.error() {
            Some(error) => store_error(&error),
            None => StoreError::Closed("the transaction was aborted without a reason".to_owned()),
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        // The listeners die with this; the browser must not call them any more.
        self.inner.set_oncomplete(None);
        self.inner.set_onabort(None);
        if let Some((request, _)) = &self.last_read {
            request.set_onsuccess(None);
        }
        let _ = &self.over;
    }
}

fn tell(progress: &RefCell<Progress>, note: impl FnOnce(&mut Progress)) {
    let waker = {
        let mut progress = progress.borrow_mut();
        note(&mut progress);
        progress.waker.take()
    };
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// A read that was requested.
enum Asked {
    Nothing,
    Get(Vec<u8>, IdbRequest),
    Scan { keys: IdbRequest, values: IdbRequest },
    Keys(IdbRequest),
    Count(IdbRequest),
}

fn ask(transaction: &IdbTransaction, read: &Read) -> Result<Asked, JsValue> {
    let store = transaction.object_store(table_of(read).name())?;
    Ok(match read {
        Read::Get(_, key) => Asked::Get(key.clone(), store.get(&bytes(key))?),
        Read::Scan { range, limit, .. } => match query(range.as_ref(), *limit)? {
            Some(query) => Asked::Scan {
                keys: store.get_all_keys_with_key_and_limit(&query, *limit)?,
                values: store.get_all_with_key_and_limit(&query, *limit)?,
            },
            None => Asked::Nothing,
        },
        Read::Keys { range, limit, .. } => match query(range.as_ref(), *limit)? {
            Some(query) => Asked::Keys(store.get_all_keys_with_key_and_limit(&query, *limit)?),
            None => Asked::Nothing,
        },
        Read::Count { range, .. } => match query(range.as_ref(), 1)? {
            Some(query) if query.is_undefined() => Asked::Count(store.count()?),
            Some(query) => Asked::Count(store.count_with_key(&query)?),
            None => Asked::Nothing,
        },
    })
}

impl Asked {
    /// The request that is reported last.
    fn last(&self) -> Option<&IdbRequest> {
        match self {
            Self::Nothing => None,
            Self::Get(_, request) | Self::Keys(request) | Self::Count(request) => Some(request),
            Self::Scan { values, .. } => Some(values),
        }
    }

    fn rows(&self) -> Result<Rows, JsValue> {
        Ok(match self {
            Self::Nothing => Rows::new(),
            Self::Get(key, request) => {
                let value = request.result()?;
                if value.is_undefined() { Rows::new() } else { vec![(key.clone(), unpack(&value))] }
            }
            Self::Scan { keys, values } => {
                let keys: Array = keys.result()?.unchecked_into();
                let values: Array = values.result()?.unchecked_into();
                keys.iter().zip(values.iter()).map(|(key, value)| (unpack(&key), unpack(&value))).collect()
            }
            Self::Keys(request) => {
                let keys: Array = request.result()?.unchecked_into();
                keys.iter().map(|key| (unpack(&key), Vec::new())).collect()
            }
            Self::Count(request) => {
                let count = js::whole(request.result()?.as_f64().unwrap_or(0.0));
                vec![(Vec::new(), count.to_be_bytes().to_vec())]
            }
        })
    }
}

pub(super) fn table_of(read: &Read) -> Table {
    match read {
        Read::Get(table, _)
        | Read::Scan { table, .. }
        | Read::Keys { table, .. }
        | Read::Count { table, .. } => *table,
    }
}

/// The query for a range: undefined for all keys; `None` if no key can be in it or no row is wanted.
fn query(range: Option<&KeyRange>, limit: u32) -> Result<Option<JsValue>, JsValue> {
    if limit == 0 {
        // IndexedDB takes 0 for "no limit".
        return Ok(None);
    }
    range.map_or(Ok(Some(JsValue::UNDEFINED)), key_range)
}

fn key_range(range: &KeyRange) -> Result<Option<JsValue>, JsValue> {
    if range.first > range.last {
        return Ok(None);
    }
    Ok(Some(IdbKeyRange::bound(&bytes(&range.first), &bytes(&range.last))?.into()))
}

fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

/// Bytes of a value (a `Uint8Array`) or of a key (an `ArrayBuffer`).
fn unpack(value: &JsValue) -> Vec<u8> {
    Uint8Array::new(value).to_vec()
}

/// What the browser's error means to the engine.
pub(super) fn store_error(error: &JsValue) -> StoreError {
    let text = js::error_text(error);
    let name = js::property(error, "name").and_then(|name| name.as_string()).unwrap_or_default();
    match name.as_str() {
        "QuotaExceededError" => StoreError::Quota,
        "ConstraintError" => StoreError::Exists,
        // A closing connection; a transaction that the browser ended by itself. WebKit says UnknownError when it
        // lost its database process, Chromium when its files failed: a new connection is the cure for both.
        "InvalidStateError" | "AbortError" | "TransactionInactiveError" | "UnknownError" => {
            StoreError::Closed(text)
        }
        _ => StoreError::Failed(text),
    }
}
