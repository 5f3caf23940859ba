//! The open cart on the device: kept at each change, one write after the other, the newest state last.

use std::rc::Rc;

use evertill_domain::{Id, cart::Cart, id, sale::Tender};
use evertill_protocol::body::TenderV1;
use evertill_sync::{ports::Surroundings, rows::Draft, till::DraftError};
use leptos::task::spawn_local;

use super::{Shop, stamp_ms};

/// How long after money that could not be written the next try.
const MONEY_AGAIN_MS: u64 = 1_000;

/// A cart that this tab holds; dropping the last one gives its lock back.
#[derive(Clone)]
pub struct OpenCart {
    held: Rc<evertill_browser::OpenCart>,
    /// When the first goods went in, milliseconds UTC.
    pub opened_at_ms: i64,
}

impl OpenCart {
    /// The sale's id.
    pub fn id(&self) -> Id<id::Entry> {
        self.held.draft.id
    }

    /// The cart as it was kept last.
    pub fn cart(&self) -> Cart {
        self.held.draft.cart.clone()
    }

    /// What was taken for it already, as it was kept last.
    pub fn tenders(&self) -> Vec<Tender> {
        self.held.draft.tenders.iter().cloned().map(Tender::from).collect()
    }

    fn of(held: evertill_browser::OpenCart) -> Self {
        OpenCart { opened_at_ms: held.draft.opened_at_ms, held: Rc::new(held) }
    }
}

/// What waits to be written while a write is under way.
#[derive(Default)]
pub struct Drafts {
    writing: bool,
    next: Option<Draft>,
}

impl Shop {
    /// The newest kept cart that no other tab holds, or a fresh one. When the kept ones cannot be read, a fresh one:
    /// a till that sells is worth more than a list that cannot be had.
    pub async fn take_cart(self) -> OpenCart {
        let device = self.device();
        match device.take_draft().await {
            Ok(held) => OpenCart::of(held),
            Err(_) => OpenCart::of(device.fresh_draft().await),
        }
    }

    /// An empty cart with an id of its own.
    pub async fn fresh_cart(self) -> OpenCart {
        OpenCart::of(self.device().fresh_draft().await)
    }

    /// Now, for a cart whose first goods go in.
    pub fn stamp_ms(self) -> i64 {
        stamp_ms(&self.device())
    }

    /// Keeps the cart as it is now, and what was taken for it.
    pub fn keep_draft(self, open: &OpenCart, cart: Cart, tenders: &[Tender]) {
        let draft = Draft {
            id: open.id(),
            opened_at_ms: open.opened_at_ms,
            changed_at_ms: self.stamp_ms(),
            cart,
            tenders: tenders.iter().map(TenderV1::from).collect(),
        };
        let idle = self.drafts.try_update_value(|drafts| {
            drafts.next = Some(draft);
            !std::mem::replace(&mut drafts.writing, true)
        });
        if idle == Some(true) {
            spawn_local(self.write_drafts());
        }
    }

    /// Whether money was taken that this device could not keep yet: a reload would forget it.
    pub fn money_unkept(self) -> bool {
        self.money_unkept.get()
    }

    /// The cart that was found to be paid by another tab; its goods here belong to a sale of their own.
    pub fn paid_elsewhere(self) -> Option<Id<id::Entry>> {
        self.paid_elsewhere.get()
    }

    async fn write_drafts(self) {
        let device = self.device();
        loop {
            let next = self.drafts.try_update_value(|drafts| {
                let next = drafts.next.take();
                drafts.writing = next.is_some();
                next
            });
            let Some(Some(draft)) = next else { return };
            let kept = device.till().save_draft(&draft).await;
            let unkept = matches!(kept, Err(DraftError::Store(_))) && !draft.tenders.is_empty();
            self.money_unkept.set(unkept);
            match kept {
                Err(DraftError::AlreadySold) if !draft.cart.is_empty() => {
                    self.paid_elsewhere.set(Some(draft.id));
                }
                // Money is not left to the next change, which may never come. A newer state goes first.
                Err(_) if unkept => {
                    device.surroundings().sleep(MONEY_AGAIN_MS).await;
                    self.drafts.try_update_value(|drafts| {
                        drafts.next.get_or_insert(draft);
                    });
                }
                // Goods alone are written again with the next change; the cart on screen is whole.
                Err(_) | Ok(()) => {}
            }
        }
    }
}
