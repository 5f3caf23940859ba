//! The store suite against IndexedDB, and what only a real browser does to a database: closing it, blocking it,
//! never answering. Runs in a page and in a service worker; which one, the environment says.

use evertill_browser::{IndexedDb, Role};
use evertill_sync::{
    ports::{Decision, Durability, Read, Store, StoreError, Table, Write},
    testing::store_suite::{self, Databases},
};
use js_sys::{Function, Object, Promise, Reflect};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{IdbDatabase, IdbFactory, IdbOpenDbRequest};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(run: &Function, milliseconds: f64);
}

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// A name that no other test and no earlier run used.
fn fresh_name() -> String {
    let number = NEXT.get();
    NEXT.set(number + 1);
    format!("suite-{}-{}", js_sys::Math::random(), number)
}

struct Fresh {
    name: Cell<String>,
}

impl Databases for Fresh {
    type Store = IndexedDb;
    async fn empty(&self) -> IndexedDb {
        let name = fresh_name();
        self.name.set(name.clone());
        IndexedDb::new(&name, Role::Page)
    }
    async fn reopen(&self, store: IndexedDb) -> IndexedDb {
        store.close();
        let name = self.name.take();
        self.name.set(name.clone());
        IndexedDb::new(&name, Role::Page)
    }
}

#[wasm_bindgen_test]
async fn indexed_db_keeps_every_promise_of_a_store() {
    store_suite::run(&Fresh { name: Cell::default() }).await;
}

async fn sleep(milliseconds: f64) {
    let promise = Promise::new(&mut |resolve, _| set_timeout(&resolve, milliseconds));
    JsFuture::from(promise).await.expect("a timer comes");
}

async fn put(store: &IndexedDb, key: u8, value: u8) -> Result<(), StoreError> {
    let writes = vec![Write::Put(Table::Meta, vec![key], vec![value])];
    store.transact(Durability::Strict, &[Table::Meta], Vec::new(), |_| Decision::Commit(writes, ())).await
}

async fn get(store: &IndexedDb, key: u8) -> Result<Option<Vec<u8>>, StoreError> {
    let rows = store.read(vec![Read::Get(Table::Meta, vec![key])]).await?;
    Ok(rows.into_iter().flatten().next().map(|(_, value)| value))
}

/// Writes as soon as nothing stands in the way any more.
async fn until_written(store: &IndexedDb) {
    let mut last = Ok(());
    for _ in 0..100 {
        last = put(store, 1, 1).await;
        if last.is_ok() {
            return;
        }
        // The distance between two looks; what ends the wait is a write that succeeds.
        sleep(10.0).await;
    }
    panic!("it never works again: {last:?}");
}

fn factory() -> IdbFactory {
    Reflect::get(&js_sys::global(), &JsValue::from_str("indexedDB")).expect("there is one").unchecked_into()
}

/// Opens a database as something that is not ours: it never lets go when asked.
async fn open_stubbornly(name: &str, version: u32) -> IdbDatabase {
    let request = factory().open_with_u32(name, version).expect("it can be asked for");
    settled(&request).await;
    request.result().expect("it opened").unchecked_into()
}

async fn settled(request: &IdbOpenDbRequest) {
    let promise = Promise::new(&mut |resolve: Function, _| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&resolve));
    });
    JsFuture::from(promise).await.expect("never rejected");
}

#[wasm_bindgen_test]
async fn strict_durability_reaches_the_browser() {
    // The transaction that the browser makes is asked what it was given.
    let spy = Function::new_with_args(
        "log",
        "const make = IDBDatabase.prototype.transaction;
         IDBDatabase.prototype.transaction = function (...given) {
           const made = make.apply(this, given); log.push(made.mode + ' ' + made.durability); return made; };
         return () => { IDBDatabase.prototype.transaction = make; };",
    );
    let log = js_sys::Array::new();
    let undo: Function = spy.call1(&JsValue::NULL, &log).expect("spied").unchecked_into();
    let store = IndexedDb::new(&fresh_name(), Role::Page);
    put(&store, 1, 1).await.expect("written");
    get(&store, 1).await.expect("read");
    undo.call0(&JsValue::NULL).expect("undone");
    let log: Vec<String> = log.iter().filter_map(|line| line.as_string()).collect();
    assert_eq!(log, ["readwrite strict", "readonly default"]);
}

