//! Calls that succeed, so that there are replies to look at, and calls that fail.

use e2e::client::{CallError, Client};
use serde_json::{Value, json};
use streams::ops::OPERATIONS;

const STREAM: &str = "model";
const ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/model";
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow",
    "Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kinesis:PutRecord",
    "Resource":"arn:aws:kinesis:us-east-1:000000000000:stream/model"}}"#;
const ON_DEMAND_ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/demand";
/// A queue that is not there.
const NO_QUEUE: &str = "arn:aws:kinesis:us-east-1:000000000000:queue/abcdefghij0123456789-abc";

/// An input of the operation that breaks no rule.
pub(super) fn valid(operation: &str) -> Value {
    match operation {
        "CreateStream" => json!({ "StreamName": STREAM, "ShardCount": 1 }),
        "ListStreams" => json!({}),
        "PutRecord" => json!({ "StreamName": STREAM, "PartitionKey": "p", "Data": "AAAA" }),
        "PutRecords" => {
            json!({ "StreamName": STREAM, "Records": [{ "PartitionKey": "p", "Data": "AAAA" }] })
        }
        "GetShardIterator" => {
            json!({ "StreamName": STREAM, "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON" })
        }
        "GetRecords" => json!({ "ShardIterator": "AAAA" }),
        "IncreaseStreamRetentionPeriod" | "DecreaseStreamRetentionPeriod" => {
            json!({ "StreamName": STREAM, "RetentionPeriodHours": 24 })
        }
        "SplitShard" => {
            json!({ "StreamName": STREAM, "ShardToSplit": "0", "NewStartingHashKey": "1000" })
        }
        "MergeShards" => {
            json!({ "StreamName": STREAM, "ShardToMerge": "0", "AdjacentShardToMerge": "1" })
        }
        "UpdateShardCount" => json!({
            "StreamName": STREAM, "TargetShardCount": 2, "ScalingType": "UNIFORM_SCALING"
        }),
        "AddTagsToStream" => json!({ "StreamName": STREAM, "Tags": { "k": "v" } }),
        "RemoveTagsFromStream" => json!({ "StreamName": STREAM, "TagKeys": ["k"] }),
        "DescribeLimits" | "DescribeAccountSettings" => json!({}),
        "UpdateAccountSettings" => {
            json!({ "MinimumThroughputBillingCommitment": { "Status": "ENABLED" } })
        }
        "UpdateStreamMode" => {
            json!({ "StreamARN": ON_DEMAND_ARN, "StreamModeDetails": { "StreamMode": "ON_DEMAND" } })
        }
        "UpdateStreamWarmThroughput" => {
            json!({ "StreamName": "demand", "WarmThroughputMiBps": 4 })
        }
        "UpdateMaxRecordSize" => json!({ "StreamARN": ARN, "MaxRecordSizeInKiB": 2048 }),
        "UpdateStreamRecordDistributionStrategy" => {
            json!({ "StreamARN": ON_DEMAND_ARN, "RecordDistributionStrategy": "AUTO" })
        }
        "EnableEnhancedMonitoring" | "DisableEnhancedMonitoring" => {
            json!({ "StreamName": "other", "ShardLevelMetrics": ["IncomingBytes"] })
        }
        "StartStreamEncryption" | "StopStreamEncryption" => {
            json!({ "StreamName": "other", "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis" })
        }
        "ListStreamConsumers" => json!({ "StreamARN": ARN }),
        "RegisterStreamConsumer" | "DescribeStreamConsumer" | "DeregisterStreamConsumer" => {
            json!({ "StreamARN": ARN, "ConsumerName": "reader" })
        }
        "SubscribeToShard" => json!({
            "ConsumerARN": format!("{ARN}/consumer/reader:1"), "ShardId": "0",
            "StartingPosition": { "Type": "LATEST" },
        }),
        "TagResource" => json!({ "ResourceARN": ARN, "Tags": { "k": "v" } }),
        "UntagResource" => json!({ "ResourceARN": ARN, "TagKeys": ["k"] }),
        "ListTagsForResource" | "GetResourcePolicy" | "DeleteResourcePolicy" => {
            json!({ "ResourceARN": ARN })
        }
        "PutResourcePolicy" => json!({ "ResourceARN": ARN, "Policy": POLICY }),
        word if word.contains("Queue") => valid_of_queues(word),
        _ => json!({ "StreamName": STREAM }),
    }
}

