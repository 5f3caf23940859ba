//! Files that a person saves or brings.

use js_sys::{Array, Uint8Array};
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

/// Why there is no text of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is too large, or the browser does not read it.
    Unreadable,
    /// Its bytes are no UTF-8: letters would become other letters.
    NotUtf8,
}

/// The text of a file that was chosen, if it is at most `most_bytes` large.
pub async fn read(file: &File, most_bytes: u32) -> Result<String, Unread> {
    if file.size() > f64::from(most_bytes) {
        return Err(Unread::Unreadable);
    }
    let bytes = JsFuture::from(file.array_buffer()).await.map_err(|_| Unread::Unreadable)?;
    text_of(Uint8Array::new(&bytes).to_vec()).ok_or(Unread::NotUtf8)
}

/// Bytes as text, without a mark of their order at the start; `None` unless they are UTF-8.
fn text_of(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    Some(text.trim_start_matches('\u{feff}').to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_utf8_is_text() {
        for (bytes, text) in [
            (b"\xef\xbb\xbfsku,name".as_slice(), Some("sku,name")),
            ("Äpfel".as_bytes(), Some("Äpfel")),
            (b"\xc4pfel", None),
            (b"\xff\xfes\0k\0", None),
        ] {
            assert_eq!(super::text_of(bytes.to_vec()).as_deref(), text);
        }
    }
}
