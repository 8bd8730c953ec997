//! The operations of Kinesis Data Streams, one file each, and the one table of them.

mod account_settings;
mod add_tags_to_stream;
mod create_stream;
mod decrease_stream_retention_period;
mod delete_resource_policy;
mod delete_stream;
mod describe_account_settings;
mod describe_limits;
mod describe_stream;
mod describe_stream_summary;
mod disable_enhanced_monitoring;
mod enable_enhanced_monitoring;
mod encryption_members;
mod get_records;
mod get_resource_policy;
mod get_shard_iterator;
mod get_usage;
mod increase_stream_retention_period;
mod list_shards;
mod list_streams;
mod list_tags_for_resource;
mod list_tags_for_stream;
mod merge_shards;
mod monitoring_members;
mod put_record;
mod put_records;
mod put_resource_policy;
mod remove_tags_from_stream;
mod retention_members;
mod rules;
mod shapes;
mod split_shard;
mod start_stream_encryption;
mod stop_stream_encryption;
mod tag_resource;
mod tags;
mod target;
mod untag_resource;
mod update_account_settings;
mod update_max_record_size;
mod update_shard_count;
mod update_stream_mode;
mod update_stream_record_distribution_strategy;
mod update_stream_warm_throughput;

use std::sync::Arc;

use domain::AccountId;
use wire::{Entry, Table};

use crate::Streams;
use add_tags_to_stream::AddTagsToStream;
use create_stream::CreateStream;
use decrease_stream_retention_period::DecreaseStreamRetentionPeriod;
use delete_resource_policy::DeleteResourcePolicy;
use delete_stream::DeleteStream;
use describe_account_settings::DescribeAccountSettings;
use describe_limits::DescribeLimits;
use describe_stream::DescribeStream;
use describe_stream_summary::DescribeStreamSummary;
use disable_enhanced_monitoring::DisableEnhancedMonitoring;
use enable_enhanced_monitoring::EnableEnhancedMonitoring;
use get_records::GetRecords;
use get_resource_policy::GetResourcePolicy;
use get_shard_iterator::GetShardIterator;
use get_usage::GetUsage;
pub use get_usage::Usage;
use increase_stream_retention_period::IncreaseStreamRetentionPeriod;
use list_shards::ListShards;
use list_streams::ListStreams;
use list_tags_for_resource::ListTagsForResource;
use list_tags_for_stream::ListTagsForStream;
use merge_shards::MergeShards;
use put_record::PutRecord;
use put_records::PutRecords;
use put_resource_policy::PutResourcePolicy;
use remove_tags_from_stream::RemoveTagsFromStream;
use split_shard::SplitShard;
use start_stream_encryption::StartStreamEncryption;
use stop_stream_encryption::StopStreamEncryption;
use tag_resource::TagResource;
use untag_resource::UntagResource;
use update_account_settings::UpdateAccountSettings;
use update_max_record_size::UpdateMaxRecordSize;
use update_shard_count::UpdateShardCount;
use update_stream_mode::UpdateStreamMode;
use update_stream_record_distribution_strategy::UpdateStreamRecordDistributionStrategy;
use update_stream_warm_throughput::UpdateStreamWarmThroughput;

/// Why an operation of the model is refused.
const LATER: &str = "not built yet";

