//! How configurations of asynchronous calls are stored.
//!
//! | key | value |
//! |---|---|
//! | `p` | the producer number under which changes are committed |
//! | `e` function (8) qualifier | the configuration; the qualifier is `$LATEST` for the function itself |
//!
//! The page `host/docs/formats/functions.md` is the reference.

use bytes::{BufMut, Bytes};
use domain::{AccountId, FunctionId, Millis, Qualifier};
use storage::codec::{Decoded, Reader, Writer};

use super::destination_fact::{put_destination, take_destination};
use crate::events::EventConfig;

/// The layouts that are read; the last one is written. The first knew no destinations outside of this server.
const VERSIONS: [u8; 2] = [1, 2];
const CONFIGS: u8 = b'e';

pub(super) fn key(function: FunctionId, qualifier: &Qualifier) -> Bytes {
    let mut key = vec![CONFIGS];
    key.put_u64(function.0);
    key.put_slice(qualifier.to_string().as_bytes());
    key.into()
}

pub(super) fn decode_key(key: &[u8]) -> Decoded<(FunctionId, Qualifier)> {
    let unknown = || format!("key {:?} is not known", key.escape_ascii().to_string());
    let rest = key.strip_prefix(&[CONFIGS]).ok_or_else(unknown)?;
    let (function, qualifier) = rest.split_first_chunk().ok_or_else(unknown)?;
    let qualifier = std::str::from_utf8(qualifier).ok().and_then(|text| text.parse().ok());
    Ok((FunctionId(u64::from_be_bytes(*function)), qualifier.ok_or_else(unknown)?))
}

pub(super) fn encode(config: &EventConfig) -> Bytes {
    let mut value = Writer::new(VERSIONS[1]);
    value.u64(config.account.number());
    value.optional_u32(config.retries);
    value.optional_u32(config.age_seconds);
    value.u64(config.modified.0);
    put_destination(&mut value, config.on_success.as_ref());
    put_destination(&mut value, config.on_failure.as_ref());
    value.finish()
}

pub(super) fn decode(value: &[u8]) -> Decoded<EventConfig> {
    let (_, mut reader) = Reader::versions(&VERSIONS, value)?;
    let config = EventConfig {
        account: account(reader.u64()?)?,
        retries: reader.optional_u32()?,
        age_seconds: reader.optional_u32()?,
        modified: Millis(reader.u64()?),
        on_success: take_destination(&mut reader)?,
        on_failure: take_destination(&mut reader)?,
    };
    reader.end()?;
    Ok(config)
}

pub(super) fn account(number: u64) -> Decoded<AccountId> {
    AccountId::from_number(number).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use domain::{FunctionArn, QualifiedArn, StreamId};
    use proptest::prelude::*;

    use super::*;
    use crate::destination::{Destination, Elsewhere};
    use crate::mapping::StreamRef;

    fn config() -> EventConfig {
        let function = FunctionArn {
            region: "us-east-1".parse().unwrap(),
            account: "123456789012".parse().unwrap(),
            name: "g".parse().unwrap(),
        };
        let qualifier = Some("live".parse().unwrap());
        let stream = StreamRef { id: StreamId(7), name: "s".parse().unwrap() };
        EventConfig {
            account: "123456789012".parse().unwrap(),
            retries: Some(1),
            age_seconds: None,
            on_success: Some(Destination::Stream(stream)),
            on_failure: Some(Destination::Function(QualifiedArn { function, qualifier })),
            modified: Millis(9),
        }
    }

    /// A configuration as version 1 writes it.
    fn stored() -> Vec<u8> {
        let account = 123_456_789_012_u64.to_le_bytes();
        [
            &b"\x01"[..],
            &account,
            b"\x01\x01\0\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0",
            b"\x01\x07\0\0\0\0\0\0\0\x01\0s",
            b"\x02",
            &account,
            b"\x09\0us-east-1\x01\0g\x01\x04\0live",
        ]
        .concat()
    }

    #[test]
    fn stored_configurations_are_read_for_ever() {
        assert_eq!(decode(&stored()).unwrap(), config());
        let mut newer = stored();
        newer[0] = 2;
        assert_eq!(encode(&config()), newer);
        assert_eq!(decode(&newer).unwrap(), config());
        for at in 0..stored().len() {
            assert!(decode(&stored()[..at]).is_err(), "{at}");
        }
        let stored_key = b"e\0\0\0\0\0\0\0\x07live";
        let named = (FunctionId(7), "live".parse().unwrap());
        assert_eq!(decode_key(stored_key).unwrap(), named);
        assert_eq!(&key(named.0, &named.1)[..], stored_key);
        assert!(decode_key(b"e").is_err());
    }

    #[test]
    fn destinations_elsewhere_are_stored_as_they_are_named() {
        let place = |text: &str| Elsewhere::parse(text).unwrap().unwrap();
        let config = EventConfig {
            on_success: Some(Destination::Elsewhere(place("arn:aws:s3:::abc"))),
            on_failure: Some(Destination::Elsewhere(place("https://h/x"))),
            ..config()
        };
        let stored = encode(&config);
        assert_eq!(decode(&stored), Ok(config));
        let end = b"\x03\x10\0arn:aws:s3:::abc\x03\x0b\0https://h/x";
        assert!(stored.ends_with(end), "{}", stored.escape_ascii());
        let unknown = [&stored[..stored.len() - 12], b"\x04\0ftp:"].concat();
        assert!(decode(&unknown).is_err());
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
