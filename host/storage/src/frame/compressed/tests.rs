//! Compressed frames: what was compressed opens as it was, and a hostile block opens to nothing.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use domain::Millis;
use proptest::prelude::*;

use super::*;
use crate::frame::{CHAIN_START, Cipher, HEADER_BYTES, Origin, Press, TRAILER_BYTES, Tail};
use crate::testing::Toy;
use crate::{Append, CommitId, LogId, Records, RecordsBuilder, Result, Term};

const ORIGIN: Origin = Origin { log: LogId(7), term: Term(3), version: 9, id: None };

fn records(data: &[&[u8]]) -> Records {
    let mut builder = RecordsBuilder::default();
    data.iter().for_each(|data| builder.push(b"key", data));
    builder.finish()
}

fn append(data: &[&[u8]], arrival: u64, codec: Codec, key: Option<u64>) -> Append {
    let cipher = key.map(|key| Arc::new(Toy::new(key)) as Arc<dyn Cipher>);
    let records = records(data).compressed_with(codec).sealed_with(cipher);
    Append { log: ORIGIN.log, records, arrival: Millis(arrival) }
}

fn frames(appends: &[Append]) -> Vec<Arc<Frame>> {
    Tail::default().append(&mut Press::default(), ORIGIN, appends).0
}

fn reread(frame: &Frame) -> Frame {
    Frame::decode(frame.bytes().clone(), frame.chain()).unwrap()
}

fn texts(frame: &Frame) -> Vec<(Vec<u8>, u64)> {
    frame.records().map(|(_, it)| (it.data.to_vec(), it.arrival.0)).collect()
}

/// The header of `frame` with these numbers, then `body`, and a checksum that fits.
fn forged(frame: &Frame, count: u32, body_bytes: u32, body: &[u8]) -> Bytes {
    let mut bytes = BytesMut::from(&frame.bytes()[..HEADER_BYTES]);
    bytes[20..24].copy_from_slice(&count.to_le_bytes());
    bytes[76..80].copy_from_slice(&body_bytes.to_le_bytes());
    bytes.put_slice(body);
    let crc = crc32c::crc32c(&bytes);
    bytes.put_u32_le(crc);
    bytes.freeze()
}

/// A frame that got smaller.
fn squeezed() -> Arc<Frame> {
    let [frame] = &frames(&[append(&[&[7; 500]], 1, Codec::Lz4, None)])[..] else { panic!() };
    assert_eq!(frame.codec(), Codec::Lz4);
    frame.clone()
}

/// Data of which some repeats and some does not.
fn data() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<Vec<u8>>(),
        (any::<u8>(), 0..2000usize).prop_map(|(byte, times)| vec![byte; times]),
        ("[ab]{1,8}", 0..200usize).prop_map(|(word, times)| word.repeat(times).into_bytes()),
    ]
}

proptest! {
    #[test]
    fn opens_as_it_was(
        appends in prop::collection::vec((prop::collection::vec(data(), 1..5), 0..3u64), 1..8),
        key in prop::option::of(1..9u64),
    ) {
        let (mut at, mut wanted, mut plain) = (100, Vec::new(), Vec::new());
        let mut built = Vec::new();
        for (data, later) in &appends {
            at += later;
            wanted.extend(data.iter().map(|data| (data.clone(), at)));
            let data: Vec<&[u8]> = data.iter().map(|it| &it[..]).collect();
            built.push(append(&data, at, Codec::Lz4, key));
            plain.push(append(&data, at, Codec::None, key));
        }
        let (frames, plain) = (frames(&built), frames(&plain));
        prop_assert_eq!((frames.len(), plain.len()), (1, 1));
        let (written, read) = (&frames[0], reread(&frames[0]));
        prop_assert_eq!(&read, &**written);
        prop_assert!(read.follows(&CHAIN_START));
        prop_assert_eq!(read.plain_bytes(), plain[0].bytes().len());
        match read.codec() {
            Codec::None => prop_assert_eq!(read.bytes().len(), plain[0].bytes().len()),
            Codec::Lz4 => prop_assert!(read.bytes().len() < plain[0].bytes().len()),
        }
        prop_assert_eq!(read.is_open(), key.is_none());
        for frame in [written, &read] {
            if let Some(key) = key {
                frame.open(&Toy::new(key)).unwrap();
            }
            prop_assert_eq!(texts(frame), wanted.clone());
            for (_, record) in frame.records() {
                prop_assert_eq!(&frame.part(record.data)[..], record.data);
            }
        }
    }

    #[test]
    fn any_block_is_survived(block in any::<Vec<u8>>(), bytes in 0..4000u32, count in 0..6u32) {
        let bytes = forged(&squeezed(), count, bytes, &block);
        if let Ok(frame) = Frame::decode(bytes, CHAIN_START) {
            prop_assert_eq!(frame.records().count(), count as usize);
        }
    }

    #[test]
    fn a_block_that_was_changed_is_survived(
        data in data(), at in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let frame = &frames(&[append(&[&[7; 300], &data, &data], 1, Codec::Lz4, None)])[0];
        let mut block = frame.stored_body().to_vec();
        let at = at.index(block.len());
        block[at] = byte;
        let bytes = forged(frame, frame.header().count, frame.header().body_bytes, &block);
        if let Ok(frame) = Frame::decode(bytes, CHAIN_START) {
            prop_assert_eq!(frame.records().count(), 3);
        }
    }

    #[test]
    fn a_flipped_bit_is_found(at in any::<prop::sample::Index>(), bit in 0..8u32) {
        let frame = squeezed();
        let mut bytes = frame.bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(Frame::decode(bytes.into(), frame.chain()).is_err());
    }
}

