//! Reads a catalogue from CSV: every row that cannot be taken is named, with its line and why.

use super::{NewProduct, Progress};
use crate::http::ApiError;
use axum::http::StatusCode;
use evertill_domain::{
    Id, id,
    product::{Product, ProductFields},
};
use evertill_protocol::problem::RowError;
use std::{borrow::Cow, collections::HashMap};

/// Most rows of one file.
pub const ROWS_MAX: usize = 200_000;
/// Most faults that an answer lists.
const ROWS_SHOWN_MAX: usize = 10_000;
/// Most opening stock of a product, in thousandths, on either side of zero.
const OPENING_MAX: i64 = 1_000_000_000_000;

/// `version` is there for who hands in what was handed out, and is not read: a file says what is to be, whatever it was.
const COLUMNS: [&str; 10] = [
    "id",
    "sku",
    "name",
    "barcodes",
    "category",
    "price_minor",
    "tax_rate_ppm",
    "weighed",
    "opening_stock_milli",
    "version",
];
const NEEDED: [&str; 4] = ["sku", "name", "price_minor", "tax_rate_ppm"];

/// The rows of a file with a header, separated by commas, semicolons or tabs; barcodes within a cell by `|` or `;`, and
/// never by blanks, which is how one barcode is printed under its bars. Ids, codes and barcodes that occur twice in the
/// file are faults of the later row.
pub fn parse(bytes: &[u8], progress: &Progress) -> Result<Vec<NewProduct>, Vec<RowError>> {
    let text = text_of(bytes).map_err(|error| vec![error])?;
    progress.has(text.lines().filter(|line| !line.trim().is_empty()).count().saturating_sub(1));
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(text))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns = Columns::new(reader.headers().map_err(|error| vec![row(1, None, error.to_string())])?)?;
    let mut errors = Vec::new();
    let mut products: Vec<NewProduct> = Vec::new();
    let mut seen = Seen::default();
    let mut checked = 0;
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                errors.push(row(line, None, error.to_string()));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        if products.len() >= ROWS_MAX {
            let most = counted(ROWS_MAX, "row");
            errors.push(row(line, None, format!("a file has at most {most}; split it")));
            break;
        }
        checked += 1;
        progress.checked(checked);
        match columns.product(&record, line) {
            Ok(product) => {
                errors.extend(seen.repeated(&product));
                products.push(product);
            }
            Err(faults) => errors.extend(faults),
        }
    }
    progress.has(checked);
    if products.is_empty() && errors.is_empty() {
        errors.push(row(1, None, "the file has a header and no rows"));
    }
    if errors.is_empty() { Ok(products) } else { Err(errors) }
}

/// 400 `rows` with every row at fault; beyond 10,000 of them only the count.
pub fn refused(mut rows: Vec<RowError>) -> ApiError {
    let count = rows.len();
    rows.truncate(ROWS_SHOWN_MAX);
    let detail = format!("{} in the file. Nothing was imported.", counted(count, "fault"));
    ApiError::new(StatusCode::BAD_REQUEST, "rows", detail).with_rows(rows)
}

fn text_of(bytes: &[u8]) -> Result<&str, RowError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        row(line as u64, None, "the file is not UTF-8; save it as “CSV UTF-8”")
    })?;
    if text.trim().is_empty() { Err(row(1, None, "the file is empty")) } else { Ok(text) }
}

/// Whichever of the three occurs most in the header.
fn separator(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let count = |separator: u8| header.bytes().filter(|byte| *byte == separator).count();
    [b';', b'\t'].into_iter().fold(b',', |best, other| if count(other) > count(best) { other } else { best })
}

/// Where each column lies.
struct Columns {
    places: HashMap<&'static str, usize>,
    count: usize,
}

impl Columns {
    fn new(header: &csv::StringRecord) -> Result<Self, Vec<RowError>> {
        let mut places = HashMap::new();
        let mut errors = Vec::new();
        for (place, given) in header.iter().enumerate() {
            match COLUMNS.into_iter().find(|column| given.eq_ignore_ascii_case(column)) {
                None => {
                    let given: String = given.chars().take(60).collect();
                    let reason = format!("“{given}” is no column; there are {}", COLUMNS.join(", "));
                    errors.push(row(1, None, reason));
                }
                Some(column) if places.insert(column, place).is_some() => {
                    errors.push(row(1, Some(column), "the column is there twice"));
                }
                Some(_) => {}
            }
        }
        for column in NEEDED.into_iter().filter(|column| !places.contains_key(column)) {
            errors.push(row(1, Some(column), "the column is missing in the first line"));
        }
        if errors.is_empty() { Ok(Self { places, count: header.len() }) } else { Err(errors) }
    }

