//! What happened, told to the views of this tab; and the words between the tabs and the worker of this browser.

use crate::js;
use core::cell::{Cell, RefCell};
use std::rc::Rc;
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
    /// Whether the ERP answers changed, as this tab or another that sends noticed.
    Online(bool),
    /// The state of the app's own update changed.
    Update,
}

/// What tabs and worker say to each other. A word and nothing else: what it is about lies in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// A sale was committed.
    Sold,
    /// Outbox, failed or carried rows changed.
    Queue,
    /// Catalogue rows changed.
    Catalogue,
    /// Stock rows changed.
    Stock,
    /// Identity, tokens or outlet changed.
    Identity,
    /// The ERP answered the tab that sends.
    Reached,
    /// It did not.
    Unreached,
    /// To the tab that sends: look now.
    Look,
    /// To the tab that sends: a person pressed Sync now.
    SyncNow,
    /// To the tab that sends, if nobody sees it: let a visible one send.
    Yield,
    /// To the tab that sends: the access token is about to end.
    Renew,
}

impl Word {
    const ALL: [(Self, &'static str); 11] = [
        (Self::Sold, "sold"),
        (Self::Queue, "queue"),
        (Self::Catalogue, "catalogue"),
        (Self::Stock, "stock"),
        (Self::Identity, "identity"),
        (Self::Reached, "reached"),
        (Self::Unreached, "unreached"),
        (Self::Look, "look"),
        (Self::SyncNow, "sync-now"),
        (Self::Yield, "yield"),
        (Self::Renew, "renew"),
    ];

    fn text(self) -> &'static str {
        Self::ALL.iter().find(|(word, _)| *word == self).map_or("", |(_, text)| text)
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == text).map(|(word, _)| *word)
    }
}

/// The way to the other tabs and the worker.
pub(crate) struct Channel {
    channel: Option<BroadcastChannel>,
    _heard: Option<Closure<dyn FnMut(MessageEvent)>>,
}

impl Channel {
    /// Joins; without BroadcastChannel other tabs notice at their next wake-up.
    pub(crate) fn join(name: &str, heard: impl Fn(Word) + 'static) -> Self {
        let channel = Self::open(name);
        let on_message = channel.as_ref().map(|channel| {
            let on_message = Closure::new(move |event: MessageEvent| {
                if let Some(word) = event.data().as_string().as_deref().and_then(Word::from_text) {
                    heard(word);
                }
            });
            channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
            on_message
        });
        Self { channel, _heard: on_message }
    }

    /// Only speaks.
    pub(crate) fn speaking(name: &str) -> Self {
        Self { channel: Self::open(name), _heard: None }
    }

    fn open(name: &str) -> Option<BroadcastChannel> {
        js::property(&js_sys::global(), "BroadcastChannel")?;
        BroadcastChannel::new(name).ok()
    }

    /// Tells every other object on the channel: those of the other tabs, and the engine's module of this very tab.
    pub(crate) fn say(&self, word: Word) {
        if let Some(channel) = &self.channel {
            let _ = channel.post_message(&JsValue::from_str(word.text()));
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.set_onmessage(None);
            channel.close();
        }
    }
}

type Listener = Rc<dyn Fn(Notice)>;

/// The listeners of this tab.
#[derive(Default)]
pub(crate) struct Notices(Rc<Listeners>);

#[derive(Default)]
struct Listeners {
    next: Cell<u64>,
    all: RefCell<Vec<(u64, Listener)>>,
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
        let mut all = self.listeners.all.borrow_mut();
        let listener = all.iter().position(|(key, _)| *key == self.key).map(|place| all.remove(place));
        drop(all);
        drop(listener);
    }
}

impl Notices {
    /// Calls `listener` at each notice until the subscription is dropped.
    pub(crate) fn subscribe(&self, listener: impl Fn(Notice) + 'static) -> Subscription {
        let key = self.0.next.get();
        self.0.next.set(key + 1);
        self.0.all.borrow_mut().push((key, Rc::new(listener)));
        Subscription { listeners: Rc::clone(&self.0), key }
    }

    /// Tells this tab.
    pub(crate) fn tell(&self, notice: Notice) {
        // A copy: a listener may subscribe or unsubscribe.
        let all: Vec<Listener> =
            self.0.all.borrow().iter().map(|(_, listener)| Rc::clone(listener)).collect();
        for listener in all {
            listener(notice);
        }
    }
}
