//! Products as tiles. Only the rows in view exist as elements; scrolling and searching change what stands in them.
//!
//! That is what keeps a key press among 100,000 products within a frame: about thirty tiles, each a memo over the
//! result list, and the browser lays out only those whose words changed.

use crate::markup::view;
use crate::reactive::prelude::*;
use leptos::html;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{HtmlElement, KeyboardEvent, ResizeObserver};

use crate::words::sell as say;

/// What one tile says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Article number; tests and barcodes find the tile by it.
    pub sku: String,
    /// Name.
    pub name: String,
    /// Price with currency.
    pub price: String,
    /// Stock in short: `7 left`.
    pub stock: String,
    /// When that stock was the ERP's: `at 10:42`.
    pub age: String,
    /// Class for stock that needs an eye on it.
    pub stock_class: &'static str,
    /// Stock with its age, and the article number.
    pub detail: String,
    /// First letter.
    pub letter: String,
    /// Class of its hue.
    pub hue: &'static str,
}

/// A tile is at least this wide, or half a phone.
const TILE_MIN_PX: i32 = 196;
const PHONE_PX: i32 = 480;
/// Rows kept beyond those in view, so that a scroll finds them ready. Each costs a key its share.
const SPARE_ROWS: usize = 1;
/// More rows than any screen shows at once.
const ROWS_MAX: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Measure {
    columns: usize,
    rows: usize,
    /// Height of a row with its gap.
    step_px: f64,
}

