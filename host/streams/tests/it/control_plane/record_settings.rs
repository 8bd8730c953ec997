//! UpdateMaxRecordSize, UpdateStreamRecordDistributionStrategy, and the id of a stream.

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Host, arn, base64, merge, told};

const SIZE: &str = "UpdateMaxRecordSize";
const SPREAD: &str = "UpdateStreamRecordDistributionStrategy";
const INVALID: &str = "InvalidArgumentException";
const VALIDATION: &str = "ValidationException";
const MIB: usize = 1024 * 1024;

async fn summary(host: &Host, name: &str) -> Value {
    let summary = host.call("DescribeStreamSummary", json!({"StreamName": name})).await;
    summary["StreamDescriptionSummary"].clone()
}

#[tokio::test]
async fn records_may_become_larger_and_smaller() {
    let host = Host::new().await;
    let set = |kib: i64| json!({"StreamARN": arn("a"), "MaxRecordSizeInKiB": kib});
    let gone = format!("Stream a under account {ACCOUNT} not found.");
    host.refuses(SIZE, set(2048), "ResourceNotFoundException", &gone).await;
    host.create("a", 1).await;
    let put = |bytes: usize| json!({"StreamName": "a", "PartitionKey": "k", "Data": base64(&vec![0; bytes])});
    assert_eq!(host.refusal("PutRecord", put(2 * MIB)).await.code, VALIDATION);
    assert_eq!(host.call(SIZE, set(10_240)).await, Value::Null);
    host.call("PutRecord", put(10 * MIB - 1)).await;
    let host = host.restart().await;
    assert_eq!(summary(&host, "a").await["MaxRecordSizeInKiB"], 10_240);
    // What is there stays; what comes meets the new size.
    assert_eq!(host.call(SIZE, set(1024)).await, Value::Null);
    assert_eq!(host.refusal("PutRecord", put(2 * MIB)).await.code, VALIDATION);
    assert_eq!(host.all("a").await, [vec![0; 10 * MIB - 1]]);
    for (kib, constraint) in [
        (1023, "have value greater than or equal to 1024"),
        (10_241, "have value less than or equal to 10240"),
    ] {
        let message = told(&format!("'{kib}'"), "maxRecordSizeInKiB", constraint);
        host.refuses(SIZE, set(kib), VALIDATION, &message).await;
    }
    let message = "2 validation errors detected: Value null at 'streamARN' failed to satisfy \
                   constraint: Member must not be null; Value null at 'maxRecordSizeInKiB' failed to \
                   satisfy constraint: Member must not be null";
    host.refuses(SIZE, json!({}), VALIDATION, message).await;
}

#[tokio::test]
async fn only_streams_on_demand_have_a_strategy() {
    let host = Host::new().await;
    host.create("provisioned", 1).await;
    let set = |name: &str, strategy: &str| json!({"StreamARN": arn(name), "RecordDistributionStrategy": strategy});
    let message = format!(
        "The record distribution strategy of stream provisioned under account {ACCOUNT} cannot be \
         set: it is only supported for data streams with the on-demand capacity mode."
    );
    for strategy in ["AUTO", "USER_PARTITION_KEY"] {
        host.refuses(SPREAD, set("provisioned", strategy), INVALID, &message).await;
    }
    assert_eq!(summary(&host, "provisioned").await.get("RecordDistributionStrategy"), None);
    host.call("CreateStream", json!({"StreamName": "a"})).await;
    let strategy = |summary: Value| summary["RecordDistributionStrategy"].clone();
    assert_eq!(strategy(summary(&host, "a").await), "USER_PARTITION_KEY");
    assert_eq!(host.call(SPREAD, set("a", "AUTO")).await, Value::Null);
    let host = host.restart().await;
    assert_eq!(strategy(summary(&host, "a").await), "AUTO");
    host.call(SPREAD, set("a", "USER_PARTITION_KEY")).await;
    assert_eq!(strategy(summary(&host, "a").await), "USER_PARTITION_KEY");
    let input = json!({"StreamName": "b", "RecordDistributionStrategy": "AUTO"});
    host.call("CreateStream", input).await;
    assert_eq!(strategy(summary(&host, "b").await), "AUTO");
    let message = told(
        "'x'",
        "recordDistributionStrategy",
        "satisfy enum value set: [AUTO, USER_PARTITION_KEY]",
    );
    host.refuses(SPREAD, set("a", "x"), VALIDATION, &message).await;
}

#[tokio::test]
async fn an_id_must_be_the_streams_own_everywhere() {
    let host = Host::new().await;
    host.create("a", 2).await;
    host.create("b", 1).await;
    let [id, other] = [summary(&host, "a").await, summary(&host, "b").await]
        .map(|summary| summary["StreamId"].as_str().unwrap().to_owned());
    assert_ne!(id, other);
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({"StreamId": id})).await;
    let message = format!("StreamId {other} does not match stream a under account {ACCOUNT}.");
    let named = |more: Value| {
        let mut input = json!({"StreamName": "a"});
        merge(&mut input, more);
        input
    };
    let resource = |more: Value| {
        let mut input = json!({"ResourceARN": arn("a")});
        merge(&mut input, more);
        input
    };
    let record = json!({"PartitionKey": "k", "Data": ""});
    let kms = json!({"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"});
    for (operation, input) in [
        ("DescribeStream", named(json!({}))),
        ("DescribeStreamSummary", named(json!({}))),
        ("ListShards", named(json!({}))),
        ("PutRecord", named(record.clone())),
        ("PutRecords", named(json!({"Records": [record]}))),
        ("GetRecords", json!({"ShardIterator": iterator})),
        ("GetShardIterator", named(json!({"ShardId": "0", "ShardIteratorType": "LATEST"}))),
        ("AddTagsToStream", named(json!({"Tags": {"k": "v"}}))),
        ("ListTagsForStream", named(json!({}))),
        ("RemoveTagsFromStream", named(json!({"TagKeys": ["k"]}))),
        ("TagResource", resource(json!({"Tags": {"k": "v"}}))),
        ("ListTagsForResource", resource(json!({}))),
        ("UntagResource", resource(json!({"TagKeys": ["k"]}))),
        ("IncreaseStreamRetentionPeriod", named(json!({"RetentionPeriodHours": 25}))),
        ("DecreaseStreamRetentionPeriod", named(json!({"RetentionPeriodHours": 24}))),
        ("EnableEnhancedMonitoring", named(json!({"ShardLevelMetrics": ["ALL"]}))),
        ("DisableEnhancedMonitoring", named(json!({"ShardLevelMetrics": ["ALL"]}))),
        ("StartStreamEncryption", named(kms.clone())),
        ("StopStreamEncryption", named(kms)),
        (SIZE, json!({"StreamARN": arn("a"), "MaxRecordSizeInKiB": 2048})),
        ("DeleteStream", named(json!({}))),
    ] {
        let with = |id: &str| {
            let mut input = input.clone();
            merge(&mut input, json!({"StreamId": id}));
            input
        };
        host.refuses(operation, with(&other), INVALID, &message).await;
        host.call(operation, with(&id)).await;
    }
    // Made again it is another stream.
    host.create("a", 1).await;
    assert_ne!(summary(&host, "a").await["StreamId"], id);
}