fn valid_of_queues(operation: &str) -> Value {
    match operation {
        "ListQueues" => json!({ "StreamFilter": [{ "StreamARN": ON_DEMAND_ARN }] }),
        "CreateQueue" => {
            json!({ "QueueName": "another", "StreamConfigurationList": [{ "StreamARN": ON_DEMAND_ARN }] })
        }
        "UpdateQueue" => json!({ "QueueARN": NO_QUEUE, "QueueAttributes": {} }),
        word if word.ends_with("QueueRecordsVisibility") => {
            let entry = json!({ "ReceiptHandle": "x", "VisibilityTimeoutSeconds": 1 });
            json!({ "QueueARN": NO_QUEUE, "Entries": [entry] })
        }
        word if word.ends_with("QueueRecords") && !word.starts_with("Receive") => {
            json!({ "QueueARN": NO_QUEUE, "Entries": [{ "ReceiptHandle": "x" }] })
        }
        _ => json!({ "QueueARN": NO_QUEUE }),
    }
}

/// Makes the stream that all other calls are about.
pub(super) fn prepare(client: &mut Client) -> Result<(), CallError> {
    client.call("CreateStream", &json!({ "StreamName": STREAM, "ShardCount": 2 }))?;
    client.call("CreateStream", &json!({ "StreamName": "another", "ShardCount": 1 }))?;
    client.call("CreateStream", &json!({ "StreamName": "demand" }))?;
    Ok(())
}

/// Every operation at least once, with as many members in the replies as there are.
pub(super) fn replies(client: &mut Client) -> Result<Vec<(&'static str, Value)>, CallError> {
    let mut found = Vec::new();
    let mut call = |operation: &'static str, input: Value| -> Result<Value, CallError> {
        let reply = loop {
            match client.call(operation, &input) {
                // Streams are made faster than an account may.
                Err(CallError::Refused(told)) if told.message.starts_with("Rate exceeded") => {}
                reply => break reply?,
            }
        };
        found.push((operation, reply.clone()));
        Ok(reply)
    };
    call("CreateStream", json!({ "StreamName": "third", "ShardCount": 1 }))?;
    let mut resize = valid("UpdateShardCount");
    resize["StreamName"] = "third".into();
    call("UpdateShardCount", resize)?;
    call("DeleteStream", json!({ "StreamName": "third" }))?;
    let settings = ["UpdateAccountSettings", "UpdateMaxRecordSize", "UpdateStreamMode"];
    for operation in settings.into_iter().chain(["UpdateStreamWarmThroughput"]) {
        call(operation, valid(operation))?;
    }
    let strategy = "UpdateStreamRecordDistributionStrategy";
    call(strategy, valid(strategy))?;
    call("DescribeStreamSummary", json!({ "StreamName": "demand" }))?;
    call("DescribeAccountSettings", json!({}))?;
    for operation in ["DescribeStream", "DescribeStreamSummary", "ListShards"] {
        call(operation, valid(operation))?;
    }
    call("ListStreams", json!({ "Limit": 1 }))?;
    call("ListStreams", json!({}))?;
    call("ListShards", json!({ "StreamName": STREAM, "MaxResults": 1 }))?;
    for operation in ["IncreaseStreamRetentionPeriod", "DecreaseStreamRetentionPeriod"] {
        call(operation, valid(operation))?;
    }
    for operation in ["AddTagsToStream", "TagResource", "ListTagsForStream", "ListTagsForResource"]
    {
        call(operation, valid(operation))?;
    }
    for operation in ["RemoveTagsFromStream", "UntagResource", "DescribeLimits"] {
        call(operation, valid(operation))?;
    }
    for operation in ["PutResourcePolicy", "GetResourcePolicy", "DeleteResourcePolicy"] {
        call(operation, valid(operation))?;
    }
    call("PutRecord", valid("PutRecord"))?;
    call("PutRecords", valid("PutRecords"))?;
    // More than a shard takes in a second: some of them fail.
    let large = json!({ "PartitionKey": "p", "Data": "AAAA".repeat(100_000) });
    let reply = call("PutRecords", json!({ "StreamName": STREAM, "Records": vec![large; 10] }))?;
    assert_ne!(reply["FailedRecordCount"], 0, "nothing was throttled");
    for shard in ["0", "1"] {
        let mut input = valid("GetShardIterator");
        input["ShardId"] = shard.into();
        let iterator = call("GetShardIterator", input)?;
        call("GetRecords", json!({ "ShardIterator": iterator["ShardIterator"] }))?;
    }
    of_consumers(&mut call)?;
    of_settings(&mut call)?;
    // At the end, and one for each stream, which is changed behind the answer.
    call("MergeShards", valid("MergeShards"))?;
    let mut split = valid("SplitShard");
    split["StreamName"] = "another".into();
    call("SplitShard", split)?;
    of_queues(&mut call)?;
    Ok(found)
}

type Call<'c> = dyn FnMut(&'static str, Value) -> Result<Value, CallError> + 'c;

