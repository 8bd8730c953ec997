//! Records that are put while shards change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use storage::Store;
use storage::faulty::{Call, Fate, Gate};
use streams::{Emit, NotEmitted};

use super::{MAX, MIDDLE, ONE, TWO, ZERO, split};
use crate::support::{Host, base64, caller, data, text};

/// A host whose next commit with records waits before it is made.
async fn holding(host: Host) -> (Host, Gate) {
    let gate = Gate::new();
    let (held, is_first) = (gate.clone(), Arc::new(AtomicBool::new(true)));
    let host = host.failing(move |call| match call {
        Call::Commit(commit)
            if !commit.appends.is_empty() && is_first.swap(false, Ordering::Relaxed) =>
        {
            Fate::HoldBefore(held.clone())
        }
        _ => Fate::Pass,
    });
    (host.await, gate)
}

fn entry(hash: &str, data: &[u8]) -> Value {
    json!({"PartitionKey": "k", "ExplicitHashKey": hash, "Data": base64(data)})
}

async fn records(host: &Host, shard: &str) -> Vec<Vec<u8>> {
    let input = json!({"StreamName": "a", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
    let iterator = text(&host.call("GetShardIterator", input).await, "ShardIterator");
    data(&host.get(&iterator).await)
}

/// What a call is told whose commit the gate holds until the first shard is split.
async fn put_while_split(host: &Host, gate: &Gate, entries: &[Value]) -> Value {
    let change = async {
        gate.reached(1).await;
        host.reshape("SplitShard", split("a", ZERO, "1000")).await;
        gate.open();
    };
    let put = host.call("PutRecords", json!({"StreamName": "a", "Records": entries}));
    tokio::join!(put, change).0
}

#[tokio::test]
async fn a_put_that_meets_an_ended_shard_goes_to_its_children_and_is_charged_once() {
    let (host, gate) = holding(Host::new().await).await;
    host.create("a", 2).await;
    let mut entries = vec![entry("0", b"lower"), entry("1000", b"upper")];
    entries.extend((0..400).map(|_| entry(MAX, b"x")));
    let reply = put_while_split(&host, &gate, &entries).await;
    assert_eq!(reply["FailedRecordCount"], 0);
    let shards: Vec<&str> = reply["Records"].as_array().unwrap()[..3]
        .iter()
        .map(|record| record["ShardId"].as_str().unwrap())
        .collect();
    assert_eq!(shards, [TWO, super::THREE, ONE]);
    assert!(records(&host, ZERO).await.is_empty());
    assert_eq!(records(&host, TWO).await, [b"lower"]);
    assert_eq!(records(&host, super::THREE).await, [b"upper"]);
    assert_eq!(records(&host, ONE).await.len(), 400);
    assert_eq!(host.metrics.streams.records_in.get(), 402);
    // The shard that did not change has 600 left of its thousand.
    let more: Vec<Value> = (0..500).map(|_| entry(MAX, b"x")).collect();
    let put = |count: usize| json!({"StreamName": "a", "Records": more[..count]});
    assert_eq!(host.call("PutRecords", put(500)).await["FailedRecordCount"], 0);
    assert_eq!(host.call("PutRecords", put(101)).await["FailedRecordCount"], 1);
    assert_eq!(host.metrics.streams.throttled_puts.get(), 1);
}

#[tokio::test]
async fn a_large_record_that_meets_an_ended_shard_takes_no_burst_of_the_others() {
    let (host, gate) = holding(Host::new().await).await;
    let input = json!({"StreamName": "a", "ShardCount": 2, "MaxRecordSizeInKiB": 10_240});
    host.call("CreateStream", input).await;
    let large = vec![0; 6 * 1024 * 1024];
    let reply = put_while_split(&host, &gate, &[entry("0", b"lower"), entry(MAX, &large)]).await;
    // The other shard has ten mebibytes for large records: six that were taken twice would be too much.
    assert_eq!(reply["FailedRecordCount"], 0);
    assert_eq!(records(&host, ONE).await.len(), 1);
}

#[tokio::test]
async fn a_stream_that_was_looked_up_before_the_change_still_takes_records() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let caller = caller();
    let name = "a".parse().unwrap();
    let old = host.service.stream(caller.account, &caller.region, &name).unwrap();
    host.reshape("SplitShard", split("a", ZERO, MIDDLE)).await;
    host.reshape("SplitShard", split("a", TWO, "300000000000000000000000000000000000000")).await;
    let entry = streams::PutEntry {
        partition_key: "k",
        hash_key: Some(domain::HashKey(u128::MAX)),
        data: &b"late"[..],
    };
    let outcomes = host.service.put_records(&old, &[entry]).await.unwrap();
    let streams::Outcome::Stored { shard, .. } = outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!(shard.to_string(), "shardId-000000000004");
    assert_eq!(records(&host, "shardId-000000000004").await, [b"late"]);
    // What it knew of the shard that ended can still be read with it.
    let start = host.service.position(&old, &old.shards[0], streams::Start::TrimHorizon).await;
    let page = host.service.get_records(&old, &old.shards[0], start.unwrap(), 10).await;
    assert_eq!(page.unwrap().records().len(), 0);
}

#[tokio::test]
async fn a_put_that_meets_a_deleted_stream_is_told_so() {
    let (host, gate) = holding(Host::new().await).await;
    host.create("a", 1).await;
    let change = async {
        gate.reached(1).await;
        host.reshape("SplitShard", split("a", ZERO, MIDDLE)).await;
        host.call("DeleteStream", json!({"StreamName": "a"})).await;
        gate.open();
    };
    let input = json!({"StreamName": "a", "PartitionKey": "k", "Data": ""});
    let (refusal, ()) = tokio::join!(host.refusal("PutRecord", input), change);
    assert_eq!(refusal.code, "ResourceNotFoundException");
}

#[tokio::test]
async fn emits_that_were_not_committed_take_no_throughput() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let caller = caller();
    let name = "a".parse().unwrap();
    let stream = host.service.stream(caller.account, &caller.region, &name).unwrap();
    let emit = Emit { stream: stream.facts.id, partition_key: "k", hash_key: None, data: b"x" };
    let emits = vec![emit; 1000];
    let prepared = host.service.prepare_emits(&emits).unwrap();
    assert!(matches!(host.service.prepare_emits(&emits[..1]), Err(NotEmitted::Wait(_))));
    host.service.give_back_emits(&prepared);
    host.reshape("SplitShard", split("a", ZERO, MIDDLE)).await;
    let mut commit = storage::Commit::new(0, storage::Scope("test", 0));
    commit.appends = prepared.appends;
    let ended = host.store().commit(commit).await.unwrap_err();
    assert_eq!(ended.kind(), storage::Kind::Ended);
    assert_eq!(host.service.prepare_emits(&emits).unwrap().appends.len(), 1);
}
