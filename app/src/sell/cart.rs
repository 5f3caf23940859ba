//! The sale that is being made: its lines, what they add up to, and Pay.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_domain::{
    Quantity,
    cart::{CartLine, Totals},
};

use super::desk::{Desk, Stage};
use crate::{
    format,
    widgets::{
        button::Button,
        empty::Empty,
        icon::Icon,
        stepper::{Step, Stepper},
    },
    words::sell as say,
};

/// The column beside the products; on a phone a view of its own.
#[component]
pub fn CartPane(close: Callback<()>) -> impl IntoNode {
    let desk = Desk::here();
    let keys = move || desk.cart(|cart| cart.lines().iter().map(LineKey::of).collect::<Vec<_>>());
    let items = move || say::items(desk.cart(|cart| cart.lines().len()), desk.totals().items.milli());
    view! {
        <aside class="cart" data-testid="cart" aria-label=say::THIS_SALE>
            <header class="cart-head">
                <h2>{say::THIS_SALE}</h2>
                <span class="soft small">{items}</span>
                <button type="button" class="button plain square cart-close" aria-label=say::BACK_TO_PRODUCTS on:click=move |_| close.run(())>
                    <Icon name="down" />
                </button>
            </header>
            <div class="cart-lines" tabindex="-1">
                <Show
                    when=move || desk.cart(|cart| !cart.is_empty())
                    fallback=|| view! { <div class="cart-empty"><Empty icon="cart" title=say::EMPTY_CART text=say::EMPTY_CART_TEXT /></div> }
                >
                    <ul>
                        <For each=keys key=LineKey::clone let(key)>
                            <Line key=key />
                        </For>
                    </ul>
                </Show>
            </div>
            <Sum />
        </aside>
    }
}

/// What a line is, wherever it stands: lines of one product differ in price.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct LineKey([u8; 16], i64);

impl LineKey {
    fn of(line: &CartLine) -> Self {
        LineKey(line.product.id.to_bytes(), line.product.unit_price_minor)
    }
}

/// What of a line changes. One value: each that follows the cart costs every scan its share, in every line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Now {
    /// Where it stands; nowhere once it was taken out.
    place: Option<usize>,
    quantity: Quantity,
    /// What to warn of.
    short: String,
}

/// One line; the chosen one shows its tools.
#[component]
fn Line(key: LineKey) -> impl IntoNode {
    let desk = Desk::here();
    let Some(first) =
        desk.cart_untracked(|cart| cart.lines().iter().find(|line| LineKey::of(line) == key).cloned())
    else {
        return ().into_node();
    };
    let product = first.product.clone();
    let (name, price_minor, weighed) = (product.name.clone(), product.unit_price_minor, product.weighed);
    let product_id = product.id;
    let now = Memo::new(move |before: Option<&Now>| {
        let here = desk.cart(|cart| {
            let place = cart.lines().iter().position(|line| LineKey::of(line) == key)?;
            Some((place, cart.lines().get(place)?.quantity))
        });
        match here {
            Some((place, quantity)) => Now { place: Some(place), quantity, short: desk.shortage(product_id) },
            // It leaves the screen as it was.
            None => Now {
                place: None,
                quantity: before.map_or(first.quantity, |before| before.quantity),
                short: String::new(),
            },
        }
    });
    let place = move || now.with_untracked(|now| now.place);
    let quantity = move || now.with(|now| now.quantity);
    let chosen =
        Memo::new(move |_| now.with(|now| now.place).is_some_and(|place| desk.chosen() == Some(place)));
    let choose = move |_| {
        if let Some(place) = place() {
            desk.choose(place);
        }
    };
    let step = Callback::new(move |step: Step| {
        let Some(place) = place() else { return };
        match step {
            Step::Less => desk.change_by(place, -1),
            Step::More => desk.change_by(place, 1),
            Step::Typed(text) => desk.type_quantity(place, &text),
        }
    });
    let remove = move |_| {
        if let Some(place) = place() {
            desk.remove(place);
        }
    };
    let each = move || say::each(&format::quantity(quantity().milli()), &format::money(price_minor));
    let gross = move || format::money(quantity().times_price_minor(price_minor).unwrap_or_default());
    let age = Memo::new(move |_| desk.stock_age(product_id));
    view! {
        <li class="cart-line" class:chosen=move || chosen.get() data-testid="cart-line" data-sku=product.sku data-quantity-milli=move || quantity().milli().to_string()>
            <button type="button" class="pick" aria-expanded=move || chosen.get().to_string() on:click=choose>
                <span class="name">{name.clone()}</span>
                <span class="gross num">{gross}</span>
                <span class="detail">
                    {each} " " <span class="low">{move || now.with(|now| now.short.clone())}</span>
                    <Show when=move || chosen.get()>
                        <span class="age" data-testid="line-stock">{move || age.get()}</span>
                    </Show>
                </span>
            </button>
            <Show when=move || chosen.get()>
                <div class="line-tools">
                    <Stepper text=Signal::derive(move || format::quantity_field(quantity().milli())) subject=name.clone() decimal=weighed step=step />
                    <Button
                        look=crate::widgets::button::Look::Plain
                        size=crate::widgets::button::Size::Square
                        on:click=remove
                        attr:data-testid="line-remove"
                        attr:title=say::REMOVE_KEY
                        attr:aria-label=say::remove(&name)
                    >
                        <Icon name="trash" />
                    </Button>
                </div>
            </Show>
        </li>
    }
    .into_node()
}

/// Net, tax per rate, total and Pay.
#[component]
fn Sum() -> impl IntoNode {
    let desk = Desk::here();
    let totals = Memo::new(move |_| desk.totals());
    let total = move || format::money(totals.with(|totals| totals.total_minor));
    let num_class = move || format!("num {}", super::pay::width_class(&total()));
    let taxes = move || {
        totals.with(|totals| {
            totals
                .taxes
                .iter()
                .map(|(rate, tax_minor)| {
                    view! {
                        <div class="row">
                            <span>{say::tax_included(&format::rate(i64::from(rate.ppm())))}</span>
                            <span class="num">{format::money(*tax_minor)}</span>
                        </div>
                    }
                })
                .collect::<Vec<_>>()
        })
    };
    let spoken = move || {
        totals.with(|totals: &Totals| {
            if totals.items == Quantity::ZERO {
                String::new()
            } else {
                say::total_spoken(&format::money(totals.total_minor), &format::quantity(totals.items.milli()))
            }
        })
    };
    view! {
        <div class="sum">
            <div class="row">
                <span>{say::NET}</span>
                <span class="num">{move || format::money(totals.with(|totals| totals.net_minor))}</span>
            </div>
            {taxes}
            <div class="total">
                <span>{say::TOTAL}</span>
                <span class=num_class data-testid="total" data-minor=move || totals.with(|totals| totals.total_minor).to_string()>{total}</span>
            </div>
            <span class="only-spoken" role="status" aria-live="polite">{spoken}</span>
            <button
                type="button"
                class="button main pay"
                data-testid="pay"
                title=say::PAY_KEY
                disabled=move || !desk.can_pay() || !matches!(desk.stage(), Stage::Selling)
                on:click=move |_| desk.begin_payment()
            >
                <span class="inner">{say::PAY} <kbd aria-hidden="true">"F4"</kbd></span>
                <span class=num_class>{total}</span>
            </button>
        </div>
    }
}
