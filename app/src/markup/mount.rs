//! The whole page.

use leptos::{mount::mount_to_body, prelude::document};

use super::Node;

/// Puts what `root` makes into the document, for the life of the page.
pub fn mount(root: fn() -> Node) {
    // Leptos makes the owner of everything and starts its effects; what it mounts itself is nothing.
    mount_to_body(move || {
        let mut page = root().build();
        let body = document().body().expect("a script in the body has a body");
        page.mount(&body, None);
        std::mem::forget(page);
    });
}
