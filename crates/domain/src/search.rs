//! How what a cashier types is compared with what a product is called: letters without case and accents, words
//! apart, the beginning of a word before its middle, one slip of the finger forgiven.

use crate::small_letter::small;

/// Shortest query word that is also looked for in the middle of words.
pub const INSIDE_MIN: usize = 3;
/// Shortest query word in which one slip is forgiven.
pub const SLIP_MIN: usize = 4;

/// How close a query word comes to a word of a product; greater is closer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Closeness {
    /// The beginning of the word but for one letter that is missing, too many, wrong or swapped.
    Slip,
    /// In the middle of the word.
    Inside,
    /// The beginning of the word.
    Beginning,
    /// The whole word.
    Whole,
}

/// The text in lower case, without accents and apostrophes; everything that is neither letter nor digit is one blank.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// As [`fold`], appended to `folded`.
pub fn fold_into(text: &str, folded: &mut String) {
    let begin = folded.len();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            folded.push(character.to_ascii_lowercase());
            continue;
        }
        match plain(character) {
            Plain::Letters(letters) => folded.push_str(letters),
            Plain::Nothing => {}
            Plain::Blank if folded.len() == begin || folded.ends_with(' ') => {}
            Plain::Blank => folded.push(' '),
            Plain::Other => folded.push(small(character)),
        }
    }
    if folded.len() > begin && folded.ends_with(' ') {
        folded.pop();
    }
}

/// The words of a folded text.
pub fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(' ').filter(|word| !word.is_empty())
}

/// How close a folded query word comes to a folded word, if at all.
pub fn closeness(query: &str, word: &str) -> Option<Closeness> {
    if word.starts_with(query) {
        Some(if word.len() == query.len() { Closeness::Whole } else { Closeness::Beginning })
    } else if query.len() >= INSIDE_MIN && word.contains(query) {
        Some(Closeness::Inside)
    } else if is_slip(query, word) {
        Some(Closeness::Slip)
    } else {
        None
    }
}

/// Whether `query` is the beginning of `word` but for one letter that is missing, too many, wrong, or swapped with the
/// next. Codes (words with digits) forgive nothing: the neighbour of a number is another product.
pub fn is_slip(query: &str, word: &str) -> bool {
    let (query, word) = (query.as_bytes(), word.as_bytes());
    if query.len() < SLIP_MIN || query.iter().any(u8::is_ascii_digit) {
        return false;
    }
    let same = query.iter().zip(word).take_while(|(a, b)| a == b).count();
    let (query, word) = (query.get(same..).unwrap_or_default(), word.get(same..).unwrap_or_default());
    match (query, word) {
        ([], _) => true,
        // The word is at an end: at most one letter too many.
        ([_, rest @ ..], []) => rest.is_empty(),
        ([first, query_rest @ ..], [other, word_rest @ ..]) => {
            word_rest.starts_with(query_rest)
                || word_rest.starts_with(query)
                || word.starts_with(query_rest)
                || matches!((query_rest, word_rest), ([second, query_rest @ ..], [next, word_rest @ ..])
                    if first == next && second == other && word_rest.starts_with(query_rest))
        }
    }
}

