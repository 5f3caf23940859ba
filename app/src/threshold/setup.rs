//! Setting up a shop in a minute: its name, how it counts and writes, and what it starts with. Ends enrolled as T1.

use std::time::Duration;

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_domain::{Currency, TaxRate, legible, stock::StockPolicy};
use evertill_protocol::api::{SetupRequest, StartWith};
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};

use super::{Panel, code_in_address, enrol::in_words, forget_refused_code, to_the_till};
use crate::{
    api::ApiError,
    device::file,
    format,
    products::{BadRows, CsvHelp},
    shop::door::{Door, DoorError},
    widgets::{
        button::{Button, Look, Size},
        chip::Mood,
        choice::Choice,
        field::{Field, FileField, Select},
        notice::Notice,
    },
    words::{products as say_products, settings as say_settings, threshold as say},
};

/// What the shop may do when stock runs out, with the words for it.
const POLICIES: [(StockPolicy, &str, &str); 3] = [
    (StockPolicy::Warn, "warn", say_settings::POLICY_WARN),
    (StockPolicy::Allow, "allow", say_settings::POLICY_ALLOW),
    (StockPolicy::Block, "block", say_settings::POLICY_BLOCK),
];

/// What is asked for, as typed.
#[derive(Clone, Copy)]
struct Form {
    code: RwSignal<String>,
    name: RwSignal<String>,
    currency: RwSignal<String>,
    locale: RwSignal<String>,
    zone: RwSignal<String>,
    tax: RwSignal<String>,
    start: RwSignal<&'static str>,
    policy: RwSignal<String>,
    address: RwSignal<String>,
    tax_id: RwSignal<String>,
    csv: RwSignal<Option<String>>,
}

/// What is wrong with what was typed; all empty when nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wrong {
    code: String,
    name: String,
    currency: String,
    tax: String,
    csv: String,
}

impl Form {
    fn new() -> Self {
        Form {
            code: RwSignal::new(code_in_address()),
            name: RwSignal::new(String::new()),
            currency: RwSignal::new("GBP".to_owned()),
            locale: RwSignal::new(browser_locale()),
            zone: RwSignal::new(browser_zone()),
            tax: RwSignal::new("20".to_owned()),
            start: RwSignal::new("demo"),
            policy: RwSignal::new("warn".to_owned()),
            address: RwSignal::new(String::new()),
            tax_id: RwSignal::new(String::new()),
            csv: RwSignal::new(None),
        }
    }

    /// The request, or what is wrong.
    fn read(self) -> Result<SetupRequest, Wrong> {
        let needed =
            |text: &str| if text.trim().is_empty() { say::MISSING.to_owned() } else { String::new() };
        let (code, name) = (self.code.get_untracked(), self.name.get_untracked());
        let currency = self.currency.get_untracked().trim().to_ascii_uppercase().parse::<Currency>();
        let rate = format::read_rate(&self.tax.get_untracked())
            .ok()
            .and_then(|ppm| u32::try_from(ppm).ok())
            .and_then(|ppm| TaxRate::from_ppm(ppm).ok());
        let start_with = match (self.start.get_untracked(), self.csv.get_untracked()) {
            ("csv", Some(text)) => Some(StartWith::Csv(text)),
            ("csv", None) => None,
            ("empty", _) => Some(StartWith::Empty),
            _ => Some(StartWith::Demo),
        };
        let wrong = Wrong {
            code: needed(&code),
            name: legible::fault(name.trim()).map_or_else(|| needed(&name), str::to_owned),
            currency: if currency.is_err() { say::BAD_CURRENCY.to_owned() } else { String::new() },
            tax: if rate.is_none() { say_products::BAD_RATE.to_owned() } else { String::new() },
            csv: if start_with.is_none() { say::MISSING.to_owned() } else { String::new() },
        };
        match (currency, rate, start_with) {
            (Ok(currency), Some(default_tax_rate_ppm), Some(start_with)) if wrong == Wrong::default() => {
                Ok(SetupRequest {
                    code: code.trim().to_owned(),
                    // The device fills its own id in.
                    device: uuid::Uuid::nil(),
                    name: name.trim().to_owned(),
                    currency,
                    locale: self.locale.get_untracked().trim().to_owned(),
                    time_zone: self.zone.get_untracked().trim().to_owned(),
                    default_tax_rate_ppm,
                    stock_policy: POLICIES
                        .iter()
                        .find(|(_, key, _)| *key == self.policy.get_untracked())
                        .map_or_else(StockPolicy::default, |(policy, ..)| *policy),
                    address: parted(&self.address.get_untracked()),
                    tax_id: Some(self.tax_id.get_untracked().trim().to_owned()).filter(|id| !id.is_empty()),
                    start_with,
                })
            }
            _ => Err(wrong),
        }
    }
}

