//! What a pattern looks at: JSON that is read no further than it must be (pure).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// How deep lists in lists are looked into.
pub const LISTS_MAX: usize = 8;

/// A value of a record.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node<'a> {
    /// JSON, known to be well formed.
    Json(&'a str),
    /// A text that is no part of any JSON.
    Text(&'a str),
    /// Something that cannot be looked at: bytes that are no text.
    Opaque,
    /// An object that is not written down.
    Members(&'a [(&'static str, Option<Node<'a>>)]),
}

/// A value that holds no others.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    /// As it is written.
    Number(String),
    Text(String),
}

impl<'a> Node<'a> {
    /// The document; nothing if it is no JSON.
    pub(super) fn json(document: &'a [u8]) -> Option<Self> {
        serde_json::from_slice::<&RawValue>(document).ok().map(|raw| Self::Json(raw.get()))
    }

    /// What was put: JSON, else text, else something that cannot be looked at.
    pub(super) fn data(data: &'a [u8]) -> Self {
        let text = || std::str::from_utf8(data).map_or(Self::Opaque, Self::Text);
        Self::json(data).unwrap_or_else(text)
    }

    pub(super) fn is_object(self) -> bool {
        match self {
            Self::Json(text) => text.starts_with('{'),
            Self::Text(_) | Self::Opaque => false,
            Self::Members(_) => true,
        }
    }

    /// Whether fields are missing from it, rather than it being something that cannot have any.
    pub(super) fn is_json(self) -> bool {
        !matches!(self, Self::Text(_) | Self::Opaque)
    }

    /// The value, if it is neither an object nor a list.
    pub(super) fn scalar(self) -> Option<Scalar> {
        let text = match self {
            Self::Json(text) => text,
            Self::Text(text) => return Some(Scalar::Text(text.to_owned())),
            Self::Members(_) | Self::Opaque => return None,
        };
        match text.as_bytes().first()? {
            b'{' | b'[' => None,
            b'"' => serde_json::from_str(text).ok().map(Scalar::Text),
            b'n' => Some(Scalar::Null),
            b't' => Some(Scalar::Bool(true)),
            b'f' => Some(Scalar::Bool(false)),
            _ => Some(Scalar::Number(text.to_owned())),
        }
    }

    /// Whether `holds` of the value, or of one of its items if it is a list.
    pub(super) fn any(self, holds: &mut dyn FnMut(Self) -> bool) -> bool {
        self.any_within(LISTS_MAX, holds)
    }

    fn any_within(self, lists: usize, holds: &mut dyn FnMut(Self) -> bool) -> bool {
        let Self::Json(text) = self else { return holds(self) };
        if !text.starts_with('[') {
            return holds(self);
        }
        if lists == 0 {
            return false;
        }
        let mut is_found = false;
        let mut item = |item: &'a RawValue| {
            is_found = is_found || Self::Json(item.get()).any_within(lists - 1, holds);
        };
        // It is well formed, so nothing fails.
        let _ = serde_json::Deserializer::from_str(text).deserialize_seq(Items(&mut item));
        is_found
    }

    /// What the object has under these names; the last one counts.
    pub(super) fn members(self, names: &[String]) -> Vec<Option<Self>> {
        let mut found = vec![None; names.len()];
        match self {
            Self::Members(members) => {
                for (slot, name) in found.iter_mut().zip(names) {
                    let member = members.iter().find(|(known, _)| known == name);
                    *slot = member.and_then(|(_, node)| *node);
                }
            }
            Self::Json(text) if text.starts_with('{') => {
                let members = Members { names, found: &mut found };
                // It is well formed, so nothing fails.
                let _ = serde_json::Deserializer::from_str(text).deserialize_map(members);
            }
            Self::Json(_) | Self::Text(_) | Self::Opaque => {}
        }
        found
    }
}

/// Gives each item of a list to a function.
struct Items<'f, 'a>(&'f mut dyn FnMut(&'a RawValue));

impl<'a> Visitor<'a> for Items<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            (self.0)(item);
        }
        Ok(())
    }
}

/// Keeps the members of an object that have a wanted name.
struct Members<'f, 'a> {
    names: &'f [String],
    found: &'f mut Vec<Option<Node<'a>>>,
}

impl<'a> Visitor<'a> for Members<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(place) = members.next_key_seed(Place(self.names))? {
            match place.and_then(|place| self.found.get_mut(place)) {
                Some(slot) => {
                    let value: &RawValue = members.next_value()?;
                    *slot = Some(Node::Json(value.get()));
                }
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Where a name stands among those that are wanted.
struct Place<'f>(&'f [String]);

impl<'a> DeserializeSeed<'a> for Place<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'a>>(self, name: D) -> Result<Self::Value, D::Error> {
        name.deserialize_str(self)
    }
}

impl Visitor<'_> for Place<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|wanted| wanted == name))
    }
}
