//! Sealed frames: what was sealed opens with its key and header, and nothing else does.

use std::sync::Arc;

use domain::Millis;
use proptest::prelude::*;

use super::*;
use crate::frame::{CHAIN_START, Origin, Press, Tail};
use crate::testing::Toy;
use crate::{Append, LogId, RecordsBuilder, Term};

const ORIGIN: Origin = Origin { log: LogId(7), term: Term(3), version: 9, id: None };

fn append(data: &[&[u8]], arrival: u64, key: Option<u64>) -> Append {
    let mut builder = RecordsBuilder::default();
    data.iter().for_each(|data| builder.push(b"key", data));
    let cipher = key.map(|key| Arc::new(Toy::new(key)) as Arc<dyn Cipher>);
    let records = builder.finish().sealed_with(cipher);
    Append { log: ORIGIN.log, records, arrival: Millis(arrival) }
}

fn frames(appends: &[Append]) -> Vec<Arc<Frame>> {
    Tail::default().append(&mut Press::default(), ORIGIN, appends).0
}

fn texts(frame: &Frame) -> Vec<(Vec<u8>, u64, bool)> {
    let records = frame.records();
    records.map(|(_, it)| (it.data.to_vec(), it.arrival.0, it.is_sealed)).collect()
}

/// The same frame with other bytes, and a checksum that fits them.
fn forged(frame: &Frame, change: impl FnOnce(&mut [u8])) -> Result<Frame> {
    let mut bytes = frame.bytes().to_vec();
    let end = bytes.len() - TRAILER_BYTES;
    change(&mut bytes[..end]);
    let crc = crc32c::crc32c(&bytes[..end]).to_le_bytes();
    bytes[end..].copy_from_slice(&crc);
    Frame::decode(bytes.into(), frame.chain())
}

proptest! {
    #[test]
    fn opens_as_it_was_and_with_its_key_only(
        appends in prop::collection::vec(
            (prop::collection::vec(any::<Vec<u8>>(), 1..5), 0..3u64), 1..8
        )
    ) {
        let mut at = 100;
        let mut wanted = Vec::new();
        let built: Vec<Append> = appends.iter().map(|(data, later)| {
            at += later;
            wanted.extend(data.iter().map(|data| (data.clone(), at, true)));
            append(&data.iter().map(|it| &it[..]).collect::<Vec<_>>(), at, Some(5))
        }).collect();
        let frames = frames(&built);
        prop_assert_eq!(frames.len(), 1);
        let frame = Frame::decode(frames[0].bytes().clone(), frames[0].chain()).unwrap();
        prop_assert!(frame.follows(&CHAIN_START));
        prop_assert_eq!(frame.key().map(KeyId::get), Some(5));
        prop_assert!(!frame.is_open());
        let arrivals: Vec<u64> = frame.places().map(|(_, at)| at.0).collect();
        prop_assert_eq!(arrivals, wanted.iter().map(|it| it.1).collect::<Vec<_>>());
        prop_assert!(frame.open(&Toy::new(6)).is_err());
        prop_assert!(!frame.is_open());
        frame.open(&Toy::new(5)).unwrap();
        prop_assert_eq!(texts(&frame), wanted);
    }

    #[test]
    fn a_flipped_bit_is_found_without_the_key(at in any::<prop::sample::Index>(), bit in 0..8u32) {
        let frame = &frames(&[append(&[b"one", b"two"], 1, Some(5))])[0];
        let mut bytes = frame.bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(Frame::decode(bytes.into(), frame.chain()).is_err());
    }

    #[test]
    fn any_body_is_survived(body in any::<Vec<u8>>(), spans in 0..6u32, count in 0..6u32) {
        let frame = &frames(&[append(&[b"one", b"two"], 1, Some(5))])[0];
        let mut bytes = frame.bytes()[..HEADER_BYTES].to_vec();
        bytes[20..24].copy_from_slice(&count.to_le_bytes());
        bytes[60..64].copy_from_slice(&spans.to_le_bytes());
        bytes.extend_from_slice(&body);
        let crc = crc32c::crc32c(&bytes);
        bytes.put_u32_le(crc);
        if let Ok(frame) = Frame::decode(bytes.into(), CHAIN_START) {
            prop_assert!(frame.open(&Toy::new(5)).is_err());
            prop_assert_eq!(frame.places().count(), count as usize);
        }
    }
}