/// Fault 32. A task that is held up between the reads and the decision finds its transaction ended by the browser:
/// that is an error and writes nothing; it is never half a write.
#[wasm_bindgen_test]
async fn a_transaction_that_was_held_up_writes_nothing() {
    let store = IndexedDb::new(&fresh_name(), Role::Page);
    put(&store, 1, 1).await.expect("written");
    let writes = vec![Write::Put(Table::Meta, vec![1], vec![9]), Write::Put(Table::Heads, vec![1], vec![9])];
    let reads = vec![Read::Get(Table::Meta, vec![1])];
    let held_up = HeldUp {
        inner: Box::pin(store.transact(Durability::Strict, &[Table::Meta, Table::Heads], reads, move |_| {
            Decision::Commit(writes, ())
        })),
        timer: None,
    };
    let result = held_up.await;
    assert!(result.is_err(), "{result:?}");
    assert_eq!(get(&store, 1).await, Ok(Some(vec![1])));
    put(&store, 1, 2).await.expect("the store works on");
}

/// Polls what it holds only from a timer, as a task would that awaits something foreign in between.
struct HeldUp<F> {
    inner: std::pin::Pin<Box<F>>,
    timer: Option<JsFuture>,
}

impl<F: Future> Future for HeldUp<F> {
    type Output = F::Output;
    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<F::Output> {
        use std::task::{Poll, Waker};
        loop {
            let Some(timer) = &mut self.timer else {
                if let Poll::Ready(output) =
                    self.inner.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()))
                {
                    return Poll::Ready(output);
                }
                self.timer =
                    Some(JsFuture::from(Promise::new(&mut |resolve, _| set_timeout(&resolve, 50.0))));
                continue;
            };
            if std::pin::Pin::new(timer).poll(context).is_pending() {
                return Poll::Pending;
            }
            self.timer = None;
        }
    }
}

