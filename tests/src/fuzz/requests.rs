//! Requests of Kinesis, after their signature held: decode, resources, checks, the work itself, encode.
//!
//! An input is the name of an operation, a line feed, and the body.

use serde_json::{Value, json};
use streams::ops::OPERATIONS;
use wire::State;
use wire::protocol::Protocol;
use wire::testing;

use super::host::{Host, NOW, STREAM, check};

/// What ends a call before its operation runs.
const STOPS: [&str; 2] = ["SerializationException", "ValidationException"];

pub(super) fn json(bytes: &[u8]) {
    run(Protocol::AwsJson11, bytes);
}

pub(super) fn cbor(bytes: &[u8]) {
    run(Protocol::AwsCbor11, bytes);
}

fn run(protocol: Protocol, bytes: &[u8]) {
    let line = bytes.iter().position(|byte| *byte == b'\n');
    let (name, body) = match line {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (&[][..], bytes),
    };
    let answer = Host::new().call(protocol, operation(name), body.to_vec());
    check(protocol, body.len(), answer);
}

/// The operation of this name.
fn named(name: &[u8]) -> Option<&'static str> {
    let entry = OPERATIONS.iter().find(|entry| entry.info.name.as_bytes() == name);
    entry.map(|entry| entry.info.name)
}

/// The operation of this name, or the one that bytes without a meaning lead to.
fn operation(name: &[u8]) -> &'static str {
    let sum: usize = name.iter().map(|byte| usize::from(*byte)).sum();
    named(name).unwrap_or(OPERATIONS[sum % OPERATIONS.len()].info.name)
}

pub(super) fn json_seeds() -> Vec<(String, Vec<u8>)> {
    seeds(Protocol::AwsJson11)
}

pub(super) fn cbor_seeds() -> Vec<(String, Vec<u8>)> {
    let mut seeds = seeds(Protocol::AwsCbor11);
    // As the SDKs for Java write it: without lengths, a string in pieces.
    let pieces = b"ListShards\n\xbf\x6aStreamName\x7f\x62qu\x60\x64akes\xff\x6aMaxResults\x01\xff";
    seeds.push(("ListShards-pieces".to_owned(), pieces.to_vec()));
    seeds
}

fn seeds(protocol: Protocol) -> Vec<(String, Vec<u8>)> {
    let mut counts = std::collections::HashMap::new();
    let seed = |(operation, document): (&'static str, Value)| {
        let count: &mut usize = counts.entry(operation).or_default();
        *count += 1;
        let body = testing::write(protocol, &document);
        let code = Host::new().call(protocol, operation, body.clone()).err().map(|it| it.code);
        let is_far = code.is_none_or(|code| !STOPS.contains(&&*code));
        assert!(is_far, "{operation} {document} is stopped at the threshold");
        let input = [operation.as_bytes(), b"\n", &body].concat();
        (format!("{operation}-{count}"), input)
    };
    documents().into_iter().map(seed).collect()
}

