//! Sealed frames: bodies that only whoever has the key can read, in a frame that everybody can check.
//!
//! What a store needs in order to keep a frame stays in clear: where it lies, how many records it holds, when they
//! arrived. The header authenticates the body, so a body is worth nothing in another frame. Checksum and chain
//! cover the bytes as stored: verifying, scrubbing and copying need no key. Who makes keys and keeps them is for
//! others: they bring a [`Cipher`].

use std::fmt;
use std::num::NonZeroU64;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use domain::Millis;

use super::{Chain, Codec, Frame, Header, RECORDS_MAX, TRAILER_BYTES, damaged};
use crate::{Position, Result};

/// Bytes of a nonce.
pub const NONCE_BYTES: usize = 12;
/// Bytes of what authenticates header and body.
pub const TAG_BYTES: usize = 16;

/// A nonce: never twice under one key.
pub type Nonce = [u8; NONCE_BYTES];
/// What authenticates header and body.
pub type Tag = [u8; TAG_BYTES];

/// The number of a key, which the frame names; never re-used.
pub type KeyId = NonZeroU64;

/// Seals bodies of frames and opens them, under one key.
pub trait Cipher: fmt::Debug + Send + Sync {
    /// The key's number.
    fn key(&self) -> KeyId;
    /// A nonce that was not used under this key.
    fn nonce(&self) -> Nonce;
    /// Encrypts `body` in place, bound to `header`.
    fn seal(&self, nonce: Nonce, header: &[u8], body: &mut [u8]) -> Tag;
    /// Decrypts `body` in place; whether it is what was sealed under this key and this header.
    fn open(&self, nonce: Nonce, header: &[u8], body: &mut [u8], tag: Tag) -> bool;
}

pub(super) const VERSION: u16 = 2;
pub(super) const HEADER_LENGTH: u16 = 112;
pub(super) const HEADER_BYTES: usize = HEADER_LENGTH as usize;
const SPAN_BYTES: usize = 8;
const CHAIN_BYTES: usize = size_of::<Chain>();

/// What the header of a sealed frame says besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seal {
    pub(super) key: KeyId,
    pub(super) nonce: Nonce,
    /// How many spans of arrivals stand behind the header.
    pub(super) spans: u32,
}

/// Records that arrived together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    count: u32,
    /// Milliseconds after the frame's first arrival.
    delta: u32,
}

/// Adds records to the spans of a frame in the making.
pub(super) fn note(spans: &mut Vec<Span>, count: u32, delta: u32) {
    match spans.last_mut() {
        Some(last) if last.delta == delta => last.count += count,
        _ => spans.push(Span { count, delta }),
    }
}

/// A frame of this body, which may be compressed, and continues `previous`. `header` has what a plain one has.
pub(super) fn seal(
    cipher: &dyn Cipher,
    header: Header,
    spans: &[Span],
    body: &[u8],
    previous: &Chain,
) -> Frame {
    let nonce = cipher.nonce();
    let count = u32::try_from(spans.len()).expect("a frame has no more spans than records");
    let header = Header { seal: Some(Seal { key: cipher.key(), nonce, spans: count }), ..header };
    let head_bytes = CHAIN_BYTES + HEADER_BYTES + spans.len() * SPAN_BYTES;
    let all = head_bytes + body.len() + TAG_BYTES + TRAILER_BYTES;
    let mut bytes = BytesMut::with_capacity(all);
    bytes.put_slice(previous);
    header.encode(&mut bytes);
    for span in spans {
        bytes.put_u32_le(span.count);
        bytes.put_u32_le(span.delta);
    }
    bytes.put_slice(body);
    let (head, body) = bytes.split_at_mut(head_bytes);
    let tag = cipher.seal(nonce, &head[CHAIN_BYTES..], body);
    bytes.put_slice(&tag);
    let crc = crc32c::crc32c(&bytes[CHAIN_BYTES..]);
    bytes.put_u32_le(crc);
    let mut bytes = bytes.freeze();
    let chain = *blake3::hash(&bytes).as_bytes();
    bytes.advance(CHAIN_BYTES);
    Frame::new(bytes, header, chain)
}

impl Seal {
    pub(super) fn encode(&self, out: &mut impl BufMut) {
        out.put_u64_le(self.key.get());
        out.put_slice(&self.nonce);
        out.put_u32_le(0);
    }

    /// Out of what a header has behind that of a plain one.
    pub(super) fn decode(rest: &[u8], spans: u32) -> Option<Self> {
        let (key, rest) = rest.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let reserved = rest.first_chunk::<4>()?;
        let key = NonZeroU64::new(u64::from_le_bytes(*key))?;
        (*reserved == [0; 4]).then_some(Self { key, nonce: *nonce, spans })
    }

    /// Where the body begins.
    pub(super) fn body_at(&self) -> usize {
        HEADER_BYTES + self.spans as usize * SPAN_BYTES
    }
}

