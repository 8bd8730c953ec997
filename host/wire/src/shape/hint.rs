//! What a member is, told to formats whose bytes do not show it: in the query form all is text.
//!
//! serde's way to name a value is a newtype; formats that show what they bring pass it through.

use std::fmt;

use serde::de::{Deserializer, Visitor};

pub(crate) const BLOB: &str = "wire::Blob";
pub(crate) const DOUBLE: &str = "wire::Double";
pub(crate) const INT: &str = "wire::Int";
pub(crate) const LIST: &str = "wire::List";
pub(crate) const MAP: &str = "wire::Map";
pub(crate) const MOMENT: &str = "wire::Moment";

/// Reads with `visitor` whatever comes, saying what is wanted.
pub(super) fn read<'de, D: Deserializer<'de>, V: Visitor<'de>>(
    deserializer: D,
    hint: &'static str,
    visitor: V,
) -> Result<V::Value, D::Error> {
    deserializer.deserialize_newtype_struct(hint, Hinted(visitor))
}

struct Hinted<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Hinted<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        inner.deserialize_any(self.0)
    }
}
