//! The operations of Kinesis Data Streams, one file each, and the one table of them.

mod create_stream;
mod delete_stream;
mod describe_stream;
mod describe_stream_summary;
mod get_records;
mod get_shard_iterator;
mod list_shards;
mod list_streams;
mod put_record;
mod put_records;
mod rules;
mod shapes;
mod target;

use std::sync::Arc;

use wire::{Entry, Table};

use crate::Streams;
use create_stream::CreateStream;
use delete_stream::DeleteStream;
use describe_stream::DescribeStream;
use describe_stream_summary::DescribeStreamSummary;
use get_records::GetRecords;
use get_shard_iterator::GetShardIterator;
use list_shards::ListShards;
use list_streams::ListStreams;
use put_record::PutRecord;
use put_records::PutRecords;

/// Why an operation of the model is refused.
const LATER: &str = "not built yet";

/// The model's operations, sorted by name.
pub const OPERATIONS: &[Entry<Streams>] = &[
    refused("AcknowledgeDeadLetterQueueRecords", "kinesis:AcknowledgeDeadLetterQueueRecords"),
    refused("AcknowledgeQueueRecords", "kinesis:AcknowledgeQueueRecords"),
    refused("AddTagsToStream", "kinesis:AddTagsToStream"),
    refused("CreateChannel", "kinesis:CreateChannel"),
    refused("CreateQueue", "kinesis:CreateQueue"),
    Entry::works::<CreateStream>(),
    refused("DecreaseStreamRetentionPeriod", "kinesis:DecreaseStreamRetentionPeriod"),
    refused("DeleteChannel", "kinesis:DeleteChannel"),
    refused("DeleteQueue", "kinesis:DeleteQueue"),
    refused("DeleteResourcePolicy", "kinesis:DeleteResourcePolicy"),
    Entry::works::<DeleteStream>(),
    refused("DeregisterStreamConsumer", "kinesis:DeregisterStreamConsumer"),
    refused("DescribeAccountSettings", "kinesis:DescribeAccountSettings"),
    refused("DescribeChannel", "kinesis:DescribeChannel"),
    refused("DescribeLimits", "kinesis:DescribeLimits"),
    refused("DescribeQueue", "kinesis:DescribeQueue"),
    Entry::works::<DescribeStream>(),
    refused("DescribeStreamConsumer", "kinesis:DescribeStreamConsumer"),
    Entry::works::<DescribeStreamSummary>(),
    refused("DisableEnhancedMonitoring", "kinesis:DisableEnhancedMonitoring"),
    refused("EnableEnhancedMonitoring", "kinesis:EnableEnhancedMonitoring"),
    Entry::works::<GetRecords>(),
    refused("GetResourcePolicy", "kinesis:GetResourcePolicy"),
    Entry::works::<GetShardIterator>(),
    refused("IncreaseStreamRetentionPeriod", "kinesis:IncreaseStreamRetentionPeriod"),
    refused("ListChannels", "kinesis:ListChannels"),
    refused("ListQueues", "kinesis:ListQueues"),
    Entry::works::<ListShards>(),
    refused("ListStreamConsumers", "kinesis:ListStreamConsumers"),
    Entry::works::<ListStreams>(),
    refused("ListTagsForResource", "kinesis:ListTagsForResource"),
    refused("ListTagsForStream", "kinesis:ListTagsForStream"),
    refused("MergeShards", "kinesis:MergeShards"),
    Entry::works::<PutRecord>(),
    Entry::works::<PutRecords>(),
    refused("PutResourcePolicy", "kinesis:PutResourcePolicy"),
    refused("ReceiveDeadLetterQueueRecords", "kinesis:ReceiveDeadLetterQueueRecords"),
    refused("ReceiveQueueRecords", "kinesis:ReceiveQueueRecords"),
    refused("RegisterStreamConsumer", "kinesis:RegisterStreamConsumer"),
    refused("RemoveTagsFromStream", "kinesis:RemoveTagsFromStream"),
    refused("RestoreDeadLetterQueueRecords", "kinesis:RestoreDeadLetterQueueRecords"),
    refused("SplitShard", "kinesis:SplitShard"),
    refused("StartStreamEncryption", "kinesis:StartStreamEncryption"),
    refused("StopStreamEncryption", "kinesis:StopStreamEncryption"),
    refused("SubscribeToShard", "kinesis:SubscribeToShard"),
    refused("TagResource", "kinesis:TagResource"),
    refused("UntagResource", "kinesis:UntagResource"),
    refused("UpdateAccountSettings", "kinesis:UpdateAccountSettings"),
    refused("UpdateChannel", "kinesis:UpdateChannel"),
    refused(
        "UpdateDeadLetterQueueRecordsVisibility",
        "kinesis:UpdateDeadLetterQueueRecordsVisibility",
    ),
    refused("UpdateMaxRecordSize", "kinesis:UpdateMaxRecordSize"),
    refused("UpdateQueue", "kinesis:UpdateQueue"),
    refused("UpdateQueueRecordsVisibility", "kinesis:UpdateQueueRecordsVisibility"),
    refused("UpdateShardCount", "kinesis:UpdateShardCount"),
    refused("UpdateStreamMode", "kinesis:UpdateStreamMode"),
    refused(
        "UpdateStreamRecordDistributionStrategy",
        "kinesis:UpdateStreamRecordDistributionStrategy",
    ),
    refused("UpdateStreamWarmThroughput", "kinesis:UpdateStreamWarmThroughput"),
];

const fn refused(name: &'static str, action: &'static str) -> Entry<Streams> {
    Entry::refused(name, action, LATER)
}

/// The service as the door sees it.
pub fn table(service: Arc<Streams>) -> Table<Streams> {
    Table {
        signing_names: &["kinesis"],
        target_prefix: "Kinesis_20131202",
        entries: OPERATIONS,
        service,
    }
}
