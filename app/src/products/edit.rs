//! Creating and changing a product. A change made elsewhere meanwhile is never overwritten unseen.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_domain::product::{FieldError, PRICE_MINOR_MAX, Product, ProductFields};
use evertill_protocol::api::{ProductCreate, ProductRow};
use leptos::task::spawn_local;
use serde::de::IgnoredAny;

use crate::{
    api::{ApiError, Body},
    format,
    shop::Shop,
    widgets::{
        button::{Button, Look},
        chip::Mood,
        field::{Check, Field},
        notice::{Notice, Toasts},
    },
    words::{self, products as say},
};

/// The fields as typed.
#[derive(Clone, Copy)]
struct Form {
    sku: RwSignal<String>,
    name: RwSignal<String>,
    barcodes: RwSignal<String>,
    category: RwSignal<String>,
    price: RwSignal<String>,
    tax: RwSignal<String>,
    weighed: RwSignal<bool>,
}

impl Form {
    fn of(fields: &ProductFields, new: bool) -> Self {
        Form {
            sku: RwSignal::new(fields.sku.clone()),
            name: RwSignal::new(fields.name.clone()),
            barcodes: RwSignal::new(fields.barcodes.join(" ")),
            category: RwSignal::new(fields.category.clone().unwrap_or_default()),
            price: RwSignal::new(if new { String::new() } else { format::money_field(fields.price_minor) }),
            tax: RwSignal::new(format::rate_field(i64::from(fields.tax_rate_ppm))),
            weighed: RwSignal::new(fields.weighed),
        }
    }

    /// Shows another state of the product in the same fields.
    fn show(self, fields: &ProductFields) {
        self.sku.set(fields.sku.clone());
        self.name.set(fields.name.clone());
        self.barcodes.set(fields.barcodes.join(" "));
        self.category.set(fields.category.clone().unwrap_or_default());
        self.price.set(format::money_field(fields.price_minor));
        self.tax.set(format::rate_field(i64::from(fields.tax_rate_ppm)));
        self.weighed.set(fields.weighed);
    }

    /// The product, or every field that will not do, by the same rules as the ERP's.
    fn read(self) -> Result<ProductFields, Vec<FieldError>> {
        let fault = |field: &str, reason: String| FieldError { field: field.to_owned(), reason };
        let price_minor = format::read_money(&self.price.get_untracked());
        let tax_rate_ppm = format::read_rate(&self.tax.get_untracked())
            .and_then(|ppm| u32::try_from(ppm).map_err(|_| format::Misread::Not));
        let fields = ProductFields {
            sku: self.sku.get_untracked(),
            name: self.name.get_untracked(),
            barcodes: self
                .barcodes
                .get_untracked()
                .split([' ', ',', ';'])
                .filter(|code| !code.is_empty())
                .map(str::to_owned)
                .collect(),
            category: Some(self.category.get_untracked()),
            price_minor: price_minor.unwrap_or_default(),
            tax_rate_ppm: tax_rate_ppm.unwrap_or_default(),
            weighed: self.weighed.get_untracked(),
        };
        let mut faults = Vec::new();
        if let Err(misread) = price_minor {
            faults.push(fault("price_minor", words::misread(misread, say::BAD_PRICE)));
        }
        if let Err(misread) = tax_rate_ppm {
            faults.push(fault("tax_rate_ppm", words::misread(misread, say::BAD_RATE)));
        }
        match Product::new(fields) {
            Ok(product) if faults.is_empty() => Ok(product.into_fields()),
            Ok(_) => Err(faults),
            Err(mut more) => {
                for fault in more.iter_mut().filter(|fault| fault.field == "price_minor") {
                    fault.reason = say::price_range(&format::money(PRICE_MINOR_MAX));
                }
                faults.append(&mut more);
                Err(faults)
            }
        }
    }
}

