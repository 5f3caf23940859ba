//! Finding a product: the search field, the categories, the tiles.

use std::time::Duration;

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_domain::{Quantity, stock::ShownStock};
use evertill_sync::catalogue::ProductIndex;
use wasm_bindgen::JsCast;
use web_sys::{KeyboardEvent, ScrollIntoViewOptions, ScrollLogicalPosition};

use super::{
    desk::Desk,
    scanner::Haste,
    tiles::{Tile, Tiles},
};
use crate::{
    format,
    shop::{Shop, shown_most},
    widgets::{empty::Empty, icon::Icon, initial},
    words::sell as say,
};

/// How long a search waits when its key came hard upon another: a scan is told from typing by then, and nobody who types
/// that fast reads in between.
const PUT_OFF: Duration = Duration::from_millis(60);
/// Stock of this many or fewer is marked on the tile.
const LOW_STOCK_MILLI: i64 = 5_000;

/// What is being looked for and what was found: places in the catalogue, in the order to show.
#[derive(Clone, Copy)]
pub struct Finder {
    shop: StoredValue<Shop>,
    query: RwSignal<String>,
    category: RwSignal<Option<String>>,
    found: RwSignal<Vec<ProductIndex>>,
    /// What a category, or the whole shop, showed last without a query.
    browsed: StoredValue<Option<(Option<String>, Vec<ProductIndex>)>>,
    turn: RwSignal<u64>,
    /// What stands in the field but was not looked for yet.
    put_off: StoredValue<Option<String>>,
}

impl Finder {
    /// Everything, in the catalogue's order.
    pub fn new(shop: Shop) -> Self {
        let finder = Finder {
            shop: StoredValue::new(shop),
            query: RwSignal::new(String::new()),
            category: RwSignal::new(None),
            found: RwSignal::new(Vec::new()),
            browsed: StoredValue::new(None),
            turn: RwSignal::new(0),
            put_off: StoredValue::new(None),
        };
        // The catalogue changed under the list: look again, but stay where the eye is.
        Effect::new(move |_| {
            shop.follow_catalogue();
            finder.browsed.set_value(None);
            finder.found.set(finder.look());
        });
        finder
    }

    /// Looks for what was typed: at once, unless it may be part of a scan, which looks for nothing here and would find
    /// the screen busy when its last key comes.
    pub fn typed(self, query: String, haste: Haste) {
        if haste.now() {
            self.put_off.set_value(Some(query));
            set_timeout(move || self.catch_up(), PUT_OFF);
        } else {
            self.search(query);
        }
    }

    fn catch_up(self) {
        if let Some(query) = self.put_off.try_update_value(Option::take).flatten() {
            self.search(query);
        }
    }

    /// Looks for `query` among all products of the chosen category, at once.
    pub fn search(self, query: String) {
        self.put_off.set_value(None);
        self.query.set(query);
        self.show_found();
    }

    /// Shows one category, or all.
    pub fn show(self, category: Option<String>) {
        self.category.set(category);
        self.show_found();
    }

    /// What stands in the field.
    pub fn query(self) -> String {
        self.put_off.get_value().unwrap_or_else(|| self.query.get_untracked())
    }

    /// The first product found.
    pub fn first(self) -> Option<ProductIndex> {
        self.catch_up();
        self.found.with_untracked(|found| found.first().copied())
    }

    /// From the top; what stands there already is left alone.
    fn show_found(self) {
        let found = self.look();
        if self.found.with_untracked(|before| *before != found) {
            self.found.set(found);
        }
        self.turn.update(|turn| *turn += 1);
    }

    fn look(self) -> Vec<ProductIndex> {
        let shop = self.shop.get_value();
        self.query.with_untracked(|query| {
            self.category.with_untracked(|category| {
                if !query.trim().is_empty() {
                    return shop.search(query, category.as_deref());
                }
                // Each sale and each scan comes back to the same list.
                if let Some((browsed, found)) = self.browsed.get_value()
                    && browsed == *category
                {
                    return found;
                }
                let found = shop.search("", category.as_deref());
                self.browsed.set_value(Some((category.clone(), found.clone())));
                found
            })
        })
    }

    /// How many of those found are shown.
    fn count(self) -> usize {
        self.found.with(Vec::len).min(self.query.with(|query| shown_most(query)))
    }

    /// How many are shown, if there are more.
    fn cut_at(self) -> Option<usize> {
        let count = self.count();
        (self.found.with(Vec::len) > count).then_some(count)
    }

    /// How many were found, in words.
    fn hits(self) -> String {
        let all = self.shop.get_value().catalogue_len();
        match self.cut_at() {
            Some(shown) => say::first(shown),
            None if self.query.with(|query| !query.trim().is_empty()) => say::found(self.count()),
            None if self.category.with(Option::is_none) => say::products(all),
            None => say::products(self.count()),
        }
    }
}

