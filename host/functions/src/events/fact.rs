//! How events are stored.
//!
//! | key | value |
//! |---|---|
//! | `s` function (8) event (8) | the state |
//! | `p` function (8) event (8) | the payload, as it came |
//!
//! The page `host/docs/formats/functions.md` is the reference.

use bytes::{BufMut, Bytes};
use domain::{FunctionId, Millis};
use storage::Scope;
use storage::codec::{Decoded, Reader, Writer};

use super::EventState;
use crate::catalog::{put_function, take_function};

pub(super) const SCOPE: Scope = Scope("events", 0);
pub(super) const STATES: &[u8] = b"s";
const PAYLOADS: &[u8] = b"p";
const VERSION: u8 = 1;

/// An event: whose it is, and its number.
pub(super) type EventId = (FunctionId, u64);

pub(super) fn state_key(id: EventId) -> Bytes {
    key(STATES, id)
}

pub(super) fn payload_key(id: EventId) -> Bytes {
    key(PAYLOADS, id)
}

fn key(kind: &[u8], (function, event): EventId) -> Bytes {
    let mut key = kind.to_vec();
    key.put_u64(function.0);
    key.put_u64(event);
    key.into()
}

pub(super) fn decode_key(key: &[u8]) -> Decoded<EventId> {
    let numbers = || {
        let (function, event) = key.strip_prefix(STATES)?.split_first_chunk()?;
        Some((
            FunctionId(u64::from_be_bytes(*function)),
            u64::from_be_bytes(event.try_into().ok()?),
        ))
    };
    numbers().ok_or_else(|| format!("key {:?} is not known", key.escape_ascii().to_string()))
}

pub(super) fn encode(state: &EventState) -> Bytes {
    let mut value = Writer::new(VERSION);
    put_function(&mut value, &state.target);
    value.text(&state.request_id);
    value.u64(state.accepted.0);
    value.u32(state.attempts);
    value.u32(state.throttles);
    value.u64(state.due.0);
    value.u8(state.depth);
    value.u32(state.bytes);
    value.finish()
}

pub(super) fn decode(value: &[u8]) -> Decoded<EventState> {
    let mut reader = Reader::new(VERSION, value)?;
    let state = EventState {
        target: take_function(&mut reader)?,
        request_id: reader.text()?,
        accepted: Millis(reader.u64()?),
        attempts: reader.u32()?,
        throttles: reader.u32()?,
        due: Millis(reader.u64()?),
        depth: reader.u8()?,
        bytes: reader.u32()?,
    };
    reader.end()?;
    Ok(state)
}

#[cfg(test)]
mod tests {
    use domain::{FunctionArn, QualifiedArn};
    use proptest::prelude::*;

    use super::*;

    fn state() -> EventState {
        let function = FunctionArn {
            region: "us-east-1".parse().unwrap(),
            account: "123456789012".parse().unwrap(),
            name: "f".parse().unwrap(),
        };
        EventState {
            target: QualifiedArn { function, qualifier: None },
            request_id: "id".to_owned(),
            accepted: Millis(1),
            attempts: 2,
            throttles: 3,
            due: Millis(4),
            depth: 5,
            bytes: 6,
        }
    }

    /// A state as version 1 writes it.
    fn stored() -> Vec<u8> {
        let account = 123_456_789_012_u64.to_le_bytes();
        [
            &b"\x01"[..],
            &account,
            b"\x09\0us-east-1\x01\0f\0\x02\0id\x01\0\0\0\0\0\0\0\x02\0\0\0\x03\0\0\0",
            b"\x04\0\0\0\0\0\0\0\x05\x06\0\0\0",
        ]
        .concat()
    }

    #[test]
    fn stored_events_are_read_for_ever() {
        assert_eq!(decode(&stored()).unwrap(), state());
        assert_eq!(encode(&state()), stored());
        for at in 0..stored().len() {
            assert!(decode(&stored()[..at]).is_err(), "{at}");
        }
        let id = (FunctionId(7), 8);
        assert_eq!(&state_key(id)[..], b"s\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\x08");
        assert_eq!(decode_key(&state_key(id)).unwrap(), id);
        assert!(decode_key(&payload_key(id)).is_err() && decode_key(b"s").is_err());
    }

    proptest! {
        #[test]
        fn changed_bytes_never_panic(at in 0usize..200, byte: u8) {
            let mut value = stored();
            let length = value.len();
            value[at % length] = byte;
            let _ = decode(&value);
            let _ = decode_key(&value);
        }
    }
}
