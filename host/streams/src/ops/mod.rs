//! The operations of Kinesis Data Streams, one file each, and the one table of them.

mod account_settings;
mod acknowledge_dead_letter_queue_records;
mod acknowledge_queue_records;
mod add_tags_to_stream;
mod compression_members;
mod consumer_target;
mod create_queue;
mod create_stream;
mod decrease_stream_retention_period;
mod delete_queue;
mod delete_resource_policy;
mod delete_stream;
mod deregister_stream_consumer;
mod describe_account_settings;
mod describe_limits;
mod describe_queue;
mod describe_stream;
mod describe_stream_compression;
mod describe_stream_consumer;
mod describe_stream_summary;
mod disable_enhanced_monitoring;
mod enable_enhanced_monitoring;
mod encryption_members;
mod get_records;
mod get_resource_policy;
mod get_shard_iterator;
mod get_usage;
mod increase_stream_retention_period;
mod list_queues;
mod list_shards;
mod list_stream_consumers;
mod list_streams;
mod list_tags_for_resource;
mod list_tags_for_stream;
mod merge_shards;
mod monitoring_members;
mod put_record;
mod put_records;
mod put_resource_policy;
mod queue_entries;
mod queue_records;
mod queue_shapes;
mod queue_target;
mod receive_dead_letter_queue_records;
mod receive_queue_records;
mod register_stream_consumer;
mod remove_tags_from_stream;
mod restore_dead_letter_queue_records;
mod retention_members;
mod rules;
mod shapes;
mod shareable;
mod split_shard;
mod start_stream_encryption;
mod stop_stream_encryption;
mod subscribe_to_shard;
mod tag_resource;
mod tagged;
mod tags;
mod target;
mod untag_resource;
mod update_account_settings;
mod update_dead_letter_queue_records_visibility;
mod update_max_record_size;
mod update_queue;
mod update_queue_records_visibility;
mod update_shard_count;
mod update_stream_compression;
mod update_stream_mode;
mod update_stream_record_distribution_strategy;
mod update_stream_warm_throughput;

use std::sync::Arc;

use domain::AccountId;
use wire::{Entry, Forms, Table};

use crate::Streams;
use acknowledge_dead_letter_queue_records::AcknowledgeDeadLetterQueueRecords;
use acknowledge_queue_records::AcknowledgeQueueRecords;
use add_tags_to_stream::AddTagsToStream;
use create_queue::CreateQueue;
use create_stream::CreateStream;
use decrease_stream_retention_period::DecreaseStreamRetentionPeriod;
use delete_queue::DeleteQueue;
use delete_resource_policy::DeleteResourcePolicy;
use delete_stream::DeleteStream;
use deregister_stream_consumer::DeregisterStreamConsumer;
use describe_account_settings::DescribeAccountSettings;
use describe_limits::DescribeLimits;
use describe_queue::DescribeQueue;
use describe_stream::DescribeStream;
use describe_stream_compression::DescribeStreamCompression;
use describe_stream_consumer::DescribeStreamConsumer;
use describe_stream_summary::DescribeStreamSummary;
use disable_enhanced_monitoring::DisableEnhancedMonitoring;
use enable_enhanced_monitoring::EnableEnhancedMonitoring;
use get_records::GetRecords;
use get_resource_policy::GetResourcePolicy;
use get_shard_iterator::GetShardIterator;
use get_usage::GetUsage;
use increase_stream_retention_period::IncreaseStreamRetentionPeriod;
use list_queues::ListQueues;
use list_shards::ListShards;
use list_stream_consumers::ListStreamConsumers;
use list_streams::ListStreams;
use list_tags_for_resource::ListTagsForResource;
use list_tags_for_stream::ListTagsForStream;
use merge_shards::MergeShards;
use put_record::PutRecord;
use put_records::PutRecords;
use put_resource_policy::PutResourcePolicy;
use receive_dead_letter_queue_records::ReceiveDeadLetterQueueRecords;
use receive_queue_records::ReceiveQueueRecords;
use register_stream_consumer::RegisterStreamConsumer;
use remove_tags_from_stream::RemoveTagsFromStream;
use restore_dead_letter_queue_records::RestoreDeadLetterQueueRecords;
use split_shard::SplitShard;
use start_stream_encryption::StartStreamEncryption;
use stop_stream_encryption::StopStreamEncryption;
use subscribe_to_shard::SubscribeToShard;
use tag_resource::TagResource;
use untag_resource::UntagResource;
use update_account_settings::UpdateAccountSettings;
use update_dead_letter_queue_records_visibility::UpdateDeadLetterQueueRecordsVisibility;
use update_max_record_size::UpdateMaxRecordSize;
use update_queue::UpdateQueue;
use update_queue_records_visibility::UpdateQueueRecordsVisibility;
use update_shard_count::UpdateShardCount;
use update_stream_compression::UpdateStreamCompression;
use update_stream_mode::UpdateStreamMode;
use update_stream_record_distribution_strategy::UpdateStreamRecordDistributionStrategy;
use update_stream_warm_throughput::UpdateStreamWarmThroughput;

