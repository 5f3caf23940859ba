//! The service worker's registration: the app's own update, which waits until every tab is idle, and the wish to be
//! woken when a network returns.

use super::{Device, carts::BUSY_LOCK};
use crate::{
    Notice, background_sync, js,
    js::Timer,
    locks::{Ask, lock},
    oneshot,
};
use core::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Event, MessageChannel, MessageEvent, ServiceWorker, ServiceWorkerContainer, ServiceWorkerRegistration,
};

const SERVICE_WORKER: &str = "/service-worker.js";
/// How long a page that let the new version take over stays idle for it; the reload comes long before.
const TAKE_OVER_WITHIN_MS: u64 = 5_000;
/// How long after a registration that failed the next is tried; doubled each time up to the most.
const REGISTER_AGAIN_MS: u64 = 2_000;
/// See [`REGISTER_AGAIN_MS`].
const REGISTER_AGAIN_MS_MAX: u64 = 60_000;
/// How long a waiting worker may take to say which version it keeps.
const VERSION_WITHIN_MS: u64 = 30_000;
/// How often an install under way, or the answer to a claim, is looked at.
const INSTALL_LOOK_MS: u64 = 500;

type Listener = Closure<dyn FnMut(Event)>;

/// What became of the wish to update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateAnswer {
    /// The waiting version was told to take over.
    TakesOver,
    /// A tab of this browser holds goods.
    TabBusy,
    /// No version waits, or none that can be told: another tab may have been quicker.
    NoneWaits,
}

/// The registration and its listeners.
#[derive(Default)]
pub(super) struct Update {
    registration: RefCell<Option<ServiceWorkerRegistration>>,
    listeners: RefCell<Vec<Listener>>,
    /// Whether another version than this page's waits.
    waits: Cell<bool>,
}

impl Update {
    fn registration(&self) -> Option<ServiceWorkerRegistration> {
        self.registration.borrow().clone()
    }
}

impl Device {
    /// Whether another version of the app than this page's is complete and waits; as of the last [`Notice::Update`].
    pub fn is_update_waiting(&self) -> bool {
        self.0.update.waits.get()
    }

    /// Lets the waiting version take over, if no tab holds goods; the page then reloads.
    pub async fn apply_update(&self) -> UpdateAnswer {
        // Free only while no tab is busy; held until the new version has taken over and this page is gone.
        let Some(idle) = lock(BUSY_LOCK, Ask::IfFree).await else { return UpdateAnswer::TabBusy };
        let registration = self.0.update.registration();
        let Some(waiting) = registration.and_then(|registration| registration.waiting()) else {
            return UpdateAnswer::NoneWaits;
        };
        let activate = js::object(&[("type", JsValue::from_str("activate"))]);
        if waiting.post_message(&activate).is_err() {
            return UpdateAnswer::NoneWaits;
        }
        js::sleep(TAKE_OVER_WITHIN_MS).await;
        drop(idle);
        UpdateAnswer::TakesOver
    }

    /// Asks the server now whether there is a newer version.
    pub async fn check_for_update(&self) {
        if let Some(Ok(promise)) = self.0.update.registration().map(|registration| registration.update()) {
            let _ = JsFuture::from(promise).await;
        }
    }

    /// Registers the service worker, and reloads when a new version took over.
    pub(super) async fn register_service_worker(&self) {
        let Some(container) = js::property(&js::navigator(), "serviceWorker") else { return };
        let container: ServiceWorkerContainer = container.unchecked_into();
        // The first install claims its page; only a page that had a worker before is of another version then.
        let mut controlled = container.controller().is_some();
        let taken_over = Closure::<dyn FnMut(Event)>::new(move |_| {
            if core::mem::replace(&mut controlled, true) {
                reload();
            }
        });
        container.set_oncontrollerchange(Some(taken_over.as_ref().unchecked_ref()));
        self.0.update.listeners.borrow_mut().push(taken_over);
        let options =
            js::object(&[("scope", JsValue::from_str("/")), ("updateViaCache", JsValue::from_str("none"))]);
        // Until a version is kept this till could not be opened without a network, so a failure is tried again.
        let mut wait_ms = REGISTER_AGAIN_MS;
        loop {
            if let Ok(registration) = register(&container, SERVICE_WORKER, &options).await {
                let registration: ServiceWorkerRegistration = registration.unchecked_into();
                self.watch(&registration);
                self.0.update.registration.replace(Some(registration.clone()));
                self.look_who_waits();
                self.register_background_sync();
                if is_kept(&registration).await {
                    return be_answered(&container, &registration).await;
                }
            }
            js::sleep(wait_ms).await;
            wait_ms = (wait_ms * 2).min(REGISTER_AGAIN_MS_MAX);
        }
    }

