//! What a pattern looks at: JSON that is read no further than it must be (pure).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::effort::Effort;

/// How deep lists in lists are looked into.
pub const LISTS_MAX: usize = 8;

/// What an item of a list, or a member of an object, takes beside its bytes.
const ITEM_STEPS: usize = 8;

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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    /// As it is written.
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
}

impl Scalar<'_> {
    pub(super) fn into_owned(self) -> Scalar<'static> {
        match self {
            Self::Null => Scalar::Null,
            Self::Bool(bool) => Scalar::Bool(bool),
            Self::Number(text) => Scalar::Number(text.into_owned().into()),
            Self::Text(text) => Scalar::Text(text.into_owned().into()),
        }
    }
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
    pub(super) fn scalar(self) -> Option<Scalar<'a>> {
        let text = match self {
            Self::Json(text) => text,
            Self::Text(text) => return Some(Scalar::Text(text.into())),
            Self::Members(_) | Self::Opaque => return None,
        };
        match text.as_bytes().first()? {
            b'{' | b'[' => None,
            b'"' => decoded(text).map(Scalar::Text),
            b'n' => Some(Scalar::Null),
            b't' => Some(Scalar::Bool(true)),
            b'f' => Some(Scalar::Bool(false)),
            _ => Some(Scalar::Number(text.into())),
        }
    }

    /// Gives the value, or each of its items if it is a list, to a function as long as that says that it goes on.
    pub(super) fn each(self, effort: &Effort, look: &mut dyn FnMut(Self) -> bool) {
        self.each_within(LISTS_MAX, effort, look);
    }

    fn each_within(
        self,
        lists: usize,
        effort: &Effort,
        look: &mut dyn FnMut(Self) -> bool,
    ) -> bool {
        let text = match self {
            Self::Json(text) if text.starts_with('[') => text,
            Self::Json(_) | Self::Text(_) | Self::Opaque | Self::Members(_) => return look(self),
        };
        if lists == 0 {
            return true;
        }
        let mut goes_on = effort.spend(text.len());
        let mut item = |item: &'a RawValue| {
            goes_on = goes_on
                && effort.spend(ITEM_STEPS)
                && Self::Json(item.get()).each_within(lists - 1, effort, look);
        };
        // It is well formed, so nothing fails.
        let _ = serde_json::Deserializer::from_str(text).deserialize_seq(Items(&mut item));
        goes_on
    }

    /// What the object has in these places of names; the last one of a name counts.
    pub(super) fn members(
        self,
        places: &BTreeMap<String, usize>,
        effort: &Effort,
    ) -> Vec<Option<Self>> {
        let mut found = vec![None; places.len()];
        match self {
            Self::Members(members) => {
                for (name, node) in members {
                    let slot = places.get(*name).and_then(|place| found.get_mut(*place));
                    slot.into_iter().for_each(|slot| *slot = *node);
                }
            }
            Self::Json(text) if text.starts_with('{') => {
                if effort.spend(text.len()) {
                    let members = Members { places, effort, found: &mut found };
                    // It is well formed, so nothing fails.
                    let _ = serde_json::Deserializer::from_str(text).deserialize_map(members);
                }
            }
            Self::Json(_) | Self::Text(_) | Self::Opaque => {}
        }
        found
    }
}

/// What a JSON text stands for.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('\\') {
        return serde_json::from_str(text).ok().map(Cow::Owned);
    }
    text.strip_prefix('"')?.strip_suffix('"').map(Cow::Borrowed)
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
    places: &'f BTreeMap<String, usize>,
    effort: &'f Effort,
    found: &'f mut Vec<Option<Node<'a>>>,
}

impl<'a> Visitor<'a> for Members<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(place) = members.next_key_seed(Place(self.places))? {
            self.effort.spend(ITEM_STEPS);
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
struct Place<'f>(&'f BTreeMap<String, usize>);

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
        Ok(self.0.get(name).copied())
    }
}
