//! What the exceptions know. `Display` is the sentence that AWS says, where one was ever seen.

use domain::{AccountId, Region, SequenceNumber, ShardId, limits};

use super::{Paced, Reshape, Resize, Setting, Sharing};

/// A stream as sentences name it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{stream} under account {account}")]
pub struct Named {
    /// The account that owns it, or would.
    pub account: AccountId,
    /// Its name, as the caller wrote it.
    pub stream: String,
}

/// What is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// A stream.
    #[error("Stream {0} not found.")]
    Stream(Named),
    /// A shard, or the stream that it would be of.
    #[error("Shard {shard} in stream {stream} does not exist")]
    Shard {
        /// The shard.
        shard: ShardId,
        /// Its stream.
        stream: Named,
    },
    /// A resource that the operation cannot be about, such as a channel.
    #[error("Resource {0} not found.")]
    Resource(String),
    /// A policy of a resource that is there.
    #[error("No resource policy found for resource ARN {0}.")]
    Policy(String),
    /// A shard whose id no stream could have.
    #[error("Could not find shard {text} in stream {stream}.")]
    ShardText {
        /// The id as the caller wrote it.
        text: String,
        /// The stream.
        stream: Named,
    },
}

/// What makes no sense in a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// An explicit hash key beyond the key space.
    #[error(
        "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {0}"
    )]
    HashKey(String),
    /// A `SequenceNumberForOrdering` that was never given.
    #[error(
        "ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream {stream} is invalid."
    )]
    Ordering {
        /// As the caller wrote it.
        number: String,
        /// The stream.
        stream: Named,
    },
    /// Data and partition key of one record.
    #[error("Record size exceeds {kib} KiB limit")]
    RecordBytes {
        /// What the stream accepts.
        kib: u32,
    },
    /// Data and partition keys of one call.
    #[error("Records size exceeds {} MB limit", limits::PUT_RECORDS_BYTES_MAX / 1024 / 1024)]
    CallBytes,
    /// A page token besides what it stands for.
    #[error("NextToken and {0} cannot be provided together.")]
    TokenWith(&'static str),
    /// Neither a page token nor a stream.
    #[error("Either NextToken or StreamName should be provided.")]
    NoTokenNorName,
    /// A page token that was not issued here.
    #[error("Invalid NextToken.")]
    NextToken,
    /// An iterator that was not issued here, or for another stream.
    #[error("Invalid ShardIterator.")]
    Iterator,
    /// Name and ARN of different streams.
    #[error("StreamARN {arn} does not match StreamName {name}.")]
    ArnMismatch {
        /// As the caller wrote it.
        arn: String,
        /// As the caller wrote it.
        name: String,
    },
    /// A member that the kind of filter needs.
    #[error("Must specify {field} parameter for ShardFilter of type {kind}.")]
    FilterWithout {
        /// The member.
        field: &'static str,
        /// The kind.
        kind: String,
    },
    /// A member that the kind of filter does not take.
    #[error("{field} parameter is not allowed for ShardFilter of type {kind}.")]
    FilterWith {
        /// The member.
        field: &'static str,
        /// The kind.
        kind: String,
    },
    /// A number where the type of iterator takes none, or none where it needs one.
    #[error(
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {kind} and {} StartingSequenceNumber.",
        if *given { "also a" } else { "no" }
    )]
    Start {
        /// The type.
        kind: String,
        /// Whether there was a number.
        given: bool,
    },
    /// A number that is none, or of another incarnation.
    #[error(
        "StartingSequenceNumber {number} used in GetShardIterator on shard {shard} in stream {stream} is invalid{}.",
        if *foreign { " because it did not come from this stream" } else { "" }
    )]
    StartNumber {
        /// As the caller wrote it.
        number: String,
        /// The shard asked.
        shard: ShardId,
        /// Its stream.
        stream: Named,
        /// Whether it is a number, but of another stream.
        foreign: bool,
    },
    /// A number of another shard.
    #[error(
        "Invalid StartingSequenceNumber. It encodes {}, while it was used in a call to a shard with {shard}",
        number.shard()
    )]
    StartOfShard {
        /// The number.
        number: SequenceNumber,
        /// The shard asked.
        shard: ShardId,
    },
    /// An iterator by time without a time.
    #[error(
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter."
    )]
    NoTimestamp,
    /// An iterator by a time to come.
    #[error(
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: {at}, currentTimestampInMillis: {now}"
    )]
    TimestampAhead {
        /// The time asked for.
        at: i64,
        /// The time.
        now: u64,
    },
    /// A split or merge.
    #[error(transparent)]
    Reshape(Reshape),
    /// A number of shards for a stream that finds its own.
    #[error("ShardCount is not expected when StreamMode=ON_DEMAND")]
    ShardCountGiven,
    /// No number of shards for a stream that needs one.
    #[error("ShardCount is required when StreamMode=PROVISIONED")]
    ShardCountMissing,
    /// Too many tags.
    #[error(
        "Failed to add tags to stream {stream} because a given stream cannot have more than {} tags associated with it.",
        limits::STREAM_TAGS_MAX
    )]
    TagCount {
        /// The stream.
        stream: Named,
    },
    /// A retention below the least.
    #[error(
        "Minimum allowed retention period is {} hours. Requested retention period ({hours} hours) is too short.",
        limits::RETENTION_HOURS_DEFAULT
    )]
    RetentionShort {
        /// What was asked for.
        hours: u32,
    },
    /// A retention beyond the longest.
    #[error(
        "Maximum allowed retention period is {} hours. Requested retention period ({hours} hours) is too long.",
        limits::RETENTION_HOURS_MAX
    )]
    RetentionLong {
        /// What was asked for.
        hours: u32,
    },
    /// A retention that is to become longer and would become shorter, or the other way round.
    #[error(
        "Requested retention period ({hours} hours) for stream {stream} can not be {} than existing retention period ({existing} hours). Use {} API.",
        if hours < existing { "shorter" } else { "longer" },
        if hours < existing { "DecreaseRetentionPeriod" } else { "IncreaseRetentionPeriod" }
    )]
    RetentionDirection {
        /// What was asked for.
        hours: u32,
        /// What the stream has.
        existing: u32,
        /// Its name.
        stream: String,
    },
    /// Tags with characters that AWS finds invalid only when it looks for the second time.
    #[error(
        "Failed to {} stream {stream} because some tags contained illegal characters. The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@'.",
        if *adding { "add tags to" } else { "remove tags from" }
    )]
    TagPercent {
        /// Whether they were to be added.
        adding: bool,
        /// The stream.
        stream: Named,
    },
    /// Tags whose keys are not for users.
    #[error(
        "Failed to {} stream {stream} because tag keys that start with aws: are reserved. Use other keys.",
        if *adding { "add tags to" } else { "remove tags from" }
    )]
    TagReserved {
        /// Whether they were to be added.
        adding: bool,
        /// The stream.
        stream: Named,
    },
    /// Tags with characters that tags do not have.
    #[error(
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @ :."
    )]
    TagCharacters,
    /// A setting of a stream.
    #[error(transparent)]
    Setting(Setting),
    /// The policy of a resource.
    #[error(transparent)]
    Sharing(Sharing),
    /// An encryption that is none.
    #[error("EncryptionType must be KMS.")]
    EncryptionType,
    /// Something that AWS has and this server has not.
    #[error("{what} is not supported by this server: {instead}")]
    Unsupported {
        /// The member and its value.
        what: &'static str,
        /// What works.
        instead: &'static str,
    },
}