    fn cell<'a>(&self, record: &'a csv::StringRecord, column: &str) -> &'a str {
        self.places.get(column).and_then(|place| record.get(*place)).unwrap_or("")
    }

    fn product(&self, record: &csv::StringRecord, line: u64) -> Result<NewProduct, Vec<RowError>> {
        if record.len() != self.count {
            let reason = format!("has {}, the first line {}", counted(record.len(), "column"), self.count);
            return Err(vec![row(line, None, reason)]);
        }
        let mut errors = Vec::new();
        let mut number = |column: &'static str, empty: Option<i64>| {
            let cell = self.cell(record, column);
            let value = if cell.is_empty() { empty } else { cell.parse().ok() };
            value.unwrap_or_else(|| {
                let reason = if cell.is_empty() {
                    Cow::Borrowed("is missing")
                } else {
                    let cell: String = cell.chars().take(40).collect();
                    format!("a whole number is needed, not “{cell}”").into()
                };
                errors.push(row(line, Some(column), reason));
                0
            })
        };
        let price_minor = number("price_minor", None);
        let tax_rate = number("tax_rate_ppm", None);
        let opening_stock_milli = number("opening_stock_milli", Some(0));
        let weighed = match self.cell(record, "weighed").to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => true,
            "false" | "0" | "no" | "" => false,
            _ => {
                errors.push(row(line, Some("weighed"), "true or false is needed"));
                false
            }
        };
        if !(-OPENING_MAX..=OPENING_MAX).contains(&opening_stock_milli) {
            errors.push(row(line, Some("opening_stock_milli"), "lies beyond a thousand million units"));
        }
        let id = match self.cell(record, "id") {
            "" => None,
            cell => {
                let id = cell.parse().ok().and_then(|id| Id::new(id).ok());
                if id.is_none() {
                    errors.push(row(line, Some("id"), "a UUID is needed, or nothing"));
                }
                id
            }
        };
        let fields = ProductFields {
            sku: self.cell(record, "sku").to_owned(),
            name: self.cell(record, "name").to_owned(),
            barcodes: self
                .cell(record, "barcodes")
                .split(['|', ';'])
                .map(str::trim)
                .filter(|code| !code.is_empty())
                .map(str::to_owned)
                .collect(),
            category: Some(self.cell(record, "category").to_owned()),
            price_minor,
            tax_rate_ppm: u32::try_from(tax_rate).unwrap_or(u32::MAX),
            weighed,
        };
        match Product::new(fields) {
            Ok(product) if errors.is_empty() => Ok(NewProduct { line, id, product, opening_stock_milli }),
            Ok(_) => Err(errors),
            Err(faults) => {
                let faults = faults
                    .into_iter()
                    .filter(|fault| !errors.iter().any(|known| known.field.as_deref() == Some(&fault.field)))
                    .collect::<Vec<_>>();
                errors.extend(faults.into_iter().map(|fault| RowError {
                    line,
                    field: Some(fault.field),
                    reason: fault.reason,
                }));
                Err(errors)
            }
        }
    }
}

/// Codes of the rows so far, with their lines.
#[derive(Default)]
struct Seen {
    ids: HashMap<Id<id::Product>, u64>,
    skus: HashMap<String, u64>,
    barcodes: HashMap<String, u64>,
}

impl Seen {
    fn repeated(&mut self, product: &NewProduct) -> Vec<RowError> {
        let NewProduct { line, id, product, .. } = product;
        let mut errors = Vec::new();
        if let Some(first) = id.and_then(|id| self.ids.insert(id, *line)) {
            errors.push(row(*line, Some("id"), format!("is in line {first} already")));
        }
        if let Some(first) = self.skus.insert(product.fields().sku.to_lowercase(), *line) {
            errors.push(row(*line, Some("sku"), format!("is in line {first} already")));
        }
        for code in &product.fields().barcodes {
            if let Some(first) = self.barcodes.insert(code.clone(), *line) {
                errors.push(row(*line, Some("barcodes"), format!("{code} is in line {first} already")));
            }
        }
        errors
    }
}

/// `1 row`, `200,000 rows`.
fn counted(number: usize, one: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {one}{}", if number == 1 { "" } else { "s" })
}

