//! Where one is: which page the address names, and links that change it without loading the document anew.
//!
//! Eight paths, one of them with an id, need no router: the library's was a tenth of what a till downloads (docs/decisions/0014).

use crate::reactive::prelude::*;
use crate::words::{nav, sales};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{HtmlAnchorElement, MouseEvent};

/// A page of the till and its back office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// `/`
    Sell,
    /// `/products`
    Products,
    /// `/sales`
    Sales,
    /// `/sales/:id`
    Sale(String),
    /// `/sync`
    Sync,
    /// `/cases`
    Cases,
    /// `/settings`
    Settings,
    /// `/kit`, for those who change the widgets.
    Kit,
    /// Anything else.
    Unknown,
}

impl Page {
    fn at(path: &str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        match (parts.next(), parts.next(), parts.next()) {
            (None, None, None) => Self::Sell,
            (Some("products"), None, None) => Self::Products,
            (Some("sales"), None, None) => Self::Sales,
            (Some("sales"), Some(id), None) => Self::Sale(id.to_owned()),
            (Some("sync"), None, None) => Self::Sync,
            (Some("cases"), None, None) => Self::Cases,
            (Some("settings"), None, None) => Self::Settings,
            (Some("kit"), None, None) => Self::Kit,
            _ => Self::Unknown,
        }
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sell => nav::SELL,
            Self::Products => nav::PRODUCTS,
            Self::Sales => nav::SALES,
            Self::Sale(_) => sales::DETAIL,
            Self::Sync => nav::SYNC,
            Self::Cases => nav::CASES,
            Self::Settings => nav::SETTINGS,
            Self::Kit => "Kit",
            Self::Unknown => nav::NOT_FOUND,
        }
    }
}

/// The path in the address bar.
#[derive(Clone, Copy)]
pub struct Address {
    path: RwSignal<String>,
}

impl Address {
    /// Follows the address from now on, for as long as the document lives.
    pub fn provide() -> Self {
        let address = Address { path: RwSignal::new(current()) };
        let went = Closure::<dyn Fn()>::new(move || address.path.set(current()));
        let clicked = Closure::<dyn Fn(MouseEvent)>::new(move |event| address.follow(&event));
        let window = window();
        drop(window.add_event_listener_with_callback("popstate", went.as_ref().unchecked_ref()));
        drop(window.add_event_listener_with_callback("click", clicked.as_ref().unchecked_ref()));
        went.forget();
        clicked.forget();
        provide_context(address);
        address
    }

    /// The one of this document.
    pub fn here() -> Self {
        expect_context()
    }

    /// The page that the address names.
    pub fn page(self) -> Page {
        self.path.with(|path| Page::at(path))
    }

    /// Whether the address lies under `href`; only the till itself lies under `/`.
    pub fn is_under(self, href: &str) -> bool {
        self.path.with(|path| if href == "/" { path == "/" } else { path.starts_with(href) })
    }

    /// A plain click on a link to a page of ours changes the page; every other stays with the browser.
    fn follow(self, event: &MouseEvent) {
        let modified = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        if event.default_prevented() || event.button() != 0 || modified {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let link = target.and_then(|target| target.closest("a[href]").ok().flatten());
        let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) else { return };
        let location = window().location();
        let elsewhere = location.origin().ok() != Some(link.origin());
        if elsewhere || !link.target().is_empty() || link.has_attribute("download") || !link.hash().is_empty()
        {
            return;
        }
        event.prevent_default();
        self.go(&link.pathname());
    }

    /// Goes to the page of this path.
    pub fn go(self, path: &str) {
        if path != current() {
            let history = window().history();
            drop(history.map(|history| history.push_state_with_url(&JsValue::NULL, "", Some(path))));
            self.path.set(path.to_owned());
        }
    }
}

/// Has the address bar say `path` in the place of what it said: what was opened by it is not what is shown, or it holds
/// a code that is used up.
pub fn replace(path: &str) {
    let history = window().history();
    drop(history.map(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(path))));
}

fn current() -> String {
    window().location().pathname().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn an_address_names_one_page() {
        for (path, page) in [
            ("/", Page::Sell),
            ("//", Page::Sell),
            ("/products", Page::Products),
            ("/products/", Page::Products),
            ("/products/7", Page::Unknown),
            ("/sales", Page::Sales),
            ("/sales/019a", Page::Sale("019a".to_owned())),
            ("/sales/019a/more", Page::Unknown),
            ("/nowhere", Page::Unknown),
        ] {
            assert_eq!(Page::at(path), page, "{path}");
        }
    }
}
