//! Before there is a till: set-up of a shop, enrolment of a device, and the refusals that keep sales from being lost.

mod enrol;
mod refuse;
mod secure;
mod setup;

pub use enrol::EnrolPage;
pub use refuse::{Broken, FirstLoad, Insecure, Opening};
pub use secure::missing;
pub use setup::SetupPage;

use crate::markup::view;
use crate::reactive::prelude::*;

use crate::{address, shop::door::DoorError, words::nav as say};

/// The panel that all of these stand in.
#[component]
fn Panel(title: &'static str, children: Children) -> impl IntoNode {
    document().set_title(&say::title(title, say::BRAND));
    view! {
        <main class="threshold">
            <div class="panel">
                <span class="brand">
                    <svg class="mark" aria-hidden="true"><use href="#i-mark"></use></svg>
                    {say::BRAND}
                </span>
                {children()}
            </div>
        </main>
    }
}

/// The code in the address's fragment, which no server and no log ever sees.
pub fn code_in_address() -> String {
    let hash = web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    code_in_fragment(&hash)
}

fn code_in_fragment(fragment: &str) -> String {
    let mut pairs = fragment.trim_start_matches('#').split('&');
    pairs.find_map(|pair| pair.strip_prefix("code=")).unwrap_or_default().to_owned()
}

/// Takes a code out of the address that the ERP does not take: it is used up, or was never one. Any other error may pass,
/// and the link is opened again.
fn forget_refused_code(error: &DoorError) {
    if let DoorError::Api(error) = error
        && (error.code().starts_with("code_") || error.code() == "shop_exists")
    {
        address::replace(&window().location().pathname().unwrap_or_default());
    }
}

/// To the till, as a fresh page: what was opened without an identity is opened with one.
fn to_the_till() {
    if let Some(window) = web_sys::window() {
        drop(window.location().replace("/"));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_code_is_read_from_the_fragment() {
        for (fragment, code) in [("#code=AB-12", "AB-12"), ("", ""), ("#x=1&code=9", "9"), ("#kode=1", "")] {
            assert_eq!(super::code_in_fragment(fragment), code);
        }
    }
}
