//! Every quota and bound that a caller can meet, as a named constant with its source.
//!
//! The throughput limits are AWS's and are enforced by default; `--no-limits` or the configuration lifts
//! them, since a self-hoster owns the hardware.

mod events;

pub use events::*;

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
/// User records, and keys, of an aggregated record that is taken apart. One of 1 MiB, the most that the Kinesis
/// Producer Library makes, has no room for more.
pub const AGGREGATED_COUNT_MAX: usize = 256 * KIB;
/// Characters of a partition key (Kinesis model, `PartitionKey`).
pub const PARTITION_KEY_CHARS_MAX: usize = 256;

/// Bytes a second that a shard takes in (Kinesis developer guide, quotas: 1 MB/s).
pub const SHARD_WRITE_BYTES_PER_SECOND: u64 = 1024 * 1024;
/// Records a second that a shard takes in (Kinesis developer guide, quotas).
pub const SHARD_WRITE_RECORDS_PER_SECOND: u64 = 1000;
/// Bytes of records beyond [`SHARD_WRITE_BYTES_PER_SECOND`] that a shard takes at once. The developer guide (large
/// records) speaks of a tank that is continuously replenished, without a number: it holds the largest record.
pub const SHARD_BURST_BYTES: u64 = 10 * MIB as u64;
/// Bytes a second that GetRecords gives out of a shard (Kinesis developer guide, quotas: 2 MB/s).
pub const SHARD_READ_BYTES_PER_SECOND: u64 = 2 * 1024 * 1024;
/// GetRecords calls a second on a shard (Kinesis developer guide, quotas).
pub const SHARD_READ_CALLS_PER_SECOND: u64 = 5;
/// GetShardIterator calls a second on a shard (Kinesis developer guide, quotas).
pub const SHARD_ITERATORS_PER_SECOND: u64 = 5;

/// Calls a second of most operations that change or list streams, by account or by stream (Kinesis API reference, the
/// page of each operation).
pub const CONTROL_CALLS_PER_SECOND: u64 = 5;
/// DescribeLimits calls a second of an account (Kinesis API reference).
pub const DESCRIBE_LIMITS_CALLS_PER_SECOND: u64 = 1;
/// DescribeStream calls a second of an account (Kinesis API reference).
pub const DESCRIBE_STREAM_CALLS_PER_SECOND: u64 = 10;
/// DescribeStreamSummary calls a second of an account (Kinesis API reference).
pub const DESCRIBE_SUMMARY_CALLS_PER_SECOND: u64 = 20;
/// DescribeStreamConsumer calls a second on a stream (Kinesis API reference).
pub const DESCRIBE_CONSUMER_CALLS_PER_SECOND: u64 = 20;
/// ListShards calls a second on a stream (Kinesis API reference).
pub const LIST_SHARDS_CALLS_PER_SECOND: u64 = 1000;
/// UpdateShardCount calls a second of an account (Kinesis API reference).
pub const UPDATE_SHARD_COUNT_CALLS_PER_SECOND: u64 = 10;

/// Records of one GetRecords reply, and its default.
pub const GET_RECORDS_COUNT_MAX: usize = 10_000;
/// Data of one GetRecords reply (Kinesis API reference, GetRecords: 10 MiB).
pub const GET_RECORDS_BYTES_MAX: usize = 10 * MIB;

