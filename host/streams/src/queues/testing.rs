//! A queue for tests.

use domain::{Millis, QueueId, ShardId, StreamId};
use storage::{Position, Term};

use super::queue::{Queue, QueueAttributes, QueueStart};

/// One that differs from a new one in all that it has.
pub(super) fn queue() -> Queue {
    Queue {
        id: QueueId(7),
        key: "abcdefghij0123456789-abc".parse().expect("it is a key"),
        account: "123456789012".parse().expect("it is an account"),
        region: "us-east-1".parse().expect("it is a region"),
        name: "work".parse().expect("it is a name"),
        stream: StreamId(5),
        created: Millis(1_790_068_000_000),
        start: QueueStart::AtTimestamp(Millis(1_790_000_000_000)),
        start_at: Millis(1_790_000_000_001),
        starts: vec![(ShardId(0), Position { term: Term(9), offset: 3 })],
        attributes: QueueAttributes { visibility_seconds: 30, dead_after: Some(6) },
        tags: vec![("team".to_owned(), "a".to_owned())],
        version: 11,
    }
}
