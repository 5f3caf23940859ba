//! The coloured letter that stands for a product where there is no picture. Its category gives the colour.

/// The first letter of a name, which the style shows as a capital; a digit where there is no letter.
pub fn letter(name: &str) -> String {
    let first = name.chars().find(|c| c.is_alphabetic()).or_else(|| name.chars().find(|c| c.is_numeric()));
    first.unwrap_or('·').to_string()
}

/// The class of one of eight quiet hues: the same words, the same hue, on every till.
pub fn hue(category: &str) -> &'static str {
    const HUES: [&str; 8] = [
        "initial h0",
        "initial h1",
        "initial h2",
        "initial h3",
        "initial h4",
        "initial h5",
        "initial h6",
        "initial h7",
    ];
    // FNV-1a: short, and the same on every machine.
    let hash = category
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    HUES[(hash >> 7) as usize % HUES.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_come_from_the_first_that_can_be_read() {
        for (name, expected) in [
            ("party bunting", "p"),
            ("\"Ärmel\"", "Ä"),
            ("72 cake cases", "c"),
            ("4711", "4"),
            ("--", "·"),
            ("", "·"),
        ] {
            assert_eq!(letter(name), expected);
        }
    }

    #[test]
    fn a_category_keeps_its_hue() {
        assert_eq!(hue("Kitchen"), hue("Kitchen"));
        assert_ne!(hue("Kitchen"), hue("Bags"));
    }
}
