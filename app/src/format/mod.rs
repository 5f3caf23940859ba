//! Figures, money and times as the shop's people write them: the browser's `Intl` with the outlet's locale.
//!
//! Amounts go to `Intl` as exact decimal text, never as floats. One set of formats is made when the outlet is known and
//! kept for the life of the page; [`set_shop`] is called before the views of a shop are built.

mod decimal;
#[cfg_attr(target_arch = "wasm32", path = "intl_browser.rs")]
#[cfg_attr(not(target_arch = "wasm32"), path = "intl_plain.rs")]
mod intl;

use std::{cell::RefCell, rc::Rc};

pub use decimal::{Misread, decimal_text};
use intl::{DateStyle, Dates, Numbers};

/// What the formats depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopFormat {
    /// BCP 47, such as `en-GB`.
    pub locale: String,
    /// ISO 4217, such as `GBP`.
    pub currency: String,
    /// Decimals of the currency.
    pub currency_digits: u8,
    /// IANA name, such as `Europe/London`.
    pub time_zone: String,
}

impl Default for ShopFormat {
    fn default() -> Self {
        ShopFormat {
            locale: "en-GB".into(),
            currency: "GBP".into(),
            currency_digits: 2,
            time_zone: "UTC".into(),
        }
    }
}

struct Formats {
    shop: ShopFormat,
    money: Numbers,
    money_bare: Numbers,
    count: Numbers,
    quantity: Numbers,
    percent: Numbers,
    bytes: Numbers,
    time: Dates,
    date: Dates,
    date_time: Dates,
    /// `.` or `,`, before the decimals.
    mark: char,
}

impl Formats {
    fn new(shop: ShopFormat) -> Self {
        let locale = shop.locale.as_str();
        let digits = u32::from(shop.currency_digits);
        Formats {
            mark: decimal::decimal_mark(&Numbers::upto(locale, 1).write("1234567.5")),
            money: Numbers::currency(locale, &shop.currency, digits),
            money_bare: Numbers::fixed(locale, digits),
            count: Numbers::upto(locale, 0),
            quantity: Numbers::upto(locale, 3),
            percent: Numbers::upto(locale, 4),
            bytes: Numbers::upto(locale, 1),
            time: Dates::new(locale, &shop.time_zone, &DateStyle::Time),
            date: Dates::new(locale, &shop.time_zone, &DateStyle::Date),
            date_time: Dates::new(locale, &shop.time_zone, &DateStyle::DateTime),
            shop,
        }
    }
}

thread_local! {
    static FORMATS: RefCell<Option<Rc<Formats>>> = const { RefCell::new(None) };
}

fn formats() -> Rc<Formats> {
    FORMATS.with_borrow_mut(|slot| {
        Rc::clone(slot.get_or_insert_with(|| Rc::new(Formats::new(ShopFormat::default()))))
    })
}

/// From here on everything is written as this shop writes it.
pub fn set_shop(shop: ShopFormat) {
    FORMATS.set(Some(Rc::new(Formats::new(shop))));
}

/// Which way a locale is written: `rtl` or `ltr`, by its script where it names one, else by its language.
pub fn direction(locale: &str) -> &'static str {
    let mut parts = locale.split('-');
    let language = parts.next().unwrap_or_default();
    let script = parts.find(|part| part.len() == 4);
    let from_right = match script {
        Some(script) => ["Arab", "Hebr", "Thaa", "Nkoo", "Syrc"].contains(&script),
        None => ["ar", "he", "fa", "ur", "ps", "sd", "ug", "yi", "dv", "ckb"].contains(&language),
    };
    if from_right { "rtl" } else { "ltr" }
}

/// An amount with its currency: `£12.75`.
pub fn money(amount_minor: i64) -> String {
    let formats = formats();
    formats.money.write(&decimal_text(amount_minor, formats.shop.currency_digits))
}

/// An amount without its currency, for receipts: `12.75`.
pub fn money_bare(amount_minor: i64) -> String {
    let formats = formats();
    formats.money_bare.write(&decimal_text(amount_minor, formats.shop.currency_digits))
}

/// An amount as it is typed into a field, without grouping: `12.75`.
pub fn money_field(amount_minor: i64) -> String {
    let formats = formats();
    with_mark(decimal_text(amount_minor, formats.shop.currency_digits), formats.mark)
}

