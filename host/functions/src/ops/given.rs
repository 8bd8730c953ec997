//! Members that are looked at only to see whether they ask for anything.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use wire::shape::Text;

/// Whether a member asks for anything: null, false, `""`, and lists and structures of nothing but such do not,
/// which is how deployment tools write what they do not use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Given(pub(super) bool);

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct GivenVisitor;
        impl<'de> Visitor<'de> for GivenVisitor {
            type Value = Given;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Given, E> {
                Ok(Given(value))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Given, E> {
                Ok(Given(true))
            }
            fn visit_u64<E>(self, _: u64) -> Result<Given, E> {
                Ok(Given(true))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Given, E> {
                Ok(Given(true))
            }
            fn visit_str<E>(self, text: &str) -> Result<Given, E> {
                Ok(Given(!text.is_empty()))
            }
            fn visit_unit<E>(self) -> Result<Given, E> {
                Ok(Given(false))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Given, A::Error> {
                let mut given = false;
                while let Some(Given(element)) = seq.next_element()? {
                    given |= element;
                }
                Ok(Given(given))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
                let mut given = false;
                while let Some((_, Given(value))) = map.next_entry::<Text<'de>, Given>()? {
                    given |= value;
                }
                Ok(Given(given))
            }
        }
        deserializer.deserialize_any(GivenVisitor)
    }
}

/// Environment variables, in the caller's order, of which the first [`Variables::KEPT`] are kept; a name given
/// twice is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Variables<'a> {
    pub(super) kept: Vec<(Text<'a>, Text<'a>)>,
    pub(super) is_cut: bool,
}

impl Variables<'_> {
    /// More than fit into 4 KiB: each takes eight bytes at least.
    pub(super) const KEPT: usize = 513;
}

impl<'de: 'a, 'a> Deserialize<'de> for Variables<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct VariablesVisitor;
        impl<'de> Visitor<'de> for VariablesVisitor {
            type Value = Variables<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found = Variables::default();
                let mut seen = std::collections::HashSet::new();
                while let Some((name, value)) = map.next_entry::<Text<'de>, Text<'de>>()? {
                    if found.kept.len() == Variables::KEPT {
                        found.is_cut = true;
                        continue;
                    }
                    if !seen.insert(name.0.clone()) {
                        return Err(serde::de::Error::custom("Map key given twice"));
                    }
                    found.kept.push((name, value));
                }
                Ok(found)
            }
        }
        deserializer.deserialize_map(VariablesVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asks_for_nothing_is_not_given() {
        for json in ["null", "false", "\"\"", "[]", "{}", r#"{"SubnetIds":[],"B":{"C":[null,""]}}"#]
        {
            assert_eq!(serde_json::from_str::<Given>(json).unwrap(), Given(false), "{json}");
        }
        for json in ["true", "0", "1.5", "\"x\"", "[1]", r#"{"A":{"B":["x"]}}"#] {
            assert_eq!(serde_json::from_str::<Given>(json).unwrap(), Given(true), "{json}");
        }
    }

    #[test]
    fn variables_are_kept_up_to_a_bound() {
        let many: Vec<String> = (0..600).map(|at| format!("\"V{at}\":\"\"")).collect();
        let json = format!("{{{}}}", many.join(","));
        let read: Variables<'_> = serde_json::from_str(&json).unwrap();
        assert_eq!((read.kept.len(), read.is_cut), (Variables::KEPT, true));
        assert!(serde_json::from_str::<Variables<'_>>(r#"{"A":"1","A":"2"}"#).is_err());
        assert!(serde_json::from_str::<Variables<'_>>(r#"{"A":1}"#).is_err());
    }
}
