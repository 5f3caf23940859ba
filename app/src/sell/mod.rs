//! The till.

mod cart;
pub mod desk;
pub mod elsewhere;
mod find;
mod keys;
mod not_saved;
mod paid;
mod pay;
mod payment;
mod scanner;
mod tiles;

use crate::markup::view;
use crate::reactive::prelude::*;

use crate::{
    device::preferences::Preferences,
    format,
    shop::Shop,
    widgets::{
        button::{Look, Size, class_of},
        icon::Icon,
    },
    words::sell as say,
};
use cart::CartPane;
use desk::{Desk, Picture, Stage};
use find::{Find, Finder};
use keys::{KeyList, Keys};
use not_saved::NotSavedScreen;
use paid::PaidSheet;
use pay::PaySheet;

/// The page: products on one side, the sale on the other, and what lies over them.
#[component]
pub fn SellPage() -> impl IntoNode {
    let desk = Desk::here();
    let shop = Shop::here();
    let finder = Finder::new(shop);
    let cart_open = RwSignal::new(false);
    let keys_shown = RwSignal::new(false);
    let keys = Keys { desk, finder, list: keys_shown };
    let preferences = Preferences::here();
    scanner::TypedAmount::provide();
    let haste = scanner::listen(
        Signal::derive(move || preferences.scan()),
        |_| true,
        move |code| desk.scanned(&code),
        move |event, hurried| keys.pressed(event, hurried),
    );
    let picture = Memo::new(move |_| desk.picture());
    let total = move || format::money(desk.totals().total_minor);
    desk.lay_spare();
    // Back to selling, the search is ready for the next key; where there is a keyboard at all.
    Effect::new(move |_| {
        if picture.get() == Picture::Selling {
            cart_open.set(false);
            // After the layer that closes has given the focus back.
            request_animation_frame(find::focus_search_if_typing);
        }
    });
    view! {
        <div class="till" class:cart-open=move || cart_open.get() data-testid="page-sell">
            <h1 class="only-spoken">{crate::words::nav::SELL}</h1>
            <Find finder=finder haste=haste keys_shown=keys_shown />
            <CartPane close=Callback::new(move |()| cart_open.set(false)) />
            <div class="cart-bar">
                <button type="button" class=format!("{} what", class_of(Look::Usual, Size::Tall)) data-testid="show-sale" on:click=move |_| cart_open.set(true)>
                    <span>
                        {say::SHOW_SALE} " " <span class="soft small">{move || format::quantity(desk.totals().items.milli())}</span>
                    </span>
                    <b class=move || format!("num {}", pay::width_class(&total()))>{total}</b>
                </button>
                <button
                    type="button"
                    class=class_of(Look::Main, Size::Tall)
                    disabled=move || !desk.can_pay()
                    on:click=move |_| desk.begin_payment()
                    data-testid="pay-bar"
                >
                    <Icon name="cash" />
                    {say::PAY}
                </button>
            </div>
        </div>
        {move || match picture.get() {
            Picture::Selling => ().into_node(),
            Picture::Paying => {
                view! {
                    <PaySheet
                        payment=desk.payment()
                        currency=shop.currency()
                        busy=Signal::derive(move || desk.saving())
                        unkept=Signal::derive(move || shop.money_unkept())
                        give=Callback::new(move |part| desk.give(part))
                        complete=Callback::new(move |tenders| desk.complete(tenders))
                        close=Callback::new(move |()| desk.back_to_sale())
                    />
                }
                    .into_node()
            }
            Picture::Paid => {
                match untrack(|| desk.stage()) {
                    Stage::Paid(paid) => view! { <PaidSheet paid=*paid /> }.into_node(),
                    _ => ().into_node(),
                }
            }
            Picture::NotSaved => {
                match untrack(|| desk.stage()) {
                    Stage::NotSaved(failure) => view! { <NotSavedScreen failure=failure busy=Signal::derive(move || desk.saving()) /> }.into_node(),
                    _ => ().into_node(),
                }
            }
        }}
        <KeyList shown=keys_shown />
    }
}
