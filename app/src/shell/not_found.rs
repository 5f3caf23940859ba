//! An address without a page.

use crate::markup::view;
use crate::reactive::prelude::*;

use crate::{
    widgets::{
        button::{Look, Size, class_of},
        empty::Empty,
    },
    words::nav as say,
};

/// Says so and leads back to the till.
#[component]
pub fn NotFound() -> impl IntoNode {
    view! {
        <div class="page">
            <Empty icon="search" title=say::NOT_FOUND text=say::NOT_FOUND_TEXT>
                <a class=class_of(Look::Main, Size::Tall) href="/">{say::TO_THE_TILL}</a>
            </Empty>
        </div>
    }
}