#[test]
fn a_wrong_length_is_damage() {
    let frame = squeezed();
    let (body, block) = (frame.header().body_bytes, frame.stored_body());
    assert!(Frame::decode(forged(&frame, 1, body, block), CHAIN_START).is_ok());
    for wrong in [0, 1, body - 1, body + 1, 16 << 20, (16 << 20) + 1, u32::MAX] {
        assert!(Frame::decode(forged(&frame, 1, wrong, block), CHAIN_START).is_err(), "{wrong}");
    }
    for end in [0, 1, block.len() - 1] {
        let cut = forged(&frame, 1, body, &block[..end]);
        assert!(Frame::decode(cut, CHAIN_START).is_err(), "{end}");
    }
    // Of the right length, but with one record more or less than it says.
    assert!(Frame::decode(forged(&frame, 2, body, block), CHAIN_START).is_err());
}

#[test]
fn a_codec_that_is_not_known_is_refused() {
    let frame = squeezed();
    for codec in 2..=u8::MAX {
        let mut bytes = frame.bytes()[..frame.bytes().len() - TRAILER_BYTES].to_vec();
        bytes[56] = codec;
        let crc = crc32c::crc32c(&bytes).to_le_bytes();
        bytes.extend_from_slice(&crc);
        assert!(Frame::decode(bytes.into(), CHAIN_START).is_err());
    }
}

#[test]
fn what_does_not_get_smaller_stays_as_it_is() {
    let noise: Vec<u8> = (0..400u64)
        .flat_map(|at| blake3::hash(&at.to_le_bytes()).as_bytes()[..8].to_vec())
        .collect();
    for key in [None, Some(5)] {
        let asked = &frames(&[append(&[&noise], 1, Codec::Lz4, key)])[0];
        let plain = &frames(&[append(&[&noise], 1, Codec::None, key)])[0];
        assert_eq!(asked, plain);
        assert_eq!(asked.codec(), Codec::None);
    }
}

#[test]
fn a_large_record_is_compressed_and_a_larger_one_is_not() {
    let sizes = [(10 << 20, Codec::Lz4), (PLAIN_BYTES_MAX, Codec::None)];
    for (bytes, codec) in sizes {
        let frame = &frames(&[append(&[&vec![3; bytes]], 1, Codec::Lz4, None)])[0];
        assert_eq!(frame.codec(), codec);
        assert_eq!(texts(&reread(frame))[0].0.len(), bytes);
    }
}

#[test]
fn a_frame_has_one_codec_only_and_weighs_what_its_records_do() {
    let appends = [
        append(&[&[1; 200]], 1, Codec::None, None),
        append(&[&[2; 200]], 1, Codec::Lz4, None),
        append(&[&[3; 200]], 2, Codec::Lz4, None),
        append(&[&[4; 200]], 2, Codec::Lz4, Some(5)),
        append(&[&[5; 200]], 2, Codec::None, Some(5)),
        append(&[&[6; 200]], 2, Codec::None, None),
    ];
    let frames = frames(&appends);
    let stored: Vec<_> = frames.iter().map(|it| (it.codec(), it.key().is_some())).collect();
    let (plain, lz4) = (Codec::None, Codec::Lz4);
    let wanted = [(plain, false), (lz4, false), (lz4, true), (plain, true), (plain, false)];
    assert_eq!(stored, wanted);
    assert_eq!(frames[1].weight_from(0), (2, 406));
    assert_eq!(frames[2].weight_from(0), (1, 217));
    let mut previous = CHAIN_START;
    for frame in &frames {
        assert!(reread(frame).follows(&previous));
        previous = frame.chain();
        assert!(frame.held_bytes() >= frame.plain_bytes());
    }
}

#[test]
fn a_sealed_block_is_bound_to_how_it_is_stored() {
    let frame = &frames(&[append(&[&[4; 200]], 2, Codec::Lz4, Some(5))])[0];
    for (at, value) in [(56, 0), (76, 1), (77, 7)] {
        let mut bytes = frame.bytes()[..frame.bytes().len() - TRAILER_BYTES].to_vec();
        bytes[at] = value;
        let crc = crc32c::crc32c(&bytes).to_le_bytes();
        bytes.extend_from_slice(&crc);
        let forged: Result<()> =
            Frame::decode(bytes.into(), CHAIN_START).and_then(|frame| frame.open(&Toy::new(5)));
        assert!(forged.is_err(), "byte {at}");
    }
}

/// As written by the first program that compressed: they must be read for good.
#[test]
fn old_bytes_are_read() {
    let id = Some(CommitId { producer: 2, generation: 3, ordinal: 4 });
    for (key, old) in [(None, OLD), (Some(5), OLD_SEALED)] {
        let bytes: Vec<u8> = old
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        let frame = Frame::decode(bytes.into(), CHAIN_START).unwrap();
        assert_eq!((frame.codec(), frame.header().id), (Codec::Lz4, id));
        if let Some(key) = key {
            frame.open(&Toy::new(key)).unwrap();
        }
        assert_eq!(texts(&frame), [(vec![7; 60], 1000)]);
    }
}

const OLD: &str = "\
    534d465201005800070000000000000003000000010000000000000000000000e803000000000000e803000000000000\
    090000000000000001000000000000000200000000000000030000004d0000000400000000000000264d0001006f0300\
    6b657907010022600707070707076729ab65";
const OLD_SEALED: &str = "\
    534d465202007000070000000000000003000000010000000000000000000000e803000000000000e803000000000000\
    090000000000000001000000010000000200000000000000030000004d00000004000000000000000500000000000000\
    0707070707070707070707070000000001000000000000002088e51909e910f3fa83392d8d9da2fba5b462428d019ef5\
    443d6b1aa18d1ddde4e8e1d49235d21f5a73";
