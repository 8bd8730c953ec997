//! On-demand streams under load: their shards follow what is put, minute by minute.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use storage::faulty::{Call, Fate};

use crate::support::{HOUR, Host, base64, caller};

const MINUTE: u64 = 60_000;

async fn stream(host: &Host) {
    host.call("CreateStream", json!({"StreamName": "a"})).await;
}

async fn open_shards(host: &Host) -> u64 {
    let summary = host.call("DescribeStreamSummary", json!({"StreamName": "a"})).await;
    summary["StreamDescriptionSummary"]["OpenShardCount"].as_u64().unwrap()
}

/// A minute in which so many megabytes come, spread over many keys.
async fn minute(host: &Host, mebibytes: usize) {
    let data = base64(&vec![0; 64 * 1024]);
    for call in 0..mebibytes {
        let record =
            |number: usize| json!({"PartitionKey": format!("{call}-{number}"), "Data": data});
        let records: Vec<Value> = (0..16).map(record).collect();
        host.call("PutRecords", json!({"StreamName": "a", "Records": records})).await;
    }
    host.clock.advance(MINUTE);
    host.service.scale_once().await.unwrap();
}

#[tokio::test]
async fn shards_follow_the_load_and_a_restart_forgets_no_peak() {
    let host = Host::unlimited().await;
    stream(&host).await;
    minute(&host, 60).await;
    assert_eq!(open_shards(&host).await, 4);
    // Four MiB/s: eight shards.
    minute(&host, 240).await;
    assert_eq!(open_shards(&host).await, 8);
    // The parents are closed and can be read; the children have all keys.
    let shards = host.call("ListShards", json!({"StreamName": "a"})).await;
    assert_eq!(shards["Shards"].as_array().unwrap().len(), 12);
    // Five MiB/s: two shards more.
    minute(&host, 300).await;
    assert_eq!(open_shards(&host).await, 10);
    // An hour later that is written down, and a day of silence after a restart takes nothing away.
    host.clock.advance(HOUR);
    host.service.scale_once().await.unwrap();
    let host = host.restart().await;
    for _ in 0..60 {
        host.clock.advance(HOUR);
        host.service.scale_once().await.unwrap();
    }
    assert_eq!(open_shards(&host).await, 10);
    // Until the peak is thirty days old.
    for _ in 0..32 * 24 {
        host.clock.advance(HOUR);
        host.service.scale_once().await.unwrap();
    }
    assert_eq!(open_shards(&host).await, 4);
}

#[tokio::test]
async fn a_hot_shard_is_split_within_fifteen_minutes() {
    let host = Host::unlimited().await;
    stream(&host).await;
    let data = base64(&vec![0; 512 * 1024]);
    let mut minutes = 0;
    while open_shards(&host).await == 4 {
        for number in 0..72 {
            // Two keys of the first quarter, one in each half of it.
            let key = if number % 2 == 0 { "0" } else { "64000000000000000000000000000000000000" };
            let input = json!({"StreamName": "a", "PartitionKey": "k", "ExplicitHashKey": key, "Data": data});
            host.call("PutRecord", input).await;
        }
        host.clock.advance(MINUTE);
        host.service.scale_once().await.unwrap();
        minutes += 1;
        assert!(minutes < 15);
    }
    assert_eq!((open_shards(&host).await, minutes), (5, 5));
}

#[tokio::test]
async fn other_streams_are_left_alone() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    minute(&host, 120).await;
    minute(&host, 120).await;
    assert_eq!(open_shards(&host).await, 1);
    let input = json!({"StreamARN": crate::support::arn("a"),
                       "StreamModeDetails": {"StreamMode": "ON_DEMAND"}});
    host.call("UpdateStreamMode", input).await;
    minute(&host, 1).await;
    assert_eq!(open_shards(&host).await, 4);
}

#[tokio::test]
async fn warm_throughput_holds_as_long_as_the_commitment() {
    let host = Host::new().await;
    let commitment =
        |status: &str| json!({"MinimumThroughputBillingCommitment": {"Status": status}});
    host.call("UpdateAccountSettings", commitment("ENABLED")).await;
    host.call("CreateStream", json!({"StreamName": "a", "WarmThroughputMiBps": 12})).await;
    for _ in 0..80 {
        host.clock.advance(HOUR);
        host.service.scale_once().await.unwrap();
    }
    assert_eq!(open_shards(&host).await, 12);
    host.call("UpdateAccountSettings", commitment("DISABLED")).await;
    assert!(!host.service.has_advantage(caller().account, &caller().region));
    for _ in 0..80 {
        host.clock.advance(HOUR);
        host.service.scale_once().await.unwrap();
    }
    assert_eq!(open_shards(&host).await, 4);
}

#[tokio::test]
async fn a_store_that_fails_is_tried_again_the_next_minute() {
    let is_failing = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&is_failing);
    let host = Host::unlimited().await.failing(move |call| match call {
        Call::Commit(_) if switch.load(Ordering::Relaxed) => Fate::FailBefore,
        _ => Fate::Pass,
    });
    let host = host.await;
    stream(&host).await;
    minute(&host, 60).await;
    let data = base64(&vec![0; 1024 * 1024 - 8]);
    for number in 0..300 {
        let input = json!({"StreamName": "a", "PartitionKey": number.to_string(), "Data": data});
        host.call("PutRecord", input).await;
    }
    host.clock.advance(MINUTE);
    is_failing.store(true, Ordering::Relaxed);
    host.service.scale_once().await.unwrap_err();
    is_failing.store(false, Ordering::Relaxed);
    minute(&host, 0).await;
    assert_eq!(open_shards(&host).await, 10);
}
