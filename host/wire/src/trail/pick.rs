//! Taking allowed members out of a body, by path, without looking at the others.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value;

/// Members by AWS's names with a small first letter, as they stand in events.
pub type Members = serde_json::Map<String, Value>;

/// Characters of a text that are kept.
const TEXT_CHARS_MAX: usize = 256;
/// Elements of a list that are kept.
const ELEMENTS_MAX: usize = 10;

/// A list of members: `StreamName`, or `StreamModeDetails.StreamMode` for one inside of another. Only texts,
/// numbers, booleans and lists of those are taken; a structure is not, unless its members are listed.
pub trait Allow {
    /// The members.
    const MEMBERS: &'static [&'static str];
}

/// What was taken of a structure.
pub(crate) struct Picked<A> {
    pub(crate) members: Members,
    allow: PhantomData<A>,
}

/// The text, cut if it is longer than a value in an event may be.
pub fn cut(text: &str) -> String {
    cut_at(text, TEXT_CHARS_MAX)
}

/// The text, cut if it has more than so many characters.
pub fn cut_at(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Scheme and host of a URL: the user in front of the host, and what is behind it, may be all that keeps strangers from
/// using it. Any other text as it is.
fn public(text: &str) -> &str {
    let Some((scheme, rest)) = text.split_once("://") else { return text };
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if host.contains('@') { scheme } else { &text[..scheme.len() + "://".len() + host.len()] }
}

/// `StreamARN` as `streamARN`.
pub(crate) fn shown(name: &str) -> String {
    let mut shown = name.to_owned();
    if let Some(first) = shown.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    shown
}

impl<'de, A: Allow> Deserialize<'de> for Picked<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let at = Structure { allowed: A::MEMBERS, path: String::new() };
        Ok(Self { members: at.deserialize(deserializer)?, allow: PhantomData })
    }
}

/// A structure at a path, which is empty or ends in a dot.
struct Structure {
    allowed: &'static [&'static str],
    path: String,
}

impl<'de> DeserializeSeed<'de> for Structure {
    type Value = Members;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Members, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Structure {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a structure")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::new();
        while let Some(key) = map.next_key::<String>()? {
            let path = format!("{}{key}", self.path);
            let inside = format!("{path}.");
            if self.allowed.contains(&&*path) {
                if let Some(value) = map.next_value_seed(Plain)? {
                    members.insert(shown(&key), value);
                }
            } else if self.allowed.iter().any(|allowed| allowed.starts_with(&inside)) {
                let Maybe(held) = map.next_value_seed(Inner(Self { path: inside, ..self }))?;
                members.insert(shown(&key), Value::Object(held));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(members)
    }
}

/// A structure that need not be one: a null, or what the operation will refuse.
struct Inner(Structure);

struct Maybe(Members);

impl<'de> DeserializeSeed<'de> for Inner {
    type Value = Maybe;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Maybe, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// What a visitor makes of values that it has no use for.
macro_rules! nothing {
    ($nothing:expr; $($visit:ident: $of:ty),*) => {
        $(fn $visit<E: Error>(self, _: $of) -> Result<Self::Value, E> {
            Ok($nothing)
        })*
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Self::Value, D::Error> {
            inner.deserialize_any(self)
        }
        fn visit_newtype_struct<D: Deserializer<'de>>(
            self,
            inner: D,
        ) -> Result<Self::Value, D::Error> {
            inner.deserialize_any(self)
        }
    };
}

impl<'de> Visitor<'de> for Inner {
    type Value = Maybe;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Maybe, A::Error> {
        self.0.visit_map(map).map(Maybe)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Maybe, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Maybe(Members::new()))
    }

    nothing!(Maybe(Members::new()); visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64,
        visit_str: &str, visit_bytes: &[u8]);
}

/// A text, a number, a boolean, or a list of those; nothing of anything else.
struct Plain;

impl<'de> DeserializeSeed<'de> for Plain {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(cut(public(value)).into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while let Some(element) = seq.next_element_seed(Scalar)? {
            if kept.len() < ELEMENTS_MAX {
                kept.extend(element);
            }
        }
        Ok(Some(kept.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    nothing!(None; visit_bytes: &[u8]);
}

/// An element of a list: lists in lists are not followed.
struct Scalar;

impl<'de> DeserializeSeed<'de> for Scalar {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let value = deserializer.deserialize_any(Plain)?;
        Ok(value.filter(|value| !value.is_array()))
    }
}
