//! The scanner on every page but the till's own.

use crate::markup::view;
use crate::reactive::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::{desk::Desk, scanner};
use crate::{
    address::Address,
    device::preferences::Preferences,
    widgets::{chip::Mood, dialog::layer_open, notice::Toasts},
    words::sell as say,
};

/// Goods that are scanned are meant to be sold: they are added, and the till comes up. In a field the code is what
/// somebody wants to have there, as in a product's barcodes, and the keys are left alone.
#[component]
pub fn ScansElsewhere() -> impl IntoNode {
    let (desk, address, toasts) = (Desk::here(), Address::here(), Toasts::here());
    let preferences = Preferences::here();
    scanner::listen(
        Signal::derive(move || preferences.scan()),
        |event| !in_field(event),
        move |code| {
            if layer_open() {
                toasts.say(Mood::Bad, say::SCAN_BEHIND_LAYER);
            } else {
                desk.scanned(&code);
                address.go("/");
            }
        },
        |_, _| false,
    );
    view! {}
}

fn in_field(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}