/// GetUsage calls a second of an account, in all regions together. It is an operation of our own, and reads up to
/// [`USAGE_KEPT_MS`] of what was written.
pub const GET_USAGE_CALLS_PER_SECOND: u64 = 5;
/// How long a shard iterator or a page token is good for (Kinesis API reference: five minutes).
pub const TOKEN_LIFE_MS: u64 = 300_000;
/// Retention of a stream that does not say otherwise, and the least (Kinesis developer guide).
pub const RETENTION_HOURS_DEFAULT: u32 = 24;
/// The longest retention (Kinesis developer guide: 365 days).
pub const RETENTION_HOURS_MAX: u32 = 8760;

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
/// Shards of one stream here, with limits or without: it is made by one commit, which has a bound.
pub const STREAM_SHARDS_MAX: u32 = 50_000;
/// Provisioned open shards of an account, in all regions together: those are names that callers choose here (Kinesis
/// developer guide, quotas: 20,000 in each of the large regions).
pub const ACCOUNT_SHARDS_MAX: u32 = 20_000;
/// Shards of an account in all regions, with those that take no more records and are kept until these expire. AWS
/// names no bound; here each is a log, of which a database holds half a million.
pub const ACCOUNT_SHARDS_KEPT_MAX: usize = 200_000;
/// Shards of one stream here, with limits or without, with those that take no more records and are kept until these
/// expire: it is deleted by one commit, which has a bound.
pub const STREAM_SHARDS_KEPT_MAX: usize = 95_000;
/// The greatest number of a shard: what AWS reads in a shard id.
pub const SHARD_NUMBER_MAX: u32 = 2_147_483_647;
/// Splits and merges that one commit makes: some milliseconds of the store's time.
pub const RESHAPE_STEPS_MAX: usize = 500;
/// UpdateShardCount calls for a stream in 24 hours (Kinesis API reference, UpdateShardCount).
pub const UPDATE_SHARD_COUNTS_PER_DAY: usize = 10;
/// Shards that UpdateShardCount gives a stream at most (Kinesis API reference, UpdateShardCount).
pub const UPDATE_SHARD_COUNT_MAX: u32 = 10_000;
/// On-demand streams of an account in all regions (Kinesis developer guide, quotas: in each region).
pub const ACCOUNT_ON_DEMAND_STREAMS_MAX: u32 = 50;
/// Switches of a stream between the two modes within 24 hours (Kinesis developer guide, choosing the mode: 2).
pub const MODE_SWITCHES_PER_DAY: usize = 2;
/// Shards that the load of an on-demand stream can make it have (Kinesis developer guide, quotas: 10 GB/s in the large
/// regions).
pub const ON_DEMAND_SHARDS_MAX: u32 = 10 * 1024;
/// Days whose highest load an on-demand stream is ready for (Kinesis developer guide, on-demand mode: 30 days).
pub const ON_DEMAND_PEAK_DAYS: u32 = 30;
/// The most `WarmThroughputMiBps` of a stream (Kinesis API reference, UpdateStreamWarmThroughput: 10 GiB/s).
pub const WARM_MIB_MAX: u32 = 10 * 1024;
/// How long a commitment to a minimum of throughput lasts at least (Kinesis API reference,
/// MinimumThroughputBillingCommitmentInput: 24 hours).
pub const COMMITMENT_MS_MIN: u64 = 24 * 3_600_000;
/// Regions in which an account has settings of its own: a bound on what is held in memory.
pub const ACCOUNT_COMMITMENTS_MAX: usize = 100;
/// How long usage is kept: the months that may still be billed.
pub const USAGE_KEPT_MS: u64 = 100 * 24 * 3_600_000;
/// Streams of a page of a usage report.
pub const USAGE_PAGE_MAX: usize = 1000;
/// Records of a queue that were received and not acknowledged (Kinesis developer guide, quotas).
pub const QUEUE_IN_FLIGHT_MAX: usize = 120_000;
/// Dead letters of a queue: a bound on what is held in memory. Beyond it records go on being delivered.
pub const QUEUE_DEAD_LETTERS_MAX: usize = 120_000;
/// Records of one receive, and entries of one call on received records (Kinesis model).
pub const QUEUE_ENTRIES_MAX: usize = 10;
/// Keys and data of one receive, unless a single record has more: what GetRecords gives.
pub const QUEUE_RECEIVE_BYTES_MAX: usize = GET_RECORDS_BYTES_MAX;
/// How long a received record stays hidden, if nobody says otherwise (Kinesis model, `QueueAttributes`).
pub const QUEUE_VISIBILITY_SECONDS_DEFAULT: u32 = 30;
/// The longest that one can be hidden (Kinesis model, `VisibilityTimeoutSeconds`: twelve hours).
pub const QUEUE_VISIBILITY_SECONDS_MAX: u32 = 43_200;
/// How often a record is received before it is a dead letter, if nobody says otherwise (Kinesis model).
pub const QUEUE_RECEIVES_DEFAULT: u32 = 6;
/// The most that `MaxReceiveCount` can be (Kinesis model).
pub const QUEUE_RECEIVES_MAX: u32 = 1000;
/// How long a receive waits, if nobody says otherwise (Kinesis model, `WaitTimeSeconds`).
pub const QUEUE_WAIT_SECONDS_DEFAULT: u32 = 9;
/// The longest that a receive waits (Kinesis model).
pub const QUEUE_WAIT_SECONDS_MAX: u32 = 20;
/// The most visible records that a metric of a queue tells (Kinesis developer guide, queues).
pub const QUEUE_TOLD_VISIBLE_MAX: u64 = 1_000_000;
/// Queues that ListQueues shows in one page if not told otherwise.
pub const LIST_QUEUES_DEFAULT: usize = 100;
/// Entries of a `StreamFilter` (Kinesis model).
pub const LIST_QUEUES_STREAMS_MAX: usize = 10_000;
/// What a record is charged by: its size in units of this, rounded up (Kinesis pricing page, PUT payload unit).
pub const PAYLOAD_UNIT_BYTES: u64 = 25 * 1024;
/// Tags of a stream (Kinesis developer guide).
pub const STREAM_TAGS_MAX: usize = 50;
/// Keys that one call may take off a stream, and tags of a page (Kinesis model, `TagKeyList`).
pub const STREAM_TAG_KEYS_MAX: usize = 50;
/// The largest number of shards that DescribeLimits can tell (Kinesis model, `ShardCountObject`).
pub const TOLD_COUNT_MAX: u32 = 1_000_000;

