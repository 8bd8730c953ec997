//! A CBOR body as serde reads it: minicbor takes the bytes apart, the bounds are here.
//!
//! - Nothing is reserved for a length that the body claims, and what is read is borrowed where it is whole.
//! - Depth is bounded, also where nothing is kept of what is read.
//! - Keys are text. (serde would take a number for the position of a member.)
//! - Of tags there are the one of times, around a number, and the one that says "this is CBOR", at the start.
//! - A visitor must take a list or map to its end, and the body must end where its map does.

use std::fmt;

use minicbor::data::{Tag, Type};
use minicbor::decode::Decoder;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};

use crate::shape::hint;

/// How deep lists and maps may lie in each other; the deepest input of a model has five.
pub(super) const DEPTH_MAX: usize = 64;

const TIME: Tag = Tag::new(1);
const SELF_DESCRIBED: Tag = Tag::new(55799);

/// Why a body cannot be read.
#[derive(Debug, thiserror::Error)]
pub(in crate::protocol) enum Error {
    /// It is not CBOR.
    #[error(transparent)]
    Malformed(#[from] minicbor::decode::Error),
    /// It is not what is expected; the text is for the caller.
    #[error("{0}")]
    Told(String),
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::Told(text.to_string())
    }
}

type Result<T> = std::result::Result<T, Error>;

/// Reads one body from its start.
#[derive(Debug)]
pub(in crate::protocol) struct Reader<'de> {
    decoder: Decoder<'de>,
    depth: usize,
    /// Whether whole numbers are seconds where a time is due.
    is_in_seconds: bool,
}

impl<'de> Reader<'de> {
    pub(in crate::protocol) fn new(body: &'de [u8]) -> Self {
        let mut decoder = Decoder::new(body);
        let is_described = decoder.probe().tag().is_ok_and(|tag| tag == SELF_DESCRIBED);
        if is_described {
            // It was just seen.
            let _ = decoder.tag();
        }
        Self { decoder, depth: 0, is_in_seconds: false }
    }

    /// The same for a body whose times are seconds, also where they are whole numbers.
    pub(in crate::protocol) fn in_seconds(body: &'de [u8]) -> Self {
        Self { is_in_seconds: true, ..Self::new(body) }
    }

    /// Checks that nothing follows.
    pub(in crate::protocol) fn end(&self) -> Result<()> {
        let is_end = self.decoder.position() == self.decoder.input().len();
        let trailing = || minicbor::decode::Error::message("bytes behind the end").into();
        if is_end { Ok(()) } else { Err(trailing()) }
    }

    fn next_is_null(&self) -> Result<bool> {
        Ok(matches!(self.decoder.datatype()?, Type::Null | Type::Undefined))
    }

    /// Takes the next byte, which has been looked at.
    fn pass(&mut self) {
        self.decoder.set_position(self.decoder.position() + 1);
    }

    /// Takes the tag of times, if what follows is a number.
    fn pass_time(&mut self) -> Result<()> {
        let tag = self.decoder.tag()?;
        let is_number = matches!(
            self.decoder.datatype()?,
            Type::U8
                | Type::U16
                | Type::U32
                | Type::U64
                | Type::I8
                | Type::I16
                | Type::I32
                | Type::I64
                | Type::Int
                | Type::F32
                | Type::F64
        );
        if tag == TIME && is_number {
            return Ok(());
        }
        let tag = tag.as_u64();
        Err(Error::Told(format!("CBOR tag {tag} is not read here: only tag 1 is, around a number")))
    }

    fn integer<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let number = i128::from(self.decoder.int()?);
        match u64::try_from(number) {
            Ok(number) => visitor.visit_u64(number),
            Err(_) => visitor.visit_i64(i64::try_from(number).unwrap_or(i64::MIN)),
        }
    }

    /// Takes what nobody reads, without putting pieces together.
    fn pass_pieces(&mut self, kind: Type) -> Result<()> {
        if kind == Type::BytesIndef {
            self.decoder.bytes_iter()?.try_for_each(|piece| piece.map(drop))?;
        } else {
            self.decoder.str_iter()?.try_for_each(|piece| piece.map(drop))?;
        }
        Ok(())
    }

    fn bytes_in_pieces(&mut self) -> Result<Vec<u8>> {
        let mut whole = Vec::new();
        for piece in self.decoder.bytes_iter()? {
            whole.extend_from_slice(piece?);
        }
        Ok(whole)
    }

    fn text_in_pieces(&mut self) -> Result<String> {
        let mut whole = String::new();
        for piece in self.decoder.str_iter()? {
            whole.push_str(piece?);
        }
        Ok(whole)
    }

    /// Reads a list or map of `left` elements, or as many as there are.
    fn nested<T>(
        &mut self,
        left: Option<u64>,
        read: impl FnOnce(&mut Elements<'_, 'de>) -> Result<T>,
    ) -> Result<T> {
        if self.depth == DEPTH_MAX {
            let text = format!("Lists and maps may lie {DEPTH_MAX} deep in each other, not deeper");
            return Err(Error::Told(text));
        }
        self.depth += 1;
        let mut elements = Elements { reader: self, left };
        let value = read(&mut elements)?;
        if elements.more()? {
            return Err(de::Error::custom("A list or map is longer than expected"));
        }
        self.depth -= 1;
        Ok(value)
    }
}

