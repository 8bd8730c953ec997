//! CreateStream and DeleteStream.

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Host, arn, caller, number, text, told};

const CREATE: &str = "CreateStream";
const NOT_FOUND: &str = "ResourceNotFoundException";
const INVALID: &str = "InvalidArgumentException";
const VALIDATION: &str = "ValidationException";

#[tokio::test]
async fn constraints_are_told_in_the_words_of_aws() {
    let host = Host::new().await;
    let cases = [
        (json!({}), told("null", "streamName", "not be null")),
        (
            json!({"StreamName": "", "ShardCount": 0}),
            "3 validation errors detected: Value '0' at 'shardCount' failed to satisfy constraint: \
             Member must have value greater than or equal to 1; Value '' at 'streamName' failed to \
             satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; \
             Value '' at 'streamName' failed to satisfy constraint: Member must have length greater \
             than or equal to 1"
                .to_owned(),
        ),
        (
            json!({"StreamName": "a", "ShardCount": 100_001}),
            told("'100001'", "shardCount", "have value less than or equal to 100000"),
        ),
        (
            json!({"StreamName": "a", "StreamModeDetails": {}}),
            told("null", "streamModeDetails.streamMode", "not be null"),
        ),
        (
            json!({"StreamName": "a", "StreamModeDetails": {"StreamMode": "X"}}),
            told(
                "'X'",
                "streamModeDetails.streamMode",
                "satisfy enum value set: [PROVISIONED, ON_DEMAND]",
            ),
        ),
        (
            json!({"StreamName": "a", "MaxRecordSizeInKiB": 512}),
            told("'512'", "maxRecordSizeInKiB", "have value greater than or equal to 1024"),
        ),
        (
            json!({"StreamName": "a", "Tags": {}}),
            told("'{}'", "tags", "have length greater than or equal to 1"),
        ),
    ];
    for (input, message) in cases {
        host.refuses(CREATE, input, VALIDATION, &message).await;
    }
}

#[tokio::test]
async fn modes_and_shard_counts_must_agree() {
    let host = Host::new().await;
    let on_demand = json!({"StreamMode": "ON_DEMAND"});
    let provisioned = json!({"StreamMode": "PROVISIONED"});
    let input = json!({"StreamName": "a", "ShardCount": 1, "StreamModeDetails": on_demand});
    let message = "ShardCount is not expected when StreamMode=ON_DEMAND";
    host.refuses(CREATE, input, INVALID, message).await;
    let input = json!({"StreamName": "a", "StreamModeDetails": provisioned});
    let message = "ShardCount is required when StreamMode=PROVISIONED";
    host.refuses(CREATE, input, INVALID, message).await;
    let input = json!({"StreamName": "a", "ShardCount": 1, "RecordDistributionStrategy": "AUTO"});
    let refusal = host.refusal(CREATE, input).await;
    assert_eq!(refusal.code, VALIDATION);
    let input = json!({"StreamName": "a", "ShardCount": 1, "WarmThroughputMiBps": 10});
    assert_eq!(host.refusal(CREATE, input).await.code, VALIDATION);
    // Neither mode nor count: on demand, which starts with four shards.
    host.call(CREATE, json!({"StreamName": "a"})).await;
    let summary = host.call("DescribeStreamSummary", json!({"StreamName": "a"})).await;
    let summary = &summary["StreamDescriptionSummary"];
    assert_eq!(summary["OpenShardCount"], 4);
    assert_eq!(summary["StreamModeDetails"]["StreamMode"], "ON_DEMAND");
}

#[tokio::test]
async fn tags_are_checked() {
    let host = Host::new().await;
    let many: Value = (0..51).map(|it| (format!("k{it}"), json!("v"))).collect();
    let input = json!({"StreamName": "a", "ShardCount": 1, "Tags": many});
    let message = format!(
        "Failed to add tags to stream a under account {ACCOUNT} because a given stream cannot have \
         more than 50 tags associated with it."
    );
    host.refuses(CREATE, input, INVALID, &message).await;
    let input = json!({"StreamName": "a", "ShardCount": 1, "Tags": {"k": "a;b"}});
    assert_eq!(host.refusal(CREATE, input).await.code, INVALID);
    let input = json!({"StreamName": "a", "ShardCount": 1, "Tags": {"": "b"}});
    let refusal = host.refusal(CREATE, input).await;
    assert_eq!(refusal.code, VALIDATION);
    assert!(
        refusal.message.contains("Value '{=b}' at 'tags' failed to satisfy constraint: Map keys")
    );
    let input = json!({"StreamName": "a", "ShardCount": 1, "Tags": {"k": "v", "b": ""}});
    host.call(CREATE, input).await;
    let host = host.restart().await;
    let stream = host.service.stream(caller().account, &caller().region, &"a".parse().unwrap());
    let tags = &stream.as_ref().unwrap().facts.tags;
    assert_eq!(*tags, [("b".to_owned(), String::new()), ("k".to_owned(), "v".to_owned())]);
}

