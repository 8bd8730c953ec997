//! Structures, which a list is not.

use serde::de::{Deserialize, Deserializer, Visitor};

/// A structure as derived by serde, except that a list of its members in order, which serde takes as well,
/// is refused as AWS refuses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Structure<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Structure<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(AsMap(deserializer)).map(Self)
    }
}

/// Asks for a map where a structure is due.
struct AsMap<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for AsMap<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::protocol::Protocol;
    use crate::shape::{Int, List};

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Outer {
        limit: Option<Int>,
        inner: Option<List<Structure<Inner>, 9>>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Inner {
        limit: Option<Int>,
    }

    #[test]
    fn lists_are_refused_at_every_depth() {
        let told = |json: &'static str| {
            let read = Protocol::AwsJson11.decode::<Outer>(json.as_bytes());
            read.unwrap_err().message.unwrap()
        };
        let list = "Start of list found where not expected";
        assert_eq!(told("[]"), list);
        assert_eq!(told("[1]"), list);
        assert_eq!(told(r#"{"Inner":[[5]]}"#), list);
        assert_eq!(told(r#"{"Inner":[5]}"#), "Expected null");
        assert_eq!(told(r#"{"Inner":["x"]}"#), "Expected null");
    }

    #[test]
    fn structures_are_read_as_derived() {
        let read = Protocol::AwsJson11
            .decode::<Outer>(br#"{"Inner":[{"Limit":5,"Other":[1]},null],"Limit":null}"#)
            .unwrap();
        let inner = Structure(Inner { limit: Some(Int(5)) });
        assert_eq!(read.limit, None);
        assert_eq!(read.inner.unwrap().kept(), [Some(inner), None]);
    }
}
