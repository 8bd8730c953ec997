//! UpdateStreamMode and UpdateStreamWarmThroughput.

use serde_json::{Value, json};

use crate::support::{ACCOUNT, HOUR, Host, arn, told};

const MODE: &str = "UpdateStreamMode";
const WARM: &str = "UpdateStreamWarmThroughput";
const LIMIT: &str = "LimitExceededException";
const VALIDATION: &str = "ValidationException";

fn mode(name: &str, mode: &str) -> Value {
    json!({"StreamARN": arn(name), "StreamModeDetails": {"StreamMode": mode}})
}

fn warm(name: &str, mib: i64) -> Value {
    json!({"StreamName": name, "WarmThroughputMiBps": mib})
}

async fn summary(host: &Host, name: &str) -> Value {
    let summary = host.call("DescribeStreamSummary", json!({"StreamName": name})).await;
    summary["StreamDescriptionSummary"].clone()
}

async fn commit(host: &Host) {
    let input = json!({"MinimumThroughputBillingCommitment": {"Status": "ENABLED"}});
    host.call("UpdateAccountSettings", input).await;
}

#[tokio::test]
async fn a_stream_is_switched_twice_a_day_and_keeps_its_shards() {
    let host = Host::new().await;
    host.create("a", 7).await;
    let number = host.put("a", "k", b"x").await;
    assert_eq!(host.call(MODE, mode("a", "ON_DEMAND")).await, Value::Null);
    let told = summary(&host, "a").await;
    assert_eq!(told["StreamModeDetails"]["StreamMode"], "ON_DEMAND");
    assert_eq!((&told["OpenShardCount"], &told["StreamStatus"]), (&json!(7), &json!("ACTIVE")));
    assert!(host.put("a", "k", b"y").await > number);
    // What changes nothing does not count.
    host.call(MODE, mode("a", "ON_DEMAND")).await;
    host.clock.advance(HOUR);
    host.call(MODE, mode("a", "PROVISIONED")).await;
    let message = format!(
        "Stream a under account {ACCOUNT} has already been switched between capacity modes 2 times \
         within 24 hours, which is the limit."
    );
    host.refuses(MODE, mode("a", "ON_DEMAND"), LIMIT, &message).await;
    let host = host.restart().await;
    host.clock.advance(23 * HOUR - 1);
    host.refuses(MODE, mode("a", "ON_DEMAND"), LIMIT, &message).await;
    host.clock.advance(1);
    host.call(MODE, mode("a", "ON_DEMAND")).await;
    let free = Host::unlimited().await;
    free.create("a", 1).await;
    for _ in 0..5 {
        free.call(MODE, mode("a", "ON_DEMAND")).await;
        free.call(MODE, mode("a", "PROVISIONED")).await;
    }
}

#[tokio::test]
async fn what_only_streams_on_demand_have_goes_with_the_mode() {
    let host = Host::new().await;
    commit(&host).await;
    let input = json!({"StreamName": "a", "WarmThroughputMiBps": 6,
                       "RecordDistributionStrategy": "AUTO"});
    host.call("CreateStream", input).await;
    host.call(MODE, mode("a", "PROVISIONED")).await;
    let told = summary(&host, "a").await;
    assert_eq!((told.get("WarmThroughput"), told.get("RecordDistributionStrategy")), (None, None));
    assert_eq!(told["OpenShardCount"], 6);
    let refusal = host.refusal("PutRecord", json!({"StreamName": "a", "Data": ""})).await;
    assert_eq!(refusal.code, VALIDATION);
    host.call(MODE, mode("a", "ON_DEMAND")).await;
    let told = summary(&host, "a").await;
    assert_eq!(told["RecordDistributionStrategy"], "USER_PARTITION_KEY");
    assert_eq!(told["WarmThroughput"], json!({"CurrentMiBps": 6, "TargetMiBps": 6}));
}

#[tokio::test]
async fn a_stream_with_queues_stays_on_demand() {
    let host = Host::new().await;
    host.call("CreateStream", json!({"StreamName": "a"})).await;
    let input = json!({"QueueName": "q", "StreamConfigurationList": [{"StreamARN": arn("a")}]});
    let queue = host.call("CreateQueue", input).await["QueueDescription"]["QueueARN"].clone();
    let message = format!("Stream a under account {ACCOUNT} has queues. Delete its queues first.");
    host.refuses(MODE, mode("a", "PROVISIONED"), "ResourceInUseException", &message).await;
    host.call("DeleteQueue", json!({"QueueARN": queue})).await;
    host.call(MODE, mode("a", "PROVISIONED")).await;
}

