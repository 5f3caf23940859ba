//! A catalogue of up to 100,000 made-up products, the same in each run, as a CSV file for the import.

use std::fmt::Write as _;

const QUALITIES: [&str; 50] = [
    "Amber",
    "Antique",
    "Bamboo",
    "Bright",
    "Brushed",
    "Carved",
    "Ceramic",
    "Classic",
    "Copper",
    "Cotton",
    "Country",
    "Crystal",
    "Dotted",
    "Emerald",
    "Enamel",
    "Festive",
    "Floral",
    "Folding",
    "French",
    "Frosted",
    "Garden",
    "Gilded",
    "Glass",
    "Golden",
    "Hanging",
    "Heart",
    "Ivory",
    "Jumbo",
    "Knitted",
    "Lace",
    "Linen",
    "Magnetic",
    "Marble",
    "Mini",
    "Nordic",
    "Painted",
    "Paisley",
    "Paper",
    "Patchwork",
    "Pearl",
    "Pink",
    "Polka",
    "Retro",
    "Rustic",
    "Scented",
    "Silver",
    "Striped",
    "Vintage",
    "Wooden",
    "Woven",
];
const THINGS: [&str; 80] = [
    "Apron", "Bag", "Basket", "Beaker", "Bell", "Blanket", "Board", "Bookend", "Bottle", "Bowl", "Box",
    "Bracelet", "Brush", "Bunting", "Cabinet", "Candle", "Canvas", "Card", "Chain", "Chair", "Charm",
    "Clock", "Coaster", "Cushion", "Diary", "Doll", "Doormat", "Drawer", "Easel", "Egg", "Envelope", "Fan",
    "Flask", "Frame", "Garland", "Globe", "Hanger", "Hook", "Jar", "Jug", "Kettle", "Ladle", "Lamp",
    "Lantern", "Lid", "Magnet", "Mat", "Mirror", "Mug", "Napkin", "Necklace", "Notebook", "Ornament",
    "Parasol", "Pencil", "Pillow", "Planter", "Plate", "Pot", "Purse", "Puzzle", "Quilt", "Rack", "Ribbon",
    "Ring", "Rug", "Sack", "Scarf", "Shelf", "Spoon", "Stand", "Stool", "Tag", "Teapot", "Thimble", "Tin",
    "Towel", "Tray", "Vase", "Wreath",
];
const VARIANTS: [&str; 25] = [
    "small",
    "medium",
    "large",
    "extra large",
    "set of 2",
    "set of 3",
    "set of 4",
    "set of 6",
    "set of 12",
    "red",
    "blue",
    "green",
    "yellow",
    "black",
    "white",
    "grey",
    "navy",
    "turquoise",
    "10 cm",
    "15 cm",
    "20 cm",
    "30 cm",
    "40 cm",
    "gift boxed",
    "for children",
];

/// Code of product `number`, from 1.
pub fn sku(number: usize) -> String {
    format!("B{number:06}")
}

/// In-store EAN-13 of product `number`: 29, ten digits, check digit.
pub fn barcode(number: usize) -> String {
    let digits = format!("29{number:010}");
    let sum: u32 = digits
        .bytes()
        .zip([1, 3].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// Name of product `number`: each of 100,000 is another.
pub fn name(number: usize) -> String {
    let place = number - 1;
    // Neighbours differ in their first word, so that each chunk holds a bit of everything.
    let (quality, rest) = (place % QUALITIES.len(), place / QUALITIES.len());
    let (thing, variant) = (rest % THINGS.len(), rest / THINGS.len());
    format!("{} {} {}", QUALITIES[quality], THINGS[thing].to_lowercase(), VARIANTS[variant % VARIANTS.len()])
}

/// The CSV file for the first `count` products.
pub fn csv(count: usize) -> String {
    let mut text = String::with_capacity(count * 90);
    text.push_str("sku,name,barcodes,category,price_minor,tax_rate_ppm,weighed,opening_stock_milli\n");
    for number in 1..=count {
        let category = THINGS[(number - 1) / QUALITIES.len() % THINGS.len()].chars().next().unwrap_or('A');
        let price_minor = 50 + number * 37 % 4950;
        let row = (sku(number), name(number), barcode(number));
        writeln!(
            text,
            "{},{},{},Aisle {category},{price_minor},200000,false,{}",
            row.0,
            row.1,
            row.2,
            (10 + number % 90) * 1000
        )
        .expect("a string takes text");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{barcode, name};
    use std::collections::BTreeSet;

    #[test]
    fn names_differ_and_barcodes_check() {
        let names: BTreeSet<String> = (1..=100_000).map(name).collect();
        assert_eq!(names.len(), 100_000);
        assert_eq!(barcode(1), "2900000000018");
    }
}
