//! What this is, and where the demo shop's data comes from.

use crate::markup::view;
use crate::reactive::prelude::*;

use crate::words::settings as say;

/// Names source and licence of the data, as the licence asks.
#[component]
pub fn About() -> impl IntoNode {
    view! {
        <section class="card" data-testid="about">
            <h2>{say::ABOUT}</h2>
            <p>{say::ABOUT_TEXT}</p>
            <p class="soft small">{say::ABOUT_DATA} " " <a href="https://doi.org/10.24432/C5BW33" rel="noopener">{say::ABOUT_LINK}</a></p>
            <p class="soft small">{say::ABOUT_ICONS}</p>
        </section>
    }
}
