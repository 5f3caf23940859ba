//! Web Locks, in page and worker: who may send, which tab holds a cart, which tabs are busy.
//!
//! Own bindings: web-sys has them only behind `web_sys_unstable_apis`.

use crate::{js, oneshot};
use core::cell::Cell;
use js_sys::{Function, Promise};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    type LockManager;
    #[wasm_bindgen(method, catch)]
    fn request(this: &LockManager, name: &str, options: &JsValue, held: &JsValue)
    -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn query(this: &LockManager) -> Result<Promise, JsValue>;
}

/// How a lock is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Alone, now or not at all.
    IfFree,
    /// Beside other sharers; waits while somebody holds it alone.
    Shared,
    /// Takes it from whoever holds it: for holders that are frozen or gone.
    Rob,
}

/// A held lock. Dropping it gives it back.
#[derive(Debug)]
pub struct LockGuard {
    release: Option<Function>,
    robbed: Rc<Cell<bool>>,
}

impl LockGuard {
    /// Whether another tab took it away: this one was thought to be frozen.
    pub(crate) fn robbed(&self) -> bool {
        self.robbed.get()
    }
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Which of these locks nobody holds or waits for at this moment. None where the browser cannot say.
pub(crate) async fn free(names: Vec<String>) -> Vec<String> {
    let Some(locks) = js::property(&js::navigator(), "locks") else { return Vec::new() };
    let Ok(asked) = locks.unchecked_ref::<LockManager>().query() else { return Vec::new() };
    let Ok(state) = wasm_bindgen_futures::JsFuture::from(asked).await else { return Vec::new() };
    let mut taken = Vec::new();
    for list in ["held", "pending"] {
        let Some(list) = js::property(&state, list) else { return Vec::new() };
        let name = |lock: JsValue| js::property(&lock, "name")?.as_string();
        taken.extend(js_sys::Array::from(&list).iter().filter_map(name));
    }
    names.into_iter().filter(|name| !taken.contains(name)).collect()
}

/// The lock, or `None` if it was not free (`Ask::IfFree`).
///
/// A browser without Web Locks gets a guard that guards nothing: two senders at once are harmless, and two tabs
/// with one cart are told apart by the sale's transaction.
pub(crate) async fn lock(name: &str, ask: Ask) -> Option<LockGuard> {
    let robbed = Rc::new(Cell::new(false));
    let nothing = LockGuard { release: None, robbed: Rc::clone(&robbed) };
    let Some(locks) = js::property(&js::navigator(), "locks") else { return Some(nothing) };
    let (granted, waiting) = oneshot::channel::<Option<Function>>();
    // Called with the lock, or with null if it was not free. The lock is held until the promise it answers settles.
    let held = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        if lock.is_null() {
            granted.send(None);
            return JsValue::UNDEFINED;
        }
        let mut release = None;
        let until_released = Promise::new(&mut |resolve: Function, _| release = Some(resolve));
        granted.send(release);
        until_released.into()
    });
    let yes = JsValue::TRUE;
    let options = match ask {
        Ask::IfFree => js::object(&[("ifAvailable", yes)]),
        Ask::Shared => js::object(&[("mode", JsValue::from_str("shared"))]),
        Ask::Rob => js::object(&[("steal", yes)]),
    };
    let Ok(over) = locks.unchecked_ref::<LockManager>().request(name, &options, &held) else {
        return Some(nothing);
    };
    // The request's promise is rejected when the lock is stolen; unheard it would be an error on the console.
    let mark = Rc::clone(&robbed);
    wasm_bindgen_futures::spawn_local(async move {
        if wasm_bindgen_futures::JsFuture::from(over).await.is_err() {
            mark.set(true);
        }
    });
    let release = waiting.await??;
    Some(LockGuard { release: Some(release), robbed })
}
