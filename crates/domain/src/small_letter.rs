//! Small letters for capitals, by rule. The table of all capitals of Unicode is 12 kB that every till would download.
//!
//! Whole are the Latin of Europe, Vietnam, Turkey and Azerbaijan and the letters of West Africa's largest languages,
//! Greek, Cyrillic, Armenian and the full-width forms. Of any other letter the capital is found by its capital only.

/// The small letter of a capital; any other character as it is.
pub(crate) fn small(character: char) -> char {
    let code = u32::from(character);
    let further = match code {
        // Latin-1, Greek, Cyrillic, and the full-width forms of East Asia
        0xc0..=0xd6 | 0xd8..=0xde | 0x391..=0x3a1 | 0x3a3..=0x3ab | 0x410..=0x42f | 0xff21..=0xff3a => 32,
        // Cyrillic beyond Russian
        0x400..=0x40f => 80,
        0x4c0 => 15,
        // Greek with accents. The sigma at a word's end is a sigma.
        0x386 => 38,
        0x388..=0x38a => 37,
        0x38c => 64,
        0x38e | 0x38f => 63,
        0x3c2 => 1,
        // Armenian
        0x531..=0x556 => 48,
        // Pairs that begin with an even capital
        0x100..=0x12f
        | 0x132..=0x137
        | 0x14a..=0x177
        | 0x198
        | 0x1a0..=0x1a5
        | 0x1de..=0x1ef
        | 0x1f8..=0x21f
        | 0x222..=0x233
        | 0x460..=0x481
        | 0x48a..=0x4bf
        | 0x4d0..=0x52f
        | 0x1e00..=0x1e95
        | 0x1ea0..=0x1eff => i32::from(code & 1 == 0),
        // Pairs that begin with an odd one
        0x139..=0x148 | 0x179..=0x17e | 0x1af | 0x1b3..=0x1b6 | 0x1cd..=0x1dc | 0x4c1..=0x4ce => {
            i32::from(code & 1 == 1)
        }
        // Latin, one by one
        0x178 => -121,
        0x181 => 210,
        0x186 => 206,
        0x18a => 205,
        0x18e => 79,
        0x18f => 202,
        0x190 => 203,
        0x194 => 207,
        0x19d => 213,
        0x1b1 | 0x1b2 => 217,
        0x1e9e => -7615,
        _ => 0,
    };
    code.checked_add_signed(further).and_then(char::from_u32).unwrap_or(character)
}

#[cfg(test)]
mod tests {
    use super::small;
    use std::ops::RangeInclusive;

    /// The blocks that are whole.
    const BLOCKS: [RangeInclusive<char>; 8] = [
        '\u{80}'..='\u{17f}',
        '\u{1cd}'..='\u{1ef}',
        '\u{1f8}'..='\u{21f}',
        '\u{222}'..='\u{233}',
        '\u{370}'..='\u{3cf}',
        '\u{400}'..='\u{58f}',
        '\u{1e00}'..='\u{1eff}',
        '\u{ff00}'..='\u{ff5e}',
    ];

    #[test]
    fn whole_blocks_are_as_unicode_has_them() {
        for character in BLOCKS.into_iter().flatten() {
            // İ is two characters in small; archaic Greek and the sigma at a word's end are not kept apart.
            if matches!(character, 'İ' | 'ς' | '\u{370}' | '\u{372}' | '\u{376}' | '\u{37f}' | 'Ϗ') {
                continue;
            }
            let known: String = character.to_lowercase().collect();
            assert_eq!(small(character).to_string(), known, "{character} U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn letters_in_daily_use_beside_them() {
        for (capital, letter) in [
            ('Ɓ', 'ɓ'),
            ('Ɗ', 'ɗ'),
            ('Ƙ', 'ƙ'),
            ('Ə', 'ə'),
            ('Ɛ', 'ɛ'),
            ('Ɔ', 'ɔ'),
            ('Ơ', 'ơ'),
            ('Ư', 'ư'),
            ('Ƴ', 'ƴ'),
        ] {
            assert_eq!((small(capital), small(letter)), (letter, letter));
        }
        assert_eq!(small('ς'), 'σ');
        for other in ['字', 'か', 'ก', 'ا', 'א', '😀', '\u{10ffff}'] {
            assert_eq!(small(other), other);
        }
    }
}