#[test]
fn every_bit_is_authenticated() {
    let frame = &frames(&[append(&[b"one", b"two"], 1, Some(5))])[0];
    for at in 0..frame.bytes().len() - TRAILER_BYTES {
        for bit in 0..8 {
            // With a checksum that fits, and whoever has all keys: in vain.
            if let Ok(forged) = forged(frame, |bytes| bytes[at] ^= 1 << bit) {
                let key = forged.key().map_or(5, KeyId::get);
                assert!(forged.open(&Toy::new(key)).is_err(), "byte {at}, bit {bit}");
            }
        }
    }
}

#[test]
fn a_frame_has_one_key_only() {
    let appends = [
        append(&[b"a"], 1, None),
        append(&[b"b"], 1, None),
        append(&[b"c"], 2, Some(5)),
        append(&[b"d"], 2, Some(5)),
        append(&[b"e"], 2, Some(6)),
        append(&[b"f"], 3, None),
    ];
    let frames = frames(&appends);
    let keys: Vec<_> = frames.iter().map(|frame| frame.key().map(KeyId::get)).collect();
    assert_eq!(keys, [None, Some(5), Some(6), None]);
    let counts: Vec<_> = frames.iter().map(|frame| frame.header().count).collect();
    assert_eq!(counts, [2, 2, 1, 1]);
    let mut previous = CHAIN_START;
    for frame in &frames {
        assert!(frame.follows(&previous));
        previous = frame.chain();
        if let Some(key) = frame.key() {
            frame.open(&Toy::new(key.get())).unwrap();
            assert!(!frame.bytes().windows(3).any(|part| part == b"key"));
        }
    }
    let all: Vec<_> =
        frames.iter().flat_map(|frame| texts(frame)).map(|(data, _, _)| data).collect();
    assert_eq!(all.concat(), b"abcdef");
}

#[test]
fn a_body_does_not_open_in_another_frame() {
    let two = [append(&[b"one"], 1, Some(5)), append(&[b"two"], 1, Some(6))];
    let [one, two] = &frames(&two)[..] else { panic!("two keys, two frames") };
    let end = one.bytes().len() - TRAILER_BYTES;
    let moved = forged(two, |bytes| {
        // All but the place: key, nonce, spans and body.
        bytes[88..].copy_from_slice(&one.bytes()[88..end]);
    });
    assert!(moved.unwrap().open(&Toy::new(5)).is_err());
}

#[test]
fn weight_is_counted_without_the_key() {
    let frame = &frames(&[append(&[b"one", b"two", b"six"], 1, Some(5))])[0];
    assert_eq!(frame.weight_from(0), (3, 60));
    assert_eq!(frame.weight_from(2), (1, 20));
    assert_eq!(frame.weight_from(9), (0, 0));
}

/// As written by the first program that sealed: it must be read for good.
#[test]
fn old_bytes_are_read() {
    let frame = &frames(&[append(&[b"one"], 1000, Some(5))])[0];
    let hex: String = frame.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, OLD);
}

const OLD: &str = "\
    534d465202007000070000000000000003000000010000000000000000000000e803000000000000e803000000000000\
    090000000000000000000000010000000000000000000000000000001400000000000000000000000500000000000000\
    07070707070707070707070700000000010000000000000012c5e518098613f391e6402a8f9debfedbdc0b204500a78d\
    94580844796929447d305b8f701e3224";
