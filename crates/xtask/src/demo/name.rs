//! Names as one would write them on a shelf, out of upper case with the stock keeper's abbreviations.
//!
//! Rules: blanks and dots at the end go, doubled blanks become one, a comma gets its blank; `SET/6` is "set of 6";
//! abbreviations are written out and a few frequent misspellings put right ([`SPELLED`]); then sentence case, except
//! for what English writes with a capital ([`CAPITAL`]), for acronyms ([`ACRONYMS`]), for dotted letters, and for a
//! single letter that is no article: "T-light", "Hook letter A".

/// Written out, or put right.
const SPELLED: [(&str, &str); 72] = [
    ("ant", "antique"),
    ("artiifcial", "artificial"),
    ("ass", "assorted"),
    ("asst", "assorted"),
    ("asstd", "assorted"),
    ("b'draw", "bedside drawer"),
    ("b'fly", "butterfly"),
    ("blossum", "blossom"),
    ("blackblue", "black and blue"),
    ("blk", "black"),
    ("bracelt", "bracelet"),
    ("braclet", "bracelet"),
    ("butterfiles", "butterflies"),
    ("c/cover", "cushion cover"),
    ("cand", "candle"),
    ("col", "colour"),
    ("flowe", "flower"),
    ("lazer", "laser"),
    ("candl", "candle"),
    ("ceature", "creature"),
    ("childrens", "children's"),
    ("childs", "child's"),
    ("chocolatecandle", "chocolate candle"),
    ("cinammon", "cinnamon"),
    ("dec", "decoration"),
    ("des", "design"),
    ("frappucino", "frappuccino"),
    ("fuschia", "fuchsia"),
    ("garld", "garland"),
    ("gents", "gents'"),
    ("hldr", "holder"),
    ("jeweled", "jewelled"),
    ("laquered", "lacquered"),
    ("lt", "light"),
    ("med", "medium"),
    ("metalic", "metallic"),
    ("mop", "mother-of-pearl"),
    ("multicol", "multicolour"),
    ("neckl", "necklace"),
    ("necklac", "necklace"),
    ("of4", "of 4"),
    ("p'weight", "paperweight"),
    ("paisely", "paisley"),
    ("pannetone", "panettone"),
    ("pinkwhite", "pink and white"),
    ("pk", "pack"),
    ("popart", "pop art"),
    ("polkadots", "polka dots"),
    ("polkadot", "polka dot"),
    ("baroquecandlestick", "baroque candlestick"),
    ("raspberr", "raspberry"),
    ("rect", "rectangular"),
    ("rnd", "round"),
    ("roccoco", "rococo"),
    ("sandlewood", "sandalwood"),
    ("silouette", "silhouette"),
    ("skippping", "skipping"),
    ("smallfolkart", "small folk art"),
    ("folkart", "folk art"),
    ("squarecushion", "square cushion"),
    ("stopmetal", "stop metal"),
    ("strawbery", "strawberry"),
    ("strawbry", "strawberry"),
    ("swirlglass", "swirl glass"),
    ("t-lights", "T-lights"),
    ("tassle", "tassel"),
    ("tradtional", "traditional"),
    ("turq", "turquoise"),
    ("vippassport", "VIP passport"),
    ("w", "with"),
    ("whit", "white"),
    ("xmas", "Christmas"),
];

/// Always in capitals.
const ACRONYMS: [&str; 12] = ["3d", "a4", "a6", "a7", "abc", "cd", "diy", "led", "tv", "uk", "vip", "wc"];

/// Names of people, places, peoples, days and periods.
const CAPITAL: &str = "acapulco amelie antoinette baker bertie bill boudicca buffalo camden carlo charlie charlotte \
    chinese christmas cinderella claire columbian covent czech danish dolly dutch easter edwardian elvis emily england \
    english fanny's france french george georgian gordon halloween hawaiian heidi helga henrietta hilda i i'm indian \
    indians ingrid jack jean kashmir kensington lola london madeline madras maria marie mexican molly monte moroccan \
    morris mr mrs murano nancy nicole noel notting olivia ollie oxford paris parisienne paul poppy's portobello \
    provencal provence purdey rachel rebecca regency roman rosie rudolphs russian sally santa santas savannah savoy \
    scandinavian sophie spaceboy st suki susan susie swiss tokyo tropez tuscan valentine vegas victorian willie winkie \
    yuletide";