/// The model's operations, sorted by name.
pub const OPERATIONS: &[Entry<Streams>] = &[
    refused("AcknowledgeDeadLetterQueueRecords", "kinesis:AcknowledgeDeadLetterQueueRecords"),
    refused("AcknowledgeQueueRecords", "kinesis:AcknowledgeQueueRecords"),
    Entry::works::<AddTagsToStream>(),
    refused("CreateChannel", "kinesis:CreateChannel"),
    refused("CreateQueue", "kinesis:CreateQueue"),
    Entry::works::<CreateStream>(),
    Entry::works::<DecreaseStreamRetentionPeriod>(),
    refused("DeleteChannel", "kinesis:DeleteChannel"),
    refused("DeleteQueue", "kinesis:DeleteQueue"),
    Entry::works::<DeleteResourcePolicy>(),
    Entry::works::<DeleteStream>(),
    refused("DeregisterStreamConsumer", "kinesis:DeregisterStreamConsumer"),
    Entry::works::<DescribeAccountSettings>(),
    refused("DescribeChannel", "kinesis:DescribeChannel"),
    Entry::works::<DescribeLimits>(),
    refused("DescribeQueue", "kinesis:DescribeQueue"),
    Entry::works::<DescribeStream>(),
    refused("DescribeStreamConsumer", "kinesis:DescribeStreamConsumer"),
    Entry::works::<DescribeStreamSummary>(),
    Entry::works::<DisableEnhancedMonitoring>(),
    Entry::works::<EnableEnhancedMonitoring>(),
    Entry::works::<GetRecords>(),
    Entry::works::<GetResourcePolicy>(),
    Entry::works::<GetShardIterator>(),
    Entry::works::<IncreaseStreamRetentionPeriod>(),
    refused("ListChannels", "kinesis:ListChannels"),
    refused("ListQueues", "kinesis:ListQueues"),
    Entry::works::<ListShards>(),
    refused("ListStreamConsumers", "kinesis:ListStreamConsumers"),
    Entry::works::<ListStreams>(),
    Entry::works::<ListTagsForResource>(),
    Entry::works::<ListTagsForStream>(),
    Entry::works::<MergeShards>(),
    Entry::works::<PutRecord>(),
    Entry::works::<PutRecords>(),
    Entry::works::<PutResourcePolicy>(),
    refused("ReceiveDeadLetterQueueRecords", "kinesis:ReceiveDeadLetterQueueRecords"),
    refused("ReceiveQueueRecords", "kinesis:ReceiveQueueRecords"),
    refused("RegisterStreamConsumer", "kinesis:RegisterStreamConsumer"),
    Entry::works::<RemoveTagsFromStream>(),
    refused("RestoreDeadLetterQueueRecords", "kinesis:RestoreDeadLetterQueueRecords"),
    Entry::works::<SplitShard>(),
    Entry::works::<StartStreamEncryption>(),
    Entry::works::<StopStreamEncryption>(),
    refused("SubscribeToShard", "kinesis:SubscribeToShard"),
    Entry::works::<TagResource>(),
    Entry::works::<UntagResource>(),
    Entry::works::<UpdateAccountSettings>(),
    refused("UpdateChannel", "kinesis:UpdateChannel"),
    refused(
        "UpdateDeadLetterQueueRecordsVisibility",
        "kinesis:UpdateDeadLetterQueueRecordsVisibility",
    ),
    Entry::works::<UpdateMaxRecordSize>(),
    refused("UpdateQueue", "kinesis:UpdateQueue"),
    refused("UpdateQueueRecordsVisibility", "kinesis:UpdateQueueRecordsVisibility"),
    Entry::works::<UpdateShardCount>(),
    Entry::works::<UpdateStreamMode>(),
    Entry::works::<UpdateStreamRecordDistributionStrategy>(),
    Entry::works::<UpdateStreamWarmThroughput>(),
];

const fn refused(name: &'static str, action: &'static str) -> Entry<Streams> {
    Entry::refused(name, action, LATER)
}

/// The operations of our own, sorted by name.
pub const OWN_OPERATIONS: &[Entry<Usage>] = &[Entry::works::<GetUsage>()];

/// The service as the door sees it.
pub fn table(service: Arc<Streams>) -> Table<Streams> {
    Table {
        signing_names: &["kinesis"],
        target_prefix: "Kinesis_20131202",
        entries: OPERATIONS,
        service,
    }
}

/// What is our own as the door sees it.
pub fn own_table(streams: Arc<Streams>, operator: AccountId) -> Table<Usage> {
    Table {
        signing_names: &["shardmill"],
        target_prefix: "Shardmill_20261101",
        entries: OWN_OPERATIONS,
        service: Arc::new(Usage { streams, operator }),
    }
}
