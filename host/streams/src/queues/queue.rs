//! A queue, apart from the state of its records.

use domain::{
    AccountId, Millis, QueueArn, QueueId, QueueKey, QueueName, Region, ShardId, StreamId,
};
use storage::Position;

/// A queue as it is known. It never changes: what does is replaced as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its number.
    pub id: QueueId,
    /// What its ARN ends with.
    pub key: QueueKey,
    /// The account that owns it.
    pub account: AccountId,
    /// The region it lives in.
    pub region: Region,
    /// Its name, unique in account and region.
    pub name: QueueName,
    /// The stream that it delivers.
    pub stream: StreamId,
    /// When it was made.
    pub created: Millis,
    /// Where it was to begin.
    pub start: QueueStart,
    /// From when on, about, it delivers what arrived.
    pub start_at: Millis,
    /// Where it begins in the shards that there were when it was made; in every other one with the first record.
    pub(crate) starts: Vec<(ShardId, Position)>,
    /// What its owner may change.
    pub attributes: QueueAttributes,
    /// What the owner noted, by key.
    pub tags: Vec<(String, String)>,
    /// The commit that wrote its fact.
    pub(crate) version: u64,
}

/// Where a queue begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueStart {
    /// With the oldest record that is kept.
    TrimHorizon,
    /// Behind the newest record.
    Latest,
    /// With the first record that arrived at this time or later.
    AtTimestamp(Millis),
}

/// What the owner of a queue may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueAttributes {
    /// How long a received record stays hidden.
    pub visibility_seconds: u32,
    /// After how many receives a record is a dead letter; never if there is no number.
    pub dead_after: Option<u32>,
}

/// What a queue is to be.
#[derive(Clone, Debug)]
pub struct NewQueue {
    /// Its name.
    pub name: QueueName,
    /// Where it begins.
    pub start: QueueStart,
    /// What its owner may change.
    pub attributes: QueueAttributes,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

impl Queue {
    /// Its resource name.
    pub fn arn(&self) -> QueueArn {
        let Self { region, account, key, .. } = self;
        QueueArn { region: region.clone(), account: *account, key: key.clone() }
    }

    /// Where it begins in a shard.
    pub(crate) fn start_of(&self, shard: ShardId) -> Position {
        let found = self.starts.binary_search_by_key(&shard, |(shard, _)| *shard);
        found.map_or(Position::START, |at| self.starts[at].1)
    }
}