/// Words that are a name only beside one another.
const PAIRS: [(&str, &str); 6] = [
    ("union", "jack"),
    ("union", "flag"),
    ("dolly", "girl"),
    ("baker", "street"),
    ("notting", "hill"),
    ("las", "vegas"),
];
/// A single letter after these is a name of its own and no article.
const BEFORE_LETTER: [&str; 6] = ["letter", "alphabet", "initial", "hook", "stencil", "block"];

/// The name for people.
pub fn readable(description: &str) -> String {
    let spaced =
        separated(description.trim_matches(|end: char| end.is_whitespace() || end == '.' || end == ','));
    let words: Vec<String> = spaced.split_whitespace().flat_map(written_out).collect();
    let mut name = String::new();
    for (place, word) in words.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|at| words.get(at)).map(String::as_str);
        let after = words.get(place + 1).map(String::as_str);
        if place > 0 {
            name.push(' ');
        }
        name.push_str(&cased(word, before, after));
    }
    capital_first(&name)
}

fn separated(text: &str) -> String {
    let text = text.replace(" ,", ", ").replace('+', " and ").replace("NECKL.36\"", "NECKLACE 36\" ");
    let text = text
        .replace("NECKL36\"", "NECKLACE 36\" ")
        .replace("LT.BLUE", "LIGHT BLUE")
        .replace("DECO.WHITE", "DECO WHITE");
    let text = text.replace("M.O.P.", "MOP").replace("M.O.P", "MOP").replace(" M PEARL", " MOP");
    let mut spaced = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        spaced.push(letter);
        if letter == ',' && letters.peek().is_some_and(|next| next.is_alphanumeric()) {
            spaced.push(' ');
        }
    }
    spaced
}

/// One word of the source as the words it stands for, in lower case.
fn written_out(word: &str) -> Vec<String> {
    let lower = word.to_lowercase();
    if let Some(spelled) = spelled(&lower) {
        return spelled.split(' ').map(str::to_owned).collect();
    }
    for (short, long) in [("set/", "set"), ("s/", "set"), ("pack/", "pack"), ("box/", "box"), ("set", "set")]
    {
        if let Some(count) = lower.strip_prefix(short)
            && !count.is_empty()
            && count.bytes().all(|byte| byte.is_ascii_digit())
        {
            return vec![long.to_owned(), "of".to_owned(), count.to_owned()];
        }
    }
    if let Some(rest) = lower.strip_prefix("w/") {
        return vec!["with".to_owned(), rest.to_owned()];
    }
    if let Some(count) = lower.strip_suffix("pc").filter(|count| count.parse::<u32>().is_ok()) {
        return vec![count.to_owned(), "piece".to_owned()];
    }
    // Parts of a pair are words too: "BLK/WHIT".
    if let Some((left, right)) = lower.split_once('/')
        && !left.is_empty()
        && !right.is_empty()
    {
        let part = |part: &str| spelled(part).unwrap_or(part).to_owned();
        return format!("{}/{}", part(left), part(right)).split(' ').map(str::to_owned).collect();
    }
    let end = lower.trim_end_matches([',', ')', '.']);
    match spelled(end) {
        Some(spelled) => format!("{spelled}{}", &lower[end.len()..]).split(' ').map(str::to_owned).collect(),
        None => vec![lower],
    }
}

fn spelled(word: &str) -> Option<&'static str> {
    SPELLED.iter().find(|(short, _)| *short == word).map(|(_, long)| *long)
}

