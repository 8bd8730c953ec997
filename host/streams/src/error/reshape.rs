//! What is told of changes of shards that cannot be.

use domain::{HashRange, ShardId, limits};

use super::Named;

/// A split or merge that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reshape {
    /// The second shard would not begin inside the first one.
    #[error(
        "NewStartingHashKey {at} used in SplitShard() on shard {shard} in stream {stream} is not both greater than one plus the shard's StartingHashKey {} and less than the shard's EndingHashKey {}.",
        range.first, range.last
    )]
    Border {
        /// As the caller wrote it.
        at: String,
        /// The shard.
        shard: ShardId,
        /// Its stream.
        stream: Named,
        /// What it takes.
        range: Box<HashRange>,
    },
    /// A shard that ended. No text of AWS was ever seen; this is like the one for merges.
    #[error("Shard {shard} in stream {stream} is not eligible for splitting")]
    Closed {
        /// The shard.
        shard: ShardId,
        /// Its stream.
        stream: Named,
    },
    /// Shards that ended, or with others between them, or the higher one first.
    #[error(
        "Shards {shard} and {adjacent} in stream {stream} are not an adjacent pair of shards eligible for merging"
    )]
    Apart {
        /// The one named first.
        shard: ShardId,
        /// The other.
        adjacent: ShardId,
        /// Their stream.
        stream: Named,
    },
}

/// A number of shards that is not given, or not now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Resize {
    /// More than twice as many.
    #[error(
        "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: {have} Target shard count: {target}"
    )]
    Double {
        /// Open shards that the stream has.
        have: u32,
        /// What was asked for.
        target: u32,
    },
    /// Less than half as many.
    #[error(
        "UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: {have} Target shard count: {target}"
    )]
    Half {
        /// Open shards that the stream has.
        have: u32,
        /// What was asked for.
        target: u32,
    },
    /// Beyond what the operation gives.
    #[error(
        "UpdateShardCount cannot scale to more than {max} shards. Target shard count: {0}",
        max = limits::UPDATE_SHARD_COUNT_MAX
    )]
    Most(u32),
    /// Too often.
    #[error(
        "Stream {0} has been scaled {max} times in the last 24 hours, which is the limit.",
        max = limits::UPDATE_SHARD_COUNTS_PER_DAY
    )]
    Often(Named),
    /// Too many shards that ended are kept.
    #[error(
        "This request would exceed the number of open and closed shards that are kept: {} for a stream, {} for an account. Closed shards go once their records have expired.",
        limits::STREAM_SHARDS_KEPT_MAX,
        limits::ACCOUNT_SHARDS_KEPT_MAX
    )]
    Kept,
}