enum Plain {
    Letters(&'static str),
    Nothing,
    Blank,
    Other,
}

/// A character as one types it on a plain keyboard: the Latin letters of European languages without their marks.
fn plain(character: char) -> Plain {
    Plain::Letters(match character {
        'à'..='å' | 'À'..='Å' | 'ā' | 'ă' | 'ą' | 'Ā' | 'Ă' | 'Ą' | 'ǎ' => "a",
        'æ' | 'Æ' => "ae",
        'ç' | 'Ç' | 'ć' | 'ĉ' | 'ċ' | 'č' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' => "c",
        'ď' | 'Ď' | 'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'è'..='ë' | 'È'..='Ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' => {
            "e"
        }
        'ĝ' | 'ğ' | 'ġ' | 'ģ' | 'Ĝ' | 'Ğ' | 'Ġ' | 'Ģ' => "g",
        'ĥ' | 'ħ' | 'Ĥ' | 'Ħ' => "h",
        'ì'..='ï' | 'Ì'..='Ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'Ĩ' | 'Ī' | 'Ĭ' | 'Į' | 'İ' => {
            "i"
        }
        'ĵ' | 'Ĵ' => "j",
        'ķ' | 'Ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' | 'Ĺ' | 'Ļ' | 'Ľ' | 'Ŀ' | 'Ł' => "l",
        'ñ' | 'Ñ' | 'ń' | 'ņ' | 'ň' | 'Ń' | 'Ņ' | 'Ň' => "n",
        'ò'..='ö' | 'ø' | 'Ò'..='Ö' | 'Ø' | 'ō' | 'ŏ' | 'ő' | 'Ō' | 'Ŏ' | 'Ő' => "o",
        'œ' | 'Œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' | 'Ŕ' | 'Ŗ' | 'Ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' | 'Ś' | 'Ŝ' | 'Ş' | 'Š' | 'Ș' => "s",
        'ß' | 'ẞ' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' | 'Ţ' | 'Ť' | 'Ŧ' | 'Ț' => "t",
        'þ' | 'Þ' => "th",
        'ù'..='ü' | 'Ù'..='Ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'Ũ' | 'Ū' | 'Ŭ' | 'Ů' | 'Ű' | 'Ų' => {
            "u"
        }
        'ŵ' | 'Ŵ' => "w",
        'ý' | 'ÿ' | 'Ý' | 'ŷ' | 'Ŷ' | 'Ÿ' => "y",
        'ź' | 'ż' | 'ž' | 'Ź' | 'Ż' | 'Ž' => "z",
        // Combining marks of a text in decomposed form, and apostrophes: "children's" is one word.
        '\u{300}'..='\u{36f}' | '\'' | '’' | '´' | '`' => return Plain::Nothing,
        other if other.is_alphanumeric() => return Plain::Other,
        _ => return Plain::Blank,
    })
}

#[cfg(test)]
mod tests {
    use super::{Closeness, closeness, fold, words};

    #[test]
    fn texts_are_compared_as_they_are_typed() {
        for (text, folded) in [
            ("Crème Brûlée", "creme brulee"),
            ("  T-LIGHT holder, (set/6) ", "t light holder set 6"),
            ("Children’s Ø 4\"", "childrens o 4"),
            ("Cre\u{300}me", "creme"),
            ("STRASSE Straße", "strasse strasse"),
            ("ЧАЙ чёрный", "чай чёрный"),
            ("ΚΑΦΈΣ καφές", "καφέσ καφέσ"),
            ("--", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
        assert_eq!(words(&fold("Set of 3, red")).collect::<Vec<_>>(), ["set", "of", "3", "red"]);
    }

    #[test]
    fn closeness_is_what_a_cashier_means() {
        use Closeness::{Beginning, Inside, Slip, Whole};
        for (query, word, expected) in [
            ("mug", "mug", Some(Whole)),
            ("mu", "mug", Some(Beginning)),
            ("ug", "mug", None),
            ("uga", "sugar", Some(Inside)),
            ("chrsit", "christmas", Some(Slip)),
            ("chritmas", "christmas", Some(Slip)),
            ("chrisstm", "christmas", Some(Slip)),
            ("chrixtm", "christmas", Some(Slip)),
            ("cristmas", "christmas", Some(Slip)),
            ("xhristmas", "christmas", Some(Slip)),
            ("christmass", "christmas", Some(Slip)),
            ("christmasss", "christmas", None),
            ("crixtm", "christmas", None),
            ("mxg", "mug", None),
            ("8512", "8513", None),
        ] {
            assert_eq!(closeness(query, word), expected, "{query} {word}");
        }
    }
}