impl Frame {
    /// The key that its body was sealed with, if it was.
    pub fn key(&self) -> Option<KeyId> {
        self.header().seal.map(|seal| seal.key)
    }

    /// Whether its records can be read.
    pub fn is_open(&self) -> bool {
        self.key().is_none() || self.opened.get().is_some()
    }

    /// The bytes of memory that it may take: those of a sealed or compressed one twice, as its body stands beside it
    /// once it is open.
    pub fn held_bytes(&self) -> usize {
        let stored = self.bytes().len();
        let is_plain = self.key().is_none() && self.codec() == Codec::None;
        if is_plain { stored } else { stored + self.plain_bytes() }
    }

    /// Opens the body of a sealed frame, once: it stays open as long as the frame is held. Nothing is to be done for
    /// a plain one.
    ///
    /// # Errors
    /// `Damaged` if the body is not what was sealed with this header under this key.
    pub fn open(&self, cipher: &dyn Cipher) -> Result<()> {
        let Some(seal) = self.header().seal.filter(|_| !self.is_open()) else {
            return Ok(());
        };
        let wrong = || damaged("body is not what was sealed");
        let (head, rest) = self.bytes().split_at(seal.body_at());
        let (body, rest) = rest.split_at(self.stored_body().len());
        let tag: Tag = rest.first_chunk().copied().ok_or_else(wrong)?;
        let mut body = body.to_vec();
        if cipher.key() != seal.key || !cipher.open(seal.nonce, head, &mut body, tag) {
            return Err(wrong());
        }
        if self.codec() != Codec::None {
            let plain = self.header().plain(&body);
            body = plain.ok_or_else(|| damaged("body does not decompress"))?;
        }
        if !super::is_well_formed(&body, self.header().count) {
            return Err(damaged("records do not fit"));
        }
        // Whoever was faster has the same.
        let _ = self.opened.set(Bytes::from(body));
        Ok(())
    }

    /// A part of the records, as [`Frame::records`] gives it, without a copy.
    ///
    /// # Panics
    /// If it is a part of something else.
    pub fn part(&self, part: &[u8]) -> Bytes {
        let whole = self.opened.get().unwrap_or_else(|| self.bytes());
        whole.slice_ref(part)
    }

    /// The position and the arrival of each record, whether the body can be read or not.
    pub fn places(&self) -> Box<dyn Iterator<Item = (Position, Millis)> + '_> {
        let Some(seal) = self.header().seal else {
            return Box::new(self.records().map(|(position, record)| (position, record.arrival)));
        };
        let Header { first, first_arrival, .. } = *self.header();
        let arrivals = self.spans(seal).flat_map(move |span| {
            let arrival = first_arrival.plus(span.delta.into());
            (0..span.count).map(move |_| arrival)
        });
        let places = (first.offset..).zip(arrivals);
        Box::new(places.map(move |(offset, at)| (Position { term: first.term, offset }, at)))
    }

    /// How many records stand at or behind `offset`, and about how many bytes of keys and data they have.
    pub fn weight_from(&self, offset: u64) -> (u64, usize) {
        let count = u64::from(self.header().count);
        let before = offset.saturating_sub(self.first().offset).min(count);
        if self.key().is_some() {
            let share = u64::from(self.header().body_bytes) * (count - before) / count.max(1);
            return (count - before, usize::try_from(share).unwrap_or(usize::MAX));
        }
        let behind = self.records().filter(|(position, _)| position.offset >= offset);
        behind.fold((0, 0), |(records, bytes), (_, record)| {
            (records + 1, bytes + record.key.len() + record.data.len())
        })
    }

    fn spans(&self, seal: Seal) -> impl Iterator<Item = Span> {
        let table = self.bytes().get(HEADER_BYTES..seal.body_at()).unwrap_or_default();
        table.chunks_exact(SPAN_BYTES).map(|bytes| {
            let number =
                |at: usize| bytes[at..].first_chunk().copied().map_or(0, u32::from_le_bytes);
            Span { count: number(0), delta: number(4) }
        })
    }

    /// Whether lengths and spans of a sealed frame fit, as far as can be told without the key.
    pub(super) fn is_sealed_well(&self, seal: Seal) -> bool {
        let Header { count, first_arrival, last_arrival, .. } = *self.header();
        let fits = count <= RECORDS_MAX
            && seal.spans <= count
            && seal.body_at() + TAG_BYTES + TRAILER_BYTES <= self.bytes().len()
            && self.header().takes(self.stored_body().len());
        if !fits {
            return false;
        }
        let (mut records, mut last) = (0u64, None);
        for span in self.spans(seal) {
            if span.count == 0 || last.is_some_and(|last| last >= span.delta) {
                return false;
            }
            records += u64::from(span.count);
            last = Some(span.delta);
        }
        let end = first_arrival.0.checked_add(last.unwrap_or(0).into());
        records == u64::from(count) && end == Some(last_arrival.0)
    }
}

#[cfg(test)]
mod tests;
