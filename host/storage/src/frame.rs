//! Frames: what a row of a log is. The records of one log in one group commit, with who wrote them, where
//! they stand, and checksums over the bytes as stored. The layout's page is `host/docs/formats/frame.md`.
//!
//! A frame is closed at [`BYTES_CLOSE`] or [`RECORDS_MAX`]; a larger record stands alone. Its CRC-32C finds
//! damaged bytes, its chain (BLAKE3 over the previous frame's chain and its own bytes) finds frames that
//! were removed, swapped or rewritten.

mod compressed;
mod pack;
mod sealed;

use std::sync::OnceLock;

use bytes::{BufMut, Bytes};
use domain::Millis;

use crate::record;
use crate::{CommitId, Error, Kind, LogId, Position, Record, Result, Term};

pub use compressed::Codec;
pub use pack::{Origin, Press, Tail};
pub use sealed::{Cipher, KeyId, NONCE_BYTES, Nonce, TAG_BYTES, Tag};

use sealed::Seal;

/// A frame is closed before the record that would bring its body past this many bytes.
pub const BYTES_CLOSE: usize = 512 * 1024;
/// Records of one frame at most.
pub const RECORDS_MAX: u32 = 4096;

const MAGIC: [u8; 4] = *b"SMFR";
const VERSION: u16 = 1;
const HEADER_LENGTH: u16 = 88;
const HEADER_BYTES: usize = HEADER_LENGTH as usize;
const TRAILER_BYTES: usize = 4;
/// The longest header: [`Header::peek`] needs no more of a frame.
pub const HEADER_BYTES_MAX: usize = sealed::HEADER_BYTES;

/// The chain value before a log's first frame.
pub const CHAIN_START: Chain = [0; 32];

/// BLAKE3 over the previous chain value and the frame.
pub type Chain = [u8; 32];

/// One stored frame, checked.
#[derive(Clone, Debug)]
pub struct Frame {
    bytes: Bytes,
    header: Header,
    chain: Chain,
    /// The body of a compressed frame, and of a sealed one once it was opened.
    opened: OnceLock<Bytes>,
}

/// Frames are equal if what is stored is equal; whether one was opened makes no difference.
impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        (&self.bytes, self.header, self.chain) == (&other.bytes, other.header, other.chain)
    }
}

impl Eq for Frame {}

/// What a frame says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The log it belongs to.
    pub log: LogId,
    /// The position of its first record.
    pub first: Position,
    /// How many records it holds.
    pub count: u32,
    /// The arrival of its first record.
    pub first_arrival: Millis,
    /// The arrival of its last record.
    pub last_arrival: Millis,
    /// The number of the group commit that wrote it.
    pub version: u64,
    /// The commit's own id, if it had one.
    pub id: Option<CommitId>,
    codec: Codec,
    /// Of the body before it was compressed.
    body_bytes: u32,
    seal: Option<Seal>,
}

impl Frame {
    fn new(bytes: Bytes, header: Header, chain: Chain) -> Self {
        Self { bytes, header, chain, opened: OnceLock::new() }
    }

    /// What it says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// As stored.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Its chain value.
    pub fn chain(&self) -> Chain {
        self.chain
    }

    /// The position of its first record.
    pub fn first(&self) -> Position {
        self.header.first
    }

    /// The position after its last record.
    pub fn end(&self) -> Position {
        self.header.end()
    }

    /// The encoded records; nothing as long as a sealed frame was not opened.
    fn body(&self) -> &[u8] {
        match (self.header.seal, self.header.codec) {
            (None, Codec::None) => self.stored_body(),
            (Some(_), _) | (_, Codec::Lz4) => self.opened.get().map_or(&[], |body| body),
        }
    }

    /// The body as it lies on the disk.
    fn stored_body(&self) -> &[u8] {
        let (from, behind) = match self.header.seal {
            None => (HEADER_BYTES, TRAILER_BYTES),
            Some(seal) => (seal.body_at(), TAG_BYTES + TRAILER_BYTES),
        };
        let end = self.bytes.len().saturating_sub(behind);
        self.bytes.get(from..end).unwrap_or_default()
    }

    /// Its records with their positions, in order. A sealed frame has to be opened first.
    pub fn records(&self) -> impl Iterator<Item = (Position, Record<'_>)> {
        debug_assert!(self.is_open(), "a sealed frame is opened before its records are read");
        let Header { first, first_arrival, seal, .. } = self.header;
        let mut rest = self.body();
        let mut offset = first.offset;
        std::iter::from_fn(move || {
            let (bytes, tail) = record::split(rest)?;
            rest = tail;
            let mut record = record::decode(bytes)?;
            record.arrival = first_arrival.plus(record.arrival_delta.into());
            record.is_sealed = seal.is_some();
            let position = Position { term: first.term, offset };
            offset += 1;
            Some((position, record))
        })
    }