fn of_consumers(call: &mut Call<'_>) -> Result<(), CallError> {
    call("RegisterStreamConsumer", valid("RegisterStreamConsumer"))?;
    let mut other = valid("RegisterStreamConsumer");
    other["ConsumerName"] = "other".into();
    call("RegisterStreamConsumer", other)?;
    call("DescribeStreamConsumer", valid("DescribeStreamConsumer"))?;
    call("ListStreamConsumers", json!({ "StreamARN": ARN, "MaxResults": 1 }))?;
    call("DeregisterStreamConsumer", valid("DeregisterStreamConsumer"))?;
    Ok(())
}

/// What changes a stream of its own: its metrics, and how its records lie on the disk.
fn of_settings(call: &mut Call<'_>) -> Result<(), CallError> {
    call("CreateStream", json!({ "StreamName": "other", "ShardCount": 1 }))?;
    call("EnableEnhancedMonitoring", valid("EnableEnhancedMonitoring"))?;
    call("StartStreamEncryption", valid("StartStreamEncryption"))?;
    let other = json!({ "StreamName": "other" });
    call("DescribeStream", other.clone())?;
    call("DescribeStreamSummary", other)?;
    for operation in ["PutRecord", "PutRecords"] {
        let mut input = valid(operation);
        input["StreamName"] = "other".into();
        call(operation, input)?;
    }
    let mut start = valid("GetShardIterator");
    start["StreamName"] = "other".into();
    let iterator = call("GetShardIterator", start)?;
    call("GetRecords", json!({ "ShardIterator": iterator["ShardIterator"] }))?;
    call("StopStreamEncryption", valid("StopStreamEncryption"))?;
    call("DisableEnhancedMonitoring", valid("DisableEnhancedMonitoring"))?;
    Ok(())
}

fn of_queues(call: &mut Call<'_>) -> Result<(), CallError> {
    let mut made = valid("CreateQueue");
    made["QueueAttributes"] = json!({
        "DeadLetterConfiguration": { "TargetType": "BUILT_IN", "MaxReceiveCount": 1 }
    });
    let mut queue = Value::Null;
    for name in ["one", "two"] {
        made["QueueName"] = name.into();
        queue = call("CreateQueue", made.clone())?["QueueDescription"]["QueueARN"].clone();
    }
    call("ListQueues", json!({ "MaxResults": 1 }))?;
    call("DescribeQueue", json!({ "QueueARN": queue }))?;
    call("UpdateQueue", json!({ "QueueARN": queue, "QueueAttributes": {} }))?;
    let put = json!({ "StreamName": "demand", "PartitionKey": "p", "Data": "AAAA" });
    for _ in 0..3 {
        call("PutRecord", put.clone())?;
    }
    let receive = json!({ "QueueARN": queue, "WaitTimeSeconds": 1, "Limit": 1 });
    let entries = |reply: &Value, seconds: Option<u32>| {
        let mut entry = json!({ "ReceiptHandle": reply["QueueRecords"][0]["ReceiptHandle"] });
        if let Some(seconds) = seconds {
            entry["VisibilityTimeoutSeconds"] = seconds.into();
        }
        let wrong = json!({ "ReceiptHandle": "x", "VisibilityTimeoutSeconds": 1 });
        json!({ "QueueARN": queue, "Entries": [entry, wrong] })
    };
    for _ in 0..3 {
        let received = call("ReceiveQueueRecords", receive.clone())?;
        call("UpdateQueueRecordsVisibility", entries(&received, Some(0)))?;
    }
    for operation in [
        "UpdateDeadLetterQueueRecordsVisibility",
        "AcknowledgeDeadLetterQueueRecords",
        "RestoreDeadLetterQueueRecords",
    ] {
        let dead = call("ReceiveDeadLetterQueueRecords", receive.clone())?;
        call(operation, entries(&dead, Some(100)))?;
    }
    let restored = call("ReceiveQueueRecords", receive.clone())?;
    call("AcknowledgeQueueRecords", entries(&restored, None))?;
    call("DeleteQueue", json!({ "QueueARN": queue }))?;
    Ok(())
}

