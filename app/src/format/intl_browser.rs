//! The few doors into the browser's `Intl` that the app uses.
//!
//! A locale or zone that the browser does not know must not keep a till from selling: it falls back to the browser's own.

use js_sys::{Array, Date, Function, Object, Reflect};
use wasm_bindgen::JsValue;

/// `Intl.NumberFormat`, ready to call.
pub struct Numbers(Function);

impl Numbers {
    pub fn currency(locale: &str, currency: &str, digits: u32) -> Self {
        Self::new(
            locale,
            &[
                ("style", "currency".into()),
                ("currency", currency.into()),
                ("minimumFractionDigits", digits.into()),
                ("maximumFractionDigits", digits.into()),
            ],
        )
    }

    pub fn fixed(locale: &str, digits: u32) -> Self {
        Self::new(
            locale,
            &[("minimumFractionDigits", digits.into()), ("maximumFractionDigits", digits.into())],
        )
    }

    pub fn upto(locale: &str, digits: u32) -> Self {
        Self::new(locale, &[("maximumFractionDigits", digits.into())])
    }

    fn new(locale: &str, options: &[(&str, JsValue)]) -> Self {
        Numbers(formatter("NumberFormat", locale, options))
    }

    /// `decimal` is exact decimal text.
    pub fn write(&self, decimal: &str) -> String {
        let written = self.0.call1(&JsValue::UNDEFINED, &decimal.into());
        written.ok().and_then(|text| text.as_string()).unwrap_or_else(|| decimal.to_owned())
    }
}

/// What of a moment is shown.
pub enum DateStyle {
    Time,
    Date,
    DateTime,
}

/// `Intl.DateTimeFormat`, ready to call.
pub struct Dates(Function);

impl Dates {
    pub fn new(locale: &str, time_zone: &str, style: &DateStyle) -> Self {
        let mut options: Vec<(&str, JsValue)> = vec![("timeZone", time_zone.into())];
        if !matches!(style, DateStyle::Time) {
            options.push(("dateStyle", "medium".into()));
        }
        if !matches!(style, DateStyle::Date) {
            options.push(("timeStyle", "short".into()));
        }
        Dates(formatter("DateTimeFormat", locale, &options))
    }

    /// A dash for a time that no calendar of the browser has, as a till's clock may have shown it.
    pub fn write(&self, at_ms: i64) -> String {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of any century fit into 53 bits")]
        let date = Date::new(&JsValue::from_f64(at_ms as f64));
        let written = self.0.call1(&JsValue::UNDEFINED, &date);
        written.ok().and_then(|text| text.as_string()).unwrap_or_else(|| "–".to_owned())
    }
}

/// The bound `format` of `new Intl[class](locale, options)`; without the locale and options if those are refused.
fn formatter(class: &str, locale: &str, options: &[(&str, JsValue)]) -> Function {
    let bag = Object::new();
    for (name, value) in options {
        drop(Reflect::set(&bag, &(*name).into(), value));
    }
    let build = |arguments: &Array| -> Option<Function> {
        let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
        let class: Function = Reflect::get(&intl, &class.into()).ok()?.into();
        let format = Reflect::construct(&class, arguments).ok()?;
        Some(Reflect::get(&format, &"format".into()).ok()?.into())
    };
    build(&Array::of2(&locale.into(), &bag))
        .or_else(|| build(&Array::of1(&locale.into())))
        .or_else(|| build(&Array::new()))
        .expect("Intl without arguments exists in every browser that runs wasm")
}