/// A future that nobody waits for any more, dropped before it decided: nothing of what it would have written is there,
/// in no table, and the store works on.
#[wasm_bindgen_test]
async fn a_dropped_transaction_is_all_or_nothing() {
    let store = IndexedDb::new(&fresh_name(), Role::Page);
    put(&store, 1, 1).await.expect("written");
    let tables = [Table::Meta, Table::Journal, Table::Outbox, Table::Heads, Table::Drafts];
    let asked = || tables.map(|table| Read::Count { table, range: None }).to_vec();
    let before = store.read(asked()).await.expect("read");
    {
        let mut writes: Vec<Write> = tables
            .iter()
            .flat_map(|table| (2..7).map(|key| Write::Put(*table, vec![key], vec![9])))
            .collect();
        writes.push(Write::Put(Table::Meta, vec![1], vec![9]));
        let reads = vec![Read::Get(Table::Meta, vec![1])];
        let decide = |_| Decision::Commit(writes, ());
        let mut dropped = Box::pin(store.transact(Durability::Strict, &tables, reads, decide));
        let waker = std::task::Waker::noop();
        assert!(dropped.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
    }
    // Whatever is left of it: the browser runs these transactions behind it.
    assert_eq!(store.read(asked()).await.expect("read"), before, "no row of the 25 is there");
    assert_eq!(get(&store, 1).await, Ok(Some(vec![1])), "and none was changed");
    put(&store, 1, 3).await.expect("the store works on");
    assert_eq!(get(&store, 1).await, Ok(Some(vec![3])));
}

/// Fault 36.
#[wasm_bindgen_test]
async fn a_connection_closed_under_the_page_is_opened_again() {
    let name = fresh_name();
    let store = IndexedDb::new(&name, Role::Page);
    put(&store, 1, 1).await.expect("written");
    store.close();
    assert_eq!(get(&store, 1).await, Ok(Some(vec![1])));
    // A later build migrates from another tab: this connection lets go, and works on afterwards.
    let newer = open_stubbornly(&name, 7).await;
    newer.close();
    put(&store, 1, 2).await.expect("a page older than the database still writes");
    assert_eq!(get(&store, 1).await, Ok(Some(vec![2])));
    let worker = IndexedDb::new(&name, Role::Worker);
    assert_eq!(get(&worker, 1).await, Ok(Some(vec![2])));
}

/// Fault 36: the whole database is gone while it was open.
#[wasm_bindgen_test]
async fn a_deleted_database_is_made_anew_by_a_page_and_not_by_a_worker() {
    let name = fresh_name();
    let store = IndexedDb::new(&name, Role::Page);
    put(&store, 1, 1).await.expect("written");
    let request = factory().delete_database(&name).expect("it can be asked for");
    settled(&request).await;
    let worker = IndexedDb::new(&name, Role::Worker);
    assert!(matches!(worker.open().await, Err(StoreError::Unavailable(_))));
    assert_eq!(get(&store, 1).await, Ok(None));
    worker.open().await.expect("there is one again");
}

/// Fault 38: a tab of another build stands in the way of a migration.
#[wasm_bindgen_test]
async fn a_blocked_migration_says_so_and_succeeds_later() {
    let name = fresh_name();
    IndexedDb::new(&name, Role::Page).open().await.expect("made");
    let stubborn = open_stubbornly(&name, 1).await;
    let store = IndexedDb::new(&name, Role::Page).of_layout(2);
    match store.open().await {
        Err(StoreError::Unavailable(why)) => assert!(why.contains("another tab"), "{why}"),
        other => panic!("{other:?}"),
    }
    stubborn.close();
    until_written(&store).await;
}

/// Fault 38: an open that never answers.
#[wasm_bindgen_test]
async fn an_open_that_never_answers_is_given_up() {
    let name = fresh_name();
    IndexedDb::new(&name, Role::Page).open().await.expect("made");
    let stubborn = open_stubbornly(&name, 1).await;
    // Waits for the stubborn connection, and makes every later open wait behind it.
    let _delete = factory().delete_database(&name).expect("it can be asked for");
    let store = IndexedDb::new(&name, Role::Page);
    match store.open().await {
        Err(StoreError::Unavailable(why)) => assert!(why.contains("does not answer"), "{why}"),
        other => panic!("{other:?}"),
    }
    stubborn.close();
    until_written(&store).await;
}

/// Fault 38: no IndexedDB at all.
#[wasm_bindgen_test]
async fn no_indexed_db_is_an_error_in_words() {
    let global = js_sys::global();
    let hidden = Object::new();
    Reflect::set(&hidden, &"value".into(), &JsValue::UNDEFINED).expect("set");
    Reflect::set(&hidden, &"configurable".into(), &JsValue::TRUE).expect("set");
    let before = factory();
    Object::define_property(&global, &"indexedDB".into(), &hidden);
    let result = IndexedDb::new("none", Role::Page).open().await;
    let restored = Object::new();
    Reflect::set(&restored, &"value".into(), &before).expect("set");
    Reflect::set(&restored, &"configurable".into(), &JsValue::TRUE).expect("set");
    Object::define_property(&global, &"indexedDB".into(), &restored);
    assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
}

/// What Chromium does when the quota is reached: every request succeeds and the transaction aborts; other browsers fail
/// the request. Both arrive as the same error.
#[wasm_bindgen_test]
async fn a_full_quota_is_told_apart() {
    let name = fresh_name();
    let store = IndexedDb::new(&name, Role::Page);
    put(&store, 1, 1).await.expect("written");
    // Once the write has succeeded, the transaction aborts with the reason that a full disk has.
    let spy = Function::new_no_args(
        "const put = IDBObjectStore.prototype.put;
         const error = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, 'error');
         IDBObjectStore.prototype.put = function (...given) {
           const request = put.apply(this, given);
           request.addEventListener('success', () => this.transaction.abort());
           return request; };
         Object.defineProperty(IDBTransaction.prototype, 'error', { configurable: true,
           get() { return new DOMException('full', 'QuotaExceededError'); } });
         return () => { IDBObjectStore.prototype.put = put;
           Object.defineProperty(IDBTransaction.prototype, 'error', error); };",
    );
    let undo: Function = spy.call0(&JsValue::NULL).expect("spied").unchecked_into();
    let result = put(&store, 1, 2).await;
    undo.call0(&JsValue::NULL).expect("undone");
    assert_eq!(result, Err(StoreError::Quota));
    assert_eq!(get(&store, 1).await, Ok(Some(vec![1])));
}
