//! Lists and maps of strings.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{LIST_UNEXPECTED, MAP_UNEXPECTED, Text};

/// A list; an element is `None` where the caller wrote null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T>(pub Vec<Option<T>>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(PhantomData<T>);
        const EXPECTED: &str = "Expected list or null";
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                // Grows as elements come: the caller cannot make us reserve.
                let mut list = Vec::new();
                while let Some(element) = seq.next_element()? {
                    list.push(element);
                }
                Ok(List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<List<T>, A::Error> {
                Err(de::Error::custom(MAP_UNEXPECTED))
            }
            fn visit_bool<E: de::Error>(self, _: bool) -> Result<List<T>, E> {
                Err(E::custom(EXPECTED))
            }
            fn visit_i64<E: de::Error>(self, _: i64) -> Result<List<T>, E> {
                Err(E::custom(EXPECTED))
            }
            fn visit_u64<E: de::Error>(self, _: u64) -> Result<List<T>, E> {
                Err(E::custom(EXPECTED))
            }
            fn visit_f64<E: de::Error>(self, _: f64) -> Result<List<T>, E> {
                Err(E::custom(EXPECTED))
            }
            fn visit_str<E: de::Error>(self, _: &str) -> Result<List<T>, E> {
                Err(E::custom(EXPECTED))
            }
        }
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

/// A map of strings, in the caller's order; a key given twice is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags<'a>(pub Vec<(Text<'a>, Text<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Tags<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TagsVisitor;
        const EXPECTED: &str = "Expected map or null";
        impl<'de> Visitor<'de> for TagsVisitor {
            type Value = Tags<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tags<'de>, A::Error> {
                let mut tags: Vec<(Text<'de>, Text<'de>)> = Vec::new();
                let mut seen = std::collections::HashSet::new();
                while let Some((key, value)) = map.next_entry::<Text<'de>, Text<'de>>()? {
                    if !seen.insert(key.0.clone()) {
                        return Err(de::Error::custom("Map key given twice"));
                    }
                    tags.push((key, value));
                }
                Ok(Tags(tags))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Tags<'de>, A::Error> {
                Err(de::Error::custom(LIST_UNEXPECTED))
            }
            fn visit_bool<E: de::Error>(self, _: bool) -> Result<Tags<'de>, E> {
                Err(E::custom(EXPECTED))
            }
            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Tags<'de>, E> {
                Err(E::custom(EXPECTED))
            }
            fn visit_u64<E: de::Error>(self, _: u64) -> Result<Tags<'de>, E> {
                Err(E::custom(EXPECTED))
            }
            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Tags<'de>, E> {
                Err(E::custom(EXPECTED))
            }
            fn visit_str<E: de::Error>(self, _: &str) -> Result<Tags<'de>, E> {
                Err(E::custom(EXPECTED))
            }
        }
        deserializer.deserialize_any(TagsVisitor)
    }
}