/// The form for a new product, or for `row`; `done` is called once it is saved, even if the form was closed before.
#[component]
pub fn EditProduct(row: Option<ProductRow>, done: Callback<()>, close: Callback<()>) -> impl IntoNode {
    let shop = Shop::here();
    let toasts = Toasts::here();
    let new = row.is_none();
    let blank = ProductFields { tax_rate_ppm: shop.default_rate_ppm(), ..ProductFields::default() };
    let form = Form::of(row.as_ref().map_or(&blank, |row| &row.fields), new);
    let known = StoredValue::new(row.map(|row| (row.id, row.version)));
    // The same id at each attempt, so that a lost answer does not make two products.
    let fresh_id = StoredValue::new(shop.fresh_uuid());
    let faults = RwSignal::new(Vec::<FieldError>::new());
    let problem = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let sure = RwSignal::new(false);
    // What somebody else made of it since the form was opened.
    let theirs = RwSignal::new(None::<ProductFields>);

    let fault = move |field: &'static str| {
        Signal::derive(move || {
            let own = faults.with(|faults| {
                faults.iter().find(|fault| fault.field == field).map(|fault| fault.reason.clone())
            });
            own.unwrap_or_else(|| {
                problem
                    .with(|problem| problem.as_ref().map(|problem| problem.field(field)).unwrap_or_default())
            })
        })
    };
    let finish = move |answer: Result<(), ApiError>, words: &'static str| async move {
        // The form may have been closed before the answer came.
        let answer = match (answer, known.try_get_value().flatten()) {
            (Err(error), Some((id, _))) if error.code() == "version_mismatch" => {
                shop.get::<ProductRow>(&format!("/api/products/{id}")).await.map(Some)
            }
            (answer, _) => answer.map(|()| None),
        };
        busy.set(false);
        sure.set(false);
        match answer {
            // From here on Save puts mine in the place of what is shown, and of nothing newer.
            Ok(Some(row)) => {
                known.set_value(Some((row.id, row.version)));
                theirs.set(Some(row.fields));
            }
            Ok(None) => {
                toasts.say(Mood::Good, words);
                done.run(());
                if busy.try_get_untracked().is_some() {
                    close.run(());
                }
            }
            Err(error) if busy.try_get_untracked().is_none() => {
                toasts.say(Mood::Bad, error.words(say::OFFLINE));
            }
            Err(error) => problem.set(Some(error)),
        }
    };
    let take_theirs = move |_| {
        if let Some(fields) = theirs.get_untracked() {
            faults.set(Vec::new());
            form.show(&fields);
            theirs.set(None);
        }
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        problem.set(None);
        theirs.set(None);
        let fields = match form.read() {
            Ok(fields) => fields,
            Err(found) => return faults.set(found),
        };
        faults.set(Vec::new());
        busy.set(true);
        spawn_local(async move {
            let answer: Result<ProductRow, ApiError> = if let Some((id, version)) = known.get_value() {
                shop.call("PUT", &format!("/api/products/{id}"), Some(version), Body::json(&fields)).await
            } else {
                let id = evertill_domain::Id::new(fresh_id.get_value()).ok();
                shop.call("POST", "/api/products", None, Body::json(&ProductCreate { id, fields })).await
            };
            finish(answer.map(|_| ()), say::SAVED).await;
        });
    };
    let delete = move |_| {
        if !sure.get_untracked() {
            sure.set(true);
            return;
        }
        let Some((id, version)) = known.get_value() else { return };
        busy.set(true);
        spawn_local(async move {
            let answer: Result<IgnoredAny, ApiError> =
                shop.call("DELETE", &format!("/api/products/{id}"), Some(version), Body::None).await;
            finish(answer.map(|_| ()), say::DELETED).await;
        });
    };
    view! {
        <form class="card-form" on:submit=submit novalidate>
            <div class="fields">
                <div class="whole">
                    <Field id="p-name" label=say::NAME value=form.name wrong=fault("name") required=true />
                </div>
                <Field id="p-sku" label=say::SKU value=form.sku wrong=fault("sku") required=true />
                <Field id="p-price" label=say::PRICE value=form.price inputmode="decimal" wrong=fault("price_minor") required=true />
                <Field id="p-tax" label=say::TAX value=form.tax inputmode="decimal" wrong=fault("tax_rate_ppm") />
                <Field id="p-category" label=say::CATEGORY value=form.category wrong=fault("category") />
                <div class="whole">
                    <Field id="p-barcodes" label=say::BARCODES value=form.barcodes hint=say::BARCODES_HINT wrong=fault("barcodes") />
                </div>
                <div class="whole">
                    <Check label=say::WEIGHED checked=form.weighed change=move |on| form.weighed.set(on) />
                </div>
            </div>
            {move || {
                problem.get().map(|error| {
                    let text = error.words(say::OFFLINE);
                    view! { <Notice mood=Mood::Bad text=Signal::derive(move || text.clone()) /> }
                })
            }}
            {move || {
                theirs.get().map(|fields| {
                    let text = say::changed_meanwhile(&in_words(&fields));
                    view! {
                        <Notice mood=Mood::Wait text=Signal::derive(move || text.clone())>
                            <Button on:click=take_theirs attr:data-testid="take-theirs">{say::TAKE_THEIRS}</Button>
                        </Notice>
                    }
                })
            }}
            <div class="buttons end">
                {(!new)
                    .then(|| {
                        view! {
                            <Button look=Look::Danger disabled=busy on:click=delete attr:data-testid="product-delete">
                                {move || if sure.get() { say::DELETE_SURE } else { say::DELETE }}
                            </Button>
                        }
                    })}
                <Button on:click=move |_| close.run(())>{words::CANCEL}</Button>
                <Button look=Look::Main submit=true disabled=busy attr:data-testid="product-save">{words::SAVE}</Button>
            </div>
        </form>
    }
}

/// A product in one line: `Mug, MUG-1, £2.95, 20%, Kitchen, 5012345678900`.
fn in_words(fields: &ProductFields) -> String {
    let mut words = vec![
        fields.name.clone(),
        fields.sku.clone(),
        format::money(fields.price_minor),
        format::rate(i64::from(fields.tax_rate_ppm)),
    ];
    words.extend(fields.category.clone());
    words.extend(fields.barcodes.iter().cloned());
    words.extend(fields.weighed.then(|| say::WEIGHED.to_owned()));
    words.join(", ")
}