/// The form.
#[component]
pub fn SetupPage(door: Door) -> impl IntoNode {
    let form = Form::new();
    let wrong = RwSignal::new(Wrong::default());
    let problem = RwSignal::new(None::<DoorError>);
    let busy = RwSignal::new(false);
    let csv_wrong = RwSignal::new(String::new());

    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        problem.set(None);
        let request = match form.read() {
            Ok(request) => request,
            Err(faults) => {
                wrong.set(faults);
                return show_first_wrong();
            }
        };
        wrong.set(Wrong::default());
        busy.set(true);
        spawn_local(async move {
            match door.set_up(request).await {
                Ok(()) => to_the_till(),
                Err(error) => {
                    forget_refused_code(&error);
                    problem.set(Some(error));
                    busy.set(false);
                    show_first_wrong();
                }
            }
        });
    };
    let take_file = Callback::new(move |chosen: web_sys::File| {
        spawn_local(async move {
            csv_wrong.set(String::new());
            match file::read(&chosen, crate::products::CSV_BYTES_MAX).await {
                Ok(text) => form.csv.set(Some(text)),
                Err(why) => {
                    form.csv.set(None);
                    csv_wrong.set(crate::products::unread(why).to_owned());
                }
            }
        });
    });
    // What the ERP says about a field, while nothing is wrong with it by this form's own rules.
    let fault = move |own: fn(Wrong) -> String, field: &'static str| {
        Signal::derive(move || {
            let own = own(wrong.get());
            if !own.is_empty() {
                return own;
            }
            problem.with(|problem| match problem {
                Some(DoorError::Api(error)) => error.field(field),
                _ => String::new(),
            })
        })
    };
    let rows = move || match problem.get() {
        Some(DoorError::Api(ApiError::Problem(problem))) => problem.rows,
        _ => Vec::new(),
    };
    view! {
        <Panel title=say::SETUP>
            <h1>{say::SETUP}</h1>
            <p class="soft">{say::SETUP_TEXT}</p>
            <form class="card-form" on:submit=submit novalidate>
                <div class="fields">
                    <div class="whole">
                        <Field id="shop-name" label=say::SHOP_NAME value=form.name wrong=fault(|wrong| wrong.name, "name") required=true autocomplete="organization" />
                    </div>
                    <Field id="currency" label=say::CURRENCY value=form.currency list="currencies" wrong=fault(|wrong| wrong.currency, "currency") required=true />
                    <Field id="tax" label=say::TAX value=form.tax inputmode="decimal" wrong=fault(|wrong| wrong.tax, "default_tax_rate_ppm") required=true />
                    <Field id="locale" label=say::LOCALE value=form.locale wrong=fault(|_| String::new(), "locale") required=true />
                    <Field id="zone" label=say::ZONE value=form.zone list="zones" wrong=fault(|_| String::new(), "time_zone") required=true />
                    <div class="whole">
                        <Field id="address" label=say::ADDRESS value=form.address hint=say::ADDRESS_HINT wrong=fault(|_| String::new(), "address") />
                    </div>
                    <Field id="tax-id" label=say::TAX_ID value=form.tax_id wrong=fault(|_| String::new(), "tax_id") />
                    <Choices id="currencies" kind="currency" />
                    <Choices id="zones" kind="timeZone" />
                    <div class="whole">
                        <Select
                            id="policy"
                            label=say_settings::POLICY
                            value=form.policy
                            options=POLICIES.iter().map(|(_, key, words)| ((*key).to_owned(), (*words).to_owned())).collect()
                        />
                    </div>
                    <div class="whole">
                        <Choice
                            name="start"
                            legend=say::START_WITH
                            value=form.start
                            ways=vec![("demo", say::DEMO, say::DEMO_TEXT), ("csv", say::CSV, say::CSV_TEXT), ("empty", say::NOTHING, say::NOTHING_TEXT)]
                        />
                    </div>
                    <Show when=move || form.start.get() == "csv">
                        <div class="whole part">
                            <CsvHelp />
                            <FileField id="csv" label=say::CSV_FILE accept=".csv,text/csv" taken=take_file />
                            <span class="wrong" role="alert">{move || if csv_wrong.get().is_empty() { wrong.get().csv } else { csv_wrong.get() }}</span>
                        </div>
                    </Show>
                    <div class="whole">
                        <Field id="code" label=say::CODE value=form.code hint=say::SETUP_CODE_HINT wrong=fault(|wrong| wrong.code, "code") required=true />
                    </div>
                </div>
                {move || problem.get().filter(|_| rows().is_empty()).map(|error| view! { <Notice mood=Mood::Bad text=Signal::derive(move || in_words(&error)) /> })}
                {move || {
                    let rows = rows();
                    (!rows.is_empty()).then(|| view! { <BadRows rows=rows /> })
                }}
                <Button look=Look::Main size=Size::Tall submit=true disabled=busy attr:data-testid="open-shop">
                    {move || if busy.get() { say::OPENING } else { say::OPEN_SHOP }}
                </Button>
            </form>
        </Panel>
    }
}

