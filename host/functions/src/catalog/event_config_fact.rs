//! How configurations of asynchronous calls are stored.
//!
//! | key | value |
//! |---|---|
//! | `p` | the producer number under which changes are committed |
//! | `e` function (8) qualifier | the configuration; the qualifier is `$LATEST` for the function itself |
//!
//! The page `host/docs/formats/functions.md` is the reference.

use bytes::{BufMut, Bytes};
use domain::{
    AccountId, FunctionArn, FunctionId, Millis, QualifiedArn, Qualifier, Region, StreamId,
};
use storage::codec::{Decoded, Reader, Writer};

use crate::destination::Destination;
use crate::events::EventConfig;
use crate::mapping::StreamRef;

const VERSION: u8 = 1;
const CONFIGS: u8 = b'e';

const STREAM: u8 = 1;
const FUNCTION: u8 = 2;

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
    let mut value = Writer::new(VERSION);
    value.u64(config.account.number());
    value.optional_u32(config.retries);
    value.optional_u32(config.age_seconds);
    value.u64(config.modified.0);
    put(&mut value, config.on_success.as_ref());
    put(&mut value, config.on_failure.as_ref());
    value.finish()
}

pub(super) fn decode(value: &[u8]) -> Decoded<EventConfig> {
    let mut reader = Reader::new(VERSION, value)?;
    let config = EventConfig {
        account: account(reader.u64()?)?,
        retries: reader.optional_u32()?,
        age_seconds: reader.optional_u32()?,
        modified: Millis(reader.u64()?),
        on_success: take(&mut reader)?,
        on_failure: take(&mut reader)?,
    };
    reader.end()?;
    Ok(config)
}

fn account(number: u64) -> Decoded<AccountId> {
    AccountId::from_number(number).map_err(|error| error.to_string())
}

fn put(value: &mut Writer, destination: Option<&Destination>) {
    match destination {
        None => value.u8(0),
        Some(Destination::Stream(stream)) => {
            value.u8(STREAM);
            value.u64(stream.id.0);
            value.text(stream.name.as_str());
        }
        Some(Destination::Function(arn)) => {
            value.u8(FUNCTION);
            put_function(value, arn);
        }
    }
}

fn take(reader: &mut Reader<'_>) -> Decoded<Option<Destination>> {
    Ok(match reader.u8()? {
        0 => None,
        STREAM => {
            let (id, name) = (StreamId(reader.u64()?), reader.parsed()?);
            Some(Destination::Stream(StreamRef { id, name }))
        }
        FUNCTION => Some(Destination::Function(take_function(reader)?)),
        other => return Err(format!("destination {other} is not known")),
    })
}

/// Writes what names a function, or a version or an alias of it.
pub(crate) fn put_function(value: &mut Writer, arn: &QualifiedArn) {
    let QualifiedArn { function, qualifier } = arn;
    value.u64(function.account.number());
    value.text(function.region.as_str());
    value.text(function.name.as_str());
    value.optional_text(qualifier.as_ref().map(ToString::to_string).as_deref());
}

/// Reads what [`put_function`] wrote.
pub(crate) fn take_function(reader: &mut Reader<'_>) -> Decoded<QualifiedArn> {
    let account = account(reader.u64()?)?;
    let region: Region = reader.parsed()?;
    let name = reader.parsed()?;
    let qualifier = reader.optional_text()?.map(|text| text.parse::<Qualifier>()).transpose();
    let qualifier = qualifier.map_err(|error| error.to_string())?;
    Ok(QualifiedArn { function: FunctionArn { region, account, name }, qualifier })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
        assert_eq!(encode(&config()), stored());
        for at in 0..stored().len() {
            assert!(decode(&stored()[..at]).is_err(), "{at}");
        }
        let stored_key = b"e\0\0\0\0\0\0\0\x07live";
        let named = (FunctionId(7), "live".parse().unwrap());
        assert_eq!(decode_key(stored_key).unwrap(), named);
        assert_eq!(&key(named.0, &named.1)[..], stored_key);
        assert!(decode_key(b"e").is_err());
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