    /// Checks stored bytes and reads them. `chain` is the chain value that was stored with them; whether it
    /// follows from the frame before is for [`Frame::follows`].
    ///
    /// # Errors
    /// `Damaged`, with what is wrong.
    pub fn decode(bytes: Bytes, chain: Chain) -> Result<Self> {
        let body_end =
            bytes.len().checked_sub(TRAILER_BYTES).ok_or_else(|| damaged("too short"))?;
        let (checked, trailer) = bytes.split_at(body_end);
        if crc32c::crc32c(checked).to_le_bytes() != trailer {
            return Err(damaged("checksum does not match"));
        }
        let header = Header::decode(checked).ok_or_else(|| damaged("header is malformed"))?;
        let frame = Self::new(bytes, header, chain);
        frame.decompress()?;
        if frame.is_well_formed() { Ok(frame) } else { Err(damaged("records do not fit")) }
    }

    /// Whether `chain` follows from the chain value of the frame before.
    pub fn follows(&self, previous: &Chain) -> bool {
        link(previous, &self.bytes) == self.chain
    }

    /// Makes the body of a compressed frame readable; that of a sealed one has to wait for the key.
    fn decompress(&self) -> Result<()> {
        if self.header.codec != Codec::None && self.header.seal.is_none() {
            let body = self.header.plain(self.stored_body());
            let body = body.ok_or_else(|| damaged("body does not decompress"))?;
            // It is new: nobody was faster.
            let _ = self.opened.set(body.into());
        }
        Ok(())
    }

    fn is_well_formed(&self) -> bool {
        match self.header.seal {
            Some(seal) => self.is_sealed_well(seal),
            None => {
                self.header.takes(self.stored_body().len())
                    && is_well_formed(self.body(), self.header.count)
            }
        }
    }
}

/// Whether a body holds exactly that many records.
fn is_well_formed(body: &[u8], records: u32) -> bool {
    let mut rest = body;
    let mut count = 0u64;
    while let Some((bytes, tail)) = record::split(rest) {
        if record::decode(bytes).is_none() {
            return false;
        }
        rest = tail;
        count += 1;
    }
    rest.is_empty() && count == u64::from(records)
}

fn damaged(what: &str) -> Error {
    Error::new(Kind::Damaged, format!("frame: {what}"))
}

impl Header {
    /// Reads the header from the first [`HEADER_BYTES_MAX`] bytes of a frame, without a check of its checksum: for
    /// callers that have other means to tell whether it is true. `None` if the bytes do not begin like a frame.
    pub fn peek(bytes: &[u8]) -> Option<Self> {
        Self::decode(bytes)
    }

    /// The position after its last record.
    pub fn end(&self) -> Position {
        let Self { first, count, .. } = *self;
        Position { term: first.term, offset: first.offset.saturating_add(count.into()) }
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let fixed = bytes.first_chunk::<HEADER_BYTES>()?;
        let u16_at = |at: usize| Some(u16::from_le_bytes(*fixed.get(at..)?.first_chunk()?));
        let u32_at = |at: usize| Some(u32::from_le_bytes(*fixed.get(at..)?.first_chunk()?));
        let u64_at = |at: usize| Some(u64::from_le_bytes(*fixed.get(at..)?.first_chunk()?));
        let seal = match (u16_at(4)?, u16_at(6)?) {
            (VERSION, HEADER_LENGTH) if u32_at(60)? == 0 => None,
            (sealed::VERSION, sealed::HEADER_LENGTH) => {
                Some(Seal::decode(bytes.get(HEADER_BYTES..)?, u32_at(60)?)?)
            }
            _ => return None,
        };
        if fixed[..4] != MAGIC || fixed[57..60] != [0; 3] {
            return None;
        }
        let id = CommitId { producer: u64_at(64)?, generation: u32_at(72)?, ordinal: u64_at(80)? };
        Some(Self {
            log: LogId(u64_at(8)?),
            first: Position { term: Term(u32_at(16)?), offset: u64_at(24)? },
            count: u32_at(20)?,
            first_arrival: Millis(u64_at(32)?),
            last_arrival: Millis(u64_at(40)?),
            version: u64_at(48)?,
            id: (id.producer != 0).then_some(id),
            codec: Codec::of_number(fixed[56])?,
            body_bytes: u32_at(76)?,
            seal,
        })
    }

    fn encode(&self, out: &mut impl BufMut) {
        out.put_slice(&MAGIC);
        let (version, length) = match self.seal {
            None => (VERSION, HEADER_LENGTH),
            Some(_) => (sealed::VERSION, sealed::HEADER_LENGTH),
        };
        out.put_u16_le(version);
        out.put_u16_le(length);
        out.put_u64_le(self.log.0);
        out.put_u32_le(self.first.term.0);
        out.put_u32_le(self.count);
        out.put_u64_le(self.first.offset);
        out.put_u64_le(self.first_arrival.0);
        out.put_u64_le(self.last_arrival.0);
        out.put_u64_le(self.version);
        // Behind the codec: flags, reserved.
        out.put_u32_le(self.codec.number().into());
        out.put_u32_le(self.seal.map_or(0, |seal| seal.spans));
        let id = self.id.unwrap_or(CommitId { producer: 0, generation: 0, ordinal: 0 });
        out.put_u64_le(id.producer);
        out.put_u32_le(id.generation);
        out.put_u32_le(self.body_bytes);
        out.put_u64_le(id.ordinal);
        if let Some(seal) = self.seal {
            seal.encode(out);
        }
    }
}