#[tokio::test]
async fn quotas_are_those_of_the_mode() {
    let host = Host::new().await;
    host.create("a", 20_000).await;
    // On-demand streams count their shards themselves.
    host.call("CreateStream", json!({"StreamName": "b"})).await;
    let refusal = host.refusal(MODE, mode("b", "PROVISIONED")).await;
    assert_eq!(refusal.code, LIMIT);
    let shards = "Current shard count for the account: 20000. Limit: 20000. Number of additional \
                  shards that would have resulted from this request: 4.";
    assert!(refusal.message.contains(shards), "{}", refusal.message);
    for number in 0..49 {
        host.call("CreateStream", json!({"StreamName": format!("c{number}")})).await;
    }
    let refusal = host.refusal(MODE, mode("a", "ON_DEMAND")).await;
    assert_eq!(refusal.code, LIMIT);
    assert!(refusal.message.contains("50 on-demand streams"), "{}", refusal.message);
}

#[tokio::test]
async fn warm_throughput_comes_with_the_mode_or_later() {
    let host = Host::new().await;
    host.create("a", 2).await;
    let mut input = mode("a", "ON_DEMAND");
    input["WarmThroughputMiBps"] = json!(10);
    assert_eq!(host.refusal(MODE, input.clone()).await.code, VALIDATION);
    commit(&host).await;
    let mut provisioned = mode("a", "PROVISIONED");
    provisioned["WarmThroughputMiBps"] = json!(10);
    let message =
        "WarmThroughputMiBps is only supported for data streams with the on-demand capacity mode.";
    host.refuses(MODE, provisioned, VALIDATION, message).await;
    let message = "UpdateStreamWarmThroughput is only supported for data streams with the on-demand capacity mode.";
    host.refuses(WARM, warm("a", 10), VALIDATION, message).await;
    host.call(MODE, input).await;
    assert_eq!(summary(&host, "a").await["StreamStatus"], "UPDATING");
    let message = format!("Stream a under account {ACCOUNT} not ACTIVE, instead in state UPDATING");
    for (operation, input) in [
        (WARM, warm("a", 20)),
        (MODE, mode("a", "PROVISIONED")),
        ("UpdateMaxRecordSize", json!({"StreamARN": arn("a"), "MaxRecordSizeInKiB": 2048})),
    ] {
        host.refuses(operation, input, "ResourceInUseException", &message).await;
    }
    host.service.reshape_all().await.unwrap();
    let told = summary(&host, "a").await;
    assert_eq!(told["WarmThroughput"], json!({"CurrentMiBps": 10, "TargetMiBps": 10}));
    let reply = host.call(WARM, warm("a", 16)).await;
    let expected = json!({"StreamARN": arn("a"), "StreamName": "a",
                          "WarmThroughput": {"CurrentMiBps": 10, "TargetMiBps": 16}});
    assert_eq!(reply, expected);
    host.service.reshape_all().await.unwrap();
    let host = host.restart().await;
    assert_eq!(summary(&host, "a").await["OpenShardCount"], 16);
    // What nobody asks for is released at once.
    host.call(WARM, warm("a", 5)).await;
    host.service.reshape_all().await.unwrap();
    let told = summary(&host, "a").await;
    assert_eq!(told["WarmThroughput"], json!({"CurrentMiBps": 5, "TargetMiBps": 5}));
    assert_eq!((&told["OpenShardCount"], &told["StreamStatus"]), (&json!(5), &json!("ACTIVE")));
}

#[tokio::test]
async fn constraints_are_told_in_the_words_of_aws() {
    let host = Host::new().await;
    let null = |path: &str| {
        format!("Value null at '{path}' failed to satisfy constraint: Member must not be null")
    };
    let message = format!(
        "2 validation errors detected: {}; {}",
        null("streamARN"),
        null("streamModeDetails")
    );
    host.refuses(MODE, json!({}), VALIDATION, &message).await;
    let path = "streamModeDetails.streamMode";
    let message = told("'x'", path, "satisfy enum value set: [PROVISIONED, ON_DEMAND]");
    host.refuses(MODE, mode("a", "x"), VALIDATION, &message).await;
    let least = "have value greater than or equal to 0";
    let message = told("'-1'", "warmThroughputMiBps", least);
    host.refuses(WARM, warm("a", -1), VALIDATION, &message).await;
    host.call("CreateStream", json!({"StreamName": "a"})).await;
    commit(&host).await;
    let message =
        "WarmThroughputMiBps 10241 exceeds the limit of 10240 MiB per second for a stream.";
    host.refuses(WARM, warm("a", 10_241), LIMIT, message).await;
}
