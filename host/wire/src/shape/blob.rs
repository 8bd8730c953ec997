//! Blobs: base64 in JSON, byte strings in CBOR.

use std::borrow::Cow;
use std::fmt;

use base64_simd::{AsOut, STANDARD};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

use super::{hint, refuse};

/// Bytes that came in, still as they were written: checked, and decoded or copied once, straight to where they
/// are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob<'a> {
    written: Written<'a>,
    length: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Written<'a> {
    /// Checked.
    Base64(Cow<'a, str>),
    Plain(Cow<'a, [u8]>),
}

impl<'a> Blob<'a> {
    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Writes the bytes to `out`.
    ///
    /// # Panics
    /// If `out` is not [`Blob::len`] bytes long.
    pub fn decode_into(&self, out: &mut [u8]) {
        assert_eq!(out.len(), self.length, "the caller makes room for exactly the blob");
        match &self.written {
            Written::Base64(text) => {
                let decoded = STANDARD.decode(text.as_bytes(), out.as_out());
                debug_assert!(decoded.is_ok(), "the text was checked when it was read");
            }
            Written::Plain(bytes) => out.copy_from_slice(bytes),
        }
    }

    /// The bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.length];
        self.decode_into(&mut bytes);
        bytes
    }

    fn of_base64(text: Cow<'a, str>) -> Result<Self, String> {
        match STANDARD.check(text.as_bytes()) {
            Ok(()) => {
                let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
                let length = text.len() / 4 * 3 - padding;
                Ok(Self { length, written: Written::Base64(text) })
            }
            Err(_) => Err(complaint(&text)),
        }
    }

    fn plain(bytes: Cow<'a, [u8]>) -> Self {
        Self { length: bytes.len(), written: Written::Plain(bytes) }
    }
}

/// What AWS says of text that is no base64.
fn complaint(text: &str) -> String {
    let shown = &text[..text.floor_char_boundary(256)];
    let head = format!("'{shown}' can not be converted to a Blob: ");
    let length = text.len();
    if !length.is_multiple_of(4) {
        return format!(
            "{head}Base64 encoded length is expected a multiple of 4 bytes but found: {length}"
        );
    }
    let mut before = None;
    for char in text.chars() {
        if before == Some('=') && char != '=' {
            return format!("{head}Invalid Base64 character: '='");
        }
        if !(char.is_ascii_alphanumeric() || matches!(char, '+' | '/' | '=')) {
            return format!("{head}Invalid Base64 character: '{char}'");
        }
        before = Some(char);
    }
    // The spelling is AWS's.
    format!("{head}Invalid last non-pad Base64 character dectected")
}

impl<'de: 'a, 'a> Deserialize<'de> for Blob<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let is_text = deserializer.is_human_readable();
        hint::read(deserializer, hint::BLOB, BlobVisitor { is_text })
    }
}

struct BlobVisitor {
    /// Whether text is base64, or no blob at all.
    is_text: bool,
}

impl BlobVisitor {
    fn text<'a, E: de::Error>(&self, text: Cow<'a, str>) -> Result<Blob<'a>, E> {
        if !self.is_text {
            return Err(E::custom("class java.lang.String can not be converted to a Blob"));
        }
        Blob::of_base64(text).map_err(E::custom)
    }
}

impl<'de> Visitor<'de> for BlobVisitor {
    type Value = Blob<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a blob")
    }
    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Blob<'de>, E> {
        self.text(Cow::Borrowed(text))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Blob<'de>, E> {
        self.text(Cow::Owned(text.to_owned()))
    }
    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Blob<'de>, E> {
        Ok(Blob::plain(Cow::Borrowed(bytes)))
    }
    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Blob<'de>, E> {
        Ok(Blob::plain(Cow::Owned(bytes.to_vec())))
    }
    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Blob<'de>, E> {
        Ok(Blob::plain(Cow::Owned(bytes)))
    }
    refuse!(@bool "can not be converted to a Blob");
    refuse!(@number "can not be converted to a Blob");
    refuse!(@containers);
}

/// Bytes that go out. In JSON they are base64 if [`crate::json`] writes it; serde_json by itself would make a list of
/// numbers of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobOut<B>(pub B);

impl<B: AsRef<[u8]>> Serialize for BlobOut<B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn round_trips(bytes in any::<Vec<u8>>()) {
            let json = crate::json::to_vec(&BlobOut(&bytes)).unwrap();
            let blob: Blob<'_> = serde_json::from_slice(&json).unwrap();
            prop_assert_eq!(blob.len(), bytes.len());
            prop_assert_eq!(blob.to_vec(), bytes);
        }

        #[test]
        fn never_panics(text in "[A-Za-z0-9+/=é ]{0,40}") {
            if let Ok(blob) = Blob::of_base64(Cow::Borrowed(&text)) {
                prop_assert_eq!(blob.to_vec().len(), blob.len());
            }
        }
    }

    #[test]
    fn complaints_are_those_of_aws() {
        let told = |text: &str| Blob::of_base64(Cow::Borrowed(text)).unwrap_err();
        assert_eq!(
            told("A"),
            "'A' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 \
             bytes but found: 1"
        );
        assert_eq!(
            told("AA$A"),
            "'AA$A' can not be converted to a Blob: Invalid Base64 character: '$'"
        );
        assert_eq!(
            told("=+/="),
            "'=+/=' can not be converted to a Blob: Invalid Base64 character: '='"
        );
        assert!(told("+/+=").ends_with("Invalid last non-pad Base64 character dectected"));
    }
}
