//! How queues are stored.
//!
//! | key | value |
//! |---|---|
//! | `p` | the producer number under which changes are committed |
//! | `q` id (8) | a queue |
//! | `d` id (8) | the number of a queue that was deleted and whose facts are not all gone |
//!
//! The page `host/docs/formats/queues.md` is the reference.

use bytes::{BufMut, Bytes};
use domain::{AccountId, Millis, QueueId, ShardId, StreamId};
use storage::codec::{Decoded, Reader, Writer};
use storage::{Position, Term};

use super::queue::{Queue, QueueAttributes, QueueStart};

const VERSION: u8 = 1;
const QUEUES: u8 = b'q';
const DELETED: u8 = b'd';

/// What a fact is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    Queue(QueueId),
    Deleted(QueueId),
}

pub(super) fn key(id: QueueId) -> Bytes {
    keyed(QUEUES, id)
}

pub(super) fn deleted_key(id: QueueId) -> Bytes {
    keyed(DELETED, id)
}

fn keyed(kind: u8, id: QueueId) -> Bytes {
    let mut key = vec![kind];
    key.put_u64(id.0);
    key.into()
}

pub(super) fn decode_key(key: &[u8]) -> Decoded<Key> {
    let unknown = || format!("key {:?} is not known", key.escape_ascii().to_string());
    let (kind, id) = key.split_first().ok_or_else(unknown)?;
    let id = id.try_into().map_err(|_length| unknown())?;
    let id = QueueId(u64::from_be_bytes(id));
    match *kind {
        QUEUES => Ok(Key::Queue(id)),
        DELETED => Ok(Key::Deleted(id)),
        _ => Err(unknown()),
    }
}

pub(super) fn encode_deleted(account: AccountId) -> Bytes {
    let mut value = Writer::new(VERSION);
    value.u64(account.number());
    value.finish()
}

pub(super) fn decode_deleted(value: &[u8]) -> Decoded<AccountId> {
    let mut reader = Reader::new(VERSION, value)?;
    let account = take_account(&mut reader)?;
    reader.end()?;
    Ok(account)
}

pub(super) fn encode(queue: &Queue) -> Bytes {
    let mut value = Writer::new(VERSION);
    value.u64(queue.account.number());
    value.text(queue.region.as_str());
    value.text(queue.name.as_str());
    value.text(queue.key.as_str());
    value.u64(queue.stream.0);
    value.u64(queue.created.0);
    let (start, at) = match queue.start {
        QueueStart::TrimHorizon => (0, Millis(0)),
        QueueStart::Latest => (1, Millis(0)),
        QueueStart::AtTimestamp(at) => (2, at),
    };
    value.u8(start);
    value.u64(at.0);
    value.u64(queue.start_at.0);
    value.u32(queue.attributes.visibility_seconds);
    value.optional_u32(queue.attributes.dead_after);
    value.pairs(&queue.tags);
    value.u32(u32::try_from(queue.starts.len()).expect("a stream has far fewer shards"));
    for (shard, position) in &queue.starts {
        value.u32(shard.0);
        value.u32(position.term.0);
        value.u64(position.offset);
    }
    value.finish()
}

pub(super) fn decode(id: QueueId, value: &[u8], version: u64) -> Decoded<Queue> {
    let mut reader = Reader::new(VERSION, value)?;
    let queue = Queue {
        id,
        account: take_account(&mut reader)?,
        region: reader.parsed()?,
        name: reader.parsed()?,
        key: reader.parsed()?,
        stream: StreamId(reader.u64()?),
        created: Millis(reader.u64()?),
        start: take_start(&mut reader)?,
        start_at: Millis(reader.u64()?),
        attributes: QueueAttributes {
            visibility_seconds: reader.u32()?,
            dead_after: reader.optional_u32()?,
        },
        tags: reader.pairs()?,
        starts: take_starts(&mut reader)?,
        version,
    };
    reader.end()?;
    Ok(queue)
}

fn take_account(reader: &mut Reader<'_>) -> Decoded<AccountId> {
    AccountId::from_number(reader.u64()?).map_err(|error| error.to_string())
}

fn take_start(reader: &mut Reader<'_>) -> Decoded<QueueStart> {
    let (start, at) = (reader.u8()?, Millis(reader.u64()?));
    match start {
        0 => Ok(QueueStart::TrimHorizon),
        1 => Ok(QueueStart::Latest),
        2 => Ok(QueueStart::AtTimestamp(at)),
        other => Err(format!("start {other} is not known")),
    }
}

fn take_starts(reader: &mut Reader<'_>) -> Decoded<Vec<(ShardId, Position)>> {
    let count = reader.u32()?;
    let mut starts: Vec<(ShardId, Position)> = Vec::new();
    for _ in 0..count {
        let shard = ShardId(reader.u32()?);
        if starts.last().is_some_and(|(last, _)| *last >= shard) {
            return Err("shards are not in order".to_owned());
        }
        starts.push((shard, Position { term: Term(reader.u32()?), offset: reader.u64()? }));
    }
    Ok(starts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::queues::testing::queue;

    #[test]
    fn round_trips() {
        for start in [QueueStart::Latest, QueueStart::TrimHorizon, queue().start] {
            for dead_after in [None, Some(1)] {
                let attributes = QueueAttributes { dead_after, ..queue().attributes };
                let queue = Queue { start, attributes, ..queue() };
                assert_eq!(decode(queue.id, &encode(&queue), queue.version).unwrap(), queue);
            }
        }
        assert_eq!(decode_key(&key(QueueId(1))), Ok(Key::Queue(QueueId(1))));
        assert_eq!(decode_key(&deleted_key(QueueId(1))), Ok(Key::Deleted(QueueId(1))));
        let account = queue().account;
        assert_eq!(decode_deleted(&encode_deleted(account)), Ok(account));
    }

    #[test]
    fn reads_what_version_one_wrote() {
        let mut value = vec![1];
        value.put_u64_le(123_456_789_012);
        for text in ["us-east-1", "work", "abcdefghij0123456789-abc"] {
            value.put_u16_le(text.len().try_into().unwrap());
            value.put_slice(text.as_bytes());
        }
        value.put_u64_le(5);
        value.put_u64_le(1_790_068_000_000);
        value.put_u8(2);
        value.put_u64_le(1_790_000_000_000);
        value.put_u64_le(1_790_000_000_001);
        value.put_u32_le(30);
        value.put_u8(1);
        value.put_u32_le(6);
        value.put_u16_le(1);
        for text in ["team", "a"] {
            value.put_u16_le(text.len().try_into().unwrap());
            value.put_slice(text.as_bytes());
        }
        value.put_u32_le(1);
        value.put_u32_le(0);
        value.put_u32_le(9);
        value.put_u64_le(3);
        assert_eq!(decode(QueueId(7), &value, 11).unwrap(), queue());
        assert_eq!(encode(&queue()), value);
        value[0] = 2;
        assert!(decode(QueueId(7), &value, 11).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(key in any::<Vec<u8>>(), mut value in any::<Vec<u8>>()) {
            if let Some(first) = value.first_mut() {
                *first = VERSION;
            }
            let _ = decode_key(&key);
            let _ = decode(QueueId(1), &value, 0);
            let _ = decode_deleted(&value);
        }
    }
}
