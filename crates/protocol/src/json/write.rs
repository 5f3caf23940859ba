//! Values as JSON text, by `serde_json`.

use serde::Serialize;

/// The text of a struct of numbers, strings and the like. Of anything else, which is our own mistake, it panics.
pub fn write<T: Serialize + ?Sized>(value: &T) -> String {
    match serde_json::to_string(value) {
        Ok(text) => text,
        Err(_) => refused(),
    }
}

/// The same behind these bytes.
pub fn append<T: Serialize + ?Sized>(bytes: &mut Vec<u8>, value: &T) {
    if serde_json::to_writer(bytes, value).is_err() {
        refused();
    }
}

/// Does not name the error: that alone would bring the code that prints every error there is.
#[cold]
fn refused() -> ! {
    panic!("a struct of numbers and strings is always JSON")
}