fn link(previous: &Chain, bytes: &[u8]) -> Chain {
    *blake3::Hasher::new().update(previous).update(bytes).finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Append, RecordsBuilder};

    const ORIGIN: Origin = Origin { log: LogId(7), term: Term(3), version: 9, id: None };

    fn append(records: &[(&[u8], &[u8])], arrival: u64) -> Append {
        let mut builder = RecordsBuilder::default();
        records.iter().for_each(|(key, data)| builder.push(key, data));
        Append { log: ORIGIN.log, records: builder.finish(), arrival: Millis(arrival) }
    }

    proptest! {
        #[test]
        fn what_was_appended_is_read(
            appends in prop::collection::vec(
                (prop::collection::vec((any::<Vec<u8>>(), any::<Vec<u8>>()), 1..20), 0..10_000u64),
                1..10,
            )
        ) {
            let built: Vec<Append> = appends
                .iter()
                .map(|(records, arrival)| {
                    let pairs: Vec<_> = records.iter().map(|(k, d)| (&k[..], &d[..])).collect();
                    append(&pairs, *arrival)
                })
                .collect();
            let mut tail = Tail::default();
            let (frames, appended) = tail.append(&mut Press::default(), ORIGIN, &built);
            let mut wanted = Vec::new();
            for ((records, _), place) in appends.iter().zip(&appended) {
                prop_assert_eq!(place.first.offset, wanted.len() as u64);
                wanted.extend(records.iter().map(|(k, d)| (k.clone(), d.clone(), place.arrival)));
            }
            let mut seen = Vec::new();
            let mut previous = CHAIN_START;
            for frame in &frames {
                let decoded = Frame::decode(frame.bytes().clone(), frame.chain()).unwrap();
                prop_assert!(decoded.follows(&previous));
                prop_assert_eq!(&decoded, &**frame);
                previous = frame.chain();
                for (position, record) in frame.records() {
                    prop_assert_eq!(position.offset, seen.len() as u64);
                    seen.push((record.key.to_vec(), record.data.to_vec(), record.arrival));
                }
            }
            prop_assert_eq!(seen, wanted);
            prop_assert_eq!(tail.chain, previous);
        }

        #[test]
        fn a_flipped_bit_is_found(at in any::<prop::sample::Index>(), bit in 0..8u32) {
            let (frames, _) = Tail::default().append(&mut Press::default(), ORIGIN, &[append(&[(b"k", b"data")], 1)]);
            let mut bytes = frames[0].bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(Frame::decode(bytes.into(), frames[0].chain()).is_err());
        }

        #[test]
        fn any_bytes_are_survived(bytes in any::<Vec<u8>>()) {
            prop_assert!(Frame::decode(bytes.into(), CHAIN_START).is_err());
        }
    }

    #[test]
    fn frames_close_by_size_and_count_and_a_large_record_stands_alone() {
        let large = vec![1; 3 * BYTES_CLOSE];
        let small = vec![2; 100];
        let mut tail = Tail::default();
        let records = [(&b"k"[..], &small[..]), (b"k", &large), (b"k", &small), (b"k", &small)];
        let (frames, _) = tail.append(&mut Press::default(), ORIGIN, &[append(&records, 5)]);
        let counts: Vec<u32> = frames.iter().map(|frame| frame.header().count).collect();
        assert_eq!(counts, [1, 1, 2]);

        let many: Vec<(&[u8], &[u8])> = vec![(b"", b""); RECORDS_MAX as usize + 1];
        let (frames, _) = tail.append(&mut Press::default(), ORIGIN, &[append(&many, 5)]);
        assert_eq!(frames[0].header().count, RECORDS_MAX);
        assert_eq!(frames[1].header().count, 1);
    }

    #[test]
    fn frames_of_one_press_are_those_of_one_each() {
        let data = vec![3; 700];
        let appends = [append(&[(b"a", &data), (b"b", &data)], 10), append(&[(b"c", &data)], 25)];
        // Less is expected than comes, so that there are several pieces.
        let mut press = Press::expecting(3, 5000);
        for log in 1..=9 {
            let origin = Origin { log: LogId(log), ..ORIGIN };
            let (shared, _) = Tail::default().append(&mut press, origin, &appends);
            let (alone, _) = Tail::default().append(&mut Press::default(), origin, &appends);
            assert_eq!(shared, alone);
            let bytes = shared[0].bytes().clone();
            let decoded = Frame::decode(bytes, shared[0].chain()).unwrap();
            assert!(decoded.follows(&CHAIN_START));
            let arrivals: Vec<_> = decoded.records().map(|(_, record)| record.arrival.0).collect();
            assert_eq!(arrivals, [10, 10, 25]);
        }
    }

    #[test]
    fn arrivals_never_fall() {
        let mut tail = Tail::default();
        let appends = [append(&[(b"", b"a")], 100), append(&[(b"", b"b")], 40)];
        let (_, places) = tail.append(&mut Press::default(), ORIGIN, &appends);
        assert_eq!(places[1].arrival, Millis(100));
    }
}
