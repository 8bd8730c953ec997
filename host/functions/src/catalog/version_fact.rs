//! How versions and aliases of functions are stored.
//!
//! | key | value |
//! |---|---|
//! | `u` account (8) region `0` name | the number that was given last |
//! | `v` account (8) region `0` name `0` number (8) | a version: what it has of its own, then the function as it was |
//! | `w` account (8) region `0` name `0` alias | an alias |
//!
//! The page `host/docs/formats/functions.md` is the reference.

use bytes::Bytes;
use domain::FunctionArn;
use storage::codec::{Decoded, Reader, Writer};

use super::function_fact;
use crate::function::{Function, FunctionFacts};
use crate::versions::{Alias, Other, Published};

const LAST_VERSION: u8 = 1;
const VERSION_VERSION: u8 = 1;
const ALIAS_VERSION: u8 = 1;

pub(super) fn encode_last(number: u64) -> Bytes {
    let mut value = Writer::new(LAST_VERSION);
    value.u64(number);
    value.finish()
}

pub(super) fn decode_last(value: &[u8]) -> Decoded<u64> {
    let mut reader = Reader::new(LAST_VERSION, value)?;
    let number = reader.u64()?;
    reader.end()?;
    Ok(number)
}

/// The function as it was is written as functions are, with the version of its own layout.
pub(super) fn encode(facts: &FunctionFacts, published: &Published) -> Bytes {
    let mut value = Writer::new(VERSION_VERSION);
    value.optional_text(published.description.as_deref());
    value.bytes(&function_fact::encode(facts));
    value.finish()
}

pub(super) fn decode(
    arn: FunctionArn,
    number: u64,
    value: &[u8],
    stored: u64,
) -> Decoded<Function> {
    let mut reader = Reader::new(VERSION_VERSION, value)?;
    let description = reader.optional_text()?;
    let FunctionArn { account, region, name } = arn;
    let facts = function_fact::decode((account, region, name), reader.all())?;
    Ok(Function { facts, published: Some(Published { number, description }), version: stored })
}

pub(super) fn encode_alias(alias: &Alias) -> Bytes {
    let mut value = Writer::new(ALIAS_VERSION);
    // Versions are counted from 1.
    value.u64(alias.version.unwrap_or(0));
    value.u8(alias.other.is_some().into());
    if let Some(Other { version, weight }) = alias.other {
        value.u64(version);
        value.u64(weight.to_bits());
    }
    value.text(&alias.description);
    value.text(&alias.revision);
    value.finish()
}

pub(super) fn decode_alias(value: &[u8]) -> Decoded<Alias> {
    let mut reader = Reader::new(ALIAS_VERSION, value)?;
    let version = Some(reader.u64()?).filter(|number| *number != 0);
    let other = match reader.u8()? {
        0 => None,
        1 => Some(Other { version: reader.u64()?, weight: f64::from_bits(reader.u64()?) }),
        other => return Err(format!("{other} where 0 or 1 was due")),
    };
    if other.is_some_and(|it| !(0.0..=1.0).contains(&it.weight)) {
        return Err("weight of an alias is not from 0 to 1".to_owned());
    }
    let alias = Alias { version, other, description: reader.text()?, revision: reader.text()? };
    reader.end()?;
    Ok(alias)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::tests::function;

    /// An alias as version 1 writes it.
    fn stored_alias() -> Vec<u8> {
        let numbers =
            [7u64.to_le_bytes(), 8u64.to_le_bytes(), 0x3fd0_0000_0000_0000u64.to_le_bytes()];
        let [version, other, weight] = numbers;
        [&b"\x01"[..], &version, b"\x01", &other, &weight, b"\x01\0d\x01\0r"].concat()
    }

    #[test]
    fn stored_versions_and_aliases_are_read_for_ever() {
        let facts = function();
        let published = Published { number: 7, description: Some("d".to_owned()) };
        let stored = [&b"\x01\x01\x01\0d"[..], &function_fact::encode(&facts)].concat();
        assert_eq!(encode(&facts, &published), stored);
        let read = decode(facts.arn(), 7, &stored, 9).unwrap();
        assert_eq!((read.facts, read.published, read.version), (facts.clone(), Some(published), 9));
        let bare = Published { number: 7, description: None };
        let read = decode(facts.arn(), 7, &encode(&facts, &bare), 9).unwrap();
        assert_eq!(read.published, Some(bare));

        let other = Some(Other { version: 8, weight: 0.25 });
        let (description, revision) = ("d".to_owned(), "r".to_owned());
        let alias = Alias { version: Some(7), other, description, revision };
        assert_eq!(encode_alias(&alias), stored_alias());
        assert_eq!(decode_alias(&stored_alias()), Ok(alias.clone()));
        let plain = Alias { version: None, other: None, ..alias };
        assert_eq!(decode_alias(&encode_alias(&plain)), Ok(plain));

        assert_eq!(encode_last(7), &b"\x01\x07\0\0\0\0\0\0\0"[..]);
        assert_eq!(decode_last(&encode_last(7)), Ok(7));
    }

    #[test]
    fn what_is_cut_too_long_or_out_of_bounds_is_damaged() {
        for at in 0..stored_alias().len() {
            assert!(decode_alias(&stored_alias()[..at]).is_err(), "{at}");
        }
        assert!(decode_alias(&[&stored_alias()[..], b"\0"].concat()).is_err());
        let mut heavy = stored_alias();
        heavy[18..26].copy_from_slice(&1.5f64.to_bits().to_le_bytes());
        assert!(decode_alias(&heavy).is_err());
        assert!(decode_last(b"\x01\x07").is_err());
        let stored = encode(&function(), &Published { number: 1, description: None });
        for at in 0..stored.len() {
            assert!(decode(function().arn(), 1, &stored[..at], 0).is_err(), "{at}");
        }
    }

    proptest! {
        #[test]
        fn changed_bytes_never_panic(at in 0usize..300, byte: u8) {
            let mut value = stored_alias();
            let length = value.len();
            value[at % length] = byte;
            let _ = decode_alias(&value);
            let mut value = encode(&function(), &Published { number: 1, description: None }).to_vec();
            let length = value.len();
            value[at % length] = byte;
            let _ = decode(function().arn(), 1, &value, 0);
        }
    }
}