    /// Looks who waits whenever a worker that was found gets further.
    fn watch(&self, registration: &ServiceWorkerRegistration) {
        let weak = Rc::downgrade(&self.0);
        let found = registration.clone();
        let on_found = Closure::<dyn FnMut(Event)>::new(move |_| {
            let Some(installing) = found.installing() else { return };
            let weak = weak.clone();
            let on_state = Closure::<dyn FnMut(Event)>::new(move |_| {
                if let Some(inner) = weak.upgrade() {
                    Device(inner).look_who_waits();
                }
            });
            installing.set_onstatechange(Some(on_state.as_ref().unchecked_ref()));
            // One per version found: it lives as long as the page.
            on_state.forget();
        });
        registration.set_onupdatefound(Some(on_found.as_ref().unchecked_ref()));
        self.0.update.listeners.borrow_mut().push(on_found);
    }

    /// Tells the views whether another version waits. A worker waits for a moment on its way to becoming active as well,
    /// when there was none or it was thrown out, and is of this page's own version then.
    fn look_who_waits(&self) {
        let device = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let registration = device.0.update.registration();
            let waits = match registration.and_then(|registration| registration.waiting()) {
                Some(worker) => {
                    version_of(&worker).await.is_some_and(|version| Some(version) != version_here())
                }
                None => false,
            };
            device.0.update.waits.set(waits);
            device.tell(Notice::Update);
        });
    }

    /// Asks the browser to wake the worker when a network returns.
    pub(super) fn register_background_sync(&self) {
        if let Some(registration) = self.0.update.registration() {
            background_sync::register(&registration);
        }
    }
}

/// The version of the page that runs, as the server that delivered it names it.
pub fn version_here() -> Option<String> {
    let document = web_sys::window().and_then(|window| window.document())?;
    let named = document.query_selector("meta[name='evertill-version']").ok().flatten()?;
    named.get_attribute("content")
}

/// The version that a worker keeps; `None` if it does not say.
async fn version_of(worker: &ServiceWorker) -> Option<String> {
    let channel = MessageChannel::new().ok()?;
    let (sender, said) = oneshot::channel();
    let sender = Rc::new(Cell::new(Some(sender)));
    let late = Rc::clone(&sender);
    let _late = Timer::after(VERSION_WITHIN_MS, move || drop(late.take()));
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(sender) = sender.take() {
            sender.send(js::property(&event.data(), "version").and_then(|version| version.as_string()));
        }
    });
    channel.port1().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    let question = js::object(&[("type", JsValue::from_str("version"))]);
    worker.post_message_with_transferable(&question, &js_sys::Array::of1(&channel.port2())).ok()?;
    said.await.flatten()
}

/// Waits for an install to end: whether a complete version is kept now. One whose files did not all arrive is dropped
/// by the browser.
async fn is_kept(registration: &ServiceWorkerRegistration) -> bool {
    loop {
        if registration.active().is_some() || registration.waiting().is_some() {
            return true;
        }
        if registration.installing().is_none() {
            return false;
        }
        js::sleep(INSTALL_LOOK_MS).await;
    }
}

/// Has the worker answer this page. A worker claims its pages when it becomes active, but not one that is just being
/// loaded then, as the till is after enrolment: such a page would not reload when a new version takes over.
async fn be_answered(container: &ServiceWorkerContainer, registration: &ServiceWorkerRegistration) {
    let claim = js::object(&[("type", JsValue::from_str("claim"))]);
    let mut wait_ms = INSTALL_LOOK_MS;
    while container.controller().is_none() {
        if let Some(worker) = registration.active() {
            // A worker that cannot be told now is told again.
            let _ = worker.post_message(&claim);
        }
        js::sleep(wait_ms).await;
        wait_ms = (wait_ms * 2).min(REGISTER_AGAIN_MS_MAX);
    }
}

async fn register(container: &JsValue, script: &str, options: &JsValue) -> Result<JsValue, JsValue> {
    let register: js_sys::Function = js::property(container, "register").unwrap_or_default().dyn_into()?;
    let promise = register.call2(container, &JsValue::from_str(script), options)?;
    JsFuture::from(promise.unchecked_into::<js_sys::Promise>()).await
}

fn reload() {
    if let Some(window) = web_sys::window() {
        let _ = window.location().reload();
    }
}
