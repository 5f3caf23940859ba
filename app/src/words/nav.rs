//! Names of the pages and of what stands in the bar.

pub const BRAND: &str = "Evertill";
pub const SELL: &str = "Sell";
pub const PRODUCTS: &str = "Products";
pub const SALES: &str = "Sales";
pub const SYNC: &str = "Sync";
pub const CASES: &str = "Cases";
pub const SETTINGS: &str = "Settings";
pub const PAGES: &str = "Pages";
pub const SKIP: &str = "Skip to the page";
pub const NOT_FOUND: &str = "There is no such page";
pub const NOT_FOUND_TEXT: &str = "The address may be mistyped. The till is one tap away.";
pub const TO_THE_TILL: &str = "To the till";

/// Where this screen stands in the shop.
pub fn place(outlet: &str, terminal: &str) -> String {
    format!("{outlet} · {terminal}")
}

/// What the browser's tab, its history and a screen reader call a page: `Sell · High Street Gifts`.
pub fn title(page: &str, of: &str) -> String {
    format!("{page} · {of}")
}

/// What a waiting update says.
pub const UPDATE: &str =
    "A new version is ready. Your open sale and everything not yet sent stay as they are.";
/// Starts it.
pub const UPDATE_NOW: &str = "Update now";

/// Said when it does not start.
pub const UPDATE_GONE: &str = "No update waits any more. Reload this page to be sure.";
pub const UPDATE_WAITS: &str = "The update waits: a sale is open in another tab of this till. Finish it there, then press Update now again.";

/// The ERP no longer takes this terminal's login.
pub const ENROL_AGAIN: &str = "The server no longer takes this terminal’s login. Selling goes on and what is sold is kept here. Ask for a new code for this terminal (Settings on the shop’s first terminal, or “evertill terminal code” on the server) and open its link in this browser.";
/// The ERP speaks of things that this version cannot read.
pub const TOO_OLD: &str = "This app is too old to read what the server tells it, so prices and stock stay as they are. What is sold is still sent. Reload this page while no sale is open to get the new version.";

/// The first catalogue is on its way.
pub const CATALOGUE_LOADING: &str = "Loading the catalogue. What is here already can be sold.";
/// The terminal was revoked and has something left to send.
pub const REVOKED: &str =
    "This terminal was revoked. It no longer sells; what it has sold is still being sent.";
/// The terminal was revoked and has nothing left.
pub const REVOKED_EMPTY: &str =
    "This terminal was revoked. It no longer sells; everything it has sold has arrived.";

/// Asks for the date after a jump.
pub fn clock_question(date_time: &str) -> String {
    format!("This device says it is {date_time}. If that is wrong, set its clock; selling goes on meanwhile.")
}

pub const CLOCK_RIGHT: &str = "It is right";
