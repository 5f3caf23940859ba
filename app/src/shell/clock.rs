//! The time at the outlet, as the till will stamp it.

use crate::markup::view;
use crate::reactive::prelude::*;

use crate::{format, shop::Shop};

/// Hours and minutes; changes with the shop's own tick.
#[component]
pub fn Clock() -> impl IntoNode {
    let shop = Shop::here();
    let text = Memo::new(move |_| format::time(shop.now_ms()));
    view! { <time class="clock">{move || text.get()}</time> }
}