/// The left side of the till.
#[component]
pub fn Find(finder: Finder, haste: Haste, keys_shown: RwSignal<bool>) -> impl IntoNode {
    let desk = Desk::here();
    let shop = Shop::here();
    let count = Signal::derive(move || finder.count());
    let add_place = move |place: ProductIndex| {
        if let Some(product) = shop.product(place) {
            desk.add(product);
        }
    };
    let keys = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.repeat() => {
            event.prevent_default();
            if !finder.query().trim().is_empty()
                && let Some(place) = finder.first()
            {
                add_place(place);
                finder.search(String::new());
            }
        }
        "ArrowDown" => {
            event.prevent_default();
            crate::shell::focus_by_id("tile-0");
        }
        "Escape" if !finder.query().is_empty() => {
            event.stop_propagation();
            finder.search(String::new());
        }
        _ => {}
    };
    let tile = Callback::new(move |at: usize| {
        shop.follow_stock();
        let place = finder.found.with(|found| found.get(at).copied())?;
        tile_at(shop, place)
    });
    let add = Callback::new(move |at: usize| {
        if let Some(place) = finder.found.with_untracked(|found| found.get(at).copied()) {
            add_place(place);
        }
    });
    let nothing = Memo::new(move |_| count.get() == 0);
    let cut = Memo::new(move |_| finder.cut_at());
    let end = Signal::derive(move || {
        cut.get().map(|shown| say::only_first(shown, finder.query.with(|query| query.trim().is_empty())))
    });
    view! {
        <section class="find">
            <div class="find-head">
                <label class="search">
                    <Icon name="search" />
                    <span class="only-spoken">{say::SEARCH}</span>
                    <input
                        id="search"
                        type="search"
                        data-testid="search"
                        placeholder=say::SEARCH
                        title=say::SEARCH_KEY
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        maxlength="200"
                        enterkeyhint="search"
                        prop:value=move || finder.query.get()
                        on:input=move |event| finder.typed(event_target_value(&event), haste)
                        on:keydown=keys
                    />
                    <span
                        class=move || if desk.said().bad { "scan-status bad" } else { "scan-status good" }
                        data-testid="scan-status"
                        role="alert"
                    >
                        {move || desk.said().text}
                    </span>
                    <span class="hits" role="status">{move || finder.hits()}</span>
                    <kbd aria-hidden="true">"/"</kbd>
                </label>
            </div>
            <Categories finder=finder keys_shown=keys_shown />
            <div class="tiles-place">
                <Tiles count=count end=end turn=finder.turn tile=tile add=add />
                <Show when=move || nothing.get()>
                    <div class="tiles-empty">
                        {move || {
                            let query = finder.query.get();
                            if query.trim().is_empty() {
                                view! { <Empty icon="box" title=say::NO_PRODUCTS text=say::NO_PRODUCTS_TEXT /> }
                            } else {
                                view! { <Empty icon="search" title=say::NOTHING_FOUND text=say::nothing_found(query.trim()) /> }
                            }
                        }}
                    </div>
                </Show>
            </div>
        </section>
    }
}

/// The categories as pills, and the way to the list of keys.
#[component]
fn Categories(finder: Finder, keys_shown: RwSignal<bool>) -> impl IntoNode {
    let shop = Shop::here();
    let names = Memo::new(move |_| shop.categories());
    let pill = move |category: Option<String>| {
        let words = category.clone().unwrap_or_else(|| say::ALL.to_owned());
        let pressed = {
            let category = category.clone();
            move || finder.category.with(|now| *now == category).to_string()
        };
        view! {
            <button type="button" class="pill" data-testid="category" aria-pressed=pressed on:click=move |event| {
                    finder.show(category.clone());
                    into_view(&event);
                }>
                {words}
            </button>
        }
    };
    view! {
        <div class="pills-row">
            <div class="pills" role="group" aria-label=say::CATEGORIES>
                {pill(None)}
                <For each=move || names.get() key=String::clone let(name)>
                    {pill(Some(name))}
                </For>
            </div>
            <button type="button" class="button plain square keys-button" aria-label=say::KEYS title=say::KEYS_KEY on:click=move |_| keys_shown.set(true)>
                <Icon name="keyboard" />
            </button>
        </div>
    }
}

/// A pill at the edge, half hidden, comes into view whole when it is chosen.
fn into_view(event: &web_sys::MouseEvent) {
    let pill = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    if let Some(pill) = pill {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        options.set_inline(ScrollLogicalPosition::Center);
        pill.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// What the tile of the product at `place` says.
fn tile_at(shop: Shop, place: ProductIndex) -> Option<Tile> {
    let product = shop.shown(place)?;
    let (stock, stock_class, age, detail) = match product.stock {
        Some(stock) => {
            let left = stock.left();
            let class = match left.milli() {
                ..=0 => "stock out",
                1..=LOW_STOCK_MILLI => "stock low",
                _ => "stock",
            };
            let at = stock.as_of_ms.map(|at| format::moment(at, shop.now_ms_untracked()));
            let age = at.as_deref().map(say::as_of).unwrap_or_default();
            (say::left(&format::quantity(left.milli())), class, age, stock_known(stock, at.as_deref()))
        }
        None => (String::new(), "stock", String::new(), say::STOCK_UNKNOWN.to_owned()),
    };
    Some(Tile {
        price: format::money(product.price_minor),
        stock,
        age,
        stock_class,
        detail: format!("{} · {} · {detail}", product.name, product.sku),
        letter: initial::letter(&product.name),
        hue: initial::hue(&product.category),
        sku: product.sku,
        name: product.name,
    })
}

/// Stock with its age: `7 in stock at 10:42, 2 sold here since`.
pub fn stock_age(stock: ShownStock, now_ms: i64) -> String {
    stock_known(stock, stock.as_of_ms.map(|at| format::moment(at, now_ms)).as_deref())
}

fn stock_known(stock: ShownStock, at: Option<&str>) -> String {
    let sold = (stock.sold_here > Quantity::ZERO).then(|| format::quantity(stock.sold_here.milli()));
    say::stock_with_age(&format::quantity(stock.on_hand.milli()), at, sold.as_deref())
}

/// Puts the focus on the search where a keyboard is the usual way in; on a touch screen it would call up the pad.
pub fn focus_search_if_typing() {
    let fine = web_sys::window().and_then(|window| window.match_media("(pointer: fine)").ok().flatten());
    if fine.is_some_and(|query| query.matches()) {
        crate::shell::focus_by_id("search");
    }
}