#[tokio::test]
async fn a_name_is_taken_once_in_account_and_region() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let message = format!("Stream a under account {ACCOUNT} already exists.");
    let input = json!({"StreamName": "a", "ShardCount": 2});
    host.refuses(CREATE, input.clone(), "ResourceInUseException", &message).await;
    let mut elsewhere = caller();
    elsewhere.region = "eu-central-1".parse().unwrap();
    let mut other = caller();
    other.account = "999999999999".parse().unwrap();
    for caller in [elsewhere, other] {
        let answer = host.answer(&caller, CREATE, &input.to_string()).await;
        assert_eq!(answer, Ok(Value::Null));
    }
}

#[tokio::test]
async fn an_account_has_so_many_shards_and_no_more() {
    let host = Host::new().await;
    host.create("a", 19_999).await;
    let message = format!(
        "This request would exceed the shard limit for the account {ACCOUNT} in us-east-1. Current \
         shard count for the account: 19999. Limit: 20000. Number of additional shards that would \
         have resulted from this request: 2. Refer to the AWS Service Limits page \
         (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits \
         and how to request higher limits."
    );
    let input = json!({"StreamName": "b", "ShardCount": 2});
    host.refuses(CREATE, input.clone(), "LimitExceededException", &message).await;
    let mut elsewhere = caller();
    elsewhere.region = "eu-central-1".parse().unwrap();
    let told = host.answer(&elsewhere, CREATE, &input.to_string()).await.unwrap_err();
    assert_eq!(told.code, "LimitExceededException", "regions are names that callers choose");
    host.create("b", 1).await;
    let host = host.restart().await;
    let summary = host.call("DescribeStreamSummary", json!({"StreamName": "a"})).await;
    assert_eq!(summary["StreamDescriptionSummary"]["OpenShardCount"], 19_999);
    host.call("DeleteStream", json!({"StreamName": "a"})).await;
    host.create("c", 19_999).await;
}

#[tokio::test]
async fn a_stream_has_a_bound_even_without_limits() {
    let host = Host::unlimited().await;
    let input = json!({"StreamName": "a", "ShardCount": 50_001});
    assert_eq!(host.refusal(CREATE, input).await.code, "LimitExceededException");
    host.create("a", 50_000).await;
    host.call("DeleteStream", json!({"StreamName": "a"})).await;
}

#[tokio::test]
async fn a_deleted_stream_is_gone_with_its_records() {
    let host = Host::new().await;
    let message = format!("Stream a under account {ACCOUNT} not found.");
    host.refuses("DeleteStream", json!({"StreamName": "a"}), NOT_FOUND, &message).await;
    host.create("a", 2).await;
    host.put("a", "k", b"one").await;
    let input = json!({"StreamARN": arn("a"), "EnforceConsumerDeletion": true});
    assert_eq!(host.call("DeleteStream", input).await, Value::Null);
    host.refuses("DescribeStream", json!({"StreamName": "a"}), NOT_FOUND, &message).await;
    let input = json!({"StreamName": "a", "PartitionKey": "k", "Data": ""});
    host.refuses("PutRecord", input, NOT_FOUND, &message).await;
    let host = host.restart().await;
    host.refuses("DescribeStream", json!({"StreamName": "a"}), NOT_FOUND, &message).await;
}

#[tokio::test]
async fn a_stream_made_again_is_another_stream() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let old = host.put("a", "k", b"old").await;
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    host.call("DeleteStream", json!({"StreamName": "a"})).await;
    // In the same second and the same life of the store.
    host.create("a", 1).await;
    assert!(host.all("a").await.is_empty());
    let message =
        format!("Shard shardId-000000000000 in stream a under account {ACCOUNT} does not exist");
    let input = json!({"ShardIterator": iterator});
    host.refuses("GetRecords", input, NOT_FOUND, &message).await;
    let input = json!({"StreamName": "a", "ShardId": "shardId-000000000000",
                       "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": old});
    let message = format!(
        "StartingSequenceNumber {old} used in GetShardIterator on shard shardId-000000000000 in \
         stream a under account {ACCOUNT} is invalid because it did not come from this stream."
    );
    host.refuses("GetShardIterator", input, INVALID, &message).await;
    let new = host.put("a", "k", b"new").await;
    assert!(number(&new) > number(&old));
    let description = host.call("DescribeStream", json!({"StreamName": "a"})).await;
    let start = &description["StreamDescription"]["Shards"][0]["SequenceNumberRange"];
    assert!(number(&text(start, "StartingSequenceNumber")) > number(&old));
}
