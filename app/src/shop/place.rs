//! Which shop and which terminal this is, as the ERP last told.

use crate::reactive::prelude::*;
use evertill_domain::{Currency, receipt_number::epoch_suffix, stock::StockPolicy};
use evertill_protocol::{changes::OutletDoc, terminal::Right};
use evertill_sync::rows::Identity;

use super::Shop;
use crate::{
    format::{self, ShopFormat},
    receipt::ReceiptHead,
    words::nav,
};

impl Shop {
    /// The shop's own data, as the ERP last told it.
    pub fn outlet(self) -> OutletDoc {
        self.outlet.get_untracked()
    }

    /// This terminal.
    pub fn identity(self) -> Identity {
        self.identity.get_untracked()
    }

    /// `High Street Gifts · T1`.
    pub fn place(self) -> String {
        nav::place(&self.outlet_name(), &self.label())
    }

    /// `High Street Gifts`.
    pub fn outlet_name(self) -> String {
        self.outlet.with(|outlet| outlet.name.clone())
    }

    /// This terminal's own label in its present epoch: `T1`.
    pub fn label(self) -> String {
        self.terminal_label(self.identity.with(|identity| identity.epoch))
    }

    /// `T1`, from the second epoch on `T1b`.
    pub fn terminal_label(self, epoch: u32) -> String {
        self.identity.with_untracked(|identity| format!("{}{}", identity.short_code, epoch_suffix(epoch)))
    }

    /// Whether this terminal may administer the shop.
    pub fn is_owner(self) -> bool {
        self.identity.with_untracked(|identity| identity.right == Right::Owner)
    }

    /// Whether the ERP revoked this terminal: it no longer sells.
    pub fn revoked(self) -> bool {
        self.identity.with(|identity| identity.revoked)
    }

    /// The outlet's currency.
    pub fn currency(self) -> Currency {
        self.outlet.with_untracked(|outlet| outlet.currency)
    }

    /// What the outlet does when stock runs out.
    pub fn stock_policy(self) -> StockPolicy {
        self.outlet.with_untracked(|outlet| outlet.stock_policy)
    }

    /// The tax rate proposed for new products.
    pub fn default_rate_ppm(self) -> u32 {
        self.outlet.with_untracked(|outlet| outlet.default_tax_rate_ppm.ppm())
    }

    /// What a receipt is headed with.
    pub fn receipt_head(self) -> ReceiptHead {
        self.outlet.with_untracked(|outlet| ReceiptHead {
            shop: outlet.name.clone(),
            address: outlet.address.clone(),
            tax_id: outlet.tax_id.clone(),
        })
    }
}

/// From here on everything is written as this shop writes it, and laid out in that direction.
pub fn write_as(outlet: &OutletDoc) {
    format::set_shop(shop_format(outlet));
    if let Some(root) = document().document_element() {
        drop(root.set_attribute("dir", format::direction(&outlet.locale)));
    }
}

fn shop_format(outlet: &OutletDoc) -> ShopFormat {
    ShopFormat {
        locale: outlet.locale.clone(),
        currency: outlet.currency.to_string(),
        currency_digits: outlet.currency.decimals(),
        time_zone: outlet.time_zone.clone(),
    }
}