/// As a field shows it: with the shop's own mark before the decimals, which is how it is read again.
fn with_mark(text: String, mark: char) -> String {
    if mark == '.' { text } else { text.replace('.', &mark.to_string()) }
}

/// The minor units of an amount that was typed as this shop writes it.
pub fn read_money(text: &str) -> Result<i64, Misread> {
    let formats = formats();
    decimal::read_decimal(text, formats.shop.currency_digits, formats.mark)
}

/// A whole number: `4,812`.
pub fn count(number: u64) -> String {
    formats().count.write(&number.to_string())
}

/// A quantity out of thousandths, without needless zeros: `3`, `0.412`.
pub fn quantity(quantity_milli: i64) -> String {
    formats().quantity.write(&decimal_text(quantity_milli, 3))
}

/// A quantity as it is typed into a field: `3`, `0.412`.
pub fn quantity_field(quantity_milli: i64) -> String {
    with_mark(decimal::trimmed(&decimal_text(quantity_milli, 3)), formats().mark)
}

/// The thousandths of a quantity that was typed as this shop writes it.
pub fn read_quantity(text: &str) -> Result<i64, Misread> {
    decimal::read_decimal(text, 3, formats().mark)
}

/// A tax rate out of millionths, as per cent: `20%`.
pub fn rate(rate_ppm: i64) -> String {
    format!("{}%", formats().percent.write(&decimal_text(rate_ppm, 4)))
}

/// A tax rate in per cent as it is typed into a field: `20`, `5.5`.
pub fn rate_field(rate_ppm: i64) -> String {
    with_mark(decimal::trimmed(&decimal_text(rate_ppm, 4)), formats().mark)
}

/// Millionths of a rate that was typed in per cent.
pub fn read_rate(text: &str) -> Result<i64, Misread> {
    decimal::read_decimal(text.trim().trim_end_matches(['%', '٪']), 4, formats().mark)
}

/// Time of day at the outlet: `10:42`.
pub fn time(at_ms: i64) -> String {
    formats().time.write(at_ms)
}

/// Date at the outlet: `30 Apr 2026`.
pub fn date(at_ms: i64) -> String {
    formats().date.write(at_ms)
}

/// Date and time at the outlet.
pub fn date_time(at_ms: i64) -> String {
    formats().date_time.write(at_ms)
}

/// Time of day if `at_ms` is of the same day as `now_ms` at the outlet, else date and time.
///
/// The last answer is kept: every tile on the screen tells the age of its stock, and mostly it is one and the same.
pub fn moment(at_ms: i64, now_ms: i64) -> String {
    thread_local! {
        static LAST: RefCell<(i64, i64, String)> = const { RefCell::new((0, 0, String::new())) };
    }
    let minute = now_ms / 60_000;
    LAST.with_borrow_mut(|(last_at_ms, last_minute, written)| {
        if (*last_at_ms, *last_minute) != (at_ms, minute) || written.is_empty() {
            *written = if date(at_ms) == date(now_ms) { time(at_ms) } else { date_time(at_ms) };
            (*last_at_ms, *last_minute) = (at_ms, minute);
        }
        written.clone()
    })
}

/// Bytes in the unit a person would choose: `2.1 MB`.
pub fn bytes(number: u64) -> String {
    let formats = formats();
    let (unit, size) = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)]
        .into_iter()
        .find(|(_, size)| number >= *size)
        .unwrap_or(("B", 1));
    let tenths = i64::try_from(number.saturating_mul(10) / size).unwrap_or(i64::MAX);
    format!("{} {unit}", formats.bytes.write(&decimal_text(tenths, 1)))
}

/// Now, in milliseconds UTC.
pub fn now_ms() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "Date.now() is a whole number far below 2^53")]
    let now = js_sys::Date::now() as i64;
    now
}

#[cfg(test)]
mod tests {
    use super::direction;

    #[test]
    fn a_locale_is_written_from_the_right_by_script_or_language() {
        for (locale, expected) in [
            ("en-GB", "ltr"),
            ("ar-EG", "rtl"),
            ("he", "rtl"),
            ("az-Arab-IR", "rtl"),
            ("ur-Latn", "ltr"),
            ("", "ltr"),
        ] {
            assert_eq!(direction(locale), expected, "{locale}");
        }
    }
}
