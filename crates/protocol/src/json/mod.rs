//! JSON for the till, which is downloaded: a third of the code that `serde_json` makes of the same types.
//!
//! It reads what the ERP answers and what this device wrote, in UTF-8 and of bounded depth. Beside that it differs from
//! `serde_json` in what it leaves out: a struct is an object and never an array, an enum is a name without content, and
//! an error names the field and the place but not the value. The server, which tells other people what is wrong with
//! their documents, reads with `serde_json`.

mod decode;
mod document;
mod error;
mod indent;
mod raw;
mod reader;
mod write;
mod writer;

pub use document::Document;
pub use error::JsonError;
pub use indent::indented;
pub use raw::Raw;
pub use write::{append, write};

use reader::Reader;
use serde::Deserialize;

/// The value that this text is, all of it.
pub fn read<'de, T: Deserialize<'de>>(json: &'de [u8]) -> Result<T, JsonError> {
    let mut reader = Reader::new(json)?;
    let value = T::deserialize(&mut reader);
    let ended = reader.end();
    value.and_then(|value| ended.map(|()| value)).map_err(|error| error.at(reader.place()))
}
