//! Members as they come and go: strings, numbers, blobs, times and lists, which tell a wrong type in AWS's
//! words and borrow from the body where they can.
//!
//! One type serves every protocol. Where protocols differ, which is with blobs and times, serde's word for CBOR
//! is a format that is not for people to read.

mod blob;
pub(crate) mod hint;
mod list;
mod moment;
mod scalar;
mod structure;

pub use blob::{Blob, BlobOut};
pub use list::{List, Map, Tags};
pub use moment::{Iso, Moment};
pub use scalar::{Double, Flag, Int, Text};
pub use structure::Structure;

const LIST_UNEXPECTED: &str = "Start of list found where not expected";
const MAP_UNEXPECTED: &str = "Start of structure or map found where not expected.";

/// The visitor methods that refuse what is no `$wanted`, except those named.
macro_rules! refuse {
    (@bool $tail:expr) => {
        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
            Err(E::custom(format_args!("class java.lang.Boolean {}", $tail)))
        }
    };
    (@number $tail:expr) => {
        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
            Err(E::custom(format_args!(
                "class com.amazon.coral.value.json.numbers.TruncatingBigNumber {}",
                $tail
            )))
        }
        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
            self.visit_i64(0)
        }
        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
            self.visit_i64(0)
        }
    };
    (@text $tail:expr) => {
        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> {
            Err(E::custom(format_args!("class java.lang.String {}", $tail)))
        }
    };
    (@bytes $tail:expr) => {
        fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<Self::Value, E> {
            Err(E::custom(format_args!("class java.nio.HeapByteBuffer {}", $tail)))
        }
    };
    (@scalars $text:expr) => {
        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
            Err(E::custom($text))
        }
        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
            Err(E::custom($text))
        }
        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
            Err(E::custom($text))
        }
        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
            Err(E::custom($text))
        }
        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> {
            Err(E::custom($text))
        }
        fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<Self::Value, E> {
            Err(E::custom($text))
        }
    };
    (@containers) => {
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            Err(serde::de::Error::custom(crate::shape::LIST_UNEXPECTED))
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            Err(serde::de::Error::custom(crate::shape::MAP_UNEXPECTED))
        }
    };
}
use refuse;
