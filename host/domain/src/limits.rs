//! Every quota and bound that a caller can meet, as a named constant with its source.
//!
//! The throughput limits are AWS's and are enforced by default; `--no-limits` or the configuration lifts
//! them, since a self-hoster owns the hardware.

/// A kibibyte, a mebibyte.
const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Records in one PutRecords call (Kinesis model, `PutRecordsRequestEntryList`).
pub const PUT_RECORDS_COUNT_MAX: usize = 500;
/// Data and partition keys of one PutRecords call (Kinesis developer guide, quotas: 10 MiB since records
/// may have 10 MiB).
pub const PUT_RECORDS_BYTES_MAX: usize = 10 * MIB;
/// Data of one record that any stream can be set to accept (Kinesis model, `Data`).
pub const RECORD_BYTES_MAX: usize = 10 * MIB;
/// `MaxRecordSizeInKiB` of a stream that does not say otherwise, and the smallest that it may say.
pub const RECORD_KIB_DEFAULT: u32 = 1024;
/// The largest `MaxRecordSizeInKiB`.
pub const RECORD_KIB_MAX: u32 = 10 * 1024;
/// Characters of a partition key (Kinesis model, `PartitionKey`).
pub const PARTITION_KEY_CHARS_MAX: usize = 256;

/// Bytes a second that a shard takes in (Kinesis developer guide, quotas: 1 MB/s).
pub const SHARD_WRITE_BYTES_PER_SECOND: u64 = 1024 * 1024;
/// Records a second that a shard takes in (Kinesis developer guide, quotas).
pub const SHARD_WRITE_RECORDS_PER_SECOND: u64 = 1000;
/// Bytes a second that GetRecords gives out of a shard (Kinesis developer guide, quotas: 2 MB/s).
pub const SHARD_READ_BYTES_PER_SECOND: u64 = 2 * 1024 * 1024;
/// GetRecords calls a second on a shard (Kinesis developer guide, quotas).
pub const SHARD_READ_CALLS_PER_SECOND: u64 = 5;
/// GetShardIterator calls a second on a shard (Kinesis developer guide, quotas).
pub const SHARD_ITERATORS_PER_SECOND: u64 = 5;

/// Records of one GetRecords reply, and its default.
pub const GET_RECORDS_COUNT_MAX: usize = 10_000;
/// Data of one GetRecords reply (Kinesis API reference, GetRecords: 10 MiB).
pub const GET_RECORDS_BYTES_MAX: usize = 10 * MIB;

/// How long a shard iterator or a page token is good for (Kinesis API reference: five minutes).
pub const TOKEN_LIFE_MS: u64 = 300_000;
/// Retention of a stream that does not say otherwise, and the least (Kinesis developer guide).
pub const RETENTION_HOURS_DEFAULT: u32 = 24;

/// Shards that DescribeStream shows at most in one page (Kinesis API reference).
pub const DESCRIBE_SHARDS_MAX: usize = 100;
/// Shards that ListShards shows in one page if not told otherwise (Kinesis API reference).
pub const LIST_SHARDS_DEFAULT: usize = 1000;
/// Names that ListStreams shows in one page if not told otherwise (Kinesis API reference).
pub const LIST_STREAMS_DEFAULT: usize = 100;
/// The largest page that any listing may be asked for.
pub const PAGE_MAX: usize = 10_000;
/// Shards that a new on-demand stream has (Kinesis developer guide, on-demand mode).
pub const ON_DEMAND_SHARDS: u32 = 4;
/// Shards that one call may ask for (observed on AWS; the newest model has no bound).
pub const CREATE_SHARDS_MAX: u32 = 100_000;
/// Provisioned open shards of an account in a region (Kinesis developer guide, quotas: 20,000 in the large
/// regions).
pub const ACCOUNT_SHARDS_MAX: u32 = 20_000;
/// On-demand streams of an account in a region (Kinesis developer guide, quotas).
pub const ACCOUNT_ON_DEMAND_STREAMS_MAX: u32 = 50;
/// Tags of a stream (Kinesis developer guide).
pub const STREAM_TAGS_MAX: usize = 50;

const _: () = assert!(RECORD_KIB_MAX as usize * KIB == RECORD_BYTES_MAX);
const _: () = assert!(GET_RECORDS_BYTES_MAX >= RECORD_BYTES_MAX, "a reply must hold any record");
const _: () = assert!(RECORD_KIB_DEFAULT <= RECORD_KIB_MAX);
