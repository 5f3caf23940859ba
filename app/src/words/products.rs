//! Words of the products page.

use super::counted;

pub const TITLE: &str = "Products";
pub const OFFLINE: &str = "Products are kept in the ERP, which cannot be reached just now. Selling goes on with what this till knows.";
pub const SEARCH: &str = "Search products";
pub const NEW: &str = "New product";
pub const EDIT: &str = "Edit product";
pub const IMPORT: &str = "Import CSV";
pub const NAME: &str = "Name";
pub const SKU: &str = "Article number";
pub const BARCODES: &str = "Barcodes";
pub const BARCODES_HINT: &str = "Separate several with blanks or commas.";
pub const CATEGORY: &str = "Category";
pub const PRICE: &str = "Price, tax included";
pub const TAX: &str = "Tax rate, %";
pub const WEIGHED: &str = "Sold by weight or length";
/// Where prices lie, with the highest as the shop writes amounts.
pub fn price_range(most: &str) -> String {
    format!("A price lies between 0 and {most}.")
}

pub const STOCK: &str = "Stock";
pub const ON_HAND: &str = "In stock";
pub const NONE: &str = "No products";
pub const NONE_TEXT: &str = "Create the first one, or import a CSV file.";
pub const NONE_FOUND_TEXT: &str = "Try fewer letters, the article number or a barcode.";
pub const DELETE: &str = "Delete product";
pub const DELETE_SURE: &str = "Delete for good? Sales already made keep it.";
pub const DELETED: &str = "Deleted. Tills stop offering it when they next hear from the ERP.";
pub const SAVED: &str = "Saved. Tills show it when they next hear from the ERP.";
pub const TAKE_THEIRS: &str = "Take theirs";

/// Somebody else saved first; `now` is the product as it is there.
pub fn changed_meanwhile(now: &str) -> String {
    format!("Somebody changed this product meanwhile. It is now: {now}. Save puts yours in its place.")
}

pub const BAD_PRICE: &str = "Enter an amount, such as 2.95.";
pub const BAD_RATE: &str = "Enter a rate from 0 to 100.";

pub const MOVE: &str = "Receive or correct stock";
pub const MOVE_QUANTITY: &str = "Quantity";
pub const MOVE_QUANTITY_HINT: &str = "With a minus to take away.";
pub const MOVE_REASON: &str = "Reason";
pub const RECEIVED: &str = "Goods received";
pub const CORRECTION: &str = "Correction after counting";
pub const DAMAGED: &str = "Damaged or thrown away";
pub const MOVE_DO: &str = "Book movement";
pub const BAD_QUANTITY: &str = "Enter a quantity other than zero, such as 12 or -1.";

pub const IMPORT_TITLE: &str = "Import products from a CSV file";
pub const IMPORT_TEXT: &str = "One product a line, under these heads: sku, name, barcodes (several parted by | or ;), category, price_minor (295 is 2.95 where the currency has two decimals), tax_rate_ppm (200000 is 20%), weighed (true or false), opening_stock_milli (12000 is 12 pieces, 500 is half a kilogram). If any row is wrong, nothing is imported.";
pub const IMPORT_EXAMPLE: &str = "MUG-1,Blue mug,5012345678900|4006381333931,Kitchen,295,200000,false,12000";
pub const IMPORT_SAMPLE: &str = "Save a sample file";
pub const UNREADABLE: &str = "This file cannot be read, or is larger than 32 MB.";
pub const NOT_UTF8: &str = "This file is not in UTF-8, so letters such as ä or é would be lost. Save it again as “CSV UTF-8” (in Excel a file type; in LibreOffice the character set Unicode UTF-8), then choose it again. Nothing was taken.";
pub const IMPORT_CHOOSE: &str = "Choose a CSV file";
pub const LINE: &str = "Line";
pub const REASON: &str = "Reason";
pub const FIELD: &str = "Column";

/// A row may have several faults, and a fault need not be a row's.
pub fn bad_rows(faults: u64) -> String {
    format!(
        "{} found, so nothing was imported. Correct the file and choose it again.",
        counted(faults, "fault was", "faults were")
    )
}

pub const LOST: &str = "Lost or stolen";
pub const OTHER_REASON: &str = "Another reason";

pub fn moved(on_hand: &str) -> String {
    format!("Booked. {on_hand} in stock now.")
}

pub fn on_hand_now(on_hand: &str) -> String {
    format!("{on_hand} in stock")
}

pub fn import_counts(created: u64, updated: u64, unchanged: u64) -> String {
    format!(
        "{} new, {} changed, {} unchanged. Tills get them when they next hear from the ERP.",
        crate::format::count(created),
        crate::format::count(updated),
        crate::format::count(unchanged)
    )
}

/// What is being imported.
pub fn importing(rows: u64, file: &str) -> String {
    format!("Importing {} from {file}", counted(rows, "row", "rows"))
}
