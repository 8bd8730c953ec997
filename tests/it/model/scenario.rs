//! Calls that succeed, so that there are replies to look at, and calls that fail.

use e2e::client::{CallError, Client};
use serde_json::{Value, json};

const STREAM: &str = "model";

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
        _ => json!({ "StreamName": STREAM }),
    }
}

/// Makes the stream that all other calls are about.
pub(super) fn prepare(client: &mut Client) -> Result<(), CallError> {
    client.call("CreateStream", &json!({ "StreamName": STREAM, "ShardCount": 2 }))?;
    client.call("CreateStream", &json!({ "StreamName": "another", "ShardCount": 1 }))?;
    Ok(())
}

/// Every operation at least once, with as many members in the replies as there are.
pub(super) fn replies(client: &mut Client) -> Result<Vec<(&'static str, Value)>, CallError> {
    let mut found = Vec::new();
    let mut call = |operation: &'static str, input: Value| -> Result<Value, CallError> {
        let reply = client.call(operation, &input)?;
        found.push((operation, reply.clone()));
        Ok(reply)
    };
    call("CreateStream", json!({ "StreamName": "third", "ShardCount": 1 }))?;
    call("DeleteStream", json!({ "StreamName": "third" }))?;
    for operation in ["DescribeStream", "DescribeStreamSummary", "ListShards"] {
        call(operation, valid(operation))?;
    }
    call("ListStreams", json!({ "Limit": 1 }))?;
    call("ListStreams", json!({}))?;
    call("ListShards", json!({ "StreamName": STREAM, "MaxResults": 1 }))?;
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
    Ok(found)
}

/// Calls that are refused, each for a reason of its own.
pub(super) fn failures() -> Vec<(&'static str, Value)> {
    let mut found = Vec::new();
    let absent = ["DeleteStream", "DescribeStream", "DescribeStreamSummary", "ListShards"];
    let absent = absent.into_iter().chain(["PutRecord", "PutRecords", "GetShardIterator"]);
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
    more("GetRecords", "ShardIterator", json!("AAAA"));
    more("GetShardIterator", "ShardIteratorType", json!("AT_SEQUENCE_NUMBER"));
    more("ListShards", "NextToken", json!("x"));
    more("ListStreams", "NextToken", json!("x"));
    more("PutRecord", "ExplicitHashKey", json!("9".repeat(39)));
    more("PutRecord", "SequenceNumberForOrdering", json!("5".repeat(61)));
    more("PutRecord", "Data", json!("AAAA".repeat(400_000)));
    more("DescribeStream", "Limit", json!(0));
    found
}