fn row(line: u64, field: Option<&str>, reason: impl Into<String>) -> RowError {
    RowError { line, field: field.map(str::to_owned), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::{NewProduct, Progress, RowError, parse};

    const HEADER: &str = "sku,name,barcodes,category,price_minor,tax_rate_ppm,weighed,opening_stock_milli";

    fn read(text: impl AsRef<[u8]>) -> Result<Vec<NewProduct>, Vec<RowError>> {
        parse(text.as_ref(), &Progress::default())
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let rows = "A1,\"Tea, \"\"loose\"\"\",123|456,Tea,295,200000,false,3000";
        for text in [
            format!("{HEADER}\n{rows}\n"),
            format!("\u{feff}{HEADER}\r\n{rows}\r\n"),
            format!("{HEADER}\n{rows}"),
            format!("{HEADER}\n\n{rows}\n,,,,,,,\n"),
            format!(
                "{}\n{}",
                HEADER.replace(',', ";"),
                "A1;\"Tea, \"\"loose\"\"\";123|456;Tea;295;200000;false;3000"
            ),
        ] {
            let products = read(&text).expect(&text);
            assert_eq!(products.len(), 1, "{text}");
            let fields = products[0].product.fields();
            assert_eq!((fields.name.as_str(), fields.barcodes.len()), ("Tea, \"loose\"", 2));
            assert_eq!((fields.price_minor, products[0].opening_stock_milli), (295, 3000));
        }
        let short =
            read("name,sku,price_minor,tax_rate_ppm\nTea,A1,295,0").expect("the rest may be left out");
        assert_eq!(short[0].product.fields().category, None);
    }

    #[test]
    fn barcodes_are_parted_by_bars_or_semicolons_and_never_by_blanks() {
        for cell in ["123|456", "123;456", " 123 ; 456 |"] {
            let text = format!("sku,name,price_minor,tax_rate_ppm,barcodes\nA1,Tea,295,0,\"{cell}\"\n");
            let products = read(text).expect(cell);
            assert_eq!(products[0].product.fields().barcodes, ["123", "456"], "{cell:?}");
        }
        let printed = "sku,name,price_minor,tax_rate_ppm,barcodes\nA1,Tea,295,0,5 012345 678900\n";
        let faults = read(printed).expect_err("one barcode as it is printed, not three");
        assert_eq!((faults[0].line, faults[0].field.as_deref()), (2, Some("barcodes")));
    }

    #[test]
    fn what_was_handed_out_can_be_handed_in() {
        let text = "id,sku,name,barcodes,category,price_minor,tax_rate_ppm,weighed,version\n\
                    01968a3e-0000-7000-8000-000000000001,A1,Tea,,Drinks,295,0,false,12\n,A2,Milk,,,95,0,no,\n";
        let products = read(text).expect("id and version are columns");
        let ids: Vec<_> = products.iter().map(|row| row.id.map(|id| id.to_string())).collect();
        assert_eq!(ids, [Some("01968a3e-0000-7000-8000-000000000001".to_owned()), None]);
        for (id, other) in [("x", ""), ("00000000-0000-0000-0000-000000000000", "")] {
            let text = format!("id,sku,name,price_minor,tax_rate_ppm\n{id},A,B,1,0\n{other},C,D,1,0");
            let faults = read(&text).expect_err("no id");
            assert_eq!((faults[0].line, faults[0].field.as_deref()), (2, Some("id")), "{text}");
        }
        let twice = "id,sku,name,price_minor,tax_rate_ppm\n01968a3e-0000-7000-8000-000000000001,A,B,1,0\n\
                     01968A3E-0000-7000-8000-000000000001,C,D,1,0";
        let faults = read(twice).expect_err("the same id twice");
        assert_eq!((faults[0].line, faults[0].field.as_deref()), (3, Some("id")));
    }

    #[test]
    fn one_fault_is_one() {
        for (count, words) in
            [(1, "1 fault in the file"), (2, "2 faults in the file"), (12_345, "12,345 faults in the file")]
        {
            let told = super::refused(vec![super::row(1, None, "bad"); count]);
            let detail = told.problem().detail.clone().unwrap_or_default();
            assert!(detail.starts_with(words), "{detail}");
        }
        let faults = read("sku,name,price_minor,tax_rate_ppm\nA\n").expect_err("one cell");
        assert_eq!(faults[0].reason, "has 1 column, the first line 4");
        assert_eq!(super::counted(super::ROWS_MAX, "row"), "200,000 rows");
    }

    #[test]
    fn every_fault_has_its_line() {
        for (text, faults) in [
            ("", vec![(1, None)]),
            ("sku,name\nA,B", vec![(1, Some("price_minor")), (1, Some("tax_rate_ppm"))]),
            ("sku,name,price_minor,tax_rate_ppm,colour\nA,B,1,2,3", vec![(1, None)]),
            ("sku,name,price_minor,tax_rate_ppm", vec![(1, None)]),
            (
                "sku,name,price_minor,tax_rate_ppm\nA,B,1.50,0\n,C,-1,2000000",
                vec![
                    (2, Some("price_minor")),
                    (3, Some("sku")),
                    (3, Some("price_minor")),
                    (3, Some("tax_rate_ppm")),
                ],
            ),
            ("sku,name,price_minor,tax_rate_ppm\nA,B,1\nC,D,1,0,9", vec![(2, None), (3, None)]),
            ("sku,name,price_minor,tax_rate_ppm\nA,B,1,0\na,C,1,0", vec![(3, Some("sku"))]),
            (
                "sku,name,price_minor,tax_rate_ppm,barcodes\nA,B,1,0,55\nC,D,1,0,55",
                vec![(3, Some("barcodes"))],
            ),
            (
                "sku,name,price_minor,tax_rate_ppm\n\"A\nx\",B,y,0\nC,D,z,0",
                vec![(2, Some("price_minor")), (2, Some("sku")), (4, Some("price_minor"))],
            ),
        ] {
            let found = read(text).expect_err(text);
            let found: Vec<_> = found.iter().map(|error| (error.line, error.field.as_deref())).collect();
            assert_eq!(found, faults, "{text:?}");
        }
        let latin = read(b"sku,name,price_minor,tax_rate_ppm\nA,Caf\xe9,1,0").expect_err("not UTF-8");
        assert_eq!(latin[0].line, 2);
    }
}
