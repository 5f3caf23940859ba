//! Words about what has reached the ERP and what has not.

use super::{age, counted};
use crate::format;
use evertill_protocol::Entry;

pub const TITLE: &str = "Sync";
pub const INTRO: &str =
    "Every sale is on this device before “Paid” is shown. From here it travels to the ERP, once.";
pub const OPEN: &str = "Open the Sync page";
pub const ALL_SYNCED: &str = "All synced";

/// The chip: `3 waiting, oldest 2 min`.
pub fn waiting(number: u64, oldest_s: i64) -> String {
    format!("{} waiting, oldest {}", format::count(number), age(oldest_s))
}

/// The chip: `Offline, 12 waiting, oldest 2 min, selling continues`.
pub fn offline(number: u64, oldest_s: i64) -> String {
    if number == 0 {
        "Offline, selling continues".to_owned()
    } else {
        format!("Offline, {}, selling continues", waiting(number, oldest_s))
    }
}

/// The chip: `1 needs attention`, what waits beside it, and the age of the oldest that only this device holds.
pub fn attention(number: u64, others: u64, oldest_s: Option<i64>) -> String {
    let need = if number == 1 { "needs" } else { "need" };
    let text = format!("{} {need} attention", format::count(number));
    match (others, oldest_s) {
        (0, None) => text,
        (0, Some(oldest_s)) => format!("{text}, oldest unsent {}", age(oldest_s)),
        (others, oldest_s) => format!("{text}, {}", waiting(others, oldest_s.unwrap_or(0))),
    }
}

pub const SYNC_NOW: &str = "Sync now";
pub const SYNCING: &str = "Syncing…";
pub const WAITING: &str = "Waiting";
pub const OLDEST: &str = "Oldest unsent";
pub const FAILED: &str = "Need attention";
pub const NONE: &str = "none";

/// `1 to 4,812 issued, 4,809 acknowledged, 0 missing`.
pub fn journal(head: u64, acknowledged: u64, missing: u64) -> String {
    if head == 0 {
        return "Nothing issued yet".to_owned();
    }
    format!(
        "1 to {} issued, {} acknowledged, {} missing",
        format::count(head),
        format::count(acknowledged),
        format::count(missing)
    )
}

pub const JOURNAL: &str = "Journal";
pub const QUEUE: &str = "Queue";
pub const QUEUE_EMPTY: &str = "Nothing is waiting";
pub const QUEUE_EMPTY_TEXT: &str = "Everything sold here has arrived in the ERP.";
pub const NUMBER: &str = "Entry";
pub const RECEIPT: &str = "Receipt";
pub const TOTAL: &str = "Total";
pub const STATE: &str = "State";
pub const SINCE: &str = "Since";
pub const PENDING: &str = "Pending";
pub const SYNCED: &str = "Synced";
pub const FAILED_STATE: &str = "Failed";

pub fn offline_since(moment: &str) -> String {
    format!("The ERP has not answered since {moment}. It is tried again by itself; selling goes on.")
}

/// What stopped this device's own part of the work.
pub fn trouble(why: &str) -> String {
    format!(
        "Sending stopped on this device itself: {why}. It is tried again; selling goes on and nothing is lost. If this stays, save the queue to a file below and reload the page."
    )
}

pub const ANSWERS: &str = "The ERP answers.";

pub const STORAGE: &str = "Storage on this device";
pub const PERSISTED: &str = "Kept by the browser";
pub const PERSISTED_YES: &str = "Yes, it may not be cleared to make room";
pub const PERSISTED_NO: &str = "Not promised. Install the app, then ask again";
pub const PERSIST_ASK: &str = "Ask to keep it";
pub const PERSIST_ASKED: &str =
    "The browser was asked. If it does not promise it, installing the app usually helps.";
pub const RESERVE: &str = "Reserve for the next sales";
pub const RESERVE_THERE: &str = "In place";
pub const RESERVE_GONE: &str = "Used up. Free space on this device soon";
pub const USED: &str = "Used";
pub const BACKGROUND: &str = "Sending with the app closed";
pub const BACKGROUND_YES: &str = "This browser helps, now and then";
pub const BACKGROUND_NO: &str = "Not in this browser. Keep the app open until all is synced";
pub const NOT_KNOWN: &str = "This browser does not say";

pub fn used(usage: &str, quota: &str) -> String {
    format!("{usage} of {quota}")
}

pub const FILE: &str = "The queue as a file";
pub const FILE_TEXT: &str = "What has not arrived can be saved to a file and brought to the ERP by any terminal of this shop. Importing twice does no harm.";
pub const EXPORT: &str = "Save queue to a file";
pub const IMPORT: &str = "Bring a queue file";
/// What came of saving: how many entries are in the file, how many waited and could not be read, and how many open sales
/// could not.
pub fn exported(saved: u64, unreadable: u64, carts: u64) -> String {
    let entries = |number| counted(number, "entry", "entries");
    let left_of = |number| if number == 1 { "it" } else { "them" };
    let is = if unreadable == 1 { "is" } else { "are" };
    let mut said = vec![match saved {
        0 if unreadable + carts == 0 => "There is nothing to save: everything has arrived.".to_owned(),
        0 => "What cannot be read is in the file.".to_owned(),
        1 => "1 entry saved to the file. It also stays here until it arrives.".to_owned(),
        _ => format!("{} saved to the file. They also stay here until they arrive.", entries(saved)),
    }];
    if unreadable > 0 {
        said.push(format!(
            "{} {is} damaged on this device, cannot be read any more and {is} not sent; what is left of {} is in the file. The ERP is told which as soon as it answers.",
            entries(unreadable),
            left_of(unreadable)
        ));
    }
    if carts > 0 {
        said.push(format!(
            "{} cannot be read; what is left of {} is in the file.",
            open_sales(carts),
            left_of(carts)
        ));
    }
    said.join(" ")
}

