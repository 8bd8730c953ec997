//! Streams whose records the service spreads: AUTO.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Host, arn, base64, data, text};

const MIB: usize = 1024 * 1024;

async fn stream(host: &Host) {
    let input = json!({"StreamName": "a", "RecordDistributionStrategy": "AUTO"});
    host.call("CreateStream", input).await;
}

/// The shards that took the records of a call, and how many each.
fn shards(reply: &Value) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for record in reply["Records"].as_array().unwrap() {
        *counts.entry(text(record, "ShardId")).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn every_shard_takes_its_share_whatever_the_keys_say() {
    let host = Host::new().await;
    stream(&host).await;
    let record = json!({"PartitionKey": "same", "ExplicitHashKey": "0", "Data": base64(b"x")});
    let input = json!({"StreamName": "a", "Records": vec![record; 400]});
    let reply = host.call("PutRecords", input).await;
    assert_eq!(shards(&reply).into_values().collect::<Vec<_>>(), [100; 4]);
    // The next call goes on where this one ended, and one record a call takes turns as well.
    let mut seen = BTreeMap::<_, usize>::new();
    for _ in 0..8 {
        let reply = host.call("PutRecord", json!({"StreamName": "a", "Data": ""})).await;
        *seen.entry(text(&reply, "ShardId")).or_default() += 1;
    }
    assert_eq!(seen.into_values().collect::<Vec<_>>(), [2; 4]);
}

#[tokio::test]
async fn a_key_comes_out_if_one_was_given() {
    let host = Host::new().await;
    stream(&host).await;
    // Beyond the key space, but nobody looks at it.
    let beyond = "340282366920938463463374607431768211456";
    let records = json!([
        {"Data": base64(b"none")},
        {"Data": base64(b"some"), "PartitionKey": "k", "ExplicitHashKey": beyond},
    ]);
    let reply = host.call("PutRecords", json!({"StreamName": "a", "Records": records})).await;
    let host = host.restart().await;
    let mut found = Vec::new();
    for shard in shards(&reply).keys() {
        let input =
            json!({"StreamName": "a", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        let iterator = text(&host.call("GetShardIterator", input).await, "ShardIterator");
        let page = host.get(&iterator).await;
        let key = page["Records"][0].get("PartitionKey").cloned();
        found.push((data(&page).remove(0), key));
    }
    assert_eq!(found, [(b"none".to_vec(), None), (b"some".to_vec(), Some(json!("k")))]);
}

#[tokio::test]
async fn a_key_is_needed_where_keys_decide() {
    let host = Host::new().await;
    host.call("CreateStream", json!({"StreamName": "a"})).await;
    let null = |path: &str| {
        format!("Value null at '{path}' failed to satisfy constraint: Member must not be null")
    };
    let message = format!("1 validation error detected: {}", null("partitionKey"));
    let put = json!({"StreamName": "a", "Data": ""});
    host.refuses("PutRecord", put.clone(), "ValidationException", &message).await;
    let message = format!(
        "2 validation errors detected: {}; {}",
        null("records.1.member.partitionKey"),
        null("records.3.member.partitionKey")
    );
    let records = json!([{"Data": ""}, {"Data": "", "PartitionKey": "k"}, {"Data": ""}]);
    let puts = json!({"StreamName": "a", "Records": records});
    host.refuses("PutRecords", puts.clone(), "ValidationException", &message).await;
    let strategy = "UpdateStreamRecordDistributionStrategy";
    let set = |to: &str| json!({"StreamARN": arn("a"), "RecordDistributionStrategy": to});
    host.call(strategy, set("AUTO")).await;
    let reply = host.call("PutRecords", puts).await;
    assert_eq!(reply["FailedRecordCount"], 0);
    host.call(strategy, set("USER_PARTITION_KEY")).await;
    host.refusal("PutRecord", put).await;
}

#[tokio::test]
async fn a_shard_that_is_full_is_passed_over() {
    let host = Host::new().await;
    let input = json!({"StreamName": "a", "RecordDistributionStrategy": "AUTO",
                       "MaxRecordSizeInKiB": 10_240});
    host.call("CreateStream", input).await;
    let put = |bytes: usize| json!({"StreamName": "a", "Data": base64(&vec![0; bytes])});
    let full = text(&host.call("PutRecord", put(MIB)).await, "ShardId");
    // Three shards are left, each with a thousand records.
    let mut taken = BTreeMap::<_, usize>::new();
    for _ in 0..3000 {
        let reply = host.call("PutRecord", put(1)).await;
        *taken.entry(text(&reply, "ShardId")).or_default() += 1;
    }
    assert_eq!(taken.get(&full), None);
    assert_eq!(taken.into_values().collect::<Vec<_>>(), [1000; 3]);
    let refusal = host.refusal("PutRecord", put(1)).await;
    assert_eq!(refusal.code, "ProvisionedThroughputExceededException");
}

#[tokio::test]
async fn a_number_for_ordering_may_be_of_any_shard() {
    let host = Host::new().await;
    stream(&host).await;
    for _ in 0..5 {
        let reply = host.call("PutRecord", json!({"StreamName": "a", "Data": ""})).await;
        let number = text(&reply, "SequenceNumber");
        let input = json!({"StreamName": "a", "Data": "", "SequenceNumberForOrdering": number});
        host.call("PutRecord", input).await;
    }
}

#[tokio::test]
async fn a_dry_run_checks_keys_too() {
    let host = Host::new().await;
    stream(&host).await;
    host.create("b", 1).await;
    let put = |name: &str| json!({"StreamName": name, "Data": "", "DryRun": true});
    assert_eq!(host.refusal("PutRecord", put("a")).await.code, "DryRunOperationException");
    assert_eq!(host.refusal("PutRecord", put("b")).await.code, "ValidationException");
}
