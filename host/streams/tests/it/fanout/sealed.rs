//! Subscriptions to encrypted streams.

use std::sync::Arc;

use identity::kms::{Key, NewKey};
use serde_json::{Value, json};

use super::support::{Next, SHARD, continuation, horizon, latest, number};
use crate::support::{Host, caller, data};

async fn key(host: &Host) -> Arc<Key> {
    let caller = caller();
    let (account, region) = (caller.account, caller.region);
    let (description, tags, policy) = (String::new(), Vec::new(), None);
    host.keys.create(NewKey { account, region, description, tags, policy }).await.unwrap()
}

async fn encrypt(host: &Host, stream: &str, key: &str) {
    let input = json!({"StreamName": stream, "EncryptionType": "KMS", "KeyId": key});
    host.call("StartStreamEncryption", input).await;
}

/// A host with an encrypted stream of one shard, its key, and a consumer.
async fn encrypted() -> (Host, Arc<Key>, String) {
    let host = Host::unlimited().await;
    host.create("quakes", 1).await;
    let key = key(&host).await;
    encrypt(&host, "quakes", &key.id).await;
    let consumer = host.register("quakes", "app").await;
    (host, key, consumer)
}

fn disabled(key: &Key) -> Next {
    Next::Exception("KMSDisabledException".to_owned(), format!("{} is disabled.", key.arn()))
}

#[tokio::test(start_paused = true)]
async fn records_say_that_they_were_encrypted_and_only_those() {
    let host = Host::unlimited().await;
    host.create("quakes", 1).await;
    let consumer = host.register("quakes", "app").await;
    host.put("quakes", "k", b"clear").await;
    encrypt(&host, "quakes", &key(&host).await.id).await;
    host.put("quakes", "k", b"sealed").await;
    let mut events = host.subscribe(&consumer, horizon()).await;
    let mut records: Vec<Value> = Vec::new();
    while records.len() < 2 {
        records.extend(events.event().await["Records"].as_array().unwrap().iter().cloned());
    }
    assert_eq!(records[0].get("EncryptionType"), None);
    assert_eq!(records[1]["EncryptionType"], "KMS");
}

#[tokio::test(start_paused = true)]
async fn records_without_a_key_have_none() {
    let host = Host::unlimited().await;
    let input = json!({"StreamName": "quakes", "RecordDistributionStrategy": "AUTO",
        "StreamModeDetails": {"StreamMode": "ON_DEMAND"}});
    host.call("CreateStream", input).await;
    host.service.reshape_all().await.unwrap();
    let consumer = host.register("quakes", "app").await;
    for _ in 0..4 {
        host.call("PutRecord", json!({"StreamName": "quakes", "Data": "eA=="})).await;
    }
    let mut events = host.subscribe(&consumer, horizon()).await;
    let event = events.event().await;
    assert_ne!(data(&event).len(), 0);
    for record in event["Records"].as_array().unwrap() {
        assert_eq!(record.get("PartitionKey"), None, "{record}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_disabled_ends_the_subscription_and_loses_nothing() {
    let (host, key, consumer) = encrypted().await;
    host.put("quakes", "k", b"1").await;
    let mut events = host.subscribe(&consumer, horizon()).await;
    let first = events.event().await;
    assert_eq!(data(&first), [b"1"]);
    host.put("quakes", "k", b"2").await;
    host.keys.set_enabled(&key, false).await.unwrap();
    assert_eq!(events.next().await, disabled(&key));
    assert_eq!(events.next().await, Next::End);

    // Nor is a new one begun.
    host.clock.advance(10_000);
    let start = number("AFTER_SEQUENCE_NUMBER", &continuation(&first));
    let refused = host.try_subscribe(&consumer, json!({"StartingPosition": start})).await;
    assert_eq!(refused.err().unwrap().code, "KMSDisabledException");

    host.keys.set_enabled(&key, true).await.unwrap();
    host.clock.advance(10_000);
    let mut events = host.subscribe(&consumer, start).await;
    assert_eq!(data(&events.event().await), [b"2"]);
}

#[tokio::test(start_paused = true)]
async fn who_waits_at_the_end_is_told_with_the_next_sign_of_life() {
    let (host, key, consumer) = encrypted().await;
    let mut events = host.subscribe(&consumer, latest()).await;
    assert_eq!(data(&events.event().await).len(), 0);
    host.keys.schedule_deletion(&key, 7).await.unwrap();
    host.clock.advance(6_000);
    let told = events.next().await;
    let message = format!("{} is pending deletion.", key.arn());
    assert_eq!(told, Next::Exception("KMSInvalidStateException".to_owned(), message));
    let input = json!({"ConsumerARN": consumer, "ShardId": SHARD, "StartingPosition": latest()});
    host.clock.advance(10_000);
    let refusal = host.try_subscribe(&consumer, input).await.err().unwrap();
    assert_eq!(refusal.code, "KMSInvalidStateException");
}
