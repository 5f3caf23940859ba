//! Words of the till: finding, the sale, payment, receipt.

use super::isolated;
use crate::format;

pub const SEARCH: &str = "Search or scan";
pub const SEARCH_KEY: &str = "Search (F2 or /)";
pub const ALL: &str = "All";
pub const CATEGORIES: &str = "Categories";
pub const PRODUCTS: &str = "Products found";
pub const THIS_SALE: &str = "This sale";
pub const EMPTY_CART: &str = "Nothing in this sale yet";
pub const EMPTY_CART_TEXT: &str = "Scan, search, or tap a product.";
pub const NET: &str = "Net";
pub const TOTAL: &str = "Total";
pub const PAY: &str = "Pay";
pub const PAY_KEY: &str = "Pay (F4)";
pub const KEYPAD: &str = "Digits";
pub const ERASE: &str = "Erase last digit";
pub const REMOVE_KEY: &str = "Remove (Del)";
pub const SHOW_SALE: &str = "Show sale";
pub const BACK_TO_PRODUCTS: &str = "Back to the products";
pub const KEYS: &str = "Keys";
pub const KEYS_KEY: &str = "Keys (?)";
pub const NOTHING_FOUND: &str = "Nothing found";
pub const NO_PRODUCTS: &str = "No products yet";
pub const NO_PRODUCTS_TEXT: &str = "Add some on the Products page, one by one or from a CSV file.";

/// The keys of the till, (key, what it does).
pub const KEY_LIST: [(&str, &str); 11] = [
    ("F2  /", "Search; typing from anywhere searches too"),
    ("Enter", "In the search: add the first product"),
    ("↓", "From the search to the products; arrows move on, Enter adds"),
    ("F4", "Pay; Enter is then Exact"),
    ("PgUp PgDn", "Choose a line of the sale"),
    ("+ −", "One more, one less"),
    ("*", "Type a quantity"),
    ("Del", "Remove the line"),
    ("Esc", "Back; clears the search"),
    ("P", "Print, once paid"),
    ("?", "This list"),
];

pub fn nothing_found(query: &str) -> String {
    let query = isolated(query);
    format!("No product matches “{query}”. Try fewer letters, the article number or the barcode.")
}

/// How many products there are.
pub fn products(number: usize) -> String {
    super::counted(number as u64, "product", "products")
}

/// How many were found.
pub fn found(number: usize) -> String {
    format!("{} found", format::count(number as u64))
}

/// In place of their number, where there are more than are shown.
pub fn first(shown: usize) -> String {
    format!("first {}", format::count(shown as u64))
}

/// At the end of a list that was cut there.
pub fn only_first(shown: usize, without_query: bool) -> String {
    let shown = format::count(shown as u64);
    let further = if without_query { "Type to find the others." } else { "Type more to find the others." };
    format!("Only the first {shown} are shown. {further}")
}

/// `2 lines, 3 items`; the number decides, not how a locale writes it.
pub fn items(lines: usize, quantity_milli: i64) -> String {
    format!(
        "{}, {} {}",
        super::counted(lines as u64, "line", "lines"),
        format::quantity(quantity_milli),
        if quantity_milli == 1_000 { "item" } else { "items" }
    )
}

pub fn one_less(name: &str) -> String {
    format!("One less: {}", isolated(name))
}

pub fn one_more(name: &str) -> String {
    format!("One more: {}", isolated(name))
}

pub fn quantity_of(name: &str) -> String {
    format!("Quantity: {}", isolated(name))
}

pub fn remove(name: &str) -> String {
    format!("Remove {}", isolated(name))
}

pub fn tax_included(rate: &str) -> String {
    format!("Tax {rate}, included")
}

pub fn each(quantity: &str, price: &str) -> String {
    format!("{quantity} × {price}")
}

pub fn total_spoken(total: &str, items: &str) -> String {
    format!("Total {total}, {items}")
}

// Stock

pub fn left(quantity: &str) -> String {
    format!("{quantity} left")
}

pub const STOCK_UNKNOWN: &str = "stock not known";

/// When the stock beside it was the ERP's.
pub fn as_of(at: &str) -> String {
    format!("at {at}")
}

/// Stock with its age: `7 in stock at 10:42, 2 sold here since`.
pub fn stock_with_age(on_hand: &str, at: Option<&str>, sold_here: Option<&str>) -> String {
    let known = match at {
        Some(at) => format!("{on_hand} in stock at {at}"),
        None => format!("{on_hand} in stock on record"),
    };
    match sold_here {
        Some(sold) => format!("{known}, {sold} sold here since"),
        None => known,
    }
}

pub fn only_left(quantity: &str) -> String {
    format!("only {quantity} left")
}

pub const NONE_LEFT: &str = "none left on record";

pub fn blocked(name: &str, wanted: &str, left: &str) -> String {
    let name = isolated(name);
    format!(
        "{name}: {wanted} wanted, {left} left. This shop does not sell below stock; the sale is unchanged."
    )
}

// Scan

pub fn scanned(name: &str) -> String {
    format!("Added: {}", isolated(name))
}

pub fn unknown_barcode(code: &str) -> String {
    format!("Unknown barcode {code}. Nothing was added.")
}

pub const SCAN_AFTER_PAYMENT: &str = "Finish this payment first. The scan was not added.";

