//! DescribeStream and DescribeStreamSummary, and how streams are named.

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Host, arn, caller, keys, told};

const DESCRIBE: &str = "DescribeStream";

#[tokio::test]
async fn shows_the_members_that_aws_shows() {
    let host = Host::new().await;
    host.create("a", 3).await;
    let reply = host.call(DESCRIBE, json!({"StreamName": "a"})).await;
    let description = &reply["StreamDescription"];
    let expected = json!({
        "EncryptionType": "NONE",
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
        "HasMoreShards": false,
        "RetentionPeriodHours": 24,
        "Shards": description["Shards"],
        "StreamARN": arn("a"),
        "StreamCreationTimestamp": 1_790_068_000.0,
        "StreamModeDetails": {"StreamMode": "PROVISIONED"},
        "StreamName": "a",
        "StreamStatus": "ACTIVE",
    });
    assert_eq!(*description, expected);
    let ranges: Vec<&Value> = shards(description).map(|it| &it["HashKeyRange"]).collect();
    let expected = [
        ("0", "113427455640312821154458202477256070484"),
        ("113427455640312821154458202477256070485", "226854911280625642308916404954512140969"),
        ("226854911280625642308916404954512140970", "340282366920938463463374607431768211455"),
    ];
    for (range, (first, last)) in ranges.into_iter().zip(expected) {
        assert_eq!(*range, json!({"StartingHashKey": first, "EndingHashKey": last}));
    }
    for shard in shards(description) {
        assert_eq!(keys(shard), ["HashKeyRange", "SequenceNumberRange", "ShardId"]);
        assert_eq!(keys(&shard["SequenceNumberRange"]), ["StartingSequenceNumber"]);
    }
    let reply = host.call("DescribeStreamSummary", json!({"StreamName": "a"})).await;
    let id = &reply["StreamDescriptionSummary"]["StreamId"];
    assert_eq!(id.as_str().unwrap().len(), 24);
    let expected = json!({
        "ChannelCount": 0,
        "ConsumerCount": 0,
        "EncryptionType": "NONE",
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
        "MaxRecordSizeInKiB": 1024,
        "OpenShardCount": 3,
        "QueueCount": 0,
        "RetentionPeriodHours": 24,
        "StreamARN": arn("a"),
        "StreamCreationTimestamp": 1_790_068_000.0,
        "StreamId": id,
        "StreamModeDetails": {"StreamMode": "PROVISIONED"},
        "StreamName": "a",
        "StreamStatus": "ACTIVE",
    });
    assert_eq!(reply["StreamDescriptionSummary"], expected);
}

#[tokio::test]
async fn pages_hold_at_most_a_hundred_shards() {
    let host = Host::new().await;
    host.create("a", 205).await;
    let mut seen = Vec::new();
    let mut input = json!({"StreamName": "a", "Limit": 10_000});
    for (count, more) in [(100, true), (100, true), (5, false)] {
        let reply = host.call(DESCRIBE, input.clone()).await;
        let description = &reply["StreamDescription"];
        assert_eq!(shards(description).count(), count);
        assert_eq!(description["HasMoreShards"], more);
        seen.extend(shards(description).map(|it| it["ShardId"].as_str().unwrap().to_owned()));
        input["ExclusiveStartShardId"] = json!(seen.last());
    }
    let all: Vec<String> = (0..205).map(|it| format!("shardId-{it:012}")).collect();
    assert_eq!(seen, all);
    let input = json!({"StreamName": "a", "Limit": 2, "ExclusiveStartShardId": "shardId-7"});
    let reply = host.call(DESCRIBE, input).await;
    let first = &reply["StreamDescription"]["Shards"][0]["ShardId"];
    assert_eq!(first, "shardId-000000000008");
    let input = json!({"StreamName": "a", "ExclusiveStartShardId": "x"});
    let message = format!("Could not find shard x in stream a under account {ACCOUNT}.");
    host.refuses(DESCRIBE, input, "ResourceNotFoundException", &message).await;
}

#[tokio::test]
async fn streams_are_named_by_name_or_arn() {
    let host = Host::new().await;
    host.create("a", 1).await;
    for input in [
        json!({"StreamName": "a"}),
        json!({"StreamARN": arn("a")}),
        json!({"StreamARN": arn("a"), "StreamName": "a"}),
    ] {
        for operation in [DESCRIBE, "DescribeStreamSummary", "ListShards"] {
            host.call(operation, input.clone()).await;
        }
    }
    let validation = "ValidationException";
    let message = told("null", "streamName", "not be null");
    host.refuses(DESCRIBE, json!({}), validation, &message).await;
    let pattern = r"satisfy regular expression pattern: arn:aws.*:kinesis:.*:\d{12}:stream/\S+";
    let message = told("'quakes'", "streamARN", pattern);
    host.refuses(DESCRIBE, json!({"StreamARN": "quakes"}), validation, &message).await;
    let input = json!({"StreamARN": arn("a"), "StreamName": "b"});
    let message = format!("StreamARN {} does not match StreamName b.", arn("a"));
    host.refuses(DESCRIBE, input, "InvalidArgumentException", &message).await;
}

#[tokio::test]
async fn streams_of_others_are_not_found() {
    let host = Host::new().await;
    let mut other = caller();
    other.account = "999999999999".parse().unwrap();
    let input = json!({"StreamName": "a", "ShardCount": 1}).to_string();
    host.answer(&other, "CreateStream", &input).await.unwrap();
    host.create("a", 1).await;
    for (arn, account) in [
        ("arn:aws:kinesis:us-east-1:999999999999:stream/a", "999999999999"),
        ("arn:aws:kinesis:eu-west-1:123456789012:stream/a", ACCOUNT),
    ] {
        let message = format!("Stream a under account {account} not found.");
        let input = json!({"StreamARN": arn});
        host.refuses(DESCRIBE, input, "ResourceNotFoundException", &message).await;
    }
    let input = json!({"StreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/a/b"});
    let message = format!("Stream a/b under account {ACCOUNT} not found.");
    host.refuses(DESCRIBE, input, "ResourceNotFoundException", &message).await;
}

fn shards(description: &Value) -> impl Iterator<Item = &Value> {
    description["Shards"].as_array().unwrap().iter()
}
