//! `demo-catalogue`: cuts the products of a real shop out of a year of its invoices.
//!
//! Source: "Online Retail" (D. Chen, 2015, UCI Machine Learning Repository, CC BY 4.0). Rules, all deterministic:
//!
//! - **Code**: upper case; codes that differ only in case are one product.
//! - **Left out**: codes that never had a price of at least a penny, and codes that are no goods: carriage, fees, manual
//!   corrections, discounts, samples, commissions and gift vouchers ([`NO_GOODS`]).
//! - **Price**: the most frequent one of at least a penny, rounded half up to the penny; of equally frequent ones the
//!   lowest. Tax is 20 %, contained.
//! - **Name**: the most frequent description beside a price (notes such as "damaged" have none), made readable by
//!   [`name`]; of equally frequent ones the longest.
//! - **Category**: guessed from the name by [`category`].
//! - **Barcode**: an EAN-13 of the in-store range made from the code ([`in_store_ean`]); two codes never share one.
//! - **Opening stock**: what was sold that year and a tenth more, at least 6 more, rounded up to whole half dozens. So a
//!   replay of the year never oversells.

mod category;
mod name;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::workspace::{self, Workspace};

/// The committed sample, which the replay test uses too.
pub const INVOICES: &str = "tests/replay/invoices.csv.gz";
const CATALOGUE: &str = "server/demo/products.csv";

/// Codes that are no goods.
const NO_GOODS: [&str; 11] =
    ["AMAZONFEE", "B", "BANK CHARGES", "C2", "CRUK", "D", "DOT", "M", "POST", "S", "PADS"];
/// Their beginning tells gift vouchers: money paid in advance, on which no tax is due yet.
const VOUCHERS: &str = "GIFT_";
const TAX_RATE_PPM: u32 = 200_000;
const STOCK_PACK: u64 = 6;

#[derive(Deserialize)]
struct InvoiceLine {
    #[serde(rename = "StockCode")]
    code: String,
    #[serde(rename = "Description")]
    description: String,
    #[serde(rename = "Quantity")]
    quantity: i64,
    #[serde(rename = "UnitPrice")]
    price: String,
}

#[derive(Serialize)]
struct Row {
    sku: String,
    name: String,
    barcodes: String,
    category: &'static str,
    price_minor: u64,
    tax_rate_ppm: u32,
    weighed: bool,
    opening_stock_milli: u64,
}

/// What the invoices say about one code.
#[derive(Default)]
struct Seen {
    prices: BTreeMap<u64, u32>,
    descriptions: BTreeMap<String, u32>,
    sold: u64,
}

/// Writes `server/demo/products.csv`.
pub fn write_catalogue(workspace: &Workspace, invoices: &Path) -> Result<()> {
    let rows = catalogue(invoices)?;
    let path = workspace.root.join(CATALOGUE);
    workspace::write(&path, as_csv(&rows)?)?;
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for row in &rows {
        *counts.entry(row.category).or_default() += 1;
    }
    println!("{} products in {}", rows.len(), path.display());
    for (category, count) in counts {
        println!("  {count:>5} {category}");
    }
    Ok(())
}

fn as_csv(rows: &[Row]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    writer.into_inner().context("finishing the CSV")
}

fn catalogue(invoices: &Path) -> Result<Vec<Row>> {
    let file = File::open(invoices).with_context(|| format!("reading {}", invoices.display()))?;
    let packed = invoices.extension().is_some_and(|end| end == "gz");
    let plain: Box<dyn Read> = if packed { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    let mut reader = csv::Reader::from_reader(BufReader::new(plain));
    let mut codes: BTreeMap<String, Seen> = BTreeMap::new();
    for line in reader.deserialize() {
        let line: InvoiceLine = line?;
        let seen = codes.entry(line.code.trim().to_uppercase()).or_default();
        seen.sold += u64::try_from(line.quantity).unwrap_or(0);
        let price_minor = pence(&line.price).with_context(|| format!("a price of {}", line.code))?;
        if price_minor > 0 {
            *seen.prices.entry(price_minor).or_default() += 1;
            if !line.description.trim().is_empty() {
                *seen.descriptions.entry(line.description.trim().to_owned()).or_default() += 1;
            }
        }
    }

    let mut rows: Vec<Row> = Vec::new();
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for (code, seen) in codes {
        if NO_GOODS.contains(&code.as_str()) || code.starts_with(VOUCHERS) {
            continue;
        }
        let price = seen.prices.iter().max_by_key(|(price, count)| (**count, std::cmp::Reverse(**price)));
        let description = seen.descriptions.iter().max_by_key(|(text, count)| (**count, text.len()));
        let (Some((price_minor, _)), Some((description, _))) = (price, description) else { continue };
        let name = name::readable(description);
        let barcode = in_store_ean(&code);
        if let Some(other) = taken.insert(barcode.clone(), code.clone()) {
            anyhow::bail!("{other} and {code} get the same barcode {barcode}");
        }
        rows.push(Row {
            category: category::guess(&name),
            opening_stock_milli: opening_stock(seen.sold) * 1000,
            sku: code,
            name,
            barcodes: barcode,
            price_minor: *price_minor,
            tax_rate_ppm: TAX_RATE_PPM,
            weighed: false,
        });
    }
    ensure!(!rows.is_empty(), "{} names no goods", invoices.display());
    Ok(rows)
}

/// A decimal price in pence, rounded half up.
fn pence(text: &str) -> Result<u64> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digit = |place: usize| {
        fraction.as_bytes().get(place).map_or(0, |digit| u64::from(digit.saturating_sub(b'0')))
    };
    ensure!(fraction.bytes().all(|byte| byte.is_ascii_digit()), "{text} is no price");
    let whole: u64 = whole.parse().with_context(|| format!("{text} is no price"))?;
    Ok(whole * 100 + digit(0) * 10 + digit(1) + u64::from(digit(2) >= 5))
}

