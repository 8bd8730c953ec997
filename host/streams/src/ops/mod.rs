//! The operations of Kinesis Data Streams, one file each, and the one table of them.

use std::sync::Arc;

use wire::{Entry, Table};

use crate::Streams;

/// Why an operation of the model is refused.
const LATER: &str = "not built yet; the operations that work are listed in COMPATIBILITY.md";

/// The model's operations, sorted by name.
pub const OPERATIONS: &[Entry<Streams>] = &[
    refused(
        "AcknowledgeDeadLetterQueueRecords",
        "kinesis:AcknowledgeDeadLetterQueueRecords",
    ),
    refused("AcknowledgeQueueRecords", "kinesis:AcknowledgeQueueRecords"),
    refused("AddTagsToStream", "kinesis:AddTagsToStream"),
    refused("CreateChannel", "kinesis:CreateChannel"),
    refused("CreateQueue", "kinesis:CreateQueue"),
    refused("CreateStream", "kinesis:CreateStream"),
    refused(
        "DecreaseStreamRetentionPeriod",
        "kinesis:DecreaseStreamRetentionPeriod",
    ),
    refused("DeleteChannel", "kinesis:DeleteChannel"),
    refused("DeleteQueue", "kinesis:DeleteQueue"),
    refused("DeleteResourcePolicy", "kinesis:DeleteResourcePolicy"),
    refused("DeleteStream", "kinesis:DeleteStream"),
    refused(
        "DeregisterStreamConsumer",
        "kinesis:DeregisterStreamConsumer",
    ),
    refused("DescribeAccountSettings", "kinesis:DescribeAccountSettings"),
    refused("DescribeChannel", "kinesis:DescribeChannel"),
    refused("DescribeLimits", "kinesis:DescribeLimits"),
    refused("DescribeQueue", "kinesis:DescribeQueue"),
    refused("DescribeStream", "kinesis:DescribeStream"),
    refused("DescribeStreamConsumer", "kinesis:DescribeStreamConsumer"),
    refused("DescribeStreamSummary", "kinesis:DescribeStreamSummary"),
    refused(
        "DisableEnhancedMonitoring",
        "kinesis:DisableEnhancedMonitoring",
    ),
    refused(
        "EnableEnhancedMonitoring",
        "kinesis:EnableEnhancedMonitoring",
    ),
    refused("GetRecords", "kinesis:GetRecords"),
    refused("GetResourcePolicy", "kinesis:GetResourcePolicy"),
    refused("GetShardIterator", "kinesis:GetShardIterator"),
    refused(
        "IncreaseStreamRetentionPeriod",
        "kinesis:IncreaseStreamRetentionPeriod",
    ),
    refused("ListChannels", "kinesis:ListChannels"),
    refused("ListQueues", "kinesis:ListQueues"),
    refused("ListShards", "kinesis:ListShards"),
    refused("ListStreamConsumers", "kinesis:ListStreamConsumers"),
    refused("ListStreams", "kinesis:ListStreams"),
    refused("ListTagsForResource", "kinesis:ListTagsForResource"),
    refused("ListTagsForStream", "kinesis:ListTagsForStream"),
    refused("MergeShards", "kinesis:MergeShards"),
    refused("PutRecord", "kinesis:PutRecord"),
    refused("PutRecords", "kinesis:PutRecords"),
    refused("PutResourcePolicy", "kinesis:PutResourcePolicy"),
    refused(
        "ReceiveDeadLetterQueueRecords",
        "kinesis:ReceiveDeadLetterQueueRecords",
    ),
    refused("ReceiveQueueRecords", "kinesis:ReceiveQueueRecords"),
    refused("RegisterStreamConsumer", "kinesis:RegisterStreamConsumer"),
    refused("RemoveTagsFromStream", "kinesis:RemoveTagsFromStream"),
    refused(
        "RestoreDeadLetterQueueRecords",
        "kinesis:RestoreDeadLetterQueueRecords",
    ),
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
    refused(
        "UpdateQueueRecordsVisibility",
        "kinesis:UpdateQueueRecordsVisibility",
    ),
    refused("UpdateShardCount", "kinesis:UpdateShardCount"),
    refused("UpdateStreamMode", "kinesis:UpdateStreamMode"),
    refused(
        "UpdateStreamRecordDistributionStrategy",
        "kinesis:UpdateStreamRecordDistributionStrategy",
    ),
    refused(
        "UpdateStreamWarmThroughput",
        "kinesis:UpdateStreamWarmThroughput",
    ),
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
