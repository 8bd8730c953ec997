//! `application/vnd.amazon.eventstream`: messages of headers and a payload, one after the other.
//!
//! | bytes | field |
//! |---|---|
//! | 4 | length of the whole message |
//! | 4 | length of the headers |
//! | 4 | CRC-32 of these eight bytes |
//! | . | headers: length of the name (1), name, kind (1), value |
//! | . | payload |
//! | 4 | CRC-32 of all that stands before it |
//!
//! All numbers are big-endian. What is written has headers of text only; what is read may have others, which are
//! checked and left out. Reading is for our own client, and holds against any bytes.

mod read;
#[cfg(test)]
mod tests;

use bytes::{BufMut, Bytes};

use crate::protocol::Protocol;

pub use read::{Malformed, Message, take};

/// What `Content-Type` says of a stream of messages.
pub const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";

/// Bytes of all headers of a message (Smithy, event stream specification: 128 KiB).
pub const HEADERS_BYTES_MAX: usize = 128 * 1024;
/// Bytes of the payload of a message. The newest SDKs take 24 MiB, older ones 16.
pub const PAYLOAD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Lengths and their sum.
const PRELUDE_BYTES: usize = 12;
/// The sum at the end.
const SUM_BYTES: usize = 4;
/// The kind of a header whose value is text.
const TEXT: u8 = 7;

/// One event of this type, with members in `protocol`.
pub fn event(protocol: Protocol, kind: &str, payload: &[u8]) -> Bytes {
    let headers = [(":message-type", "event"), (":event-type", kind), content_type_of(protocol)];
    encode(&headers, payload)
}

/// What comes before the first event: the members of the answer that are no events, of which there are none.
pub fn initial_response(protocol: Protocol) -> Bytes {
    let nothing: &[u8] = match protocol {
        Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RestJson => b"{}",
        // No service has streams in it.
        Protocol::Query(_) => b"",
        // An empty map.
        Protocol::AwsCbor11 | Protocol::RpcV2Cbor => &[0xa0],
    };
    event(protocol, "initial-response", nothing)
}

/// An exception of the stream's model, with members in `protocol`: the end.
pub fn exception(protocol: Protocol, kind: &str, payload: &[u8]) -> Bytes {
    let headers =
        [(":message-type", "exception"), (":exception-type", kind), content_type_of(protocol)];
    encode(&headers, payload)
}

/// An error that the stream's model does not know: the end.
pub fn error(code: &str, message: &str) -> Bytes {
    let headers = [(":message-type", "error"), (":error-code", code), (":error-message", message)];
    encode(&headers, b"")
}

fn content_type_of(protocol: Protocol) -> (&'static str, &'static str) {
    (":content-type", protocol.content_type())
}

/// A message.
///
/// # Panics
/// If a name is longer than 255 bytes, a value than 65,535, or all than 4 GiB: they are ours.
pub fn encode(headers: &[(&str, &str)], payload: &[u8]) -> Bytes {
    let header_bytes: usize =
        headers.iter().map(|(name, value)| 1 + name.len() + 1 + 2 + value.len()).sum();
    let total = PRELUDE_BYTES + header_bytes + payload.len() + SUM_BYTES;
    let mut out = Vec::with_capacity(total);
    let length = |bytes: usize| u32::try_from(bytes).expect("a message is far below 4 GiB");
    out.put_u32(length(total));
    out.put_u32(length(header_bytes));
    out.put_u32(crc32fast::hash(&out));
    for (name, value) in headers {
        out.put_u8(u8::try_from(name.len()).expect("names of headers are short"));
        out.put_slice(name.as_bytes());
        out.put_u8(TEXT);
        out.put_u16(u16::try_from(value.len()).expect("values of headers are short"));
        out.put_slice(value.as_bytes());
    }
    out.put_slice(payload);
    out.put_u32(crc32fast::hash(&out));
    out.into()
}
