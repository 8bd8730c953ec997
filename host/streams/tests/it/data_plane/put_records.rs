//! PutRecords.

use serde_json::{Value, json};

use crate::support::{Host, base64, data, keys, number, text};

const PUT: &str = "PutRecords";
const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn constraints_are_told_in_the_words_of_aws() {
    let host = Host::new().await;
    let value = |value: &str, path: &str, constraint: &str| {
        format!("Value {value} at '{path}' failed to satisfy constraint: Member must {constraint}")
    };
    let null = |path| value("null", path, "not be null");
    let short = "have length greater than or equal to 1";
    let hash_key = r"satisfy regular expression pattern: 0|([1-9]\d{0,38})";
    let name = "satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
    let record = json!({"PartitionKey": "", "Data": "", "ExplicitHashKey": ""});
    for (input, told) in [
        (json!({}), vec![null("records"), null("streamName")]),
        (
            json!({"StreamName": "", "Records": [record]}),
            vec![
                value("''", "records.1.member.partitionKey", short),
                value("''", "records.1.member.explicitHashKey", hash_key),
                value("''", "streamName", name),
                value("''", "streamName", short),
            ],
        ),
        (
            json!({"StreamName": "a", "Records": [null, {}]}),
            vec![null("records.1.member"), null("records.2.member.data")],
        ),
        (json!({"StreamName": "a", "Records": []}), vec![value("'[]'", "records", short)]),
    ] {
        let plural = if told.len() == 1 { "" } else { "s" };
        let count = told.len();
        let message = format!("{count} validation error{plural} detected: {}", told.join("; "));
        host.refuses(PUT, input, "ValidationException", &message).await;
    }
    for count in [501, 100_000] {
        let many = vec![json!({}); count];
        let refusal = host.refusal(PUT, json!({"StreamName": "a", "Records": many})).await;
        let start = "10 validation errors detected: Value \
                     '[com.amazonaws.kinesis.v20131202.PutRecordsRequestEntry@c965e310, ";
        assert!(refusal.message.starts_with(start), "{}", refusal.message);
        assert!(refusal.message.contains("Member must have length less than or equal to 500"));
    }
}

#[tokio::test]
async fn entries_are_answered_in_their_order() {
    let host = Host::new().await;
    host.create("a", 3).await;
    let entries = ["a", "b", "e", "f", "a", "b"];
    let records: Vec<Value> = entries.iter().map(|key| record(key, key.as_bytes())).collect();
    let reply = host.call(PUT, json!({"StreamName": "a", "Records": records})).await;
    assert_eq!(keys(&reply), ["FailedRecordCount", "Records"]);
    assert_eq!(reply["FailedRecordCount"], 0);
    let stored = reply["Records"].as_array().unwrap();
    let shards: Vec<u32> =
        stored.iter().map(|it| number(&text(it, "SequenceNumber")).shard().0).collect();
    assert_eq!(shards, [0, 1, 2, 1, 0, 1]);
    for entry in stored {
        assert_eq!(keys(entry), ["SequenceNumber", "ShardId"]);
    }
    // Within a shard, numbers and records stand in the order of the call.
    let counters: Vec<u64> =
        stored.iter().map(|it| number(&text(it, "SequenceNumber")).counter()).collect();
    assert_eq!(counters, [0, 0, 0, 1, 1, 2]);
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({"ShardId": "shardId-1"})).await;
    assert_eq!(data(&host.get(&iterator).await), [b"b", b"f", b"b"]);
}

#[tokio::test]
async fn what_is_malformed_fails_the_whole_call() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let mut bad = record("k", b"");
    bad["ExplicitHashKey"] = json!("340282366920938463463374607431768211456");
    let input = json!({"StreamName": "a", "Records": [record("k", b""), bad]});
    let refusal = host.refusal(PUT, input).await;
    assert_eq!(refusal.code, "InvalidArgumentException");
    assert!(refusal.message.starts_with("Invalid ExplicitHashKey."));
    let large = record("k", &vec![0; MIB + 1]);
    let input = json!({"StreamName": "a", "Records": [record("k", b""), large]});
    let message = "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1048577 \
                   cap=1048577]' at 'records.2.member.data' failed to satisfy constraint: Member must \
                   have length less than or equal to 1048576";
    host.refuses(PUT, input, "ValidationException", message).await;
    let mebibyte = record("k", &vec![0; MIB - 1]);
    let mut records = vec![mebibyte; 10];
    let input = json!({"StreamName": "a", "Records": records, "DryRun": true});
    assert_eq!(host.refusal(PUT, input).await.code, "DryRunOperationException");
    records.push(record("k", b""));
    let input = json!({"StreamName": "a", "Records": records});
    let message = "Records size exceeds 10 MB limit";
    host.refuses(PUT, input, "InvalidArgumentException", message).await;
    assert!(host.all("a").await.is_empty());
}

fn record(key: &str, data: &[u8]) -> Value {
    json!({"PartitionKey": key, "Data": base64(data)})
}