/// Consumers and queues of a stream (Kinesis developer guide, quotas).
pub const STREAM_CONSUMERS_MAX: usize = 20;
/// The same, of an account with On-demand Advantage (Kinesis developer guide, quotas).
pub const STREAM_CONSUMERS_ADVANTAGE_MAX: usize = 50;
/// Consumers that ListStreamConsumers shows in one page if not told otherwise (Kinesis API reference).
pub const LIST_CONSUMERS_DEFAULT: usize = 100;
/// Tags of a consumer (Kinesis developer guide).
pub const CONSUMER_TAGS_MAX: usize = 50;
/// SubscribeToShard calls a second for a consumer and a shard (Kinesis developer guide, quotas).
pub const SUBSCRIBE_CALLS_PER_SECOND: u64 = 1;
/// Bytes a second that a consumer gets from a shard (Kinesis developer guide, quotas: 2 MB/s).
pub const SUBSCRIPTION_BYTES_PER_SECOND: u64 = 2 * 1024 * 1024;
/// How long a subscription lasts (Kinesis API reference, SubscribeToShard: five minutes).
pub const SUBSCRIPTION_LIFE_MS: u64 = 300_000;
/// For how long nobody can take a subscription over (Kinesis API reference, SubscribeToShard: five seconds).
pub const SUBSCRIPTION_HELD_MS: u64 = 5_000;
/// After how long without records an event without records is sent (observed on AWS: about five seconds). KCL
/// gives a silent subscription up after 60 s, the SDKs for Java after 30.
pub const SUBSCRIPTION_BEAT_MS: u64 = 5_000;
/// Keys and data of one event, but one record in any case. AWS tells no bound. This is what a frame of the log
/// holds, so that an event is one read, and a slow reader holds little.
pub const SUBSCRIPTION_EVENT_BYTES_MAX: usize = 512 * KIB;
/// Records of one event (as of GetRecords).
pub const SUBSCRIPTION_EVENT_RECORDS_MAX: usize = GET_RECORDS_COUNT_MAX;

