//! Every word that people read, in one place, by area of the shop. English for now.
//!
//! Rules: say what happened to the money and what to do next; no exclamation, no blame, no technical terms. Whole
//! sentences are built here, never out of pieces in a view, so that another language can order them differently.

pub mod cases;
pub mod list;
pub mod nav;
pub mod products;
pub mod sales;
pub mod sell;
pub mod settings;
pub mod sync;
pub mod threshold;

/// Closes a layer.
pub const CLOSE: &str = "Close";
/// The same with its key.
pub const CLOSE_KEY: &str = "Close (Esc)";
/// Leaves things as they are.
pub const CANCEL: &str = "Cancel";
/// Keeps what was entered.
pub const SAVE: &str = "Save";
/// The ERP was asked and has not answered yet.
pub const FETCHING: &str = "Fetching this from the ERP…";
/// Asks again.
pub const TRY_AGAIN: &str = "Try again";

/// An age in words: `40 s`, `2 min`, `3 h`, `5 days`.
pub fn age(seconds: i64) -> String {
    match seconds.max(0) {
        s @ 0..=59 => format!("{s} s"),
        s @ 60..=5_399 => format!("{} min", (s + 30) / 60),
        s @ 5_400..=129_599 => format!("{} h", (s + 1_800) / 3_600),
        s => format!("{} days", (s + 43_200) / 86_400),
    }
}

/// What a person typed, inside a sentence: it keeps its own direction and turns nothing around it.
pub fn isolated(typed: &str) -> String {
    format!("\u{2068}{typed}\u{2069}")
}

/// `one` for 1, else `many`, with the number before it.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", crate::format::count(number), if number == 1 { one } else { many })
}

/// Why a typed number was not taken; `otherwise` when it is none at all.
pub fn misread(misread: crate::format::Misread, otherwise: &str) -> String {
    use crate::format::Misread;
    match misread {
        Misread::Not => otherwise.to_owned(),
        Misread::Ambiguous => {
            "This can be read in two ways. Write thousands without a mark, such as 1000.".to_owned()
        }
        Misread::Decimals(0) => "Whole numbers only.".to_owned(),
        Misread::Decimals(digits) => format!("At most {}.", counted(digits.into(), "decimal", "decimals")),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn ages_are_told_in_the_unit_a_person_would_use() {
        for (seconds, text) in
            [(-3, "0 s"), (59, "59 s"), (60, "1 min"), (150, "3 min"), (5_400, "2 h"), (200_000, "2 days")]
        {
            assert_eq!(super::age(seconds), text);
        }
    }
}