fn open_sales(number: u64) -> String {
    counted(number, "open sale", "open sales")
}

pub fn imported(terminal: &str, added: u64, known: u64) -> String {
    let queued =
        if added == 1 { "is queued here and will be sent" } else { "are queued here and will be sent" };
    let added_words = counted(added, "entry", "entries");
    match (added, known) {
        (0, known) => {
            format!("Nothing was added: {} of {terminal} here already.", counted(known, "entry", "entries"))
        }
        (_, 0) => format!("{added_words} of {terminal} {queued}."),
        (_, known) => {
            format!("{added_words} of {terminal} {queued}; {} here already.", counted(known, "was", "were"))
        }
    }
}

pub const EXPORT_FAILED: &str = "The browser did not save the file. Nothing was changed.";
pub const FILE_UNREADABLE: &str = "it cannot be read";

pub fn import_failed(why: &str) -> String {
    format!("The file was not taken: {why}. Nothing was changed.")
}

pub const RESET: &str = "Leave this terminal";
pub const RESET_TEXT: &str = "Forgets this terminal on this device: catalogue, sales history and login. It can only be used again with a new code.";
pub const RESET_REFUSED: &str = "Refused while sales have not arrived. Sync first, or save the queue to a file and choose that file here so that it can be checked.";
/// Why a terminal is not left yet: open sales that nobody can open any more.
pub fn reset_unreadable(carts: u64) -> String {
    format!(
        "Refused: {} cannot be read, and money may have been taken. Save the queue to a file, which keeps what is there, and choose that file here so that it can be checked.",
        open_sales(carts)
    )
}

pub const RESET_CHOOSE: &str = "Choose the saved queue file";
pub const RESET_CHECKED: &str =
    "The file holds everything that has not arrived. Keep it safe and bring it to another terminal.";
pub const RESET_NOW: &str = "Leave and forget";

pub fn reset_bad_file(why: &str) -> String {
    format!("That file will not do: {why}. Nothing was changed.")
}

/// A journal entry that is not a sale, in words.
pub fn kind(kind: &str) -> String {
    match kind {
        "clock_suspect" => "Clock note".to_owned(),
        other => other.replace('_', " "),
    }
}

/// What an entry is called in a list: its receipt number, its kind, or that nobody can read it any more.
pub fn name(entry: Option<&Entry>) -> String {
    entry.map_or_else(
        || "Unreadable".to_owned(),
        |entry| entry.receipt.clone().unwrap_or_else(|| kind(&entry.kind)),
    )
}

pub const CARRIED: &str = "From other tills";
pub const CARRIED_TEXT: &str =
    "Brought here in a file, for the ERP. What it does not take can be given back as a file.";
pub const CARRIED_UNTOLD: &str =
    "The ERP has not taken them yet. They are offered again by themselves, as long as they are here.";
pub const CARRIED_OFFLINE: &str = "The ERP does not answer. They are sent as soon as it does.";
pub const CARRIED_UNKNOWN: &str = "The ERP does not take them: it knows no terminal with this number. Either the file was changed, or the ERP was restored to a time before that terminal was enrolled. Save them to a file and keep it; they are offered again by themselves, as long as they are here.";
pub const CARRIED_SAVE: &str = "Save these to a file";
pub const CARRIED_CHOOSE: &str = "To remove them here, choose the saved file";
pub const NO_SUCH_TERMINAL: &str = "the ERP knows no terminal with the number in it";

/// Whose they are, how many, and since when they are here.
pub fn carried_of(short_code: &str, id: &str, entries: u64, since: Option<&str>) -> String {
    let name = if short_code.is_empty() { "a terminal" } else { short_code };
    let since = since.map(|since| format!(", here since {since}")).unwrap_or_default();
    format!("{} of {} ({id}){since}", counted(entries, "entry", "entries"), super::isolated(name))
}

pub fn carried_saved(entries: u64) -> String {
    format!(
        "{} saved to the file. Choose it below, then they are removed here.",
        counted(entries, "entry", "entries")
    )
}

pub fn carried_gone(entries: u64) -> String {
    format!(
        "{} removed here; the file holds them. Keep it safe.",
        counted(entries, "entry is", "entries are")
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_left_out_of_a_file_is_said_whatever_is_in_it() {
        for (saved, unreadable, carts, begins, ends) in [
            (0, 0, 0, "There is nothing to save", "everything has arrived."),
            (1, 0, 0, "1 entry saved", "until it arrives."),
            (
                2,
                1,
                0,
                "2 entries saved",
                "1 entry is damaged on this device, cannot be read any more and is not sent; what is left of it is",
            ),
            (
                0,
                3,
                0,
                "What cannot be read",
                "3 entries are damaged on this device, cannot be read any more and are not sent",
            ),
            (0, 0, 1, "What cannot be read", "1 open sale cannot be read; what is left of it is"),
            (1, 1, 2, "1 entry saved", "2 open sales cannot be read; what is left of them is"),
        ] {
            let said = super::exported(saved, unreadable, carts);
            assert!(said.starts_with(begins) && said.contains(ends), "{said}");
        }
    }

    #[test]
    fn one_is_told_as_one() {
        for (text, expected) in [
            (super::imported("T1", 1, 0), "1 entry of T1 is queued here and will be sent."),
            (
                super::imported("T1", 2, 1),
                "2 entries of T1 are queued here and will be sent; 1 was here already.",
            ),
            (super::imported("T1", 0, 2), "Nothing was added: 2 entries of T1 here already."),
            (super::attention(1, 0, None), "1 needs attention"),
        ] {
            assert_eq!(text, expected);
        }
    }
}
