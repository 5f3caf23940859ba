//! Receipts on paper through the browser's own print: 80 mm wide, as long as they are.
//!
//! A roll has no pages, so the length is measured on the screen, where the receipt has the same width and type, and set
//! as the page's size through CSSOM. A printer's fault never reaches a sale: it is long committed by then.

use js_sys::{Array, Reflect};
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{CssStyleSheet, HtmlElement};

/// CSS defines an inch as 96 px.
const MM_PER_PX: f64 = 25.4 / 96.0;
/// White behind the last line, so that the cutter does not take it.
const TAIL_MM: f64 = 6.0;
/// A receipt of a thousand lines fits; printers refuse much longer pages.
const LENGTH_MAX_MM: f64 = 6_000.0;

/// Prints a receipt that is on the screen, and nothing else of the page.
pub fn receipt(shown: &HtmlElement) {
    drop(print(shown));
}

fn print(shown: &HtmlElement) -> Result<(), JsValue> {
    #[expect(clippy::cast_possible_truncation, reason = "at most six metres")]
    let length_mm = (f64::from(shown.offset_height()) * MM_PER_PX + TAIL_MM).min(LENGTH_MAX_MM).ceil() as i32;
    let sheet = CssStyleSheet::new()?;
    sheet.replace_sync(&format!("@page {{ size: 80mm {length_mm}mm; margin: 0 }}"))?;
    let document = document();
    // By Reflect: web-sys has `adoptedStyleSheets` behind its unstable switch.
    Reflect::set(&document, &"adoptedStyleSheets".into(), &Array::of1(&sheet))?;

    if let Some(before) = document.query_selector(".print-root")? {
        before.remove();
    }
    let root = document.create_element("div")?;
    root.set_class_name("print-root");
    root.set_attribute("aria-hidden", "true")?;
    root.append_child(&shown.clone_node_with_deep(true)?.unchecked_into::<web_sys::Node>())?;
    strip_hooks(&root)?;
    document.body().ok_or("no body")?.append_child(&root)?;

    let window = web_sys::window().ok_or("no window")?;
    let after = Closure::once_into_js(move || root.remove());
    let once = web_sys::AddEventListenerOptions::new();
    once.set_once(true);
    window.add_event_listener_with_callback_and_add_event_listener_options(
        "afterprint",
        after.unchecked_ref(),
        &once,
    )?;
    window.print()
}

/// The copy on its way to paper must not be found twice by name.
fn strip_hooks(root: &web_sys::Element) -> Result<(), JsValue> {
    let named = root.query_selector_all("[data-testid], [id]")?;
    for index in 0..named.length() {
        if let Some(element) = named.get(index).and_then(|node| node.dyn_into::<web_sys::Element>().ok()) {
            element.remove_attribute("data-testid")?;
            element.remove_attribute("id")?;
        }
    }
    Ok(())
}
