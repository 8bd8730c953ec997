//! An event as it is stored: the data of one record, whose key is empty.
//!
//! | bytes | field |
//! |---|---|
//! | 1 | version, 1 |
//! | 8 | number of the event in its log, from 0, without gaps |
//! | 8 | when it happened, ms since 1970 |
//! | . | the event in CloudTrail's format, JSON |

use bytes::Bytes;
use domain::Millis;

const VERSION: u8 = 1;

/// A stored event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) number: u64,
    pub(crate) at: Millis,
    pub(crate) text: String,
}

impl Stored {
    pub(super) fn encode(number: u64, at: Millis, text: &str) -> Bytes {
        let mut data = Vec::with_capacity(17 + text.len());
        data.push(VERSION);
        data.extend_from_slice(&number.to_le_bytes());
        data.extend_from_slice(&at.0.to_le_bytes());
        data.extend_from_slice(text.as_bytes());
        data.into()
    }

    /// Reads it; what is wrong if it is none.
    pub(super) fn decode(data: &[u8]) -> Result<Self, &'static str> {
        let rest = data.strip_prefix(&[VERSION]).ok_or("it has no version that is known")?;
        let (number, rest) = rest.split_first_chunk().ok_or("it is too short")?;
        let (at, text) = rest.split_first_chunk().ok_or("it is too short")?;
        let text = str::from_utf8(text).map_err(|_invalid| "it is not text")?;
        Ok(Self {
            number: u64::from_le_bytes(*number),
            at: Millis(u64::from_le_bytes(*at)),
            text: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_events_are_read_for_ever() {
        let stored = b"\x01\x07\0\0\0\0\0\0\0\xe8\x03\0\0\0\0\0\0{}";
        let event = Stored { number: 7, at: Millis(1000), text: "{}".to_owned() };
        assert_eq!(Stored::encode(7, Millis(1000), "{}"), &stored[..]);
        assert_eq!(Stored::decode(stored), Ok(event));
        for bad in [
            &b""[..],
            b"\x01",
            b"\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            b"\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff",
        ] {
            assert!(Stored::decode(bad).is_err());
        }
    }
}
