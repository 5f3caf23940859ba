//! Where a page of products ends: its name and id, as an opaque, URL-safe text.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A place in the list by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The name in lower case.
    pub name_key: String,
    /// The id's bytes; empty before the first.
    pub id: Vec<u8>,
}

impl Position {
    /// The text that a client passes as `after`.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode([self.id.as_slice(), self.name_key.as_bytes()].concat())
    }

    /// The position of such a text; none if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (id, name) = bytes.split_at_checked(16)?;
        Some(Self { id: id.to_vec(), name_key: String::from_utf8(name.to_vec()).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::Position;

    #[test]
    fn a_position_survives_the_url() {
        let position = Position { name_key: "crème brûlée".to_owned(), id: vec![7; 16] };
        assert_eq!(Position::parse(&position.to_text()), Some(position));
        for bad in ["", "!", "AAAA", &"A".repeat(7)] {
            assert_eq!(Position::parse(bad), None, "{bad}");
        }
    }
}
