//! Open carts: each is held by one tab through a Web Lock, so that a duplicated tab starts a cart of its own.

use super::Device;
use crate::{
    Browser, js,
    locks::{Ask, LockGuard, free, lock},
};
use evertill_domain::{Id, cart::Cart, id};
use evertill_sync::{
    ports::{Surroundings, fresh_id},
    rows::Draft,
    till::ReadError,
};

/// How often, and how far apart, the kept carts' locks are tried: a page that was just reloaded gives its lock
/// back a moment late.
const LOCK_ATTEMPTS: u32 = 4;
const LOCK_APART_MS: u64 = 60;

/// How long nobody may have held a cart with money before its tab counts as gone. A tab that is loaded again holds
/// nothing until its app runs again; its cart, and its customer, are not another tab's.
const GONE_AFTER_MS: u64 = 1_500;
/// How often it is looked whether somebody holds it, meanwhile.
const GONE_LOOKS: u64 = 10;

/// An open cart that this tab holds; no other tab can have it meanwhile.
#[derive(Debug)]
pub struct OpenCart {
    /// The cart as it was kept last. Change it and keep it with `Till::save_draft`.
    pub draft: Draft,
    _held: Option<LockGuard>,
}

/// Whether this tab holds goods, told to the other tabs by a shared lock.
#[derive(Debug, Default)]
pub(super) struct Busy {
    wanted: bool,
    held: Option<LockGuard>,
}

/// Held shared by each tab with goods in its cart; an update waits for it.
pub(super) const BUSY_LOCK: &str = "evertill-busy";

impl Device {
    /// The newest kept cart that no other tab holds, or a fresh one. One for which money was taken comes first: its
    /// customer stands at the counter.
    pub async fn take_draft(&self) -> Result<OpenCart, ReadError> {
        let drafts = self.0.till.drafts().await?;
        let urgency = |draft: &Draft| (!draft.tenders.is_empty(), draft.changed_at_ms);
        let mut newest_first: Vec<Draft> = Vec::new();
        for draft in drafts.into_iter().filter(|draft| !draft.cart.is_empty()) {
            let newer = newest_first.partition_point(|known| urgency(known) >= urgency(&draft));
            newest_first.insert(newer, draft);
        }
        let charged = newest_first.first().is_some_and(|draft| !draft.tenders.is_empty());
        for attempt in 1..=LOCK_ATTEMPTS {
            for draft in &newest_first {
                // A cart without money is not taken while the lock of one with money may still come back.
                if charged && draft.tenders.is_empty() && attempt < LOCK_ATTEMPTS {
                    continue;
                }
                if let Some(open) = self.claim(draft.id).await? {
                    return Ok(open);
                }
            }
            if newest_first.is_empty() || attempt == LOCK_ATTEMPTS {
                break;
            }
            js::sleep(LOCK_APART_MS).await;
        }
        Ok(self.fresh_draft().await)
    }

    /// A kept cart for which money was taken and that no tab has held for a while: its tab is gone and its customer
    /// waits. Where the browser cannot say who holds what, none: it comes up when a page is loaded.
    pub async fn take_charged_draft(&self) -> Option<OpenCart> {
        let drafts = self.0.till.drafts().await.ok()?;
        let charged: Vec<Draft> = drafts.into_iter().filter(|draft| !draft.tenders.is_empty()).collect();
        let mut left = free(charged.iter().map(|draft| lock_name(draft.id)).collect()).await;
        for _ in 0..GONE_LOOKS {
            if left.is_empty() {
                return None;
            }
            js::sleep(GONE_AFTER_MS / GONE_LOOKS).await;
            left = free(left).await;
        }
        for draft in charged.iter().filter(|draft| left.contains(&lock_name(draft.id))) {
            if let Ok(Some(open)) = self.claim(draft.id).await {
                return Some(open);
            }
        }
        None
    }

    /// This kept cart, unless another tab holds it, or has paid it meanwhile.
    async fn claim(&self, id: Id<id::Entry>) -> Result<Option<OpenCart>, ReadError> {
        let Some(held) = lock(&lock_name(id), Ask::IfFree).await else { return Ok(None) };
        let still_open = self.0.till.drafts().await?.into_iter().find(|open| open.id == id);
        Ok(still_open.map(|draft| OpenCart { draft, _held: Some(held) }))
    }

    /// An empty cart with an id of its own.
    pub async fn fresh_draft(&self) -> OpenCart {
        let id = fresh_id(&Browser);
        let now_ms = Browser.now_ms();
        let draft = Draft {
            id,
            opened_at_ms: now_ms,
            changed_at_ms: now_ms,
            cart: Cart::default(),
            tenders: Vec::new(),
        };
        OpenCart { draft, _held: lock(&lock_name(id), Ask::IfFree).await }
    }

    /// Says whether this tab holds goods; while any tab does, an update waits.
    pub fn set_busy(&self, busy: bool) {
        let mut state = self.0.busy.borrow_mut();
        if state.wanted == busy {
            return;
        }
        state.wanted = busy;
        if !busy {
            state.held = None;
            return;
        }
        drop(state);
        let device = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let held = lock(BUSY_LOCK, Ask::Shared).await;
            let mut state = device.0.busy.borrow_mut();
            // The cart may have emptied while the lock was on its way.
            if state.wanted {
                state.held = held;
            }
        });
    }
}

fn lock_name(id: Id<id::Entry>) -> String {
    format!("draft:{id}")
}
