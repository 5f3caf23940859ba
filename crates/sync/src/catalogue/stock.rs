//! Shown stock: the ERP's on-hand, and what was sold here that it does not contain.

use super::{
    products::IdHasher,
    rows::{Document, DocumentKind, Record},
};
use core::hash::BuildHasherDefault;
use evertill_domain::{Id, Quantity, id, stock::ShownStock};
use std::collections::{BTreeMap, HashMap};

/// Stock of all products. On-hand of products that are not in the catalogue (yet) is kept too.
#[derive(Debug, Default)]
pub(super) struct Stock {
    on_hand: OnHand,
    as_of_ms: Option<i64>,
    sold_here: BTreeMap<Id<id::Product>, Quantity>,
}

/// The ERP's on-hand by product.
#[derive(Debug, Default)]
pub(super) struct OnHand(HashMap<[u8; 16], (u64, i64), BuildHasherDefault<IdHasher>>);

impl OnHand {
    /// Takes over what a record says of stock, if it is newer. Other kinds are skipped.
    pub(super) fn apply(&mut self, record: &Record) {
        let milli = match record.document {
            Document::Stock { on_hand_milli } => on_hand_milli,
            Document::Gone(DocumentKind::Stock) => 0,
            _ => return,
        };
        let known = self.0.entry(record.id.into_bytes()).or_insert((0, 0));
        if known.0 <= record.version {
            *known = (record.version, milli);
        }
    }

    pub(super) fn reserve(&mut self, products: usize) {
        self.0.reserve(products);
    }
}

impl Stock {
    pub(super) fn shown(&self, id: Id<id::Product>) -> Option<ShownStock> {
        let sold_here = self.sold_here.get(&id).copied().unwrap_or_default();
        let on_hand = self.on_hand.0.get(&id.to_bytes()).map(|(_, milli)| Quantity::from_milli(*milli));
        // Without any word of the ERP there is nothing to subtract from.
        self.as_of_ms?;
        Some(ShownStock { on_hand: on_hand.unwrap_or_default(), sold_here, as_of_ms: self.as_of_ms })
    }

    pub(super) fn sold_here(&self) -> &BTreeMap<Id<id::Product>, Quantity> {
        &self.sold_here
    }

    /// On-hand, age and what was sold since, together: each sale is counted once at every moment.
    pub(super) fn switch(
        &mut self,
        on_hand: Option<OnHand>,
        as_of_ms: Option<i64>,
        sold_here: BTreeMap<Id<id::Product>, Quantity>,
    ) {
        if let Some(on_hand) = on_hand {
            self.on_hand = on_hand;
        }
        self.as_of_ms = as_of_ms;
        self.sold_here = sold_here;
    }

    pub(super) fn apply(&mut self, record: &Record) {
        self.on_hand.apply(record);
    }

    /// A sale that was committed here.
    pub(super) fn sold(&mut self, product: Id<id::Product>, quantity: Quantity) {
        let sold = self.sold_here.entry(product).or_default();
        *sold = sold.checked_add(quantity).unwrap_or(*sold);
    }
}
