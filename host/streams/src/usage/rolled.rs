//! A record of a usage log: what one stream used in an hour.
//!
//! The page `host/docs/formats/usage.md` is the reference.

use domain::{Millis, Region, StreamId, StreamName};
use storage::codec::{Decoded, Reader, Writer};

use super::Quantities;

const VERSION: u8 = 2;
/// What was written before extended retention was counted.
const VERSION_1: u8 = 1;

/// What a stream used since it was written down last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rolled {
    /// When the hour began.
    pub(super) hour: Millis,
    pub(super) stream: StreamId,
    pub(super) region: Region,
    pub(super) name: StreamName,
    pub(super) quantities: Quantities,
}

impl Rolled {
    pub(super) fn encode(&self) -> bytes::Bytes {
        let mut value = Writer::new(VERSION);
        value.u64(self.hour.0);
        value.u64(self.stream.0);
        value.text(self.region.as_str());
        value.text(self.name.as_str());
        self.quantities.list().into_iter().for_each(|count| value.u64(count));
        value.finish()
    }

    pub(super) fn decode(value: &[u8]) -> Decoded<Self> {
        let (version, counts) = match value.first() {
            Some(&VERSION_1) => (VERSION_1, Quantities::COUNT_1),
            _ => (VERSION, Quantities::COUNT),
        };
        let mut reader = Reader::new(version, value)?;
        let (hour, stream) = (Millis(reader.u64()?), StreamId(reader.u64()?));
        let (region, name) = (reader.parsed()?, reader.parsed()?);
        let mut list = [0; Quantities::COUNT];
        for count in list.iter_mut().take(counts) {
            *count = reader.u64()?;
        }
        reader.end()?;
        Ok(Self { hour, stream, region, name, quantities: Quantities::of(list) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rolled(last: u64) -> Rolled {
        Rolled {
            hour: Millis(3_600_000),
            stream: StreamId(5),
            region: "us-east-1".parse().unwrap(),
            name: "a".parse().unwrap(),
            quantities: Quantities::of([1, 2, 3, 4, 5, 6, 7, 8, 9, 258, last]),
        }
    }

    /// The record in the first layout.
    fn bytes_1() -> Vec<u8> {
        let mut bytes = vec![1, 0x80, 0xee, 0x36, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend(b"\x09\0us-east-1\x01\0a");
        (1..10).for_each(|count: u8| bytes.extend([count, 0, 0, 0, 0, 0, 0, 0]));
        bytes.extend([2, 1, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn records_keep_their_bytes() {
        let mut bytes = bytes_1();
        bytes[0] = 2;
        bytes.extend([11, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(&rolled(11).encode()[..], bytes);
        assert_eq!(Rolled::decode(&bytes), Ok(rolled(11)));
        bytes.push(0);
        assert!(Rolled::decode(&bytes).is_err());
    }

    #[test]
    fn records_of_the_first_layout_are_read() {
        let mut bytes = bytes_1();
        assert_eq!(Rolled::decode(&bytes), Ok(rolled(0)));
        bytes.push(0);
        assert!(Rolled::decode(&bytes).is_err());
    }

    proptest! {
        #[test]
        fn anything_else_is_refused_without_a_panic(
            mut value in any::<Vec<u8>>(),
            version in VERSION_1..=VERSION,
        ) {
            if let Some(first) = value.first_mut() {
                *first = version;
            }
            let _ = Rolled::decode(&value);
        }
    }
}
