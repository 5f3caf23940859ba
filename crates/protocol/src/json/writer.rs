//! The writer itself, which serde's types speak to. What it writes, `serde_json` writes too, byte by byte.
//!
//! It knows what the till's documents are made of: numbers without a fraction, texts, lists, and structs, maps and enums
//! of these. Anything else is refused.

use core::fmt;
use serde::ser::{
    Error, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple,
    SerializeTupleStruct, Serializer,
};

/// How the structs begin that `serde_json` alone can write: its raw values.
const PRIVATE: &str = "$";

/// A value of a kind that the till does not write.
#[derive(Debug)]
pub(super) struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the till writes no value of this kind")
    }
}

impl core::error::Error for Refused {}

impl Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Writes behind these bytes.
pub(super) struct Writer<'bytes>(pub(super) &'bytes mut Vec<u8>);

impl Writer<'_> {
    fn push(&mut self, byte: u8) {
        self.0.push(byte);
    }

    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn text(&mut self, text: &str) {
        self.push(b'"');
        for &byte in text.as_bytes() {
            self.escaped(byte);
        }
        self.push(b'"');
    }

    /// A byte of a text; those of a character beyond ASCII stand for themselves.
    fn escaped(&mut self, byte: u8) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let short = match byte {
            b'"' | b'\\' => byte,
            0x08 => b'b',
            0x09 => b't',
            0x0a => b'n',
            0x0c => b'f',
            0x0d => b'r',
            0..0x20 => {
                self.raw("\\u00");
                self.push(HEX[usize::from(byte >> 4)]);
                self.push(HEX[usize::from(byte & 15)]);
                return;
            }
            _ => return self.push(byte),
        };
        self.push(b'\\');
        self.push(short);
    }

    fn unsigned(&mut self, mut number: u64) {
        let from = self.0.len();
        loop {
            self.push(b'0' + u8::try_from(number % 10).unwrap_or_default());
            number /= 10;
            if number == 0 {
                break;
            }
        }
        if let Some(digits) = self.0.get_mut(from..) {
            digits.reverse();
        }
    }

    fn signed(&mut self, number: i64) {
        if number < 0 {
            self.push(b'-');
        }
        self.unsigned(number.unsigned_abs());
    }
}

/// A list, map or struct that is being written.
pub(super) struct Items<'writer, 'bytes> {
    writer: &'writer mut Writer<'bytes>,
    end: u8,
    first: bool,
}

impl<'writer, 'bytes> Items<'writer, 'bytes> {
    fn begin(writer: &'writer mut Writer<'bytes>, begin: u8, end: u8) -> Self {
        writer.push(begin);
        Self { writer, end, first: true }
    }

    fn next(&mut self) {
        if !core::mem::replace(&mut self.first, false) {
            self.writer.push(b',');
        }
    }

    fn key(&mut self, key: &str) {
        self.next();
        self.writer.text(key);
        self.writer.push(b':');
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.next();
        value.serialize(&mut *self.writer)
    }

    fn finish(self) {
        self.writer.push(self.end);
    }
}

/// What serde tells apart and JSON does not: items behind one another.
macro_rules! lists {
    ($($list:ident::$item:ident),*) => {$(
        impl $list for Items<'_, '_> {
            type Ok = ();
            type Error = Refused;
            fn $item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                self.item(value)
            }
            fn end(self) -> Result<(), Refused> {
                self.finish();
                Ok(())
            }
        }
    )*};
}

lists!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field
);

impl SerializeMap for Items<'_, '_> {
    type Ok = ();
    type Error = Refused;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        self.next();
        let from = self.writer.0.len();
        key.serialize(&mut *self.writer)?;
        // A name is a text.
        if self.writer.0.get(from) != Some(&b'"') {
            return Err(Refused);
        }
        self.writer.push(b':');
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        value.serialize(&mut *self.writer)
    }
    fn end(self) -> Result<(), Refused> {
        self.finish();
        Ok(())
    }
}

impl SerializeStruct for Items<'_, '_> {
    type Ok = ();
    type Error = Refused;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        self.key(name);
        value.serialize(&mut *self.writer)
    }
    fn end(self) -> Result<(), Refused> {
        self.finish();
        Ok(())
    }
}

macro_rules! numbers {
    ($($method:ident: $type:ty => $write:ident),*) => {$(
        fn $method(self, number: $type) -> Result<(), Refused> {
            self.$write(number.into());
            Ok(())
        }
    )*};
}

impl<'writer, 'bytes> Serializer for &'writer mut Writer<'bytes> {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = Items<'writer, 'bytes>;
    type SerializeTuple = Items<'writer, 'bytes>;
    type SerializeTupleStruct = Items<'writer, 'bytes>;
    type SerializeTupleVariant = Impossible<(), Refused>;
    type SerializeMap = Items<'writer, 'bytes>;
    type SerializeStruct = Items<'writer, 'bytes>;
    type SerializeStructVariant = Impossible<(), Refused>;

    numbers! {
        serialize_i8: i8 => signed, serialize_i16: i16 => signed, serialize_i32: i32 => signed, serialize_i64: i64 => signed,
        serialize_u8: u8 => unsigned, serialize_u16: u16 => unsigned, serialize_u32: u32 => unsigned, serialize_u64: u64 => unsigned
    }

    fn serialize_bool(self, value: bool) -> Result<(), Refused> {
        self.raw(if value { "true" } else { "false" });
        Ok(())
    }
    fn serialize_f32(self, _: f32) -> Result<(), Refused> {
        Err(Refused)
    }
    fn serialize_f64(self, _: f64) -> Result<(), Refused> {
        Err(Refused)
    }
    fn serialize_char(self, character: char) -> Result<(), Refused> {
        self.text(character.encode_utf8(&mut [0; 4]));
        Ok(())
    }
    fn serialize_str(self, text: &str) -> Result<(), Refused> {
        self.text(text);
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), Refused> {
        Err(Refused)
    }
    fn serialize_none(self) -> Result<(), Refused> {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refused> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Refused> {
        self.raw("null");
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Refused> {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<(), Refused> {
        self.text(name);
        Ok(())
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        let mut items = Items::begin(self, b'{', b'}');
        SerializeStruct::serialize_field(&mut items, name, value)?;
        SerializeStruct::end(items)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'writer, 'bytes>, Refused> {
        Ok(Items::begin(self, b'[', b']'))
    }
    fn serialize_tuple(self, _: usize) -> Result<Items<'writer, 'bytes>, Refused> {
        Ok(Items::begin(self, b'[', b']'))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items<'writer, 'bytes>, Refused> {
        Ok(Items::begin(self, b'[', b']'))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Refused> {
        Err(Refused)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Items<'writer, 'bytes>, Refused> {
        Ok(Items::begin(self, b'{', b'}'))
    }
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Items<'writer, 'bytes>, Refused> {
        if name.starts_with(PRIVATE) {
            return Err(Refused);
        }
        Ok(Items::begin(self, b'{', b'}'))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Refused> {
        Err(Refused)
    }
}
