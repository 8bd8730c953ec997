//! A queue follows its stream through splits, and forgets shards that the stream forgets.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::ShardId;
use serde_json::json;

use super::place::{Place, keys, pass};

async fn split(place: &Place, shard: u32) {
    let stream = place.service.stream_by_id(place.queue().stream).unwrap();
    place.service.split_hot(&stream, ShardId(shard)).await.unwrap();
    place.service.reshape_all().await.unwrap();
}

async fn drain(place: &Place) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    loop {
        let records = place.receive(json!({})).await;
        if records.is_empty() {
            return seen;
        }
        seen.extend(keys(&records));
        place.acknowledge(&records).await;
    }
}

#[tokio::test(start_paused = true)]
async fn records_of_parents_and_children_come_all() {
    let place = Place::with_queue(json!({})).await;
    place.put_many(20).await;
    for shard in 0..4 {
        split(&place, shard).await;
    }
    for number in 20..60 {
        place.put(&format!("record {number}")).await;
    }
    assert_eq!(drain(&place).await.len(), 60);
    let place = place.restart().await;
    assert!(drain(&place).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_woken_by_a_record_of_a_new_shard() {
    let place = Place::with_queue(json!({})).await;
    let later = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        for shard in 0..4 {
            split(&place, shard).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        place.put("a").await;
    };
    let (came, ()) = tokio::join!(place.receive(json!({"WaitTimeSeconds": 20})), later);
    assert_eq!(keys(&came), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn shards_that_expired_are_forgotten_with_what_was_in_flight() {
    let place = Place::with_queue(json!({})).await;
    place.put_many(20).await;
    place.receive(json!({"VisibilityTimeoutSeconds": 43_200})).await;
    for shard in 0..4 {
        split(&place, shard).await;
    }
    for _ in 0..26 {
        pass(3600).await;
        place.service.sweep().await.unwrap();
    }
    place.service.sweep().await.unwrap();
    let stream = place.service.stream_by_id(place.queue().stream).unwrap();
    assert!(stream.shard(ShardId(0)).is_none(), "the parent is gone");
    assert_eq!(place.facts_of(place.queue().id).await, 0);
    place.put("young").await;
    assert_eq!(keys(&place.receive(json!({})).await), ["young"]);
}
