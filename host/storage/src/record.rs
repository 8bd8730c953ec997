//! Records as they are stored, encoded once by whoever appends them.
//!
//! | bytes | field |
//! |---|---|
//! | 4 | length of the whole record, these 4 bytes included |
//! | 4 | arrival, in milliseconds after the frame's first arrival; written by the store |
//! | 1 | flags, 0 |
//! | 1 | 0 |
//! | 2 | length of the attributes, 0 |
//! | 2 | length of the key |
//! | . | attributes, key, data |
//!
//! All numbers are little-endian. The page `host/docs/formats/frame.md` is the reference.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::frame::{Cipher, Codec};

/// Bytes before attributes, key and data.
pub(crate) const HEADER_BYTES: usize = 14;
/// Where the arrival stands.
pub(crate) const ARRIVAL_AT: usize = 4;

/// One record inside a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Milliseconds after the frame's first arrival.
    pub(crate) arrival_delta: u32,
    /// Reserved: 0.
    pub flags: u8,
    /// Reserved: empty.
    pub attributes: &'a [u8],
    /// What the writer called the record's key; a stream's partition key.
    pub key: &'a [u8],
    /// The payload.
    pub data: &'a [u8],
    /// When it arrived; filled in by the frame.
    pub arrival: domain::Millis,
    /// Whether it lies on the disk encrypted; filled in by the frame.
    pub is_sealed: bool,
}

/// A run of encoded records, ready to be put into a frame.
#[derive(Clone, Debug, Default)]
pub struct Records {
    bytes: Bytes,
    count: u32,
    codec: Codec,
    cipher: Option<Arc<dyn Cipher>>,
}

impl Records {
    /// The same, to be stored in frames that are compressed with this, where that makes them smaller.
    #[must_use]
    pub fn compressed_with(self, codec: Codec) -> Self {
        Self { codec, ..self }
    }

    /// What their frames are to be compressed with.
    pub(crate) fn codec(&self) -> Codec {
        self.codec
    }

    /// The same, to be stored in frames that are sealed with this.
    #[must_use]
    pub fn sealed_with(self, cipher: Option<Arc<dyn Cipher>>) -> Self {
        Self { cipher, ..self }
    }

    /// What their frames are to be sealed with.
    pub(crate) fn cipher(&self) -> Option<&Arc<dyn Cipher>> {
        self.cipher.as_ref()
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// As encoded.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The records.
    pub fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        self.each().filter_map(decode)
    }

    /// The encoded bytes of each record.
    pub(crate) fn each(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &self.bytes[..];
        std::iter::from_fn(move || {
            let (record, tail) = split(rest)?;
            rest = tail;
            Some(record)
        })
    }
}

/// Encodes records one after the other, in one run or several that share a buffer.
#[derive(Debug, Default)]
pub struct RecordsBuilder {
    bytes: BytesMut,
    count: u32,
}

impl RecordsBuilder {
    /// The longest key: what a length of two bytes can hold.
    pub const KEY_BYTES_MAX: usize = u16::MAX as usize;

    /// A builder with room for `bytes` of encoded records.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { bytes: BytesMut::with_capacity(bytes), count: 0 }
    }

    /// What a record with this key and this much data takes.
    pub const fn encoded_bytes(key_bytes: usize, data_bytes: usize) -> usize {
        HEADER_BYTES + key_bytes + data_bytes
    }

    /// Adds a record.
    ///
    /// # Panics
    /// If the key is longer than [`RecordsBuilder::KEY_BYTES_MAX`] or the record than 4 GiB: callers have
    /// limits far below.
    pub fn push(&mut self, key: &[u8], data: &[u8]) {
        self.push_with(key, data.len(), |out| out.copy_from_slice(data));
    }

    /// Adds a record whose data is written in place by `fill`, which saves the copy where data has to be
    /// decoded anyway.
    ///
    /// # Panics
    /// As [`RecordsBuilder::push`].
    pub fn push_with(&mut self, key: &[u8], data_bytes: usize, fill: impl FnOnce(&mut [u8])) {
        debug_assert!(key.len() <= Self::KEY_BYTES_MAX, "a key of {} bytes", key.len());
        let total = Self::encoded_bytes(key.len(), data_bytes);
        let length = u32::try_from(total).expect("a record is far below 4 GiB");
        let key_length = u16::try_from(key.len()).expect("a key is at most KEY_BYTES_MAX");
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 8]);
        self.bytes.extend_from_slice(&key_length.to_le_bytes());
        self.bytes.extend_from_slice(key);
        let at = self.bytes.len();
        self.bytes.resize(at + data_bytes, 0);
        fill(&mut self.bytes[at..]);
        self.count += 1;
    }

    /// How many were added to the run in the making.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Ends the run; what is added from now on is another one. It keeps the whole buffer alive, so runs that
    /// come and go together should share one: a call's records for many logs cost one allocation.
    pub fn end_run(&mut self) -> Records {
        let count = std::mem::take(&mut self.count);
        Records { bytes: self.bytes.split().freeze(), count, ..Records::default() }
    }

    /// The run.
    pub fn finish(self) -> Records {
        Records { bytes: self.bytes.freeze(), count: self.count, ..Records::default() }
    }
}

/// The first encoded record of `bytes` and what follows it; `None` at the end or if the length is wrong.
pub(crate) fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::try_from(u32::from_le_bytes(*bytes.first_chunk()?)).ok()?;
    if length < HEADER_BYTES { None } else { bytes.split_at_checked(length) }
}

/// Reads one encoded record; `None` if its inner lengths do not fit.
pub(crate) fn decode(bytes: &[u8]) -> Option<Record<'_>> {
    let (header, rest) = bytes.split_first_chunk::<HEADER_BYTES>()?;
    let [_, _, _, _, a0, a1, a2, a3, flags, _, t0, t1, k0, k1] = *header;
    let (attributes, rest) = rest.split_at_checked(u16::from_le_bytes([t0, t1]).into())?;
    let (key, data) = rest.split_at_checked(u16::from_le_bytes([k0, k1]).into())?;
    let arrival_delta = u32::from_le_bytes([a0, a1, a2, a3]);
    let arrival = domain::Millis(0);
    Some(Record { arrival_delta, flags, attributes, key, data, arrival, is_sealed: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_one_buffer_are_those_of_one_each() {
        let mut shared = RecordsBuilder::with_capacity(40);
        for keys in [&["a", "b"][..], &["c"], &["d", "e", "f"]] {
            let mut alone = RecordsBuilder::default();
            for key in keys {
                shared.push(key.as_bytes(), b"data");
                alone.push(key.as_bytes(), b"data");
            }
            let (run, alone) = (shared.end_run(), alone.finish());
            assert_eq!((run.bytes(), run.count()), (alone.bytes(), alone.count()));
            assert_eq!(run.each().count(), keys.len());
        }
        assert_eq!((shared.end_run().count(), shared.count()), (0, 0));
    }
}
