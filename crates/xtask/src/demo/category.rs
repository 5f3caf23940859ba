//! A category guessed from a product's name: the first row of [`RULES`] one of whose words begins a word of the name.
//!
//! The order decides where two fit: what a thing is for (Christmas, party) comes before where it stands (kitchen,
//! garden), and a bag with a cake on it is a bag. What no row knows is a gift.

/// Category and the beginnings of words that tell it.
const RULES: [(&str, &str); 17] = [
    (
        "Christmas",
        "christmas advent bauble reindeer santa rudolph snowm snowflake noel nativity yuletide stocking sleigh gingerbread",
    ),
    (
        "Bags & purses",
        "bag bags backpack handbag shopper purse wallet washbag tote luggage passport charlotte suitcase lunch satchel",
    ),
    ("Easter", "easter"),
    ("Bath & wellbeing", "hot hottie"),
    ("Toys & games", "playing"),
    ("Home", "doormat door doorstop clock sign cushion wall"),
    (
        "Cards & wrap",
        "card cards wrap ribbon ribbons gift tag tags greeting postcard envelope envelopes tissue bow",
    ),
    (
        "Stationery & craft",
        "notebook sketchbook pencil pencils pen pens sticker stickers stamp stamps tape ruler eraser sharpener journal \
         calendar memo chalk notepad album address felt sewing knitting origami decoupage scissor patch stencil craft \
         feltcraft magnet magnets calculator letter paint colouring embroidery crochet stationery rubber paperweight book \
         cardholder noticeboard file crayons reel",
    ),
    (
        "Jewellery & hair",
        "necklace bracelet earring earrings ring charm bangle brooch hair hairclip hairband hairslide pendant lariat diamante \
         chain jewel tiara keyring bead beads bling comb choker scarf sunglasses",
    ),
    (
        "Toys & games",
        "toy toys game games jigsaw doll dolls puppet skittle skittles puzzle domino dominoes snap ludo magic \
         helicopter dinosaur marbles skipping rocking robot monster teddy spinning bingo croquet rounders harmonica playhouse \
         ninja tattoo tattoos rattle football ping racing snakes kite soldier building block blocks gumball balloon inflatable \
         bubble",
    ),
    (
        "Party",
        "party bunting paperchain confetti napkin napkins doily doilies candy invites garland popcorn disco",
    ),
    (
        "Candles & light",
        "candle candles t-light t-lights light lights lantern lamp candlestick candleholder incense lampshade chandelier \
         tealight bulb torch candelabra votive lighter fragrance scented oil",
    ),
    (
        "Garden",
        "garden planter plant pots flowerpot watering herb seed bird birdhouse birdcage trowel potting grow parasol gnome \
         windmill trellis greenhouse outdoor gazebo picnic deckchair hammock pot wheelbarrow fork spade kneel chime pail umbrella",
    ),
    (
        "Kitchen & dining",
        "cake cakes cakestand mug cup cups bowl plate plates teapot tea coffee kitchen baking cutlery apron egg eggs jar jars \
         bread biscuit cookie tray jug glass goblet beaker milk spoon spoons oven saucer pantry jelly recipe toast bottle \
         pudding chopping butter salad sugar coaster coasters placemat placemats tablecloth snack food fridge strainer scales \
         colander whisk measuring chopstick chopsticks popsicle cutter cutters straws dinner teaspoons tumbler flask fruit wine \
         cocktail condiment dish pizza breakfast frying thermometer bake mould moulds cupcake washing trivet napkinring",
    ),
    ("Stationery & craft", "paper"),
    (
        "Bath & wellbeing",
        "bath bathroom soap towel flannel sponge toilet hot warmer warmers hottie bottle perfume slipper slippers plasters \
         massage lip gloss wash toothpaste shower gauze bandage pill first cosmetic bathrobe laundry",
    ),
    (
        "Home",
        "frame frames hook hooks hanger mirror drawer drawers cabinet box boxes storage \
         basket tin tins decoration heart hearts chest knob rack shelf stool chair tile photo picture vase holder throw quilt \
         curtain tidy shelf table plaque wreath screen wicker mobile ornament rug bin stand bunny rabbit \
         number suction coat bell money alarm cover dressing crystal zinc wood wooden metal enamel",
    ),
];

/// The category of a name; never empty.
pub fn guess(name: &str) -> &'static str {
    let name = name.to_lowercase();
    let words: Vec<&str> = name
        .split(|mark: char| !mark.is_alphanumeric() && mark != '-')
        .filter(|word| !word.is_empty())
        .collect();
    RULES
        .iter()
        .find(|(_, told_by)| {
            told_by.split_whitespace().any(|told| words.iter().any(|word| tells(told, word)))
        })
        .map_or("Gifts", |(category, _)| category)
}

/// Whole words tell; longer ones also by their beginning ("bauble" tells "baubles").
fn tells(told: &str, word: &str) -> bool {
    word == told || (told.len() >= 5 && word.starts_with(told))
}

#[cfg(test)]
mod tests {
    use super::guess;

    #[test]
    fn categories_are_those_one_would_look_in() {
        for (name, expected) in [
            ("White hanging heart T-light holder", "Candles & light"),
            ("Jumbo bag red retrospot", "Bags & purses"),
            ("Regency cakestand 3 tier", "Kitchen & dining"),
            ("Paper chain kit 50's Christmas", "Christmas"),
            ("Assorted colour bird ornament", "Garden"),
            ("Party bunting", "Party"),
            ("Hot water bottle tea and sympathy", "Bath & wellbeing"),
            ("Set of 4 knick knack tins", "Home"),
            ("Feltcraft princess doll", "Stationery & craft"),
            ("Gumball magazine rack", "Toys & games"),
            ("Pop art wooden pencils assorted", "Stationery & craft"),
            ("Mini playing cards spaceboy", "Toys & games"),
            ("Doormat fairy cake", "Home"),
            ("Psychedelic thing", "Gifts"),
        ] {
            assert_eq!(guess(name), expected, "{name}");
        }
    }
}
