//! Lists, and maps with strings as keys.
//!
//! Their constraints are checked when all is read, so what is kept until then is bounded here: a few bytes
//! of a body can stand for a large element, and a body has millions of bytes. What is beyond is counted.

#[cfg(test)]
mod tests;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{LIST_UNEXPECTED, MAP_UNEXPECTED, Text, hint, refuse};

/// A list, of which the first `KEPT` elements are kept: as many as are valid, or a few more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T, const KEPT: usize> {
    kept: Vec<Option<T>>,
    count: usize,
}

impl<T, const KEPT: usize> List<T, KEPT> {
    /// The elements, without those beyond `KEPT`; one is `None` where the caller wrote null.
    pub fn kept(&self) -> &[Option<T>] {
        &self.kept
    }

    /// How many the caller wrote.
    pub fn count(&self) -> usize {
        self.count
    }
}

impl<'de, T: Deserialize<'de>, const KEPT: usize> Deserialize<'de> for List<T, KEPT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T, const KEPT: usize>(PhantomData<T>);
        const EXPECTED: &str = "Expected list or null";
        impl<'de, T: Deserialize<'de>, const KEPT: usize> Visitor<'de> for ListVisitor<T, KEPT> {
            type Value = List<T, KEPT>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                // Grows as elements come: the caller cannot make us reserve.
                let mut kept = Vec::new();
                while kept.len() < KEPT {
                    let Some(element) = seq.next_element()? else {
                        return Ok(List { count: kept.len(), kept });
                    };
                    kept.push(element);
                }
                let mut count = kept.len();
                while seq.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(List { kept, count })
            }
            fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
                Err(de::Error::custom(MAP_UNEXPECTED))
            }
            refuse!(@scalars EXPECTED);
        }
        hint::read(deserializer, hint::LIST, ListVisitor::<T, KEPT>(PhantomData))
    }
}

/// A map, in the caller's order, of which the first `KEPT` entries are kept; a key given twice is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map<'a, T, const KEPT: usize> {
    kept: Vec<(Text<'a>, T)>,
    count: usize,
}

/// Tags: a map of strings that keeps one more than any operation takes.
pub type Tags<'a> = Map<'a, Text<'a>, 201>;

impl<T, const KEPT: usize> Default for Map<'_, T, KEPT> {
    fn default() -> Self {
        Self { kept: Vec::new(), count: 0 }
    }
}

impl<'a, T, const N: usize> Map<'a, T, N> {
    /// How many entries are kept.
    pub const KEPT: usize = N;

    /// The entries, without those beyond `KEPT`.
    pub fn kept(&self) -> &[(Text<'a>, T)] {
        &self.kept
    }

    /// The same, given away.
    pub fn into_kept(self) -> Vec<(Text<'a>, T)> {
        self.kept
    }

    /// How many the caller wrote.
    pub fn count(&self) -> usize {
        self.count
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>, const KEPT: usize> Deserialize<'de> for Map<'a, T, KEPT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MapVisitor<T, const KEPT: usize>(PhantomData<T>);
        const EXPECTED: &str = "Expected map or null";
        impl<'de, T: Deserialize<'de>, const KEPT: usize> Visitor<'de> for MapVisitor<T, KEPT> {
            type Value = Map<'de, T, KEPT>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut kept: Vec<(Text<'de>, T)> = Vec::new();
                let mut seen = std::collections::HashSet::new();
                while kept.len() < KEPT {
                    let Some((key, value)) = map.next_entry::<Text<'de>, T>()? else {
                        return Ok(Map { count: kept.len(), kept });
                    };
                    if !seen.insert(key.0.clone()) {
                        return Err(de::Error::custom("Map key given twice"));
                    }
                    kept.push((key, value));
                }
                let mut count = kept.len();
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Map { kept, count })
            }
            fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
                Err(de::Error::custom(LIST_UNEXPECTED))
            }
            refuse!(@scalars EXPECTED);
        }
        let visitor = MapVisitor::<T, KEPT>(PhantomData);
        let read = hint::read(deserializer, hint::MAP, visitor)?;
        Ok(Map { kept: read.kept, count: read.count })
    }
}
