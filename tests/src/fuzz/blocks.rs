//! Blocks of compressed frames, behind a header and a checksum that fit: what reaches the decompression itself.
//!
//! The first four bytes are the length that the header tells, the fifth is the number of records, the rest is the
//! block.

use std::sync::Arc;

use domain::Millis;
use storage::frame::{CHAIN_START, Codec, Frame, Origin, Press, Tail};
use storage::{Append, LogId, RecordsBuilder, Term};

const HEADER_BYTES: usize = 88;
const TRAILER_BYTES: usize = 4;
const COUNT_AT: usize = 20;
const BODY_BYTES_AT: usize = 76;

pub(super) fn run(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return };
    let Some((count, block)) = rest.split_first() else { return };
    let mut forged = frame(&[&[7; 100]]).bytes()[..HEADER_BYTES].to_vec();
    forged[COUNT_AT..COUNT_AT + 4].copy_from_slice(&u32::from(*count).to_le_bytes());
    forged[BODY_BYTES_AT..BODY_BYTES_AT + 4].copy_from_slice(length);
    forged.extend_from_slice(block);
    let crc = crc32c::crc32c(&forged).to_le_bytes();
    forged.extend_from_slice(&crc);
    let Ok(frame) = Frame::decode(forged.into(), CHAIN_START) else { return };
    assert_eq!(frame.codec(), Codec::Lz4);
    assert_eq!(frame.records().count(), usize::from(*count));
    let told = usize::try_from(u32::from_le_bytes(*length)).expect("32 bits");
    assert_eq!(frame.plain_bytes(), HEADER_BYTES + told + TRAILER_BYTES);
    assert!(told <= 255 * block.len(), "{told} bytes out of {}", block.len());
}

/// A frame of these records that got smaller.
pub(super) fn frame(data: &[&[u8]]) -> Arc<Frame> {
    let mut builder = RecordsBuilder::default();
    data.iter().for_each(|data| builder.push(b"key", data));
    let origin = Origin { log: LogId(7), term: Term(3), version: 9, id: None };
    let records = builder.finish().compressed_with(Codec::Lz4);
    let append = Append { log: origin.log, records, arrival: Millis(5) };
    let (mut frames, _) = Tail::default().append(&mut Press::default(), origin, &[append]);
    let frame = frames.remove(0);
    assert_eq!(frame.codec(), Codec::Lz4, "it repeats itself");
    frame
}

pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let words = b"words and more words and more words".repeat(20);
    let records: [(&str, &[&[u8]]); 3] =
        [("one", &[&[7; 100]]), ("zeros", &[&[0; 5000]]), ("words", &[&words, b"between", &words])];
    let seed = |(name, data): (&str, &[&[u8]])| {
        let frame = frame(data);
        let bytes = frame.bytes();
        let block = &bytes[HEADER_BYTES..bytes.len() - TRAILER_BYTES];
        let count = u8::try_from(data.len()).expect("some");
        let length = &bytes[BODY_BYTES_AT..BODY_BYTES_AT + 4];
        (name.to_owned(), [length, &[count], block].concat())
    };
    records.into_iter().map(seed).collect()
}