/// Memory that a function may be given, in MiB (Lambda developer guide, quotas: 128 MB to 10,240 MB).
pub const FUNCTION_MEMORY_MIB_MIN: u32 = 128;
/// The largest `MemorySize` that is taken; what is enforced is at most [`FUNCTION_MEMORY_MIB_ENFORCED_MAX`].
pub const FUNCTION_MEMORY_MIB_MAX: u32 = 10_240;
/// Memory that any instance gets here, whatever its `MemorySize`: a component addresses at most 4 GiB, and a
/// host has many of them.
pub const FUNCTION_MEMORY_MIB_ENFORCED_MAX: u32 = 1024;
/// `Timeout` of a function that does not say otherwise (Lambda API reference).
pub const FUNCTION_TIMEOUT_SECONDS_DEFAULT: u32 = 3;
/// The largest `Timeout` (Lambda developer guide, quotas: 900 seconds).
pub const FUNCTION_TIMEOUT_SECONDS_MAX: u32 = 900;
/// All environment variables of a function, as JSON (Lambda developer guide, quotas: 4 KB).
pub const FUNCTION_ENVIRONMENT_BYTES_MAX: usize = 4 * KIB;
/// Tags of a function (Lambda developer guide).
pub const FUNCTION_TAGS_MAX: usize = 50;
/// Body of a CreateFunction or UpdateFunctionCode call (Lambda's own text: 50 MiB in base64).
pub const FUNCTION_REQUEST_BYTES_MAX: usize = 69_905_067;
/// A package as uploaded (Lambda developer guide, quotas: 50 MB zipped).
pub const PACKAGE_BYTES_MAX: usize = 50 * MIB;
/// All files of a package (Lambda's own text: 262144000 bytes unzipped).
pub const PACKAGE_UNZIPPED_BYTES_MAX: u64 = 262_144_000;
/// Files of a package.
pub const PACKAGE_FILES_MAX: usize = 10_000;
/// How much larger the files of a package may be than the package: what packs better is made to do harm.
pub const PACKAGE_RATIO_MAX: u64 = 100;
/// A component, before it is compiled.
pub const COMPONENT_BYTES_MAX: usize = 64 * MIB;
/// All files of a function that is source code: they are copied into the memory of each instance.
pub const SOURCE_BYTES_MAX: u64 = 32 * MIB as u64;
/// Functions of an account in a region: a bound on what is held in memory.
pub const ACCOUNT_FUNCTIONS_MAX: usize = 10_000;
/// Versions of an account's functions in a region: a bound on what is held in memory. AWS bounds them by the bytes of
/// their code, which holds here, too.
pub const ACCOUNT_VERSIONS_MAX: usize = 10_000;
/// Aliases of a function: a bound on what is held in memory.
pub const FUNCTION_ALIASES_MAX: usize = 1000;
/// All uploads that an account's functions use (Lambda developer guide, quotas: 75 GB).
pub const ACCOUNT_CODE_BYTES_MAX: u64 = 75_000_000_000;
/// Calls of an account's functions at one moment (Lambda developer guide, quotas).
pub const ACCOUNT_CONCURRENCY_MAX: u64 = 1000;
/// Calls that functions cannot reserve away from an account's other functions (Lambda developer guide, reserved
/// concurrency: 100).
pub const ACCOUNT_UNRESERVED_CONCURRENCY_MIN: u64 = 100;
/// Payload of a synchronous call and of its answer (Lambda developer guide, quotas: 6 MB).
pub const INVOKE_BYTES_MAX: usize = 6 * MIB;
/// What `X-Amz-Log-Result` shows (Lambda API reference, Invoke: last 4 KB).
pub const LOG_TAIL_BYTES: usize = 4 * KIB;
/// Log lines that a guest may write in one call.
pub const CALL_LOG_BYTES_MAX: usize = 256 * KIB;
/// How long lines of a function's log are kept.
pub const FUNCTION_LOG_KEPT_MS: u64 = 7 * 24 * 3_600_000;
/// Bytes of a function's log that are kept.
pub const FUNCTION_LOG_BYTES_MAX: u64 = 16 * MIB as u64;
/// Functions or mappings that a listing shows in one page (observed on Lambda: 50, and 100 of mappings).
pub const LIST_FUNCTIONS_PAGE: usize = 50;
/// The same, of mappings.
pub const LIST_MAPPINGS_PAGE: usize = 100;

