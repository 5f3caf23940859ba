//! What happened, told to the views of this tab and to the other tabs of this browser.

use crate::js;
use core::cell::{Cell, RefCell};
use std::{collections::BTreeMap, rc::Rc};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

/// Something that views may want to read again. It carries no data: the database has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A sale was committed, here or in another tab.
    Sold,
    /// The outbox or the state of an entry changed.
    Queue,
    /// Products changed.
    Catalogue,
    /// Shown stock changed.
    Stock,
    /// This browser was enrolled, renewed, revoked, reset, or its outlet changed.
    Identity,
    /// The first load or a reload of the catalogue, in documents; this tab only.
    Progress {
        /// Loaded so far.
        loaded: u64,
        /// About how many there are; 0 while unknown.
        total: u64,
    },
    /// Whether the ERP answers changed; this tab only.
    Online(bool),
    /// The state of the app's own update changed.
    Update,
}

impl Notice {
    /// The text other tabs get; `None` for what concerns this tab alone.
    fn word(self) -> Option<&'static str> {
        match self {
            Self::Sold => Some("sold"),
            Self::Queue => Some("queue"),
            Self::Catalogue => Some("catalogue"),
            Self::Stock => Some("stock"),
            Self::Identity => Some("identity"),
            Self::Progress { .. } | Self::Online(_) | Self::Update => None,
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Sold, Self::Queue, Self::Catalogue, Self::Stock, Self::Identity]
            .into_iter()
            .find(|notice| notice.word() == Some(word))
    }
}

type Listener = Rc<dyn Fn(Notice)>;

/// Listeners of this tab, and the channel to the others.
pub(crate) struct Notices {
    listeners: Rc<Listeners>,
    channel: Option<BroadcastChannel>,
    _heard: Option<Closure<dyn FnMut(MessageEvent)>>,
}

#[derive(Default)]
struct Listeners {
    next: Cell<u64>,
    all: RefCell<BTreeMap<u64, Listener>>,
}

/// Dropping it ends the listening.
#[must_use = "a subscription that is dropped hears nothing"]
pub struct Subscription {
    listeners: Rc<Listeners>,
    key: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // Taken out first: what the listener owns may itself hold a subscription.
        let listener = self.listeners.all.borrow_mut().remove(&self.key);
        drop(listener);
    }
}

impl Notices {
    /// Joins the channel of this name; without BroadcastChannel other tabs notice at their next wake-up.
    pub(crate) fn join(name: &str, heard: impl Fn(Notice) + 'static) -> Self {
        let listeners = Rc::new(Listeners::default());
        let channel = js::property(&js_sys::global(), "BroadcastChannel")
            .and_then(|_| BroadcastChannel::new(name).ok());
        let told = Rc::clone(&listeners);
        let on_message = channel.as_ref().map(|channel| {
            let on_message = Closure::new(move |event: MessageEvent| {
                if let Some(notice) = event.data().as_string().as_deref().and_then(Notice::from_word) {
                    heard(notice);
                    told.tell(notice);
                }
            });
            channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
            on_message
        });
        Self { listeners, channel, _heard: on_message }
    }

    /// Calls `listener` at each notice until the subscription is dropped.
    pub(crate) fn subscribe(&self, listener: impl Fn(Notice) + 'static) -> Subscription {
        let key = self.listeners.next.get();
        self.listeners.next.set(key + 1);
        self.listeners.all.borrow_mut().insert(key, Rc::new(listener));
        Subscription { listeners: Rc::clone(&self.listeners), key }
    }

    /// Tells this tab and, if it concerns them, the others.
    pub(crate) fn tell(&self, notice: Notice) {
        self.listeners.tell(notice);
        if let (Some(channel), Some(word)) = (&self.channel, notice.word()) {
            let _ = channel.post_message(&JsValue::from_str(word));
        }
    }
}

impl Listeners {
    fn tell(&self, notice: Notice) {
        // A copy: a listener may subscribe or unsubscribe.
        let all: Vec<Listener> = self.all.borrow().values().cloned().collect();
        for listener in all {
            listener(notice);
        }
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.set_onmessage(None);
            channel.close();
        }
    }
}
