//! Mappings of streams whose key cannot be used for a while.

use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, Region};
use identity::kms::{Key, NewKey};
use serde_json::{Value, json};

use crate::mapped::{attach, goes, host, mapping, show, shows, to};
use crate::support::{ACCOUNT, Host, MAPPINGS, REGION, stream_arn};

pub(crate) async fn encrypted(host: &Host, stream: &str) -> Arc<Key> {
    let (account, region): (AccountId, Region) =
        (ACCOUNT.parse().unwrap(), REGION.parse().unwrap());
    let (description, tags, policy) = (String::new(), Vec::new(), None);
    let new = NewKey { account, region, description, tags, policy };
    let key = host.keys.create(new).await.unwrap();
    host.streams.start_encryption(&host.stream(stream), &key.id).await.unwrap();
    key
}

#[tokio::test(start_paused = true)]
async fn a_mapping_waits_for_the_key_of_its_stream_and_skips_nothing() {
    let host = host("(copy)").await;
    let key = encrypted(&host, "in").await;
    let uuid = attach(&host, to("out")).await;
    host.put("in", "a").await;
    assert_eq!(host.holds("out", 1).await, ["a"]);
    let path = format!("{MAPPINGS}/{uuid}");
    host.works("PUT", &path, json!({"Enabled": false})).await;
    shows(&host, &uuid, "State", "Disabled").await;
    for data in ["b", "c"] {
        host.put("in", data).await;
    }

    host.keys.set_enabled(&key, false).await.unwrap();
    host.works("PUT", &path, json!({"Enabled": true})).await;
    let told = format!("PROBLEM: the stream is encrypted: {} is disabled.", key.arn());
    let shown = shows(&host, &uuid, "LastProcessingResult", &told).await;
    assert_eq!(shown["State"], "Enabled");
    // However long it takes.
    for _ in 0..60 {
        tokio::time::advance(Duration::from_secs(60)).await;
    }
    assert_eq!(show(&host, &uuid).await["LastProcessingResult"], told);
    assert_eq!(host.all("out").await, ["a"]);

    host.keys.set_enabled(&key, true).await.unwrap();
    assert_eq!(host.holds("out", 3).await, ["a", "b", "c"]);
    shows(&host, &uuid, "LastProcessingResult", "OK").await;
}

#[tokio::test(start_paused = true)]
async fn a_mapping_that_starts_anew_waits_as_well() {
    let host = host("(copy)").await;
    let key = encrypted(&host, "in").await;
    let uuid = attach(&host, to("out")).await;
    host.put("in", "a").await;
    assert_eq!(host.holds("out", 1).await, ["a"]);
    host.works("PUT", &format!("{MAPPINGS}/{uuid}"), json!({"Enabled": false})).await;
    shows(&host, &uuid, "State", "Disabled").await;
    host.put("in", "b").await;
    host.keys.set_enabled(&key, false).await.unwrap();
    host.works("PUT", &format!("{MAPPINGS}/{uuid}"), json!({"Enabled": true})).await;
    let host = host.restart().await;
    let told = format!("PROBLEM: the stream is encrypted: {} is disabled.", key.arn());
    shows(&host, &uuid, "LastProcessingResult", &told).await;
    host.keys.set_enabled(&key, true).await.unwrap();
    assert_eq!(host.holds("out", 2).await, ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_whose_target_s_key_cannot_be_used_can_be_changed_and_deleted() {
    let host = host("(copy)").await;
    let key = encrypted(&host, "out").await;
    host.put("out", "before").await;
    let uuid = attach(&host, to("out")).await;
    host.keys.set_enabled(&key, false).await.unwrap();
    host.put("in", "a").await;
    let told = format!("PROBLEM: a target stream is encrypted: {} is disabled.", key.arn());
    shows(&host, &uuid, "LastProcessingResult", &told).await;
    let path = format!("{MAPPINGS}/{uuid}");
    host.works("PUT", &path, json!({"Enabled": false})).await;
    let shown = shows(&host, &uuid, "State", "Disabled").await;
    assert_eq!(shown["LastProcessingResult"], told, "what came of the last batch is still told");
    // One that had no batch since has no other result.
    for is_enabled in [true, false] {
        host.works("PUT", &path, json!({"Enabled": is_enabled})).await;
        let state = if is_enabled { "Enabled" } else { "Disabled" };
        let shown = shows(&host, &uuid, "State", state).await;
        assert_eq!(shown["LastProcessingResult"], told);
    }
    // The target is looked up anew, whatever was emitted for the one before.
    host.works("PUT", &path, json!({"Enabled": true})).await;
    shows(&host, &uuid, "LastProcessingResult", &told).await;
    host.create_stream("other").await;
    host.works("PUT", &path, to("other")).await;
    assert_eq!(host.holds("other", 1).await, ["a"]);
    host.works("PUT", &path, to("out")).await;
    host.put("in", "b").await;
    shows(&host, &uuid, "LastProcessingResult", &told).await;
    host.works("DELETE", &path, Value::Null).await;
    goes(&host, &uuid).await;
}

#[tokio::test(start_paused = true)]
async fn a_function_needs_the_keys_of_its_streams() {
    let host = host("(copy)").await;
    for stream in ["in", "out"] {
        encrypted(&host, stream).await;
    }
    let streams = [("kinesis:*", "*")];
    let decrypt = [streams[0], ("kms:Decrypt", "*")];
    let both = [decrypt[0], decrypt[1], ("kms:GenerateDataKey", "*")];
    for (allowed, missing) in [(&streams[..], "kms:Decrypt"), (&decrypt, "kms:GenerateDataKey")] {
        host.role_may(allowed).await;
        let refusal = host.refused("POST", MAPPINGS, mapping(to("out"))).await;
        let what = format!("is not authorized to perform: {missing} on resource: arn:aws:kms:");
        assert!(refusal.message.contains(&what), "{}", refusal.message);
    }
    host.role_may(&both).await;
    let uuid = attach(&host, to("out")).await;
    // An emit draws the first data key of its stream.
    host.put("out", "before").await;
    host.put("in", "a").await;
    assert_eq!(host.holds("out", 2).await, ["before", "a"]);
    host.role_may(&streams).await;
    host.put("in", "b").await;
    let mut told = String::new();
    while !told.contains("kms:Decrypt") {
        tokio::task::yield_now().await;
        let shown = show(&host, &uuid).await;
        shown["LastProcessingResult"].as_str().unwrap().clone_into(&mut told);
    }
    assert_eq!(host.all("out").await, ["before", "a"]);
    let on_failure =
        json!({"DestinationConfig": {"OnFailure": {"Destination": stream_arn("out")}}});
    let refusal = host.refused("PUT", &format!("{MAPPINGS}/{uuid}"), on_failure).await;
    assert!(refusal.message.contains("kms:"), "{}", refusal.message);
}
