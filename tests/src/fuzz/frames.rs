//! Frames, as they come from a disk that may have changed them.
//!
//! Bytes are decoded as they are, and once more with a checksum that fits, so that what comes behind the checksum
//! meets changes, too.

use domain::Millis;
use storage::frame::{CHAIN_START, Frame, Origin, Press, Tail};
use storage::{Append, LogId, RecordsBuilder, Term};

use super::blocks;

const TRAILER_BYTES: usize = 4;

pub(super) fn run(bytes: &[u8]) {
    decode(bytes.to_vec());
    if let Some(end) = bytes.len().checked_sub(TRAILER_BYTES) {
        let checked = &bytes[..end];
        decode([checked, &crc32c::crc32c(checked).to_le_bytes()].concat());
    }
}

/// What can be decoded can be read to its end, and says of itself what it has.
fn decode(bytes: Vec<u8>) {
    let length = bytes.len();
    let Ok(frame) = Frame::decode(bytes.into(), CHAIN_START) else {
        return;
    };
    assert_eq!(frame.bytes().len(), length);
    assert_eq!(frame.places().count(), usize::try_from(frame.header().count).expect("a count"));
    if !frame.is_open() {
        return;
    }
    let length = frame.plain_bytes();
    assert_eq!(frame.records().count(), frame.places().count());
    let held: usize = frame.records().map(|(_, record)| record.key.len() + record.data.len()).sum();
    assert!(held <= length, "{held} bytes in {length}");
    let _ = (frame.first(), frame.end(), frame.follows(&CHAIN_START));
}

pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let origin = Origin { log: LogId(7), term: Term(3), version: 9, id: None };
    let records: [&[(&str, &[u8])]; 3] = [
        &[("", b"")],
        &[("key", b"data"), ("another", &[7; 300])],
        &[("a", b"1"), ("b", b"2"), ("c", b"3")],
    ];
    let append = |(records, arrival): (&[(&str, &[u8])], u64)| {
        let mut builder = RecordsBuilder::default();
        records.iter().for_each(|(key, data)| builder.push(key.as_bytes(), data));
        Append { log: origin.log, records: builder.finish(), arrival: Millis(arrival) }
    };
    let appends: Vec<Append> = records.into_iter().zip(10..).map(append).collect();
    let mut seeds = Vec::new();
    for count in 1..=appends.len() {
        let (frames, _) = Tail::default().append(&mut Press::default(), origin, &appends[..count]);
        for frame in frames {
            seeds.push((format!("appends-{count}"), frame.bytes().to_vec()));
        }
    }
    seeds.push(("compressed".to_owned(), blocks::frame(&[&[7; 200], &[8; 50]]).bytes().to_vec()));
    seeds
}
