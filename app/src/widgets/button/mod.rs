//! Buttons. The caller adds `on:click`, `attr:data-testid`, `attr:title` and the like; this gives look and size.

use crate::markup::view;
use crate::reactive::prelude::*;

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Default)]
pub enum Look {
    /// One of several.
    #[default]
    Usual,
    /// The one that goes on; at most one in view.
    Main,
    /// Frameless, for things beside the point.
    Plain,
    /// Takes something away.
    Danger,
}

/// How large a button is.
#[derive(Clone, Copy, Default)]
pub enum Size {
    /// 44 px.
    #[default]
    Usual,
    /// 56 px, for the way of a sale.
    Tall,
    /// 44 px square, for an icon with a spoken name.
    Square,
}

/// A button with the shop's look.
#[component]
pub fn Button(
    #[prop(optional)] look: Look,
    #[prop(optional)] size: Size,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] submit: bool,
    children: Children,
) -> impl IntoNode {
    let class = class_of(look, size);
    view! {
        <button type=if submit { "submit" } else { "button" } class=class disabled=move || disabled.get()>
            {children()}
        </button>
    }
}

/// The classes of a button; links that look like buttons take them too.
pub fn class_of(look: Look, size: Size) -> &'static str {
    match (look, size) {
        (Look::Usual, Size::Usual) => "button",
        (Look::Usual, Size::Tall) => "button tall",
        (Look::Usual, Size::Square) => "button square",
        (Look::Main, Size::Usual) => "button main",
        (Look::Main, Size::Tall) => "button main tall",
        (Look::Main, Size::Square) => "button main square",
        (Look::Plain, Size::Usual) => "button plain",
        (Look::Plain, Size::Tall) => "button plain tall",
        (Look::Plain, Size::Square) => "button plain square",
        (Look::Danger, Size::Usual) => "button danger",
        (Look::Danger, Size::Tall) => "button danger tall",
        (Look::Danger, Size::Square) => "button danger square",
    }
}