/// Tiles for `count` results; `tile` says what stands at a place, `add` is called with the place that was chosen.
/// Below the last stands `end`, if there is something to say. Scrolls to the top whenever `turn` changes.
#[component]
pub fn Tiles(
    #[prop(into)] count: Signal<usize>,
    #[prop(into)] end: Signal<Option<String>>,
    #[prop(into)] turn: Signal<u64>,
    tile: Callback<usize, Option<Tile>>,
    add: Callback<usize>,
) -> impl IntoNode {
    let frame = NodeRef::<html::Div>::new();
    let window = NodeRef::<html::Div>::new();
    let measure = RwSignal::new(Measure { columns: 4, rows: 5, step_px: 144.0 });
    let first_row = RwSignal::new(0_usize);
    let active = RwSignal::new(0_usize);
    let scrolled_away = StoredValue::new(false);

    Effect::new(move |_| {
        if let (Some(frame), Some(window)) = (frame.get(), window.get()) {
            watch_size(&frame, &window, measure);
        }
    });
    Effect::new(move |_| {
        turn.track();
        // Only where it is needed: setting it makes the browser lay out a page that is about to change again.
        if scrolled_away.get_value()
            && let Some(frame) = frame.get_untracked()
        {
            frame.set_scroll_top(0);
            scrolled_away.set_value(false);
        }
        for place in [first_row, active] {
            if place.get_untracked() != 0 {
                place.set(0);
            }
        }
    });

    let columns = Memo::new(move |_| measure.with(|measure| measure.columns));
    let cells = Memo::new(move |_| measure.with(|measure| measure.columns * (measure.rows + SPARE_ROWS)));
    let rows_all = move || count.get().div_ceil(columns.get().max(1));
    let step_px = move || measure.with(|measure| measure.step_px);
    let scrolled = move |_| {
        if let Some(frame) = frame.get_untracked() {
            scrolled_away.set_value(true);
            let row = place_of_row(f64::from(frame.scroll_top()), step_px());
            if first_row.get_untracked() != row {
                first_row.set(row);
            }
        }
    };
    let keys =
        move |event: KeyboardEvent| {
            let columns = columns.get_untracked();
            let now = active.get_untracked();
            let last = count.get_untracked().saturating_sub(1);
            let next = match event.key().as_str() {
                "ArrowRight" => now + 1,
                "ArrowLeft" => now.saturating_sub(1),
                "ArrowDown" => now + columns,
                "ArrowUp" if now < columns => {
                    event.prevent_default();
                    crate::shell::focus_by_id("search");
                    return;
                }
                "ArrowUp" => now - columns,
                "Home" => 0,
                "End" => last,
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            let next = next.min(last);
            active.set(next);
            show_row(frame, next / columns, measure.get_untracked().step_px);
            first_row.set(frame.get_untracked().map_or(0, |frame| {
                place_of_row(f64::from(frame.scroll_top()), measure.get_untracked().step_px)
            }));
            // The tile's words follow in the next microtask; the element to focus is the cell that will hold them.
            let cell = next.saturating_sub(first_row.get_untracked() * columns);
            crate::shell::focus_by_id(&format!("tile-{cell}"));
        };

    view! {
        <div class="tiles" node_ref=frame role="group" aria-label=say::PRODUCTS tabindex="-1" on:scroll=scrolled on:keydown=keys>
            <div class="tiles-space" style:block-size=move || css_px(px(rows_all(), step_px()))>
                <div
                    class="tiles-window"
                    node_ref=window
                    style:--columns=move || columns.get().to_string()
                    style:transform=move || format!("translateY({})", css_px(px(first_row.get(), step_px())))
                >
                    <For each=move || 0..cells.get() key=|cell| *cell let(cell)>
                        <Cell cell=cell place=Memo::new(move |_| first_row.get() * columns.get() + cell) count=count active=active tile=tile add=add />
                    </For>
                </div>
            </div>
            {move || end.get().map(|words| view! { <p class="tiles-end" data-testid="tiles-end">{words}</p> })}
        </div>
    }
}

/// One place on the grid, whatever product stands there now.
#[component]
fn Cell(
    cell: usize,
    place: Memo<usize>,
    count: Signal<usize>,
    active: RwSignal<usize>,
    tile: Callback<usize, Option<Tile>>,
    add: Callback<usize>,
) -> impl IntoNode {
    let shown = Memo::new(move |_| {
        let place = place.get();
        if place < count.get() { tile.run(place) } else { None }
    });
    let part = move |read: fn(&Tile) -> String| {
        move || shown.with(|tile| tile.as_ref().map(read).unwrap_or_default())
    };
    let class =
        move |read: fn(&Tile) -> &'static str| move || shown.with(|tile| tile.as_ref().map_or("", read));
    let reachable = move || {
        let (place, active) = (place.get(), active.get());
        place == active || (cell == 0 && active < place)
    };
    view! {
        <button
            type="button"
            class="tile"
            id=format!("tile-{cell}")
            data-testid="tile"
            data-sku=part(|tile| tile.sku.clone())
            title=part(|tile| tile.detail.clone())
            hidden=move || shown.with(Option::is_none)
            tabindex=move || if reachable() { "0" } else { "-1" }
            on:focus=move |_| active.set(place.get_untracked())
            on:click=move |_| add.run(place.get_untracked())
        >
            <span class="top">
                <span class=class(|tile| tile.hue) aria-hidden="true">{part(|tile| tile.letter.clone())}</span>
                <span class="name">{part(|tile| tile.name.clone())}</span>
            </span>
            <span class="foot">
                <span class="price">{part(|tile| tile.price.clone())}</span>
                <span class="stock-now">
                    <span class=class(|tile| tile.stock_class)>{part(|tile| tile.stock.clone())}</span>
                    <span class="stock-age">{part(|tile| tile.age.clone())}</span>
                </span>
            </span>
        </button>
    }
}

/// Keeps `measure` as the frame and its type change. The observer lives as long as the view.
fn watch_size(frame: &HtmlElement, window: &HtmlElement, measure: RwSignal<Measure>) {
    let observed = (frame.clone(), window.clone());
    let look = move || {
        let now = measured(&observed.0, &observed.1);
        if measure.get_untracked() != now {
            measure.set(now);
        }
    };
    look();
    let on_change = Closure::<dyn Fn()>::new(look);
    if let Ok(observer) = ResizeObserver::new(on_change.as_ref().unchecked_ref()) {
        observer.observe(frame);
        let kept = StoredValue::new(on_change);
        on_cleanup(move || {
            observer.disconnect();
            kept.dispose();
        });
    }
}

fn measured(frame: &HtmlElement, window: &HtmlElement) -> Measure {
    let style = web_sys::window().and_then(|browser| browser.get_computed_style(window).ok().flatten());
    let read = |name: &str| style.as_ref().and_then(|style| style.get_property_value(name).ok());
    let number = |name: &str| {
        read(name).and_then(|text| Some(js_sys::parse_float(&text)).filter(|number| number.is_finite()))
    };
    let step_px = number("grid-auto-rows").unwrap_or(132.0) + number("row-gap").unwrap_or(12.0);
    let width = frame.client_width();
    let columns = if width < PHONE_PX { 2 } else { (width / TILE_MIN_PX).clamp(2, 10) };
    let rows = place_of_row(f64::from(frame.client_height()), step_px) + 1;
    Measure { columns: usize::try_from(columns).unwrap_or(2), rows: rows.clamp(1, ROWS_MAX), step_px }
}

/// Which row lies `offset_px` below the top.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixels of a page are small and not negative here"
)]
fn place_of_row(offset_px: f64, step_px: f64) -> usize {
    (offset_px.max(0.0) / step_px.max(1.0)).floor() as usize
}

#[expect(clippy::cast_precision_loss, reason = "a hundred thousand rows are far below 2^53")]
fn px(rows: usize, step_px: f64) -> f64 {
    rows as f64 * step_px
}

/// A length for a stylesheet. The browser writes the number: Rust's own writer of fractions is 12 kB of program.
fn css_px(px: f64) -> String {
    let number = js_sys::Number::from(px).to_string_with_radix(10).map(String::from).unwrap_or_default();
    number + "px"
}

/// Scrolls as little as needed for `row` to be in view.
fn show_row(frame: NodeRef<html::Div>, row: usize, step_px: f64) {
    let Some(frame) = frame.get_untracked() else { return };
    let (top, bottom) = (px(row, step_px), px(row + 1, step_px));
    let view = f64::from(frame.client_height());
    let now = f64::from(frame.scroll_top());
    let goal = if top < now {
        top
    } else if bottom > now + view {
        bottom - view
    } else {
        return;
    };
    #[expect(clippy::cast_possible_truncation, reason = "pixels of a page are small")]
    frame.set_scroll_top(goal.ceil() as i32);
}
