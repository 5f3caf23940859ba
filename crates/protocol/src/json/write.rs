//! Values as JSON text.

use super::writer::Writer;
use serde::Serialize;

/// The text of a struct of numbers, strings and the like. Of anything else, which is our own mistake, it panics.
pub fn write<T: Serialize + ?Sized>(value: &T) -> String {
    let mut bytes = Vec::new();
    append(&mut bytes, value);
    // No `expect` here and where only this crate's own mistakes fail: it would bring along how to show the error's fields.
    let Ok(text) = String::from_utf8(bytes) else { refused() };
    text
}

/// The same behind these bytes.
pub fn append<T: Serialize + ?Sized>(bytes: &mut Vec<u8>, value: &T) {
    if value.serialize(&mut Writer(bytes)).is_err() {
        refused();
    }
}

#[cold]
fn refused() -> ! {
    panic!("a struct of numbers and texts is always JSON")
}
