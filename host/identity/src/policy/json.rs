//! JSON as a tree that keeps what serde's own tree drops: a name given twice is an error here, because two
//! readers could take two values.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::error::Quoted;

/// A policy needs six levels, from the document down to a value of a condition.
const DEPTH_MAX: usize = 8;

/// Whole numbers above it have lost digits when they come as a floating-point number.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// A value, with members in the order in which they were written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// A whole one, in decimal digits.
    Number(String),
    /// With a point or an exponent, of which there is more than one way to write it.
    Fraction(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads exactly one value. The error says what is wrong, and where by line and column.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let value = Level(DEPTH_MAX).deserialize(&mut deserializer);
        let value = value.and_then(|value| deserializer.end().map(|()| value));
        value.map_err(|error| error.to_string())
    }
}

/// How many levels may follow.
struct Level(usize);

impl Level {
    fn below<E: Error>(&self) -> Result<Self, E> {
        let deeper = self.0.checked_sub(1).map(Self);
        deeper.ok_or_else(|| E::custom("it is nested deeper than any policy"))
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        let is_exact = value.abs() < EXACT_MAX;
        let number = is_exact.then(|| Json::Fraction(value.to_string()));
        number.ok_or_else(|| E::custom("a number is too long to be exact; put it in quotes"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.below()?)? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut object: Vec<(String, Json)> = Vec::new();
        let mut names = BTreeSet::new();
        while let Some(name) = entries.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format_args!("{} is given twice", Quoted(&name))));
            }
            object.push((name, entries.next_value_seed(self.below()?)?));
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_was_written() {
        let text = r#"{"a": [1, -2, 0.25, true, null, "x"], "b": {}}"#;
        let number = |text: &str| Json::Number(text.to_owned());
        let list = vec![
            number("1"),
            number("-2"),
            Json::Fraction("0.25".to_owned()),
            Json::Bool(true),
            Json::Null,
            Json::Text("x".to_owned()),
        ];
        let object =
            vec![("a".to_owned(), Json::List(list)), ("b".to_owned(), Json::Object(Vec::new()))];
        assert_eq!(Json::parse(text), Ok(Json::Object(object)));
    }

    #[test]
    fn what_two_readers_could_take_differently_is_refused_with_its_place() {
        let cases = [
            (r#"{"a": 1, "a": 1}"#, "\"a\" is given twice at line 1 column 12"),
            (r#"{"a": {"b": 1, "\u0062": 2}}"#, "\"b\" is given twice"),
            ("{} {}", "trailing characters"),
            ("{", "EOF while parsing"),
            ("[100000000000000000000]", "too long to be exact"),
            ("[[[[[[[[[[1]]]]]]]]]]", "nested deeper"),
        ];
        for (text, part) in cases {
            let error = Json::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn depth_is_bounded_long_before_the_stack_is() {
        let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Json::parse(&text).is_err());
    }
}
