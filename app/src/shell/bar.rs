//! The bar: pages, the state of sync, where one stands, the time.

use crate::markup::view;
use crate::reactive::prelude::*;

use super::{chip::SyncChip, clock::Clock};
use crate::{address::Address, shop::Shop, widgets::icon::Icon, words::nav as say};

/// The pages in the bar: path, words, icon, hook for tests.
const PAGES: [(&str, &str, &str, &str); 6] = [
    ("/", say::SELL, "cart", "nav-sell"),
    ("/products", say::PRODUCTS, "box", "nav-products"),
    ("/sales", say::SALES, "receipt", "nav-sales"),
    ("/sync", say::SYNC, "sync", "nav-sync"),
    ("/cases", say::CASES, "alert", "nav-cases"),
    ("/settings", say::SETTINGS, "settings", "nav-settings"),
];

/// The bar on top; on a phone its pages lie at the bottom.
#[component]
pub fn Bar() -> impl IntoNode {
    let shop = Shop::here();
    let address = Address::here();
    let page =
        move |(href, words, icon, testid): (&'static str, &'static str, &'static str, &'static str)| {
            let count = (href == "/cases").then_some({
                move || {
                    let open = shop.open_cases();
                    (open > 0).then(|| view! { <span class="count">{crate::format::count(open)}</span> })
                }
            });
            view! {
                <a href=href aria-current=move || address.is_under(href).then_some("page") data-testid=testid>
                    <Icon name=icon />
                    {words}
                    {count}
                </a>
            }
        };
    let brand = |class: &'static str| {
        view! {
            <a class=class href="/" aria-label=say::BRAND>
                <svg class="mark" aria-hidden="true"><use href="#i-mark"></use></svg>
                <span class="word">{say::BRAND}</span>
            </a>
        }
    };
    view! {
        <header class="bar">
            {brand("brand")}
            <nav class="nav" aria-label=say::PAGES>{PAGES.map(page).into_iter().collect::<Vec<_>>()}</nav>
            <div class="bar-top">
                {brand("brand for-phone")}
                <SyncChip />
                <span class="where" title=move || shop.place()>
                    <span>{move || shop.outlet_name()}</span>
                    <b>{move || shop.label()}</b>
                </span>
                <Clock />
            </div>
        </header>
    }
}
