//! A piece of the page in a real document, for the tests that need one.

use leptos::{mount::mount_to, prelude::Owner, task::tick};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{Node, shown::NodeState};
use crate::reactive::prelude::document;

/// What a root made, in a document, until this is dropped.
pub struct Stage {
    host: HtmlElement,
    state: NodeState,
    #[expect(dead_code, reason = "it is kept, not read")]
    owner: Owner,
}

impl Stage {
    /// Builds what `root` makes and puts it into the document.
    pub fn new(root: impl FnOnce() -> Node) -> Self {
        let host: HtmlElement = document().create_element("main").expect("a name").unchecked_into();
        document().body().expect("a test has a page").append_child(&host).expect("it takes children");
        // Effects start with the first page that Leptos mounts.
        drop(mount_to(host.clone(), || ()));
        let owner = Owner::new();
        let mut state = owner.with(|| root().build());
        state.mount(&host, None);
        Stage { host, state, owner }
    }

    /// What is in it, without the marks of places.
    pub fn html(&self) -> String {
        self.host.inner_html().replace("<!---->", "")
    }

    /// The first element that the selector fits.
    pub fn find(&self, selector: &str) -> HtmlElement {
        let found = self.host.query_selector(selector).expect("a selector");
        found.unwrap_or_else(|| panic!("no {selector} in {}", self.html())).unchecked_into()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.state.unmount();
        assert_eq!(self.host.inner_html(), "", "all that was mounted is taken away");
        self.host.remove();
    }
}

/// Once all that was changed has reached the page.
pub async fn settled() {
    tick().await;
}