/// What breaks a rule that depends on the stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Data beyond what the stream accepts.
    #[error("data of {bytes} bytes where {max} are allowed")]
    Data {
        /// The record's place in the call, unless the call has but one.
        index: Option<usize>,
        /// How many there are.
        bytes: usize,
        /// How many there may be.
        max: usize,
    },
    /// Warm throughput in an account that did not commit itself.
    #[error(
        "WarmThroughputMiBps is only supported in accounts that have MinimumThroughputBillingCommitment enabled. Use UpdateAccountSettings to enable it."
    )]
    NoCommitment,
    /// Records without partition keys, in a stream that goes by them.
    #[error("{} records have no partition key", places.len())]
    NoKeys {
        /// Their places in the call, unless the call has but one.
        places: Vec<Option<usize>>,
    },
    /// A member that only streams in the other mode have.
    #[error("{0} is only supported for data streams with the on-demand capacity mode.")]
    OnDemandOnly(&'static str),
    /// What only streams in the other mode let their owner do.
    #[error("{0} is only supported for data streams with the provisioned capacity mode.")]
    ProvisionedOnly(&'static str),
}

/// What an account would have too much of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Quota {
    /// Calls in a second.
    #[error(transparent)]
    Rate(Paced),
    /// Shards.
    #[error(
        "This request would exceed the shard limit for the account {account} in {region}. Current shard count for the account: {have}. Limit: {}. Number of additional shards that would have resulted from this request: {more}. Refer to the AWS Service Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits.",
        limits::ACCOUNT_SHARDS_MAX
    )]
    Shards {
        /// The account.
        account: AccountId,
        /// The region.
        region: Region,
        /// Open shards that it has.
        have: u64,
        /// What was asked for on top.
        more: u32,
    },
    /// Shards of one stream, whoever owns it.
    #[error(
        "This request would exceed the shard limit for a stream. Limit: {max}. Number of shards requested: {0}.",
        max = limits::STREAM_SHARDS_MAX
    )]
    StreamShards(u32),
    /// Changes of a setting.
    #[error(transparent)]
    Setting(Setting),
    /// Commitments, each in a region of its own.
    #[error(
        "Account {account} cannot have settings in more than {} regions.",
        limits::ACCOUNT_COMMITMENTS_MAX
    )]
    Commitments {
        /// The account.
        account: AccountId,
    },
    /// Warm throughput of a stream.
    #[error("WarmThroughputMiBps {mib} exceeds the limit of {max} MiB per second for a stream.")]
    WarmThroughput {
        /// What was asked for.
        mib: u32,
        /// What a stream may have.
        max: u32,
    },
    /// A change of the number of shards.
    #[error(transparent)]
    Resize(Resize),
    /// Changes of the encryption of a stream within a day.
    #[error(
        "Encryption of stream {stream} was changed {} times within the last 24 hours, which is the limit.",
        limits::STREAM_ENCRYPTION_CHANGES_MAX
    )]
    EncryptionChanges {
        /// The stream.
        stream: Named,
    },
    /// Streams in on-demand mode.
    #[error(
        "This request would exceed the limit of {} on-demand streams for the account {account} in {region}.",
        limits::ACCOUNT_ON_DEMAND_STREAMS_MAX
    )]
    OnDemandStreams {
        /// The account.
        account: AccountId,
        /// The region.
        region: Region,
    },
}

/// Which limit of a shard was met.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Throttled {
    /// It takes in no more.
    #[error("Rate exceeded for shard {shard} in stream {stream}.")]
    Write {
        /// The shard.
        shard: ShardId,
        /// Its stream.
        stream: Named,
    },
    /// It gives out no more.
    #[error("Rate exceeded for Shard - {}/{}/{shard}", stream.account, stream.stream)]
    Read {
        /// The shard.
        shard: ShardId,
        /// Its stream.
        stream: Named,
    },
}
