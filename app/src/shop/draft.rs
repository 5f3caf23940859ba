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

    /// Whether money was taken for it already, as it was kept last.
    pub fn is_charged(&self) -> bool {
        !self.held.draft.tenders.is_empty()
    }

    fn of(held: evertill_browser::OpenCart) -> Self {
        OpenCart { opened_at_ms: held.draft.opened_at_ms, held: Rc::new(held) }
    }
}

/// What waits to be written while a write is under way, and what the last one left on the disk.
#[derive(Default)]
pub struct Drafts {
    writing: bool,
    next: Option<Draft>,
    /// The cart for which the disk holds money, as far as it is known: a write that failed may have come through.
    charged: Option<Id<id::Entry>>,
}

impl Drafts {
    /// Takes note of what came of a write. Whether it must be tried again: money was taken or given back, and the disk
    /// does not say so.
    fn is_unkept(&mut self, draft: &Draft, kept: &Result<(), DraftError>) -> bool {
        let charged = !draft.tenders.is_empty() || self.charged == Some(draft.id);
        let over = match kept {
            Ok(()) => draft.tenders.is_empty(),
            Err(DraftError::AlreadySold) => true,
            Err(DraftError::Store(_)) => false,
        };
        self.charged = (charged && !over).then_some(draft.id);
        charged && matches!(kept, Err(DraftError::Store(_)))
    }
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

    /// A kept cart for which money was taken, of a tab that is gone; `None` almost always.
    pub async fn charged_cart(self) -> Option<OpenCart> {
        self.device().take_charged_draft().await.map(OpenCart::of)
    }

    /// Takes note that this tab goes on with a kept cart for which the disk holds money.
    pub fn goes_on_charged(self, open: &OpenCart) {
        self.drafts.update_value(|drafts| drafts.charged = Some(open.id()));
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

    /// Whether money was taken or given back and this device could not keep that yet: a reload would forget it.
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
            let unkept = self.drafts.try_update_value(|drafts| drafts.is_unkept(&draft, &kept)) == Some(true);
            self.money_unkept.set(unkept);
            self.tell_busy();
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

#[cfg(test)]
mod tests {
    use super::*;
    use evertill_domain::sale::TenderKind;
    use evertill_sync::ports::StoreError;

    /// The writes of one till, in order: which cart, how many tenders, what came of it, whether it must be tried again.
    fn check(writes: &[(u128, usize, Result<(), DraftError>, bool)]) {
        let mut drafts = Drafts::default();
        for (step, (cart, tenders, kept, unkept)) in writes.iter().enumerate() {
            let card = Tender { kind: TenderKind::Card, amount_minor: 1, reference: None };
            let draft = Draft {
                id: Id::new(uuid::Uuid::from_u128(*cart)).expect("not nil"),
                opened_at_ms: 0,
                changed_at_ms: 0,
                cart: Cart::default(),
                tenders: vec![TenderV1::from(&card); *tenders],
            };
            assert_eq!(drafts.is_unkept(&draft, kept), *unkept, "write {step}");
        }
    }

    #[test]
    fn money_that_was_taken_or_given_back_is_written_until_the_disk_says_so() {
        let full = || Err(DraftError::Store(StoreError::Quota));
        // Goods alone wait for the next change.
        check(&[(1, 0, full(), false)]);
        check(&[(1, 1, full(), true), (1, 1, Ok(()), false)]);
        // Given back: until then a reload would bring the card back.
        check(&[(1, 1, Ok(()), false), (1, 0, full(), true), (1, 0, full(), true), (1, 0, Ok(()), false)]);
        check(&[(1, 1, Ok(()), false), (1, 0, Ok(()), false), (1, 0, full(), false)]);
        // What failed may have come through unseen.
        check(&[(1, 1, full(), true), (1, 0, full(), true)]);
        // The sale took it along; the next cart's goods are no money.
        check(&[(1, 1, Ok(()), false), (1, 1, Err(DraftError::AlreadySold), false), (1, 0, full(), false)]);
        check(&[(1, 1, Ok(()), false), (2, 0, full(), false)]);
    }
}
