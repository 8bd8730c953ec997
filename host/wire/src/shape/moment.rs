//! Times: seconds since the epoch with a fraction in JSON, milliseconds in CBOR and behind the query form's texts, or
//! the text that Lambda writes.

use std::fmt;

use domain::Millis;
use jiff::Timestamp;
use minicbor_serde::tag::Required;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

use super::{hint, refuse};

/// CBOR's tag of times.
const TAG: u64 = 1;

/// A moment in milliseconds since the epoch; may lie before it when it comes from a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

impl From<Millis> for Moment {
    fn from(millis: Millis) -> Self {
        Self(i64::try_from(millis.0).unwrap_or(i64::MAX))
    }
}

impl Moment {
    /// The moment, or the epoch if it lies before that.
    pub fn millis(self) -> Millis {
        Millis(u64::try_from(self.0).unwrap_or(0))
    }

    /// The moment in the calendar, or the last that this knows.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::MAX)
    }
}

impl Serialize for Moment {
    #[expect(clippy::cast_precision_loss, reason = "exact to the millisecond for 200,000 years")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return Required::<TAG, i64>::new(self.0).serialize(serializer);
        }
        serializer.serialize_f64(self.0 as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MomentVisitor {
            /// What one of a whole number is worth.
            unit_ms: i64,
        }
        impl<'de> Visitor<'de> for MomentVisitor {
            type Value = Moment;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("seconds since the epoch")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Moment, E> {
                Ok(Moment(number.saturating_mul(self.unit_ms)))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Moment, E> {
                self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
            }
            #[expect(clippy::cast_possible_truncation, reason = "saturates")]
            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Moment, E> {
                Ok(Moment((seconds * 1000.0).round() as i64))
            }
            refuse!(@bool "can not be converted to milliseconds since epoch");
            refuse!(@text "can not be converted to milliseconds since epoch");
            refuse!(@bytes "can not be converted to milliseconds since epoch");
            refuse!(@containers);
        }
        let unit_ms = if deserializer.is_human_readable() { 1000 } else { 1 };
        hint::read(deserializer, hint::MOMENT, MomentVisitor { unit_ms })
    }
}

/// A moment as Lambda writes some that go out: `2026-11-27T01:02:03.456+0000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Iso(pub Millis);

impl fmt::Display for Iso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Moment::from(self.0).timestamp();
        write!(f, "{}", at.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000"))
    }
}

impl Serialize for Iso {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_milliseconds_and_no_colon_in_its_zone() {
        let text = |ms| Iso(Millis(ms)).to_string();
        assert_eq!(text(1_795_741_323_456), "2026-11-27T01:02:03.456+0000");
        assert_eq!(text(0), "1970-01-01T00:00:00.000+0000");
        assert_eq!(text(1), "1970-01-01T00:00:00.001+0000");
        assert_eq!(text(u64::MAX), "9999-12-30T22:00:00.999+0000");
    }

    #[test]
    fn round_trips_to_the_millisecond() {
        let read = |json: &str| serde_json::from_str::<Moment>(json).unwrap();
        assert_eq!(read("1441215410.867"), Moment(1_441_215_410_867));
        assert_eq!(read("1.441215410867E9"), Moment(1_441_215_410_867));
        assert_eq!(read("5"), Moment(5000));
        assert_eq!(serde_json::to_string(&Moment(1_441_215_410_867)).unwrap(), "1441215410.867");
    }
}
