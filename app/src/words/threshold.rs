//! Words before there is a till: set-up, enrolment, refusals.

pub const SETUP: &str = "Set up your shop";
pub const SETUP_TEXT: &str = "A minute, once. Prices and products can be changed at any time.";
pub const SHOP_NAME: &str = "Name of the shop";
pub const CURRENCY: &str = "Currency";
pub const LOCALE: &str = "Language and region";
pub const ZONE: &str = "Time zone";
pub const TAX: &str = "Tax included in prices, %";
pub const ADDRESS: &str = "Address on receipts (optional)";
pub const ADDRESS_HINT: &str = "Its lines parted by commas: 12 Penny Lane, London N1 0AA.";
pub const TAX_ID: &str = "Tax id on receipts (optional)";
pub const START_WITH: &str = "Start with";
pub const DEMO: &str = "The demo catalogue";
pub const DEMO_TEXT: &str = "About 3,200 gift-shop products with prices and stock, to try things out.";
pub const CSV: &str = "My own products";
pub const CSV_TEXT: &str = "A CSV file. Wrong rows are shown before anything is imported.";
pub const NOTHING: &str = "An empty shop";
pub const NOTHING_TEXT: &str = "Products are added one by one.";
pub const CSV_FILE: &str = "Choose a CSV file";
pub const OPEN_SHOP: &str = "Open the shop";
pub const OPENING: &str = "Opening…";
pub const CODE: &str = "Code";
pub const SETUP_CODE_HINT: &str = "From the set-up link that the server printed.";

pub const ENROL: &str = "Make this device a till";
pub const ENROL_TEXT: &str =
    "This browser becomes a terminal of the shop. From then on it sells with or without a network.";
pub const ENROL_DO: &str = "Enrol this device";
pub const ENROLLING: &str = "Enrolling…";
pub const ENROL_CODE_HINT: &str =
    "From Settings on the shop's first terminal, or from “evertill terminal code” on the server.";

pub const NOT_A_TILL: &str = "This device is not a till yet";
pub const NOT_A_TILL_TEXT: &str = "Open the one-time link that the server printed, or enter its code here.";

pub const BAD_CODE: &str = "This code is not known, or was used by another device. Ask for a new one.";
pub const OFFLINE: &str =
    "The server cannot be reached. Enrolling needs it once; after that the till works without.";
pub const MISSING: &str = "This is needed.";
pub const BAD_CURRENCY: &str = "Three capital letters, such as GBP.";

pub const INSECURE: &str = "This address is not secure enough for a till";
pub const INSECURE_TEXT: &str = "Over plain http, browsers give an app neither offline start nor protected storage, so sales could be lost. This device was not enrolled.";
pub const INSECURE_DO: &str = "Open the shop by https, or on the computer that runs the server as http://localhost. The server's documentation says how to set up a certificate.";

pub fn insecure_missing(names: &str) -> String {
    format!("Missing here: {names}.")
}

pub const MISSING_SECURE: &str = "a secure context";
pub const MISSING_WORKER: &str = "service workers (start without a network)";
pub const MISSING_LOCKS: &str = "locks between tabs";
pub const MISSING_STORE: &str = "IndexedDB (durable storage)";

pub fn already(terminal: &str) -> String {
    format!("This browser is terminal {terminal} already")
}

pub const ALREADY_TEXT: &str =
    "Nothing was changed. A code is needed only if the server no longer takes this terminal.";

pub fn left(terminal: &str) -> String {
    format!(
        "This browser left terminal {terminal}, with everything sent or saved to a file. It can be enrolled again with a new code."
    )
}

pub const LOST: &str = "This browser's storage was emptied";

pub fn lost_text(terminal: &str) -> String {
    format!(
        "It was terminal {terminal} of this shop. What had not been sent from here is gone; the ERP will name what is missing. Enrol again with a new code: the numbers go on without being used twice."
    )
}

pub const BROKEN_STORE: &str = "The storage of this browser cannot be opened";
pub const RELOAD: &str = "Reload";
pub const STARTING: &str = "Opening the till…";

pub const FIRST_LOAD: &str = "This device is a till now";
pub const FIRST_LOAD_TEXT: &str = "Fetching the shop’s data";
pub const FIRST_LOAD_OFFLINE: &str =
    "The server does not answer just now. It is tried again by itself; nothing is lost.";