pub const SCAN_BEHIND_LAYER: &str = "Close this window first. The scan was not added to the sale.";

// Refusals of the cart

pub const TOO_MANY_LINES: &str =
    "A sale has at most 1,000 lines. Take payment for this one and start another.";
pub const BAD_QUANTITY: &str = "A quantity lies above 0 and at most at 1,000,000.";
pub const WHOLE_ONLY: &str = "This product is sold by the piece.";
pub const TOO_LARGE: &str = "The amount is too large to be counted.";
pub const LINE_GONE: &str = "This line is no longer in the sale.";
pub const TOO_BIG_SALE: &str = "This sale is too large to be stored. Take payment for a part of it.";

// Payment

pub const PAYMENT: &str = "Payment";
pub const TO_PAY: &str = "To pay";
pub const STILL_TO_PAY: &str = "Still to pay";
pub const CASH: &str = "Cash";
pub const CARD: &str = "Card";
pub const EXACT: &str = "Exact";
pub const OTHER: &str = "Other…";
pub const CARD_BY_HAND: &str = "Card, by hand";
pub const SPLIT: &str = "Split payment";
pub const GIVEN: &str = "Given";
pub const AMOUNT: &str = "Amount";
pub const REFERENCE: &str = "Reference on the slip";
pub const REFERENCE_HINT: &str = "Take the payment on the card terminal first, then note its reference here.";
pub const CARD_TAKEN: &str = "Card payment taken";
pub const TAKE_CASH: &str = "Take cash";
pub const TAKE_CARD: &str = "Take by card";
pub const SPLIT_TEXT: &str = "Enter the first part, then how it is paid. The rest follows.";
pub const BACK: &str = "Back";
pub const ESC_BACK: &str = "Esc goes back to the sale. Nothing is lost.";
pub const TAKEN_STAYS: &str = "To go back to the sale, first take back what was given.";
pub const MONEY_UNKEPT: &str = "This device could not keep what was taken or given back. It is tried again: do not close or reload this page while this is shown.";
pub const SAVED_AFTER_ALL: &str = "The sale that was not saved was saved after all; it is on the Sales page and counts as paid. The cart here is another sale now: empty it, unless these goods are sold once more.";
pub const SAVING: &str = "Saving the sale…";
pub const NOTHING_TO_PAY: &str = "Nothing to pay";
pub const FINISH_FREE: &str = "Complete sale";

pub fn change_preview(amount: &str) -> String {
    format!("Change {amount}")
}

/// Asked before cash is booked that nobody hands over.
pub fn doubtful_change(cash: &str, change: &str) -> String {
    format!("{cash} in cash makes {change} change due. Is that right?")
}

pub const COUNT_AGAIN: &str = "No, enter it again";
pub const IT_IS_RIGHT: &str = "Yes, it is right";

pub fn missing(amount: &str) -> String {
    format!("{amount} still missing")
}

/// Why the sheet stays open: `card` is the reference of a card payment, empty if none was noted; `None` is cash.
pub fn taken_first(amount: &str, card: Option<&str>) -> String {
    match card {
        None => format!("{amount} was taken in cash; take it back first."),
        Some("") => format!("{amount} was taken by card; take it back first."),
        Some(reference) => {
            format!("{amount} was taken by card {}; take it back first.", isolated(reference))
        }
    }
}

pub fn take_back(what: &str) -> String {
    format!("Take back {what}")
}

pub const CARD_OVER: &str = "A card cannot pay more than is due; change comes from cash alone.";
pub const ABOVE_ZERO: &str = "Enter an amount above zero.";
pub const PART_TOO_LARGE: &str = "The first part must be less than what is due.";
pub const REFERENCE_LONG: &str = "A reference has at most 64 characters.";

// Paid

pub const PAID: &str = "Paid";
pub const CHANGE_DUE: &str = "Change due";
pub const NO_CHANGE: &str = "No change";
pub const RECEIPT: &str = "Receipt";
pub const PRINT: &str = "Print";
pub const PRINT_KEY: &str = "Print (P)";
pub const NEW_SALE: &str = "New sale";

pub fn paid_of(given: &str, total: &str) -> String {
    format!("{given} given, {total} due")
}

pub fn paid_spoken(change: &str, number: &str) -> String {
    format!("Paid. Change due {change}. Receipt {number}.")
}

// Not saved

pub const NOT_SAVED: &str = "Not saved; do not hand over the goods";
pub const NOT_SAVED_TEXT: &str = "This sale could not be written to this device, so it has not happened. Give the money back or wait. The sale is still open, with every line and every payment as it was.";
pub const NOT_SAVED_QUOTA: &str =
    "The device has no room left for this app. Free some space on it, then try again.";
pub const BACK_TO_PAYMENT: &str = "Back to the payment";

// Receipt

pub const RECEIPT_NO: &str = "No.";
pub const COPY: &str = "COPY";
pub const RECEIPT_TOTAL: &str = "TOTAL";
pub const CHANGE: &str = "Change";
pub const TAX: &str = "Tax";
pub const GROSS: &str = "Gross";
pub const DISCOUNT: &str = "Discount";
pub const ROUNDING: &str = "Rounding";

pub fn journal(seq: &str, hash: &str) -> String {
    format!("journal {seq} · {hash}")
}

pub const CLOCK_IMPOSSIBLE: &str = "This device's clock shows no possible date. Set it, then try again.";
