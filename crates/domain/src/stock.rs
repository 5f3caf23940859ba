//! What a till may say about stock: the ERP's on-hand minus its own sales that the ERP has not counted there yet.

use crate::Quantity;
use serde::{Deserialize, Serialize};

/// Stock of one product as a till knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShownStock {
    /// On-hand as the ERP last told.
    pub on_hand: Quantity,
    /// Sold here since, not yet counted in `on_hand`.
    pub sold_here: Quantity,
    /// When the ERP told `on_hand`, in milliseconds UTC; `None` before the first answer.
    pub as_of_ms: Option<i64>,
}

impl ShownStock {
    /// What is left to sell, as far as this till knows. May be negative.
    pub fn left(&self) -> Quantity {
        self.on_hand.checked_sub(self.sold_here).unwrap_or(Quantity::ZERO)
    }
}

/// What an outlet does when stock runs out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockPolicy {
    /// Sell and say nothing.
    Allow,
    /// Sell and mark the line.
    #[default]
    Warn,
    /// Hold at the till, on what the till knows. Never applied to a sale that was already made.
    Block,
}