/// Calls that are refused, each for a reason of its own.
pub(super) fn failures() -> Vec<(&'static str, Value)> {
    let mut found = Vec::new();
    let absent = ["DeleteStream", "DescribeStream", "DescribeStreamSummary", "ListShards"];
    let absent = absent.into_iter().chain(["PutRecord", "PutRecords", "GetShardIterator"]);
    let absent = absent.chain(["AddTagsToStream", "RemoveTagsFromStream", "ListTagsForStream"]);
    let absent = absent.chain(["IncreaseStreamRetentionPeriod", "DecreaseStreamRetentionPeriod"]);
    for operation in absent {
        let mut input = valid(operation);
        input["StreamName"] = "absent".into();
        found.push((operation, input));
        let mut foreign = valid(operation);
        foreign["StreamARN"] = "arn:aws:kinesis:us-east-1:123456789012:stream/x".into();
        found.push((operation, foreign));
    }
    for operation in ["PutRecord", "PutRecords", "GetShardIterator"] {
        let mut input = valid(operation);
        input["DryRun"] = true.into();
        found.push((operation, input));
    }
    let mut more = |operation, member: &str, value: Value| {
        let mut input = valid(operation);
        input[member] = value;
        found.push((operation, input));
    };
    more("CreateStream", "ShardCount", json!(1));
    more("CreateStream", "ShardCount", json!(100_000));
    more("CreateStream", "WarmThroughputMiBps", json!(1));
    for operation in ["UpdateMaxRecordSize", "UpdateStreamRecordDistributionStrategy"] {
        more(operation, "StreamARN", json!(ARN.replace("model", "absent")));
        more(operation, "StreamId", json!("aaaaaaaaaaaaaaaaaaaa-aaa"));
    }
    more("UpdateStreamRecordDistributionStrategy", "StreamARN", json!(ARN));
    more("UpdateStreamMode", "StreamARN", json!(ARN.replace("model", "absent")));
    more("UpdateStreamMode", "WarmThroughputMiBps", json!(4));
    for operation in ["DescribeStreamConsumer", "DeregisterStreamConsumer"] {
        more(operation, "ConsumerName", json!("absent"));
    }
    more("RegisterStreamConsumer", "StreamARN", json!(ARN.replace("model", "absent")));
    more("SubscribeToShard", "ShardId", json!("1"));
    more("StartStreamEncryption", "StreamName", json!("absent"));
    more("EnableEnhancedMonitoring", "StreamName", json!("absent"));
    more("UpdateStreamWarmThroughput", "StreamName", json!("absent"));
    more("UpdateStreamWarmThroughput", "StreamName", json!(STREAM));
    more("GetRecords", "ShardIterator", json!("AAAA"));
    more("GetShardIterator", "ShardIteratorType", json!("AT_SEQUENCE_NUMBER"));
    more("ListShards", "NextToken", json!("x"));
    more("ListStreams", "NextToken", json!("x"));
    more("PutRecord", "ExplicitHashKey", json!("9".repeat(39)));
    more("PutRecord", "SequenceNumberForOrdering", json!("5".repeat(61)));
    more("PutRecord", "Data", json!("AAAA".repeat(400_000)));
    more("DescribeStream", "Limit", json!(0));
    more("IncreaseStreamRetentionPeriod", "RetentionPeriodHours", json!(8761));
    more("DecreaseStreamRetentionPeriod", "RetentionPeriodHours", json!(23));
    more("DecreaseStreamRetentionPeriod", "RetentionPeriodHours", json!(25));
    let many: Value = (0..51).map(|number| (format!("k{number}"), json!("v"))).collect();
    more("AddTagsToStream", "Tags", many.clone());
    more("AddTagsToStream", "Tags", json!({ "a;b": "" }));
    more("TagResource", "Tags", many);
    more("RemoveTagsFromStream", "TagKeys", json!(["aws:k"]));
    more("UntagResource", "TagKeys", json!(["%"]));
    failures_of_queues(&mut more);
    for operation in ["TagResource", "UntagResource", "ListTagsForResource"] {
        more(operation, "ResourceARN", json!(format!("{ARN}/consumer/c:1")));
        more(operation, "ResourceARN", json!(ARN.replace("model", "absent")));
        more(operation, "ResourceARN", json!(ARN.replace("000000000000", "123456789012")));
    }
    found
}

fn failures_of_queues(more: &mut impl FnMut(&'static str, &str, Value)) {
    let of_queues =
        OPERATIONS.iter().map(|entry| entry.info.name).filter(|it| it.contains("Queue"));
    for operation in of_queues.filter(|it| !["CreateQueue", "ListQueues"].contains(it)) {
        more(operation, "QueueARN", json!(NO_QUEUE));
    }
    more("ListQueues", "NextToken", json!("x"));
    more("CreateQueue", "StreamConfigurationList", json!([{ "StreamARN": ARN }]));
    more("CreateQueue", "StreamConfigurationList", json!([{ "StreamARN": format!("{ARN}s") }]));
    let two = json!([{ "StreamARN": ON_DEMAND_ARN }, { "StreamARN": ON_DEMAND_ARN }]);
    more("CreateQueue", "StreamConfigurationList", two);
}