/// Whether no value begins like this that is read anywhere.
fn is_unread(kind: Type) -> bool {
    matches!(kind, Type::F16 | Type::Simple | Type::Break | Type::Unknown(_))
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let mut kind = self.decoder.datatype()?;
        if kind == Type::Tag {
            self.pass_time()?;
            kind = self.decoder.datatype()?;
        }
        match kind {
            Type::Bool => visitor.visit_bool(self.decoder.bool()?),
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => self.integer(visitor),
            Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => self.integer(visitor),
            Type::F32 | Type::F64 => {
                let number = self.decoder.f64()?;
                // Not what JSON has, and the rounding of a time would make a time of it.
                let is_number = number.is_finite();
                let told = || Error::Told("Infinity and NaN are no numbers here".to_owned());
                is_number.then_some(number).ok_or_else(told).and_then(|it| visitor.visit_f64(it))
            }
            Type::Bytes => visitor.visit_borrowed_bytes(self.decoder.bytes()?),
            Type::BytesIndef => visitor.visit_byte_buf(self.bytes_in_pieces()?),
            Type::String => visitor.visit_borrowed_str(self.decoder.str()?),
            Type::StringIndef => visitor.visit_string(self.text_in_pieces()?),
            Type::Null | Type::Undefined => {
                self.pass();
                visitor.visit_unit()
            }
            Type::Array | Type::ArrayIndef => {
                let left = self.decoder.array()?;
                self.nested(left, |elements| visitor.visit_seq(elements))
            }
            Type::Map | Type::MapIndef => {
                let left = self.decoder.map()?;
                self.nested(left, |elements| visitor.visit_map(elements))
            }
            kind @ (Type::F16 | Type::Simple | Type::Tag | Type::Break | Type::Unknown(_)) => {
                Err(minicbor::decode::Error::type_mismatch(kind).into())
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.next_is_null()? {
            self.pass();
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    /// Where a map is due a list is none, although serde would read members from it in order.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let found = match self.decoder.datatype()? {
            Type::Map | Type::MapIndef => return self.deserialize_any(visitor),
            Type::Array | Type::ArrayIndef => Unexpected::Seq,
            kind if is_unread(kind) => {
                return Err(minicbor::decode::Error::type_mismatch(kind).into());
            }
            _ => Unexpected::Other("value"),
        };
        Err(de::Error::invalid_type(found, &visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        match name == hint::MOMENT && self.is_in_seconds {
            true => visitor.visit_newtype_struct(Seconds(self)),
            false => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.decoder.datatype()? {
            kind @ (Type::BytesIndef | Type::StringIndef) => {
                self.pass_pieces(kind)?;
                visitor.visit_unit()
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct enum identifier
    }
}

/// A time in seconds.
struct Seconds<'a, 'de>(&'a mut Reader<'de>);

impl<'de> Deserializer<'de> for Seconds<'_, 'de> {
    type Error = Error;

    #[expect(clippy::cast_precision_loss, reason = "times of this age are exact")]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let Self(reader) = self;
        if reader.decoder.datatype()? == Type::Tag {
            reader.pass_time()?;
        }
        match reader.decoder.datatype()? {
            Type::U8
            | Type::U16
            | Type::U32
            | Type::U64
            | Type::I8
            | Type::I16
            | Type::I32
            | Type::I64
            | Type::Int => visitor.visit_f64(i128::from(reader.decoder.int()?) as f64),
            _ => reader.deserialize_any(visitor),
        }
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// What is left of a list or map.
struct Elements<'a, 'de> {
    reader: &'a mut Reader<'de>,
    /// How many, if the list or map says so.
    left: Option<u64>,
}

impl Elements<'_, '_> {
    /// Whether another one follows, which the caller then reads.
    fn more(&mut self) -> Result<bool> {
        match self.left {
            Some(0) => Ok(false),
            Some(left) => {
                self.left = Some(left - 1);
                Ok(true)
            }
            None if self.reader.decoder.datatype()? == Type::Break => {
                self.reader.pass();
                self.left = Some(0);
                Ok(false)
            }
            None => Ok(true),
        }
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let more = self.more()?;
        more.then(|| seed.deserialize(&mut *self.reader)).transpose()
    }
}

impl<'de> MapAccess<'de> for Elements<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if !self.more()? {
            return Ok(None);
        }
        match self.reader.decoder.datatype()? {
            Type::String | Type::StringIndef => seed.deserialize(&mut *self.reader).map(Some),
            kind if is_unread(kind) => Err(minicbor::decode::Error::type_mismatch(kind).into()),
            _ => Err(Error::Told("The keys of maps must be text".to_owned())),
        }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        seed.deserialize(&mut *self.reader)
    }
}
