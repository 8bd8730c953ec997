//! JSON with blobs in base64, as all protocols of AWS that are JSON have them.
//!
//! serde_json looks at each character of a text whether it must be escaped, which none of base64 must. A page of
//! GetRecords is base64 for the most part, and a third of the time that it took to write one went into that look. So
//! a blob goes to the serializer as bytes, for which [`Base64`] has the better way.

use std::io::{self, Write};

use base64_simd::{Out, STANDARD};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Bytes turned into text at a time. A multiple of three, so that only the last part is padded.
const PART: usize = 3 * 1024;

/// Writes `value`, without white space.
///
/// # Errors
/// If a value says that it cannot be written, or a map has keys that are no texts.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Vec<u8>> {
    let mut written = Vec::with_capacity(128);
    append(&mut written, value)?;
    Ok(written)
}

/// Writes `value` behind what is in `written` already.
///
/// # Errors
/// As [`to_vec`]; part of the value may be written then.
pub fn append<T: Serialize + ?Sized>(written: &mut Vec<u8>, value: &T) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(written, Base64))
}

struct Base64;

impl Formatter for Base64 {
    fn write_byte_array<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        bytes: &[u8],
    ) -> io::Result<()> {
        let mut text = [0; PART / 3 * 4];
        writer.write_all(b"\"")?;
        for part in bytes.chunks(PART) {
            writer.write_all(STANDARD.encode(part, Out::from_slice(&mut text)))?;
        }
        writer.write_all(b"\"")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::shape::BlobOut;

    proptest! {
        #[test]
        fn blobs_are_base64(bytes in prop::collection::vec(any::<u8>(), 0..3 * PART)) {
            let expected = format!("{{\"a\":[\"{}\"]}}", STANDARD.encode_to_string(&bytes));
            let value = std::collections::BTreeMap::from([("a", [BlobOut(bytes)])]);
            prop_assert_eq!(to_vec(&value).unwrap(), expected.into_bytes());
        }
    }
}