/// Why the operations on what writes streams to other places are refused.
const CHANNELS: &str = "a channel delivers to S3, which nothing here does yet";

/// The model's operations, sorted by name.
pub const OPERATIONS: &[Entry<Streams>] = &[
    Entry::works::<AcknowledgeDeadLetterQueueRecords>(),
    Entry::works::<AcknowledgeQueueRecords>(),
    Entry::works::<AddTagsToStream>(),
    Entry::refused("CreateChannel", "kinesis:CreateChannel", CHANNELS),
    Entry::works::<CreateQueue>(),
    Entry::works::<CreateStream>(),
    Entry::works::<DecreaseStreamRetentionPeriod>(),
    Entry::refused("DeleteChannel", "kinesis:DeleteChannel", CHANNELS),
    Entry::works::<DeleteQueue>(),
    Entry::works::<DeleteResourcePolicy>(),
    Entry::works::<DeleteStream>(),
    Entry::works::<DeregisterStreamConsumer>(),
    Entry::works::<DescribeAccountSettings>(),
    Entry::refused("DescribeChannel", "kinesis:DescribeChannel", CHANNELS),
    Entry::works::<DescribeLimits>(),
    Entry::works::<DescribeQueue>(),
    Entry::works::<DescribeStream>(),
    Entry::works::<DescribeStreamConsumer>(),
    Entry::works::<DescribeStreamSummary>(),
    Entry::works::<DisableEnhancedMonitoring>(),
    Entry::works::<EnableEnhancedMonitoring>(),
    Entry::works::<GetRecords>(),
    Entry::works::<GetResourcePolicy>(),
    Entry::works::<GetShardIterator>(),
    Entry::works::<IncreaseStreamRetentionPeriod>(),
    Entry::refused("ListChannels", "kinesis:ListChannels", CHANNELS),
    Entry::works::<ListQueues>(),
    Entry::works::<ListShards>(),
    Entry::works::<ListStreamConsumers>(),
    Entry::works::<ListStreams>(),
    Entry::works::<ListTagsForResource>(),
    Entry::works::<ListTagsForStream>(),
    Entry::works::<MergeShards>(),
    Entry::works::<PutRecord>(),
    Entry::works::<PutRecords>(),
    Entry::works::<PutResourcePolicy>(),
    Entry::works::<ReceiveDeadLetterQueueRecords>(),
    Entry::works::<ReceiveQueueRecords>(),
    Entry::works::<RegisterStreamConsumer>(),
    Entry::works::<RemoveTagsFromStream>(),
    Entry::works::<RestoreDeadLetterQueueRecords>(),
    Entry::works::<SplitShard>(),
    Entry::works::<StartStreamEncryption>(),
    Entry::works::<StopStreamEncryption>(),
    Entry::streams::<SubscribeToShard>(),
    Entry::works::<TagResource>(),
    Entry::works::<UntagResource>(),
    Entry::works::<UpdateAccountSettings>(),
    Entry::refused("UpdateChannel", "kinesis:UpdateChannel", CHANNELS),
    Entry::works::<UpdateDeadLetterQueueRecordsVisibility>(),
    Entry::works::<UpdateMaxRecordSize>(),
    Entry::works::<UpdateQueue>(),
    Entry::works::<UpdateQueueRecordsVisibility>(),
    Entry::works::<UpdateShardCount>(),
    Entry::works::<UpdateStreamMode>(),
    Entry::works::<UpdateStreamRecordDistributionStrategy>(),
    Entry::works::<UpdateStreamWarmThroughput>(),
];

/// What the operations of our own work on.
#[derive(Debug)]
pub struct Own {
    /// The streams.
    pub streams: Arc<Streams>,
    /// The account of whoever runs the server, who may look at the usage of every account.
    pub operator: AccountId,
}

/// The operations of our own, sorted by name.
pub const OWN_OPERATIONS: &[Entry<Own>] = &[
    Entry::works::<DescribeStreamCompression>(),
    Entry::works::<GetUsage>(),
    Entry::works::<UpdateStreamCompression>(),
];

/// The service as the door sees it.
pub fn table(service: Arc<Streams>) -> Table<Streams> {
    Table {
        signing_names: &["kinesis"],
        target_prefix: "Kinesis_20131202",
        forms: Forms::NONE,
        entries: OPERATIONS,
        service,
    }
}

/// What is our own as the door sees it.
pub fn own_table(streams: Arc<Streams>, operator: AccountId) -> Table<Own> {
    Table {
        signing_names: &["shardmill"],
        target_prefix: "Shardmill_20261101",
        forms: Forms::NONE,
        entries: OWN_OPERATIONS,
        service: Arc::new(Own { streams, operator }),
    }
}