/// `BatchSize` of a mapping that does not say otherwise, for streams (Lambda API reference).
pub const MAPPING_BATCH_DEFAULT: u32 = 100;
/// The largest `BatchSize` (Lambda model).
pub const MAPPING_BATCH_MAX: u32 = 10_000;
/// The largest `MaximumBatchingWindowInSeconds` (Lambda model).
pub const MAPPING_WINDOW_SECONDS_MAX: u32 = 300;
/// The largest `ParallelizationFactor` (Lambda model).
pub const MAPPING_PARALLEL_MAX: u32 = 10;
/// The largest `TumblingWindowInSeconds` (Lambda model).
pub const MAPPING_TUMBLING_SECONDS_MAX: u32 = 900;
/// The largest `MaximumRetryAttempts` (Lambda model).
pub const MAPPING_RETRIES_MAX: u32 = 10_000;
/// The least `MaximumRecordAgeInSeconds` but -1 (Lambda API reference).
pub const MAPPING_AGE_SECONDS_MIN: u32 = 60;
/// The largest `MaximumRecordAgeInSeconds` (Lambda model).
pub const MAPPING_AGE_SECONDS_MAX: u32 = 604_800;
/// Characters of a filter pattern (Lambda developer guide, event filtering: 4,096).
pub const FILTER_CHARS_MAX: usize = 4096;
/// Filters of one mapping (Lambda developer guide, event filtering: 5, and 10 on request).
pub const MAPPING_FILTERS_MAX: usize = 10;
/// How deep a filter pattern may be nested: a bound on the stack that it takes.
pub const FILTER_DEPTH_MAX: usize = 32;
/// Mappings of an account in a region: each may run one reader for each shard.
pub const ACCOUNT_MAPPINGS_MAX: usize = 1000;

/// Characters of a managed policy, without white space (IAM user guide, quotas).
pub const MANAGED_POLICY_CHARS_MAX: usize = 6144;
/// The same, of all inline policies of a user (IAM user guide, quotas).
pub const USER_POLICY_CHARS_MAX: usize = 2048;
/// The same, of all inline policies of a group (IAM user guide, quotas).
pub const GROUP_POLICY_CHARS_MAX: usize = 5120;
/// The same, of all inline policies of a role (IAM user guide, quotas), which is the most of any identity.
pub const ROLE_POLICY_CHARS_MAX: usize = 10_240;
/// The policy of a resource (Kinesis developer guide, sharing a stream: 20 KB; Lambda: 20 KB).
pub const RESOURCE_POLICY_CHARS_MAX: usize = 20 * KIB;
/// The policy of a function, white space included (Lambda developer guide, quotas: 20 KB).
pub const FUNCTION_POLICY_BYTES_MAX: usize = 20 * KIB;
/// The policy of a key (KMS developer guide, resource quotas: 32 KB).
pub const KEY_POLICY_BYTES_MAX: usize = 32 * KIB;
/// How long events of the audit trail are kept (CloudTrail user guide, event history: 90 days).
pub const AUDIT_KEPT_MS: u64 = 90 * 24 * 3_600_000;
/// Events of requests whose signature did not hold that are kept: about 100 MB at the very most.
pub const AUDIT_STRANGERS_EVENTS_MAX: u64 = 100_000;
/// LookupEvents calls a second, by account and region (CloudTrail API reference).
pub const AUDIT_LOOKUPS_PER_SECOND: u64 = 2;
/// The largest page of LookupEvents, and its default (CloudTrail model).
pub const AUDIT_LOOKUP_MAX: usize = 50;

