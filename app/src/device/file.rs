//! Files that a person saves or brings.

use js_sys::Array;
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, HtmlAnchorElement, Url};

/// Offers `text` as a download named `name`.
pub fn save(name: &str, mime: &str, text: &str) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    document().body().ok_or("no body")?.append_child(&link)?;
    link.click();
    link.remove();
    Url::revoke_object_url(&url)
}

/// The text of a file that was chosen. `None` when it cannot be read or is larger than `most_bytes`.
pub async fn read(file: &File, most_bytes: u32) -> Option<String> {
    if file.size() > f64::from(most_bytes) {
        return None;
    }
    JsFuture::from(file.text()).await.ok()?.as_string()
}
