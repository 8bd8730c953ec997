//! Taking messages off what came.

use bytes::{Buf, Bytes, BytesMut};

use super::{HEADERS_BYTES_MAX, PAYLOAD_BYTES_MAX, PRELUDE_BYTES, SUM_BYTES, TEXT};

/// A message as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The headers whose values are text, in order.
    pub headers: Vec<(String, String)>,
    /// The payload.
    pub payload: Bytes,
}

impl Message {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The bytes are no messages. Where the next one would begin cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The lengths contradict each other or are beyond the bounds.
    #[error("event stream message has impossible lengths")]
    Length,
    /// A checksum is wrong.
    #[error("event stream message fails its checksum")]
    Sum,
    /// The headers are malformed.
    #[error("event stream message has malformed headers")]
    Headers,
}

/// Takes the first message off `buffer`, if all of it is there.
///
/// # Errors
/// If what is there cannot become one. The lengths are checked as soon as they are there, so a buffer never
/// has to hold more than the largest message.
pub fn take(buffer: &mut BytesMut) -> Result<Option<Message>, Malformed> {
    let Some(prelude) = buffer.first_chunk::<PRELUDE_BYTES>() else {
        return Ok(None);
    };
    let (total, headers) = lengths(prelude)?;
    if buffer.len() < total {
        return Ok(None);
    }
    let mut message = buffer.split_to(total);
    let mut sum = message.split_off(total - SUM_BYTES);
    if crc32fast::hash(&message) != sum.get_u32() {
        return Err(Malformed::Sum);
    }
    message.advance(PRELUDE_BYTES);
    let headers = message.split_to(headers);
    let headers = texts(&headers).ok_or(Malformed::Headers)?;
    Ok(Some(Message { headers, payload: message.freeze() }))
}

/// The length of the whole and of the headers.
fn lengths(prelude: &[u8; PRELUDE_BYTES]) -> Result<(usize, usize), Malformed> {
    let (mut fields, mut sum) = prelude.split_at(PRELUDE_BYTES - SUM_BYTES);
    if crc32fast::hash(fields) != sum.get_u32() {
        return Err(Malformed::Sum);
    }
    let mut length =
        || usize::try_from(fields.get_u32()).map_err(|_beyond_memory| Malformed::Length);
    let (total, headers) = (length()?, length()?);
    let payload = total.checked_sub(PRELUDE_BYTES + headers + SUM_BYTES);
    match payload.ok_or(Malformed::Length)? {
        payload if payload <= PAYLOAD_BYTES_MAX && headers <= HEADERS_BYTES_MAX => {
            Ok((total, headers))
        }
        _ => Err(Malformed::Length),
    }
}

/// The headers that are text; `None` if any is malformed.
fn texts(mut bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let mut texts = Vec::new();
    while let Some((length, rest)) = bytes.split_first() {
        let (name, rest) = rest.split_at_checked(usize::from(*length))?;
        let (kind, rest) = rest.split_first()?;
        let (value, rest) = value(*kind, rest)?;
        bytes = rest;
        if *kind == TEXT {
            let owned = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
            texts.push((owned(name)?, owned(value)?));
        }
    }
    Some(texts)
}

/// The value of a header, and what follows it.
fn value(kind: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = match kind {
        // True and false.
        0 | 1 => 0,
        // Whole numbers of one to eight bytes.
        2 => 1,
        3 => 2,
        4 => 4,
        // A whole number, a time.
        5 | 8 => 8,
        // Bytes and text.
        6 | TEXT => {
            let (length, rest) = bytes.split_first_chunk()?;
            return rest.split_at_checked(usize::from(u16::from_be_bytes(*length)));
        }
        // A UUID.
        9 => 16,
        _ => return None,
    };
    bytes.split_at_checked(length)
}
