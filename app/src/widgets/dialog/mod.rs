//! Dialogs and sheets hold the focus while they are open, close on Escape, and give the focus back where it was.

use crate::markup::view;
use crate::reactive::prelude::*;
use leptos::{ev, html};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::icon::Icon;
use crate::words;

/// Where a layer stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the middle.
    Middle,
    /// In the middle and wide, for tables.
    Wide,
    /// At the side, as high as the screen: a sheet over the cart.
    Side,
}

/// A layer over the page named `label`. `close` is asked on Escape and, unless `firm`, on a press beside it.
#[component]
pub fn Layer(
    #[prop(into)] label: String,
    place: Place,
    /// Added to the layer's own class.
    #[prop(optional)]
    class: &'static str,
    #[prop(optional)] firm: bool,
    #[prop(optional)] testid: &'static str,
    /// Without the row of title and cross, when the content says it better.
    #[prop(optional)]
    bare: bool,
    close: Callback<()>,
    children: Children,
) -> impl IntoNode {
    let root = NodeRef::<html::Div>::new();
    let before = StoredValue::new(active_element());

    // The focus goes in once the layer is in the document; a child with `autofocus` comes first.
    Effect::new(move |_| {
        if let Some(layer) = root.get() {
            let inside = layer.contains(active_element().as_ref().map(AsRef::as_ref));
            if !inside && let Some(first) = first_focus(&layer) {
                drop(first.focus());
            }
        }
    });
    on_cleanup(move || {
        if let Some(element) = before.try_get_value().flatten() {
            drop(element.focus());
        }
    });

    let keys = move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" => {
            event.stop_propagation();
            event.prevent_default();
            close.run(());
        }
        "Tab" => {
            if let Some(layer) = root.get_untracked() {
                keep_inside(&event, &layer);
            }
        }
        _ => {}
    };
    let shape = match place {
        Place::Middle => "dialog",
        Place::Wide => "dialog wide",
        Place::Side => "sheet",
    };
    let title = label.clone();
    view! {
        <div class="scrim" on:keydown=keys on:pointerdown=move |event| if !firm && pressed_beside(&event) { close.run(()) }>
            <div node_ref=root class=format!("{shape} {class}") role="dialog" aria-modal="true" aria-label=label tabindex="-1" data-testid=testid>
                {(!bare)
                    .then(|| {
                        view! {
                            <header>
                                <h2>{title}</h2>
                                <button type="button" class="button plain square" aria-label=words::CLOSE title=words::CLOSE_KEY on:click=move |_| close.run(())>
                                    <Icon name="close" />
                                </button>
                            </header>
                        }
                    })}
                {children()}
            </div>
        </div>
    }
}

/// The element that has the focus now, unless it is the page itself.
pub fn active_element() -> Option<HtmlElement> {
    document()
        .active_element()
        .and_then(|element| element.dyn_into().ok())
        .filter(|element: &HtmlElement| element.tag_name() != "BODY")
}

/// True while a layer is open: keys of the page below then mean nothing.
pub fn layer_open() -> bool {
    document().query_selector("[aria-modal='true']").is_ok_and(|found| found.is_some())
}

const REACHABLE: &str = "button:not(:disabled), [href], input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex='0']";

fn reachable(layer: &web_sys::Element) -> Vec<HtmlElement> {
    let Ok(list) = layer.query_selector_all(REACHABLE) else { return Vec::new() };
    (0..list.length())
        .filter_map(|index| list.get(index).and_then(|node| node.dyn_into::<HtmlElement>().ok()))
        .filter(|element| element.offset_parent().is_some())
        .collect()
}

fn first_focus(layer: &web_sys::HtmlDivElement) -> Option<HtmlElement> {
    let wished =
        layer.query_selector("[autofocus]").ok().flatten().and_then(|element| element.dyn_into().ok());
    wished.or_else(|| layer.clone().dyn_into().ok())
}

/// Tab goes round within the layer.
fn keep_inside(event: &KeyboardEvent, layer: &web_sys::HtmlDivElement) {
    let all = reachable(layer);
    let (Some(first), Some(last)) = (all.first(), all.last()) else { return };
    let now = active_element();
    let at = |element: &HtmlElement| now.as_ref().is_some_and(|now| now == element);
    let outside = !now.as_ref().is_some_and(|now| all.contains(now));
    let goal = match (event.shift_key(), outside) {
        (false, _) if at(last) => first,
        (true, _) if at(first) || outside => last,
        (false, true) => first,
        _ => return,
    };
    event.prevent_default();
    drop(goal.focus());
}

fn pressed_beside(event: &ev::PointerEvent) -> bool {
    event.target() == event.current_target()
}
