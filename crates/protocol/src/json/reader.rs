//! The text, and where in it the reader stands: JSON's grammar (RFC 8259), one function for each kind of value. No
//! generics: this code exists once.

use super::{JsonError, error::OTHER_TYPE};

/// Arrays and objects inside one another; more is nothing that an ERP or a till writes.
const DEPTH_MAX: u8 = 100;

const NOT_JSON: &str = "this is not JSON";

/// A reader at some place of a text.
pub(super) struct Reader<'de> {
    text: &'de str,
    place: usize,
    depth: u8,
    /// The last string that had escapes in it, without them.
    unescaped: String,
}

/// An integer as JSON can write it.
pub(super) enum Integer {
    NotNegative(u64),
    Negative(i64),
}

impl<'de> Reader<'de> {
    pub(super) fn new(json: &'de [u8]) -> Result<Self, JsonError> {
        let text = core::str::from_utf8(json)
            .map_err(|error| JsonError::new("this is not UTF-8").at(error.valid_up_to()))?;
        Ok(Self { text, place: 0, depth: 0, unescaped: String::new() })
    }

    /// Bytes read so far.
    pub(super) const fn place(&self) -> usize {
        self.place
    }

    /// Whether nothing but white space is left.
    pub(super) fn end(&mut self) -> Result<(), JsonError> {
        if self.peek() == 0 && self.place == self.text.len() { Ok(()) } else { Err(not_json()) }
    }