fn cased(word: &str, before: Option<&str>, after: Option<&str>) -> String {
    let bare = word.trim_matches(|mark: char| !mark.is_alphanumeric());
    let opened = word.starts_with(['"', '(']) && word.len() > 1;
    let dotted = bare.len() > 2 && bare.split('.').all(|part| part.len() <= 1);
    if ACRONYMS.contains(&bare) || dotted {
        return word.to_uppercase();
    }
    if bare.chars().count() == 1 && bare.chars().all(char::is_alphabetic) {
        let article =
            word == "a" && after.is_some() && !before.is_some_and(|before| BEFORE_LETTER.contains(&before));
        let quoted = word.starts_with('"') && word.ends_with('"');
        return if article && !quoted { word.to_owned() } else { word.to_uppercase() };
    }
    let paired = PAIRS.iter().any(|(first, second)| {
        (*first == bare && after == Some(second)) || (*second == bare && before == Some(first))
    });
    if paired || is_name(bare) || (opened && word.starts_with('"')) {
        return capital_first(word);
    }
    let lone_letter = |start: &str| bare.len() > 2 && bare.starts_with(start);
    if lone_letter("t-") {
        return word.replacen("t-", "T-", 1);
    }
    word.split_inclusive(['/', '-', '+', ','])
        .map(|part| {
            if is_name(part.trim_end_matches(['/', '-', '+', ','])) {
                capital_first(part)
            } else {
                part.to_owned()
            }
        })
        .collect()
}

fn is_name(word: &str) -> bool {
    let word = word.strip_suffix("'s").filter(|stem| stem.len() > 1).unwrap_or(word);
    CAPITAL.split_whitespace().any(|name| name == word || name.strip_suffix("'s") == Some(word))
}

/// The first letter in upper case, if the text does not begin with a number.
fn capital_first(text: &str) -> String {
    let Some(at) = text.find(char::is_alphanumeric) else { return text.to_owned() };
    let (marks, rest) = text.split_at(at);
    let mut letters = rest.chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{marks}{}{}", first.to_uppercase(), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn names_read_like_names() {
        for (source, expected) in [
            ("WHITE HANGING HEART T-LIGHT HOLDER", "White hanging heart T-light holder"),
            ("RED WOOLLY HOTTIE WHITE HEART.", "Red woolly hottie white heart"),
            ("SET/6 RED SPOTTY PAPER PLATES", "Set of 6 red spotty paper plates"),
            ("ROTATING SILVER ANGELS T-LIGHT HLDR", "Rotating silver angels T-light holder"),
            ("3D CHRISTMAS STAMPS STICKERS ", "3D Christmas stamps stickers"),
            ("RETRO \"TEA FOR ONE\" ", "Retro \"Tea for one\""),
            ("METAL SIGN,CUPCAKE SINGLE HOOK", "Metal sign, cupcake single hook"),
            ("DOORMAT UNION FLAG", "Doormat Union Flag"),
            ("UNION JACK  GUNS & ROSES", "Union Jack guns & roses"),
            ("I LOVE LONDON MINI BACKPACK", "I love London mini backpack"),
            ("POPPY'S PLAYHOUSE BEDROOM ", "Poppy's playhouse bedroom"),
            ("CHILDRENS CUTLERY DOLLY GIRL ", "Children's cutlery Dolly Girl"),
            ("6 RIBBONS RUSTIC CHARM", "6 ribbons rustic charm"),
            ("BLUE PULL BACK RACING CAR", "Blue pull back racing car"),
            ("LETTER \"A\" BLING KEY RING", "Letter \"A\" bling key ring"),
            ("MIRRORED WALL ART LADIES", "Mirrored wall art ladies"),
            ("CHARLIE+LOLA RED HOT WATER BOTTLE ", "Charlie and Lola red hot water bottle"),
            ("GREEN GOOSE FEATHER TREE 60CM", "Green goose feather tree 60cm"),
            ("SINGLE HEART ZINC T-LIGHT HOLDER ,", "Single heart zinc T-light holder"),
            ("NURSERY A,B,C PAINTED LETTERS", "Nursery A, B, C painted letters"),
            ("KEEP OUT BOYS DOOR HANGER", "Keep out boys door hanger"),
        ] {
            assert_eq!(readable(source), expected);
        }
    }
}
