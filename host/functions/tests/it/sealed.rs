//! Mappings of streams whose key cannot be used for a while.

use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, Region};
use identity::kms::{Key, NewKey};
use serde_json::json;

use crate::mapped::{attach, host, show, shows, to};
use crate::support::{ACCOUNT, Host, MAPPINGS, REGION};

async fn encrypted(host: &Host, stream: &str) -> Arc<Key> {
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
