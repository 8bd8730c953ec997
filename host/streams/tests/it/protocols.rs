//! Every operation means the same in CBOR and in JSON.

use serde_json::{Value, json};
use wire::protocol::Protocol;

use crate::support::{Host, Refusal, START, base64};

/// The same host twice: clock and entropy are the same, so all that it answers is, tokens included.
struct Twins {
    json: Host,
    cbor: Host,
}

impl Twins {
    async fn new() -> Self {
        let cbor = Host::new().await.speaking(Protocol::AwsCbor11);
        Self { json: Host::new().await, cbor }
    }

    async fn answer(&self, operation: &str, input: &Value) -> Result<Value, Refusal> {
        let answer = self.json.answer_to(operation, input).await;
        assert_eq!(self.cbor.answer_to(operation, input).await, answer, "{operation} {input}");
        answer
    }

    async fn call(&self, operation: &str, input: Value) -> Value {
        let answer = self.answer(operation, &input).await;
        answer.unwrap_or_else(|refusal| panic!("{operation} {input}: {refusal:?}"))
    }
}

#[tokio::test]
async fn calls_that_work_bring_the_same() {
    let twins = Twins::new().await;
    let tags = json!({ "k": "v", "empty": "" });
    let new = json!({ "StreamName": "quakes", "ShardCount": 2, "Tags": tags });
    assert_eq!(twins.call("CreateStream", new).await, Value::Null);
    let mode = json!({ "StreamName": "other", "StreamModeDetails": { "StreamMode": "ON_DEMAND" } });
    twins.call("CreateStream", mode).await;
    for operation in ["DescribeStream", "DescribeStreamSummary", "ListShards"] {
        twins.call(operation, json!({ "StreamName": "quakes" })).await;
    }
    let page = twins.call("ListStreams", json!({ "Limit": 1 })).await;
    twins.call("ListStreams", json!({ "NextToken": page["NextToken"] })).await;
    let filter = json!({ "Type": "FROM_TIMESTAMP", "Timestamp": START.0 as f64 / 1000.0 });
    twins.call("ListShards", json!({ "StreamName": "quakes", "ShardFilter": filter })).await;
    twins.call("AddTagsToStream", json!({ "StreamName": "quakes", "Tags": { "é": "ü" } })).await;
    let tags = twins.call("ListTagsForStream", json!({ "StreamName": "quakes" })).await;
    assert_eq!(tags["Tags"].as_array().map(Vec::len), Some(3));
    twins.call("RemoveTagsFromStream", json!({ "StreamName": "quakes", "TagKeys": ["é"] })).await;
    for (operation, hours) in
        [("IncreaseStreamRetentionPeriod", 48), ("DecreaseStreamRetentionPeriod", 24)]
    {
        let input = json!({ "StreamName": "quakes", "RetentionPeriodHours": hours });
        assert_eq!(twins.call(operation, input).await, Value::Null);
    }
    twins.call("DescribeLimits", json!({})).await;

    let all = base64(&Vec::from_iter(0..=255));
    let one = json!({ "StreamName": "quakes", "PartitionKey": "é", "Data": all });
    twins.call("PutRecord", one).await;
    let records = json!([
        { "PartitionKey": "p", "Data": "" },
        { "PartitionKey": "p", "ExplicitHashKey": "0", "Data": base64(&vec![7; 100_000]) },
    ]);
    let reply =
        twins.call("PutRecords", json!({ "StreamName": "quakes", "Records": records })).await;
    assert_eq!(reply["FailedRecordCount"], 0);
    for shard in ["0", "1"] {
        let start = json!({
            "StreamName": "quakes",
            "ShardId": shard,
            "ShardIteratorType": "AT_TIMESTAMP",
            "Timestamp": START.0 as f64 / 1000.0,
        });
        let iterator = twins.call("GetShardIterator", start).await["ShardIterator"].clone();
        let read = twins.call("GetRecords", json!({ "ShardIterator": iterator })).await;
        assert_ne!(read["Records"], json!([]), "shard {shard} has records");
        let arrival = &read["Records"][0]["ApproximateArrivalTimestamp"];
        assert_eq!(arrival, START.0 as f64 / 1000.0);
    }
    twins.call("DeleteStream", json!({ "StreamName": "other" })).await;
}

#[tokio::test]
async fn every_operation_refuses_in_the_same_words() {
    let twins = Twins::new().await;
    twins.call("CreateStream", json!({ "StreamName": "s", "ShardCount": 1 })).await;
    for entry in streams::ops::OPERATIONS {
        let operation = entry.info.name;
        for input in [
            json!({}),
            json!([]),
            json!({ "StreamName": 5 }),
            json!({ "StreamName": "", "Data": 5, "Limit": "x", "ShardCount": true }),
            json!({ "StreamName": "absent", "Limit": 0, "ShardCount": -1, "Records": [null] }),
        ] {
            let refused = twins.answer(operation, &input).await.is_err();
            assert!(refused || operation.starts_with("List") || operation.starts_with("Describe"));
        }
    }
}
