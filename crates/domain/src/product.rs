//! What a product is allowed to look like. Both the ERP's routes and its CSV import go through here.

use crate::{TaxRate, barcode::Barcode, legible};
use serde::{Deserialize, Serialize};

/// The dearest unit price, in minor units.
pub const PRICE_MINOR_MAX: i64 = 100_000_000_000;
/// Longest article code, in characters.
pub const SKU_MAX: usize = 64;
/// Longest name, in characters.
pub const NAME_MAX: usize = 200;
/// Longest category, in characters.
pub const CATEGORY_MAX: usize = 64;
/// Most barcodes on one product.
pub const BARCODES_MAX: usize = 20;

/// A product's fields as somebody gave them, unchecked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductFields {
    /// Article code, unique within the company, compared without regard to case.
    pub sku: String,
    /// What the cashier and the receipt call it.
    pub name: String,
    /// Codes that scan as this product; each unique within the company.
    #[serde(default)]
    pub barcodes: Vec<String>,
    /// Name of its category, if it has one.
    #[serde(default)]
    pub category: Option<String>,
    /// Unit price in minor units, tax included.
    pub price_minor: i64,
    /// Tax rate in parts per million.
    pub tax_rate_ppm: u32,
    /// Whether it is sold by weight or measure, in thousandths.
    #[serde(default)]
    pub weighed: bool,
}

/// A product's fields after all rules hold: trimmed, bounded, priced in range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product(ProductFields);

/// One field that breaks a rule, in words for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{field}: {reason}")]
pub struct FieldError {
    /// The field's name, as in the API and the CSV header.
    pub field: String,
    /// What is wrong and what is needed.
    pub reason: String,
}

impl Product {
    /// The checked product, or every field that breaks a rule.
    pub fn new(fields: ProductFields) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut refuse =
            |field: &str, reason: String| errors.push(FieldError { field: field.to_owned(), reason });
        let sku = fields.sku.trim().to_owned();
        if let Err(reason) = check_text(&sku, SKU_MAX) {
            refuse("sku", reason);
        }
        let name = fields.name.trim().to_owned();
        if let Err(reason) = check_text(&name, NAME_MAX) {
            refuse("name", reason);
        }
        let category = fields.category.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        if let Some(Err(reason)) = category.as_deref().map(|name| check_text(name, CATEGORY_MAX)) {
            refuse("category", reason);
        }
        let mut barcodes: Vec<String> = Vec::new();
        for code in &fields.barcodes {
            let code = code.trim();
            match code.parse::<Barcode>() {
                Err(error) => {
                    refuse("barcodes", format!("“{}”: {error}", code.chars().take(60).collect::<String>()));
                }
                Ok(_) if barcodes.iter().any(|known| known == code) => {}
                Ok(_) => barcodes.push(code.to_owned()),
            }
        }
        if barcodes.len() > BARCODES_MAX {
            refuse("barcodes", format!("at most {BARCODES_MAX} barcodes"));
        }
        if !(0..=PRICE_MINOR_MAX).contains(&fields.price_minor) {
            refuse("price_minor", format!("a price lies between 0 and {PRICE_MINOR_MAX} minor units"));
        }
        if let Err(error) = TaxRate::from_ppm(fields.tax_rate_ppm) {
            refuse("tax_rate_ppm", error.to_string());
        }
        if errors.is_empty() {
            Ok(Self(ProductFields { sku, name, barcodes, category, ..fields }))
        } else {
            Err(errors)
        }
    }

    /// The checked fields.
    pub fn fields(&self) -> &ProductFields {
        &self.0
    }

    /// The checked fields, given away.
    pub fn into_fields(self) -> ProductFields {
        self.0
    }
}

/// A text that people read: not empty, not too long, nothing that hides it or turns what is beside it.
fn check_text(text: &str, most: usize) -> Result<(), String> {
    if text.is_empty() {
        Err("is missing".to_owned())
    } else if text.chars().count() > most {
        Err(format!("is longer than {most} characters"))
    } else {
        legible::fault(text).map_or(Ok(()), |words| Err(words.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Product, ProductFields};

    fn fields() -> ProductFields {
        ProductFields {
            sku: "85123A".into(),
            name: "White hanging heart".into(),
            price_minor: 295,
            ..Default::default()
        }
    }

    #[test]
    fn all_faults_are_named_at_once() {
        let bad = ProductFields {
            sku: "  ".into(),
            name: "\u{200b}".into(),
            barcodes: vec!["1 2".into()],
            category: Some("\u{202e}c".into()),
            price_minor: -1,
            tax_rate_ppm: 1_000_001,
            weighed: false,
        };
        let named: Vec<String> =
            Product::new(bad).expect_err("refused").into_iter().map(|error| error.field).collect();
        assert_eq!(named, ["sku", "name", "category", "barcodes", "price_minor", "tax_rate_ppm"]);
    }

    #[test]
    fn texts_are_trimmed_and_barcodes_kept_once() {
        let given = ProductFields {
            sku: " 85123A ".into(),
            barcodes: vec!["123".into(), " 123 ".into()],
            category: Some(" ".into()),
            ..fields()
        };
        let product = Product::new(given).expect("accepted").into_fields();
        assert_eq!((product.sku.as_str(), product.barcodes.len(), product.category), ("85123A", 1, None));
    }
}
