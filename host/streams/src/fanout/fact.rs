//! How consumers are stored.
//!
//! | key | value |
//! |---|---|
//! | `c` stream id (8, big-endian) name | version 1 · id (8) · account (8) · registered (8) · tags · policy |
//!
//! The policy is a length in four bytes, 0 without one, and the text. The page is `host/docs/formats/consumers.md`.

use bytes::{BufMut, Bytes};
use domain::{AccountId, ConsumerName, Millis, StreamId};
use storage::codec::{Decoded, Reader, Writer};

use super::{ConsumerFacts, ConsumerId};

const VERSION: u8 = 1;
const PREFIX: u8 = b'c';

pub(super) fn key(stream: StreamId, name: &ConsumerName) -> Bytes {
    let mut key = vec![PREFIX];
    key.put_u64(stream.0);
    key.put_slice(name.as_str().as_bytes());
    key.into()
}

pub(super) fn encode(facts: &ConsumerFacts) -> Bytes {
    let ConsumerFacts { id, stream: _, account, name: _, created, tags, policy } = facts;
    let mut out = Writer::new(VERSION);
    out.u64(id.0);
    out.u64(account.number());
    out.u64(created.0);
    out.pairs(tags);
    let policy = policy.as_deref().unwrap_or_default();
    out.u32(u32::try_from(policy.len()).expect("a policy is far smaller"));
    out.bytes(policy.as_bytes());
    out.finish()
}

pub(super) fn decode(key: &[u8], value: &[u8]) -> Decoded<ConsumerFacts> {
    let (stream, name) = decode_key(key).ok_or("key of a consumer is damaged")?;
    let mut reader = Reader::new(VERSION, value)?;
    let id = ConsumerId(reader.u64()?);
    let account = AccountId::from_number(reader.u64()?);
    let account = account.map_err(|error| error.to_string())?;
    let created = Millis(reader.u64()?);
    let tags = reader.pairs()?;
    let length = reader.u32()?;
    let policy = reader.rest()?;
    if u32::try_from(policy.len()) != Ok(length) {
        return Err("policy of a consumer has another length".to_owned());
    }
    let policy = Some(policy).filter(|policy| !policy.is_empty());
    Ok(ConsumerFacts { id, stream, account, name, created, tags, policy })
}

fn decode_key(key: &[u8]) -> Option<(StreamId, ConsumerName)> {
    let (stream, name) = key.strip_prefix(&[PREFIX])?.split_first_chunk()?;
    let name = std::str::from_utf8(name).ok()?.parse().ok()?;
    Some((StreamId(u64::from_be_bytes(*stream)), name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts(policy: Option<&str>) -> ConsumerFacts {
        ConsumerFacts {
            id: ConsumerId(9),
            stream: StreamId(7),
            account: "123456789012".parse().unwrap(),
            name: "app".parse().unwrap(),
            created: Millis(1_790_068_000_123),
            tags: vec![("team".to_owned(), "a".to_owned())],
            policy: policy.map(str::to_owned),
        }
    }

    #[test]
    fn reads_what_version_one_wrote() {
        let key = [&b"c"[..], &[0, 0, 0, 0, 0, 0, 0, 7], b"app"].concat();
        let mut value = vec![1];
        value.extend(9u64.to_le_bytes());
        value.extend(123_456_789_012u64.to_le_bytes());
        value.extend(1_790_068_000_123u64.to_le_bytes());
        value.extend([1, 0, 4, 0, b't', b'e', b'a', b'm', 1, 0, b'a']);
        value.extend([2, 0, 0, 0, b'{', b'}']);
        let expected = facts(Some("{}"));
        assert_eq!(decode(&key, &value), Ok(expected.clone()));
        assert_eq!(super::key(expected.stream, &expected.name), key);
        assert_eq!(encode(&expected), value);
        value[0] = 2;
        assert_eq!(decode(&key, &value), Err("layout 2 is not known".to_owned()));
    }

    #[test]
    fn one_without_a_policy_round_trips() {
        let facts = facts(None);
        assert_eq!(decode(&key(facts.stream, &facts.name), &encode(&facts)), Ok(facts));
    }

    proptest! {
        #[test]
        fn never_panics(key in any::<Vec<u8>>(), value in any::<Vec<u8>>()) {
            let _ = decode(&key, &value);
            let _ = decode(b"c\0\0\0\0\0\0\0\x07app", &value);
        }
    }
}
