//! Strings, numbers and booleans.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};

use super::{hint, refuse};

/// A string, borrowed from the body unless it has escapes or came in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a>(pub Cow<'a, str>);

impl Text<'_> {
    /// The string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
            refuse!(@bool "can not be converted to an String");
            refuse!(@number "can not be converted to an String");
            refuse!(@bytes "can not be converted to an String");
            refuse!(@containers);
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// A whole number. AWS cuts fractions and holds the rest within 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int(pub i64);

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IntVisitor;
        impl<'de> Visitor<'de> for IntVisitor {
            type Value = Int;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Int, E> {
                Ok(Int(number.clamp(i32::MIN.into(), i32::MAX.into())))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Int, E> {
                Ok(Int(i64::from(i32::try_from(number).unwrap_or(i32::MAX))))
            }
            #[expect(clippy::cast_possible_truncation, reason = "saturates, as AWS does")]
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Int, E> {
                self.visit_i64(number.floor() as i64)
            }
            refuse!(@bool "can not be converted to an Integer");
            refuse!(@text "can not be converted to an Integer");
            refuse!(@bytes "can not be converted to an Integer");
            refuse!(@containers);
        }
        hint::read(deserializer, hint::INT, IntVisitor)
    }
}

/// A number with a fraction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Double(pub f64);

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DoubleVisitor;
        impl<'de> Visitor<'de> for DoubleVisitor {
            type Value = Double;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            #[expect(clippy::cast_precision_loss, reason = "as every reader of JSON's numbers")]
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Double, E> {
                Ok(Double(number as f64))
            }
            #[expect(clippy::cast_precision_loss, reason = "as every reader of JSON's numbers")]
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Double, E> {
                Ok(Double(number as f64))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Double, E> {
                Ok(Double(number))
            }
            refuse!(@bool "can not be converted to a Double");
            refuse!(@text "can not be converted to a Double");
            refuse!(@bytes "can not be converted to a Double");
            refuse!(@containers);
        }
        hint::read(deserializer, hint::DOUBLE, DoubleVisitor)
    }
}

/// A boolean; AWS takes some words for it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FlagVisitor;
        impl<'de> Visitor<'de> for FlagVisitor {
            type Value = Flag;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean")
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Flag, E> {
                Ok(Flag(value))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Flag, E> {
                match text.to_ascii_lowercase().as_str() {
                    "true" | "1" | "yes" => Ok(Flag(true)),
                    "false" | "0" | "no" => Ok(Flag(false)),
                    _ => {
                        let shown: String = text.to_uppercase().chars().take(64).collect();
                        let text = format!("'{shown}' can not be converted to an Boolean");
                        Err(E::custom(text))
                    }
                }
            }
            refuse!(@number "can not be converted to an Boolean");
            refuse!(@bytes "can not be converted to an Boolean");
            refuse!(@containers);
        }
        deserializer.deserialize_any(FlagVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Protocol;

    fn told<'a, T: Deserialize<'a> + fmt::Debug>(json: &'a str) -> String {
        Protocol::AwsJson11.decode::<T>(json.as_bytes()).unwrap_err().message.unwrap()
    }

    #[test]
    fn wrong_types_are_told_in_the_words_of_aws() {
        let number = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";
        assert_eq!(
            told::<Text<'_>>("true"),
            "class java.lang.Boolean can not be converted to an String"
        );
        assert_eq!(told::<Text<'_>>("1.5"), format!("{number} can not be converted to an String"));
        assert_eq!(told::<Text<'_>>("[]"), "Start of list found where not expected");
        assert_eq!(told::<Text<'_>>("{}"), "Start of structure or map found where not expected.");
        assert_eq!(
            told::<Int>("\"2\""),
            "class java.lang.String can not be converted to an Integer"
        );
        assert_eq!(told::<Flag>("\"maybe\""), "'MAYBE' can not be converted to an Boolean");
        assert_eq!(told::<Flag>("2"), format!("{number} can not be converted to an Boolean"));
    }

    #[test]
    fn integers_are_cut_and_held_within_32_bits() {
        let read = |json: &str| Protocol::AwsJson11.decode::<Int>(json.as_bytes()).unwrap().0;
        assert_eq!(read("100000000000"), 2_147_483_647);
        assert_eq!(read("-100000000000"), -2_147_483_648);
        assert_eq!(read("5.9"), 5);
        assert_eq!(read("1e300"), 2_147_483_647);
    }

    #[test]
    fn strings_are_borrowed_unless_escaped() {
        let read = |json: &'static str| Protocol::AwsJson11.decode::<Text<'_>>(json.as_bytes());
        assert!(matches!(read("\"plain\"").unwrap().0, Cow::Borrowed("plain")));
        assert!(matches!(read("\"a\\u0062\"").unwrap().0, Cow::Owned(text) if text == "ab"));
    }
}