/// Inputs with every member that operations have. What stands in angle brackets follows from the host.
const DOCUMENTS: &str = r#"
AcknowledgeDeadLetterQueueRecords {"QueueARN":"<queue>","Entries":[{"ReceiptHandle":"x"}]}
AcknowledgeQueueRecords {"QueueARN":"<queue>","Entries":[{"ReceiptHandle":"x"}]}
AddTagsToStream {"StreamName":"quakes","Tags":{"k":"v"}}
CreateQueue {"QueueName":"q","StreamConfigurationList":[{"StreamARN":"<arn>-2","StartingPosition":{"Type":"AT_TIMESTAMP","Timestamp":<seconds>}}],"QueueAttributes":{"VisibilityTimeoutSeconds":30,"DeadLetterConfiguration":{"TargetType":"BUILT_IN","MaxReceiveCount":6}},"Tags":{"k":"v"}}
CreateStream {"StreamName":"new","ShardCount":3,"Tags":{"k":"v","e":""},"MaxRecordSizeInKiB":2048}
CreateStream {"StreamName":"new","ShardCount":1,"StreamModeDetails":{"StreamMode":"PROVISIONED"}}
CreateStream {"StreamName":"new","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}
CreateStream {"StreamName":"new","RecordDistributionStrategy":"AUTO"}
DecreaseStreamRetentionPeriod {"StreamName":"quakes","RetentionPeriodHours":24}
DeleteQueue {"QueueARN":"<queue>"}
DeleteResourcePolicy {"ResourceARN":"<arn>"}
DeleteStream {"StreamName":"quakes","EnforceConsumerDeletion":true}
DeregisterStreamConsumer {"StreamARN":"<arn>","ConsumerName":"c"}
DescribeQueue {"QueueARN":"<queue>"}
DescribeStream {"StreamARN":"<arn>","Limit":1,"ExclusiveStartShardId":"shardId-0"}
DescribeStreamConsumer {"ConsumerARN":"<arn>/consumer/c:1"}
DescribeStreamSummary {"StreamName":"quakes","StreamARN":"<arn>"}
DisableEnhancedMonitoring {"StreamName":"quakes","ShardLevelMetrics":["IncomingBytes"]}
EnableEnhancedMonitoring {"StreamName":"quakes","ShardLevelMetrics":["ALL"]}
GetRecords {"ShardIterator":"<iterator>","Limit":5,"StreamARN":"<arn>","DryRun":false}
GetResourcePolicy {"ResourceARN":"<arn>"}
GetShardIterator {"StreamName":"quakes","ShardId":"shardId-000000000000","ShardIteratorType":"TRIM_HORIZON"}
GetShardIterator {"StreamARN":"<arn>","ShardId":"1","ShardIteratorType":"AT_TIMESTAMP","Timestamp":<seconds>}
GetShardIterator {"StreamName":"quakes","ShardId":"0","DryRun":true,"ShardIteratorType":"LATEST"}
GetShardIterator {"StreamName":"quakes","ShardId":"0","ShardIteratorType":"AFTER_SEQUENCE_NUMBER","StartingSequenceNumber":"49"}
IncreaseStreamRetentionPeriod {"StreamARN":"<arn>","RetentionPeriodHours":48}
ListQueues {"MaxResults":1,"StreamFilter":[{"StreamARN":"<arn>"}]}
ListShards {"StreamName":"quakes","MaxResults":1,"ShardFilter":{"Type":"AT_TIMESTAMP","Timestamp":<seconds>}}
ListShards {"StreamARN":"<arn>","ShardFilter":{"Type":"AFTER_SHARD_ID","ShardId":"shardId-000000000000"}}
ListShards {"StreamName":"quakes","StreamCreationTimestamp":<seconds>,"ExclusiveStartShardId":"shardId-0"}
ListStreamConsumers {"StreamARN":"<arn>","MaxResults":1,"StreamCreationTimestamp":<seconds>}
ListStreams {"Limit":1,"ExclusiveStartStreamName":"a"}
ListTagsForResource {"ResourceARN":"<arn>"}
ListTagsForStream {"StreamName":"quakes","ExclusiveStartTagKey":"a","Limit":1}
MergeShards {"StreamName":"quakes","ShardToMerge":"shardId-0","AdjacentShardToMerge":"shardId-000000000001"}
PutRecord {"StreamName":"quakes","PartitionKey":"é","Data":"AAEC","SequenceNumberForOrdering":"5"}
PutRecords {"StreamName":"quakes","Records":[{"PartitionKey":"a","Data":""},{"PartitionKey":"b","Data":"/w==","ExplicitHashKey":"0"}]}
PutResourcePolicy {"ResourceARN":"<arn>","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"999999999999\"},\"Action\":\"kinesis:GetRecords\",\"Resource\":\"<arn>\"}]}"}
ReceiveDeadLetterQueueRecords {"QueueARN":"<queue>","Limit":1,"WaitTimeSeconds":1}
ReceiveQueueRecords {"QueueARN":"<queue>","Limit":1,"WaitTimeSeconds":1}
RegisterStreamConsumer {"StreamARN":"<arn>","ConsumerName":"c","Tags":{"k":"v"}}
RemoveTagsFromStream {"StreamName":"quakes","TagKeys":["k"]}
RestoreDeadLetterQueueRecords {"QueueARN":"<queue>","Entries":[{"ReceiptHandle":"x"}]}
SplitShard {"StreamARN":"<arn>","ShardToSplit":"0","NewStartingHashKey":"1000"}
StartStreamEncryption {"StreamName":"quakes","EncryptionType":"KMS","KeyId":"alias/aws/kinesis"}
StopStreamEncryption {"StreamName":"quakes","EncryptionType":"KMS","KeyId":"alias/aws/kinesis"}
SubscribeToShard {"ConsumerARN":"<arn>/consumer/c:1","ShardId":"shardId-000000000000","StartingPosition":{"Type":"AT_TIMESTAMP","Timestamp":<seconds>}}
TagResource {"ResourceARN":"<arn>","Tags":{"k":"v"}}
UntagResource {"ResourceARN":"<arn>","TagKeys":["k"]}
UpdateAccountSettings {"MinimumThroughputBillingCommitment":{"Status":"ENABLED"}}
UpdateDeadLetterQueueRecordsVisibility {"QueueARN":"<queue>","Entries":[{"ReceiptHandle":"x","VisibilityTimeoutSeconds":0}]}
UpdateMaxRecordSize {"StreamARN":"<arn>","MaxRecordSizeInKiB":2048}
UpdateQueue {"QueueARN":"<queue>","QueueAttributes":{"VisibilityTimeoutSeconds":0}}
UpdateQueueRecordsVisibility {"QueueARN":"<queue>","Entries":[{"ReceiptHandle":"x","VisibilityTimeoutSeconds":0}]}
UpdateShardCount {"StreamName":"quakes","TargetShardCount":3,"ScalingType":"UNIFORM_SCALING"}
UpdateStreamMode {"StreamARN":"<arn>","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}
UpdateStreamRecordDistributionStrategy {"StreamARN":"<arn>","RecordDistributionStrategy":"USER_PARTITION_KEY"}
UpdateStreamWarmThroughput {"StreamName":"absent","WarmThroughputMiBps":4}
"#;

/// The same for the host, and something for each operation that is not among them.
fn documents() -> Vec<(&'static str, Value)> {
    let start =
        json!({ "StreamName": STREAM, "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON" });
    let iterator = Host::new().must("GetShardIterator", &start)["ShardIterator"].clone();
    let text = DOCUMENTS
        .replace("<queue>", "arn:aws:kinesis:us-east-1:123456789012:queue/abcdefghij0123456789-abc")
        .replace("<arn>", &format!("arn:aws:kinesis:us-east-1:123456789012:stream/{STREAM}"))
        .replace("<iterator>", iterator.as_str().expect("an iterator is text"))
        .replace("<seconds>", &(NOW.0 / 1000).to_string());
    let given = text.lines().filter_map(|line| line.split_once(' '));
    let mut documents: Vec<(&str, Value)> = given
        .map(|(name, json)| {
            let operation = named(name.as_bytes()).expect("an operation of Kinesis");
            (operation, json.parse().expect("an input is JSON"))
        })
        .collect();
    for entry in OPERATIONS.iter().filter(|entry| entry.info.state == State::Works) {
        let name = entry.info.name;
        if documents.iter().all(|(operation, _)| *operation != name) {
            documents.push((name, json!({ "StreamName": STREAM })));
        }
    }
    documents
}
