//! Words of the settings page.

pub const TITLE: &str = "Settings";
pub const TERMINAL: &str = "This terminal";
pub const OUTLET: &str = "Shop";
pub const NAME: &str = "Name";
pub const EPOCH: &str = "Epoch";
pub const RIGHT: &str = "May";
pub const RIGHT_OWNER: &str = "Sell and administer";
pub const RIGHT_SELL: &str = "Sell";
pub const CURRENCY: &str = "Currency";
pub const ZONE: &str = "Time zone";
pub const LOCALE: &str = "Language and region";
pub const POLICY: &str = "When stock runs out";
pub const POLICY_ALLOW: &str = "Sell and say nothing";
pub const POLICY_WARN: &str = "Sell and mark the line";
pub const POLICY_BLOCK: &str = "Do not sell";

pub const OTHERS: &str = "Further terminals";
pub const OTHERS_TEXT: &str = "A code enrols one more browser as a till of this shop. It works once.";
pub const CODE_NEW: &str = "Make a code";
pub const CODE_AGAIN: &str = "New code for this terminal";
pub const CODE_OPEN: &str = "Scan this with the other device, or open the link there.";
pub const CODE_LOCAL: &str = "This link works only in a browser on this computer, because the shop was opened here as localhost. For another device, open the shop by its https address first.";
pub const CODE_QR: &str = "The link as a QR code";
pub const CODE_COPY: &str = "Copy link";
pub const COPIED: &str = "Copied.";
pub const REVOKE: &str = "Revoke";
pub const REVOKED: &str =
    "Revoked. It stops selling when it next hears from the ERP; what it has sold still arrives.";
pub const REVOKED_STATE: &str = "Revoked";
pub const ACTIVE: &str = "In use";
pub const NOT_ALLOWED: &str = "Only the shop's first terminal may do this.";
pub const OFFLINE: &str = "Terminals are kept in the ERP, which cannot be reached just now.";
pub const REVOKE_SURE: &str = "Revoke this terminal? It can no longer sell.";

pub fn code_until(moment: &str) -> String {
    format!("Good until {moment}.")
}

pub const RECEIPTS: &str = "Receipts and scanner";
pub const AUTO_PRINT: &str = "Print every receipt by itself";
pub const SOUND: &str = "Sound when a barcode is unknown";
pub const SCAN_GAP: &str = "Longest pause between two keys of a scan, milliseconds";
pub const SCAN_MIN: &str = "Fewest characters of a scan";
pub const SCAN_HINT: &str =
    "A scanner types faster than a person. Raise the pause if a slow scanner is taken for typing.";
pub const SCAN_RESET: &str = "As delivered";
pub const SCAN_BAD_GAP: &str = "5 to 200 milliseconds.";
pub const SCAN_BAD_MIN: &str = "2 to 20 characters.";

pub const UNKEPT: &str =
    "This device could not keep the change. It holds until this page is closed or reloaded.";

pub const LOOK: &str = "Look";
pub const THEME: &str = "Light or dark";
pub const THEME_AUTO: &str = "As the device";
pub const THEME_LIGHT: &str = "Light";
pub const THEME_DARK: &str = "Dark";

pub const APP: &str = "App";
pub const VERSION: &str = "Version";
pub const UPDATE: &str = "Update";
pub const UPDATE_NONE: &str = "This is the newest version this device knows of";
pub const UPDATE_READY: &str = "A new version is ready";
pub const UPDATE_BUSY: &str = "A new version is ready; it waits until no sale is open";
pub const UPDATE_CHECK: &str = "Look for a new version";

pub const ABOUT: &str = "About";
pub const ABOUT_TEXT: &str = "Evertill is a till that never stops selling, and the ERP it reports to.";
pub const ABOUT_DATA: &str = "The demo shop's products come from “Online Retail” by D. Chen (2015), UCI Machine Learning Repository, licensed CC BY 4.0; names, barcodes, categories and stock were adapted.";
pub const ABOUT_ICONS: &str = "Icons: Lucide, ISC licence.";
pub const ABOUT_LINK: &str = "doi.org/10.24432/C5BW33";
pub const STATE: &str = "State";
pub const WAITING: &str = "Waiting";
pub const ACTIONS: &str = "Actions";
pub const THIS_ONE: &str = "this one";

pub fn seen(moment: &str) -> String {
    format!("last heard of {moment}")
}