    /// The byte here; 0, which no JSON has outside of errors, at the end.
    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.place).copied().unwrap_or(0)
    }

    /// The first byte of the next token; 0 at the end.
    pub(super) fn peek(&mut self) -> u8 {
        while matches!(self.byte(), b' ' | b'\n' | b'\r' | b'\t') {
            self.place += 1;
        }
        self.byte()
    }

    /// Goes over this token.
    pub(super) fn token(&mut self, token: u8) -> Result<(), JsonError> {
        if self.peek() != token {
            return Err(not_json());
        }
        self.place += 1;
        Ok(())
    }

    /// What was read since `first`.
    fn since(&self, first: usize) -> Result<&'de str, JsonError> {
        self.text.get(first..self.place).ok_or_else(not_json)
    }

    /// Goes into an array or object.
    pub(super) fn open(&mut self, bracket: u8) -> Result<(), JsonError> {
        if self.peek() != bracket {
            return Err(JsonError::new(OTHER_TYPE));
        }
        self.place += 1;
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(JsonError::new("this is too deep")) } else { Ok(()) }
    }

    /// Whether another item follows; goes over the comma, or out of the array or object.
    pub(super) fn another(&mut self, first: &mut bool, bracket: u8) -> Result<bool, JsonError> {
        if self.peek() == bracket {
            self.place += 1;
            self.depth -= 1;
            return Ok(false);
        }
        if !core::mem::replace(first, false) {
            self.token(b',')?;
        }
        Ok(true)
    }

    /// Whether a literal stands here; goes over it.
    pub(super) fn literal(&mut self, literal: &str) -> bool {
        self.peek();
        let found =
            self.text.as_bytes().get(self.place..).is_some_and(|rest| rest.starts_with(literal.as_bytes()));
        if found {
            self.place += literal.len();
        }
        found
    }

    /// The string here: a part of the text, or `None` where it had escapes and is in [`Reader::unescaped`].
    pub(super) fn string(&mut self) -> Result<Option<&'de str>, JsonError> {
        let chunk = self.string_begin()?;
        if self.byte() == b'"' {
            self.place += 1;
            return Ok(Some(chunk));
        }
        self.unescaped.clear();
        self.unescaped.push_str(chunk);
        while self.byte() == b'\\' {
            let escaped = self.escape()?;
            self.unescaped.push(escaped);
            let chunk = self.chunk()?;
            self.unescaped.push_str(chunk);
        }
        self.place += 1;
        Ok(None)
    }

    /// The last string that [`Reader::string`] did not find in the text.
    pub(super) fn unescaped(&self) -> &str {
        &self.unescaped
    }

    /// The string here, good until the next one.
    pub(super) fn name(&mut self) -> Result<&str, JsonError> {
        Ok(match self.string()? {
            Some(name) => name,
            None => &self.unescaped,
        })
    }

    fn string_begin(&mut self) -> Result<&'de str, JsonError> {
        if self.peek() != b'"' {
            return Err(JsonError::new(OTHER_TYPE));
        }
        self.place += 1;
        self.chunk()
    }

    /// What lies before the next quote or backslash.
    fn chunk(&mut self) -> Result<&'de str, JsonError> {
        let first = self.place;
        let rest = self.text.as_bytes().get(first..).unwrap_or_default();
        let length =
            rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len());
        self.place += length;
        if self.byte() < 0x20 { Err(not_json()) } else { self.since(first) }
    }

    /// The character that an escape stands for.
    fn escape(&mut self) -> Result<char, JsonError> {
        self.place += 1;
        let kind = self.byte();
        self.place += 1;
        Ok(match kind {
            b'"' | b'\\' | b'/' => char::from(kind),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.code_point()?,
            _ => return Err(not_json()),
        })
    }

    /// The character of four hex digits, or of a pair of surrogates.
    fn code_point(&mut self) -> Result<char, JsonError> {
        let mut code = self.hex()?;
        if (0xd800..0xdc00).contains(&code) && self.literal_here("\\u") {
            let low = self.hex()?.wrapping_sub(0xdc00);
            if low >= 0x400 {
                return Err(not_json());
            }
            code = 0x1_0000 + ((code - 0xd800) << 10) + low;
        }
        char::from_u32(code).ok_or_else(not_json)
    }

    fn literal_here(&mut self, literal: &str) -> bool {
        self.byte() == b'\\' && self.literal(literal)
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = char::from(self.byte()).to_digit(16).ok_or_else(not_json)?;
            code = code * 16 + digit;
            self.place += 1;
        }
        Ok(code)
    }

    /// The number here, as it is written.
    pub(super) fn number(&mut self) -> Result<&'de str, JsonError> {
        self.peek();
        let first = self.place;
        self.place += usize::from(self.byte() == b'-');
        if self.byte() == b'0' {
            self.place += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == b'.' {
            self.place += 1;
            self.digits()?;
        }
        if matches!(self.byte(), b'e' | b'E') {
            self.place += 1;
            self.place += usize::from(matches!(self.byte(), b'+' | b'-'));
            self.digits()?;
        }
        self.since(first)
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let first = self.place;
        while self.byte().is_ascii_digit() {
            self.place += 1;
        }
        if self.place == first { Err(JsonError::new(OTHER_TYPE)) } else { Ok(()) }
    }

    /// The integer here.
    pub(super) fn integer(&mut self) -> Result<Integer, JsonError> {
        let number = self.number()?;
        integer(number).ok_or_else(|| JsonError::new(OTHER_TYPE))
    }

    /// Goes over the value here, whatever it is, and gives its text.
    pub(super) fn skip(&mut self) -> Result<&'de str, JsonError> {
        let kind = self.peek();
        let first = self.place;
        match kind {
            b'"' => self.skip_string()?,
            b'{' => {
                self.open(b'{')?;
                let mut at_first = true;
                while self.another(&mut at_first, b'}')? {
                    self.skip_string()?;
                    self.token(b':')?;
                    self.skip()?;
                }
            }
            b'[' => {
                self.open(b'[')?;
                let mut at_first = true;
                while self.another(&mut at_first, b']')? {
                    self.skip()?;
                }
            }
            _ if self.literal("null") || self.literal("true") || self.literal("false") => {}
            _ => {
                self.number()?;
            }
        }
        self.since(first)
    }

    fn skip_string(&mut self) -> Result<(), JsonError> {
        self.string_begin()?;
        while self.byte() == b'\\' {
            self.escape()?;
            self.chunk()?;
        }
        self.place += 1;
        Ok(())
    }
}

/// The integer that a JSON number is, if it is one and fits.
pub(super) fn integer(number: &str) -> Option<Integer> {
    if number.starts_with('-') {
        number.parse().ok().map(Integer::Negative)
    } else {
        number.parse().ok().map(Integer::NotNegative)
    }
}

#[cold]
#[inline(never)]
fn not_json() -> JsonError {
    JsonError::new(NOT_JSON)
}