fn opening_stock(sold: u64) -> u64 {
    (sold + (sold / 10).max(STOCK_PACK)).div_ceil(STOCK_PACK) * STOCK_PACK
}

/// An EAN-13 of the range that GS1 leaves to shops (20 to 29). Five digits and up to two letters, which is how nearly all
/// codes are built, give `20` + digits + two digits a letter (01 for A) + `0`: different codes, different barcodes. Any
/// other code gives `29` and ten digits of its SHA-256.
fn in_store_ean(code: &str) -> String {
    let (number, letters) = code.split_at(code.len().min(5));
    let regular = number.len() == 5
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && letters.len() <= 2
        && letters.bytes().all(|byte| byte.is_ascii_uppercase());
    let body = if regular {
        let letter = |place: usize| letters.as_bytes().get(place).map_or(0, |letter| letter - b'A' + 1);
        format!("20{number}{:02}{:02}0", letter(0), letter(1))
    } else {
        let digest = Sha256::digest(code.as_bytes());
        let number = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        format!("29{:010}", number % 10_000_000_000)
    };
    let weighted = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 0 { 3 } else { 1 });
    let check = (10 - weighted.sum::<u32>() % 10) % 10;
    format!("{body}{check}")
}

#[cfg(test)]
mod tests {
    use super::{CATALOGUE, INVOICES, as_csv, catalogue, in_store_ean, opening_stock, pence};
    use crate::workspace::{Workspace, read};

    #[test]
    fn the_committed_catalogue_is_what_the_rules_give() {
        let workspace = Workspace::find().expect("cargo runs this test in the workspace");
        let rows = catalogue(&workspace.root.join(INVOICES)).expect("the sample can be read");
        let committed = read(&workspace.root.join(CATALOGUE)).expect("the catalogue is committed");
        assert_eq!(rows.len(), 3129);
        assert!(as_csv(&rows).expect("rows are CSV") == committed, "run `cargo xtask demo-catalogue`");
    }

    #[test]
    fn barcodes_are_valid_and_differ() {
        assert_eq!(in_store_ean("85123A"), "2085123010004");
        assert_eq!(in_store_ean("22423"), "2022423000007");
        assert!(in_store_ean("DCGS0070").starts_with("29"));
        for code in ["85123A", "85123", "15056BL", "DCGSSBOY"] {
            let digits = in_store_ean(code);
            let sum: u32 = digits
                .bytes()
                .enumerate()
                .map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 0 { 1 } else { 3 })
                .sum();
            assert_eq!((digits.len(), sum % 10), (13, 0), "{code}");
        }
    }

    #[test]
    fn prices_are_rounded_half_up_to_the_penny() {
        for (text, expected) in
            [("3.39", 339), ("18", 1800), ("2.1", 210), ("0.001", 0), ("0.125", 13), ("0", 0)]
        {
            assert_eq!(pence(text).expect("it is a price"), expected, "{text}");
        }
        assert!(pence("x").is_err() && pence("1.x").is_err());
    }

    #[test]
    fn opening_stock_outlasts_the_year() {
        for (sold, expected) in [(0, 6), (1, 12), (6, 12), (100, 114), (2700, 2970)] {
            assert_eq!(opening_stock(sold), expected, "{sold}");
        }
    }
}
