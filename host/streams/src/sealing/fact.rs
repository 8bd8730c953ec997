//! How data keys are stored: encrypted, under the stream and their number.
//!
//! | key | value |
//! |---|---|
//! | stream id (8) data key id (8) | the key of the key service, when it was drawn, the encrypted data key |
//!
//! The page `host/docs/formats/keys.md` is the reference.

use bytes::{BufMut, Bytes};
use domain::{Millis, StreamId};
use storage::Scope;
use storage::codec::{Decoded, Reader, Writer};
use storage::frame::KeyId;

/// Where they lie: not with the catalogue, which is read as a whole at the start.
pub(super) const SCOPE: Scope = Scope("data keys", 0);

const VERSION: u8 = 1;

/// A stored data key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// The id of the key of the key service.
    pub(super) key: String,
    /// When it was drawn.
    pub(super) drawn: Millis,
    /// The data key, encrypted.
    pub(super) blob: Vec<u8>,
}

pub(super) fn key(stream: StreamId, id: u64) -> Bytes {
    let mut key = Vec::with_capacity(16);
    key.put_u64(stream.0);
    key.put_u64(id);
    key.into()
}

/// The stream and the number of the data key under this key.
pub(super) fn place(key: &[u8]) -> Decoded<(StreamId, u64)> {
    let wrong = || format!("key {:?} of a data key is damaged", key.escape_ascii().to_string());
    let (stream, rest) = key.split_first_chunk().ok_or_else(wrong)?;
    let id: [u8; 8] = rest.try_into().map_err(|_length| wrong())?;
    Ok((StreamId(u64::from_be_bytes(*stream)), u64::from_be_bytes(id)))
}

impl Stored {
    pub(super) fn encode(&self) -> Bytes {
        let mut out = Writer::new(VERSION);
        out.text(&self.key);
        out.u64(self.drawn.0);
        out.bytes(&self.blob);
        out.finish()
    }

    pub(super) fn decode(value: &[u8]) -> Decoded<Self> {
        let mut reader = Reader::new(VERSION, value)?;
        let (key, drawn) = (reader.text()?, Millis(reader.u64()?));
        Ok(Self { key, drawn, blob: reader.all().to_vec() })
    }
}

/// What a data key is bound to: none opens as that of another stream, or under another number.
pub(super) fn context(arn: String, stream: StreamId, id: KeyId) -> identity::kms::Context {
    [
        ("aws:kinesis:arn".to_owned(), arn),
        ("shardmill:data-key".to_owned(), format!("{}/{id}", stream.0)),
    ]
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As written by the first version: it must be read for good.
    #[test]
    fn old_bytes_are_read() {
        let stored = Stored { key: "k".to_owned(), drawn: Millis(258), blob: vec![9, 8, 7] };
        let bytes = [1, 1, 0, b'k', 2, 1, 0, 0, 0, 0, 0, 0, 9, 8, 7];
        assert_eq!(&stored.encode()[..], bytes);
        assert_eq!(Stored::decode(&bytes), Ok(stored));
        assert!(Stored::decode(&bytes[..11]).is_err());
        let place_bytes = key(StreamId(3), 259);
        assert_eq!(place(&place_bytes), Ok((StreamId(3), 259)));
        assert!(place(&place_bytes[1..]).is_err());
    }
}