/// Accounts of a server: a bound on what is held in memory.
pub const ACCOUNTS_MAX: usize = 10_000;
/// Users of an account (IAM user guide, quotas).
pub const ACCOUNT_USERS_MAX: usize = 5000;
/// Roles of an account (IAM user guide, quotas).
pub const ACCOUNT_ROLES_MAX: usize = 1000;
/// Secrets of an account: a bound on what is held in memory.
pub const ACCOUNT_SECRETS_MAX: usize = 1000;
/// Access keys of a user or a root (IAM user guide, quotas).
pub const PRINCIPAL_KEYS_MAX: usize = 2;
/// Characters of all inline policies of a user or a role, white space left out (IAM user guide, quotas: 10,240 for
/// roles; users have 2,048 there, and attached policies besides, which are not here).
pub const PRINCIPAL_POLICIES_CHARS_MAX: usize = 10_240;
/// Characters of a trust policy (IAM user guide, quotas: 2,048, which can be raised to 4,096).
pub const TRUST_POLICY_CHARS_MAX: usize = 4096;
/// Tags of a user or a role (IAM user guide, quotas).
pub const PRINCIPAL_TAGS_MAX: usize = 50;
/// Bytes of a secret (Secrets Manager API reference, PutSecretValue).
pub const SECRET_BYTES_MAX: usize = 64 * KIB;
/// Keys of the key service, of an account in all regions: a bound on what is held in memory (KMS: 100,000).
pub const ACCOUNT_KEYS_MAX: usize = 1000;
/// Aliases of an account in all regions (KMS developer guide, quotas: 50 for each key).
pub const ACCOUNT_ALIASES_MAX: usize = 1000;
/// Tags of a key (KMS developer guide).
pub const KEY_TAGS_MAX: usize = 50;
/// Bytes that Encrypt takes (KMS API reference).
pub const ENCRYPT_BYTES_MAX: usize = 4096;
/// Bytes that Decrypt takes (KMS model, `CiphertextType`).
pub const DECRYPT_BYTES_MAX: usize = 6144;
/// Bytes of a data key (KMS model, `NumberOfBytesType`).
pub const DATA_KEY_BYTES_MAX: usize = 1024;
/// Pairs of an encryption context: a bound on what is kept of a call.
pub const ENCRYPTION_CONTEXT_MAX: usize = 100;
/// The shortest waiting period of ScheduleKeyDeletion, in days (KMS API reference: 7 to 30).
pub const KEY_DELETION_DAYS_MIN: u32 = 7;
/// The longest one, which is also the default (KMS API reference).
pub const KEY_DELETION_DAYS_MAX: u32 = 30;
/// Days between two rotations of a key, at least (KMS API reference).
pub const KEY_ROTATION_DAYS_MIN: u32 = 90;
/// Days between two rotations of a key, at most (KMS API reference).
pub const KEY_ROTATION_DAYS_MAX: u32 = 2560;
/// Days between two rotations of a key, if not told otherwise (KMS API reference).
pub const KEY_ROTATION_DAYS_DEFAULT: u32 = 365;
/// Rotations of a key that may be asked for in its life (KMS API reference, RotateKeyOnDemand).
pub const KEY_ROTATIONS_ON_DEMAND_MAX: usize = 25;
/// Keys or aliases that a listing shows in one page, if not told otherwise (KMS API reference: 100 and 50).
pub const LIST_KEYS_PAGE: usize = 100;
/// The largest such page (KMS API reference: 1000 and 100).
pub const LIST_KEYS_PAGE_MAX: usize = 1000;
/// How often the encryption of a stream may be started or stopped in 24 hours (Kinesis API reference,
/// StartStreamEncryption).
pub const STREAM_ENCRYPTION_CHANGES_MAX: usize = 25;
/// How long a data key of a stream encrypts (Kinesis developer guide: about five minutes).
pub const DATA_KEY_LIFE_MS: u64 = 5 * 60_000;
/// Bytes that a data key of a stream encrypts at most: far below what its cipher can take.
pub const DATA_KEY_BYTES_SEALED_MAX: u64 = 64 << 30;
/// Data keys of streams that are held in memory for reading.
pub const DATA_KEYS_HELD_MAX: usize = 4096;
/// Names that a listing of ours shows in one page, if not told otherwise (IAM API reference, MaxItems).
pub const LIST_NAMES_PAGE: usize = 100;

