//! Names that people read: whatever else one holds, something of it shows, and it leaves the text around it in order.

/// What keeps a name from being read, as the end of a sentence that begins with the field; none if it is fine. An empty
/// name is for the caller to judge.
pub fn fault(name: &str) -> Option<&'static str> {
    if name.chars().any(char::is_control) {
        Some("contains a control character")
    } else if name.chars().any(turns_text) {
        Some("contains a hidden character that turns the direction of writing; type it anew")
    } else if !name.is_empty() && name.chars().all(shows_nothing) {
        Some("holds nothing that can be seen")
    } else {
        None
    }
}

/// Embeddings, overrides and isolates, which may turn all that is written behind them. The plain marks (left-to-right,
/// right-to-left, Arabic letter) stay: Arabic and Hebrew names need them, and they end where they stand.
const fn turns_text(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Spaces, and what Unicode draws as nothing (`Default_Ignorable_Code_Point`, and the blank Braille pattern). Within a
/// name they have their use: joiners in Persian and in emoji.
fn shows_nothing(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn a_name_shows_something_and_leaves_the_rest_in_order() {
        for fine in
            ["Tea", "", "می\u{200c}خواهم", "👩\u{200d}🍳 apron", "\u{200f}שלום 7", "ü", "•", "café\u{ad}s"]
        {
            assert_eq!(fault(fine), None, "{fine:?}");
        }
        for nothing in
            ["\u{200b}", "\u{200b}\u{2060}\u{feff}", "\u{3164}", "\u{2800} ", "\u{200e}", "\u{e0001}"]
        {
            assert_eq!(fault(nothing), Some("holds nothing that can be seen"), "{nothing:?}");
        }
        for turned in ["\u{202e}aeT", "Tea\u{2066}", "a\u{202d}b\u{202c}"] {
            assert!(fault(turned).is_some_and(|words| words.contains("direction")), "{turned:?}");
        }
        assert_eq!(fault("a\u{0}b"), Some("contains a control character"));
    }
}
