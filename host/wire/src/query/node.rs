//! Parameters as serde reads them: those whose names begin alike are a list, a map or a structure, whichever is due.
//!
//! Nothing is copied and nothing built: a node is a span of the sorted parameters. How deep nodes lie in each other is
//! bounded by the words of a name.

use std::borrow::Cow;
use std::fmt;

use base64_simd::STANDARD;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::parameters::{Parameter, Parameters, TWICE, index};
use crate::shape::hint;

/// Why a form cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// It is none that a client of the model would write.
    #[error("{0}")]
    Malformed(&'static str),
    /// A member is not what is expected; the text is for the caller.
    #[error("{0}")]
    Told(String),
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::Told(text.to_string())
    }
}

type Result<T> = std::result::Result<T, Error>;

const NO_INDEX: &str = "The parts of a list must be numbered from 1.";
const NO_ENTRY: &str = "The entries of a map must have a key and a value.";

/// A member: parameters, and how much of their names led here.
#[derive(Clone, Copy)]
pub(super) struct Node<'p, 'de> {
    parameters: &'p [Parameter<'de>],
    /// Bytes of the names that are read; nothing at the root.
    at: Option<usize>,
    /// What is due, if it is known.
    hint: &'static str,
}

impl<'p, 'de> Node<'p, 'de> {
    pub(super) fn root(parameters: &'p Parameters<'de>) -> Self {
        Self { parameters: parameters.all(), at: None, hint: "" }
    }

    /// What of a name leads further.
    fn rest(&self, parameter: &'p Parameter<'de>) -> Option<&'p str> {
        match self.at {
            None => Some(&parameter.name),
            Some(at) => parameter.name.get(at + 1..),
        }
    }

    /// The value, if this is one; nothing if it has parts.
    fn value(&self) -> Result<Option<&'p Cow<'de, str>>> {
        match self.parameters {
            [only] if self.rest(only).is_none() => Ok(Some(&only.value)),
            [first, ..] if self.rest(first).is_none() => Err(Error::Malformed(TWICE)),
            _ => Ok(None),
        }
    }

    fn parts(self) -> Parts<'p, 'de> {
        Parts { left: self, value: None }
    }

    /// The one part that all are under, if it is called so.
    fn under(self, name: &str) -> Self {
        let mut parts = self.parts();
        match (parts.take(), parts.take()) {
            (Some((found, node)), None) if found == name => node,
            _ => self,
        }
    }

    fn visit_text<V: Visitor<'de>>(text: &Cow<'de, str>, visitor: V) -> Result<V::Value> {
        match text {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_str(text),
        }
    }

    /// A value as what is due.
    fn visit_value<V: Visitor<'de>>(self, text: &Cow<'de, str>, visitor: V) -> Result<V::Value> {
        let number = || text.parse::<f64>().ok().filter(|number| number.is_finite());
        match self.hint {
            hint::INT => match (text.parse::<i64>(), number()) {
                (Ok(number), _) => visitor.visit_i64(number),
                (Err(_), Some(number)) => visitor.visit_f64(number),
                (Err(_), None) => Self::visit_text(text, visitor),
            },
            hint::DOUBLE => match number() {
                Some(number) => visitor.visit_f64(number),
                None => Self::visit_text(text, visitor),
            },
            hint::MOMENT => match milliseconds(text) {
                Some(ms) => visitor.visit_i64(ms),
                None => Self::visit_text(text, visitor),
            },
            hint::BLOB => match STANDARD.decode_to_vec(text.as_bytes()) {
                Ok(bytes) => visitor.visit_byte_buf(bytes),
                Err(_) => Self::visit_text(text, visitor),
            },
            // This is how an empty list is written.
            hint::LIST if text.is_empty() => visitor.visit_seq(Elements(Node::none().parts())),
            _ => Self::visit_text(text, visitor),
        }
    }

    fn none() -> Self {
        Self { parameters: &[], at: None, hint: "" }
    }
}

/// A moment as it is written in the query form: ISO 8601, in UTC if it does not say where.
fn milliseconds(text: &str) -> Option<i64> {
    let moment = text.parse::<Timestamp>().ok().or_else(|| {
        let at = text.parse::<DateTime>().ok()?;
        at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
    });
    moment.map(Timestamp::as_millisecond)
}

impl<'de> Deserializer<'de> for Node<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if let Some(text) = self.value()? {
            return self.visit_value(text, visitor);
        }
        match self.hint {
            hint::LIST => visitor.visit_seq(Elements(self.under("member").parts())),
            hint::MAP => {
                let parts = self.under("entry").parts();
                visitor.visit_map(Entries { parts, value: None })
            }
            _ => visitor.visit_map(self.parts()),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(Self { hint: name, ..self })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier
    }
}

/// What is left of the parts of a node, each a word and what is under it; a structure.
struct Parts<'p, 'de> {
    left: Node<'p, 'de>,
    /// What is under the word that was read last.
    value: Option<Node<'p, 'de>>,
}

impl<'p, 'de> Parts<'p, 'de> {
    fn take(&mut self) -> Option<(&'p str, Node<'p, 'de>)> {
        let Node { parameters, at, .. } = self.left;
        let word_of = |parameter| -> &'p str {
            let rest = self.left.rest(parameter).unwrap_or_default();
            rest.split('.').next().unwrap_or_default()
        };
        let word = word_of(parameters.first()?);
        let count = parameters.iter().take_while(|other| word_of(other) == word).count();
        let (these, left) = parameters.split_at(count);
        self.left.parameters = left;
        let at = at.map_or(0, |at| at + 1) + word.len();
        Some((word, Node { parameters: these, at: Some(at), hint: "" }))
    }
}

impl<'de> MapAccess<'de> for Parts<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((word, node)) = self.take() else {
            return Ok(None);
        };
        self.value = Some(node);
        seed.deserialize(Word(word)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.value.take().unwrap_or_else(Node::none))
    }
}

/// The elements of a list, in the order of their numbers; numbers may be missing.
struct Elements<'p, 'de>(Parts<'p, 'de>);

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some((word, node)) = self.0.take() else {
            return Ok(None);
        };
        index(word).ok_or(Error::Malformed(NO_INDEX))?;
        seed.deserialize(node).map(Some)
    }
}

/// The entries of a map: numbered pairs of a key and a value.
struct Entries<'p, 'de> {
    parts: Parts<'p, 'de>,
    value: Option<Node<'p, 'de>>,
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((word, node)) = self.parts.take() else {
            return Ok(None);
        };
        index(word).ok_or(Error::Malformed(NO_INDEX))?;
        let mut pair = node.parts();
        let (Some(("key", key)), Some(("value", value))) = (pair.take(), pair.take()) else {
            return Err(Error::Malformed(NO_ENTRY));
        };
        self.value = Some(value);
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.value.take().unwrap_or_else(Node::none))
    }
}

/// The name of a member.
struct Word<'p>(&'p str);

impl<'de> Deserializer<'de> for Word<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