/// Puts the focus into the first field that will not do, once it says so: the button is a screen below.
fn show_first_wrong() {
    let focus = || {
        let field = document().query_selector("[aria-invalid=true]").ok().flatten();
        if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
            drop(field.focus());
        }
    };
    set_timeout(focus, Duration::ZERO);
}

/// What stands between the commas.
fn parted(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// What the browser knows of `kind`, to choose from; empty where it tells nothing.
#[component]
fn Choices(id: &'static str, kind: &'static str) -> impl IntoNode {
    let options =
        known(kind).into_iter().map(|value| view! { <option value=value></option> }).collect::<Vec<_>>();
    view! { <datalist id=id>{options}</datalist> }
}

fn known(kind: &str) -> Vec<String> {
    let values = js_sys::Reflect::get(&js_sys::global(), &"Intl".into())
        .and_then(|intl| js_sys::Reflect::get(&intl, &"supportedValuesOf".into()))
        .and_then(JsCast::dyn_into::<js_sys::Function>)
        .and_then(|list| list.call1(&JsValue::UNDEFINED, &kind.into()));
    let values = values.ok().filter(js_sys::Array::is_array).map(|values| js_sys::Array::from(&values));
    values.map(|values| values.iter().filter_map(|value| value.as_string()).collect()).unwrap_or_default()
}

fn browser_locale() -> String {
    web_sys::window().and_then(|window| window.navigator().language()).unwrap_or_else(|| "en-GB".to_owned())
}

/// The zone this device is set to, which is the shop's more often than not.
fn browser_zone() -> String {
    let options =
        js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new()).resolved_options();
    js_sys::Reflect::get(&options, &"timeZone".into())
        .ok()
        .and_then(|zone| zone.as_string())
        .unwrap_or_else(|| "UTC".to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_address_is_parted_at_its_commas() {
        for (text, lines) in [
            ("", vec![]),
            (" , ", vec![]),
            ("12 Penny Lane, London N1 0AA,", vec!["12 Penny Lane", "London N1 0AA"]),
        ] {
            assert_eq!(super::parted(text), lines);
        }
    }
}