/// Metrics of one PutMetricData call (CloudWatch API reference).
pub const METRIC_DATA_MAX: usize = 1000;
/// Dimensions of a metric (CloudWatch model, `Dimensions`).
pub const METRIC_DIMENSIONS_MAX: usize = 30;
/// `Values` of one datum (CloudWatch API reference, PutMetricData).
pub const METRIC_VALUES_MAX: usize = 150;
/// How far back a timestamp may lie (CloudWatch API reference, PutMetricData: two weeks).
pub const METRIC_PAST_MS: u64 = 14 * 24 * 3_600_000;
/// How far ahead a timestamp may lie (CloudWatch API reference, PutMetricData: two hours).
pub const METRIC_FUTURE_MS: u64 = 2 * 3_600_000;
/// The largest value, and the smallest below 0 (CloudWatch API reference: -2^360 to 2^360).
pub const METRIC_VALUE_POWER_MAX: i32 = 360;
/// How long minutes of a metric are kept (CloudWatch user guide: one-minute data for 15 days).
pub const METRIC_KEPT_MS: u64 = 15 * 24 * 3_600_000;
/// How long ago a metric may have been put that is active (CloudWatch API reference, ListMetrics: PT3H).
pub const METRIC_ACTIVE_MS: u64 = 3 * 3_600_000;
/// Metrics of an account that its own calls may make: a bound on what is held in memory.
pub const ACCOUNT_METRICS_MAX: usize = 10_000;
/// The same, of those that services measure.
pub const ACCOUNT_SERVICE_METRICS_MAX: usize = 10_000;
/// Names and dimensions of all metrics of an account.
pub const ACCOUNT_METRICS_BYTES_MAX: usize = 8 * MIB;
/// Minutes of an account that wait to be stored.
pub const ACCOUNT_METRIC_MINUTES_BYTES_MAX: usize = 8 * MIB;
/// Different magnitudes of values that one minute of a metric tells apart.
pub const METRIC_MAGNITUDES_MAX: usize = 256;
/// Queries of one GetMetricData call (CloudWatch API reference).
pub const METRIC_QUERIES_MAX: usize = 500;
/// Data points of one GetMetricData call (CloudWatch API reference).
pub const METRIC_DATAPOINTS_MAX: usize = 100_800;
/// Data points of one call that asks for percentiles: each takes much more memory.
pub const METRIC_PERCENTILE_DATAPOINTS_MAX: usize = 10_080;
/// Data points of one GetMetricStatistics call (CloudWatch API reference).
pub const METRIC_STATISTICS_DATAPOINTS_MAX: usize = 1440;
/// Metrics of one ListMetrics page (CloudWatch API reference).
pub const LIST_METRICS_PAGE: usize = 500;

const _: () = assert!(FUNCTION_MEMORY_MIB_MIN <= FUNCTION_MEMORY_MIB_ENFORCED_MAX);
const _: () = assert!(PACKAGE_BYTES_MAX / 3 * 4 <= FUNCTION_REQUEST_BYTES_MAX);
const _: () = assert!(RECORD_KIB_MAX as usize * KIB == RECORD_BYTES_MAX);
const _: () = assert!(GET_RECORDS_BYTES_MAX >= RECORD_BYTES_MAX, "a reply must hold any record");
const _: () = assert!(RECORD_KIB_DEFAULT <= RECORD_KIB_MAX);
const _: () = assert!(SHARD_BURST_BYTES >= RECORD_BYTES_MAX as u64, "the largest record must pass");
const _: () = assert!(SUBSCRIPTION_BEAT_MS < 30_000, "clients hang up");
