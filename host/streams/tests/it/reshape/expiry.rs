//! Shards of which nothing is kept any more.

use serde_json::{Value, json};
use storage::{Log, LogId};

use super::{MAX, MIDDLE, ONE, TWO, ZERO, ids, resize, split};
use crate::support::{HOUR, Host, caller, text};

fn logs(host: &Host) -> Vec<LogId> {
    let caller = caller();
    let name = "a".parse().unwrap();
    let stream = host.service.stream(caller.account, &caller.region, &name).unwrap();
    stream.shards.iter().map(|shard| shard.facts.log).collect()
}

async fn pass(host: &Host, hours: u64) {
    for _ in 0..hours {
        host.clock.advance(HOUR);
        host.service.sweep().await.unwrap();
    }
}

#[tokio::test]
async fn a_shard_goes_with_its_facts_and_its_log_once_its_records_have_expired() {
    let host = Host::new().await;
    host.create("a", 1).await;
    host.put("a", "k", b"old").await;
    let parent = logs(&host)[0];
    pass(&host, 3).await;
    host.reshape("SplitShard", split("a", ZERO, MIDDLE)).await;
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    pass(&host, 23).await;
    // Its record has expired, but it was open at a moment that is kept.
    assert_eq!(ids(&host.shards("a", None).await), [ZERO, ONE, TWO]);
    let input = json!({"StreamName": "a", "ShardId": ZERO, "ShardIteratorType": "TRIM_HORIZON"});
    let fresh = text(&host.call("GetShardIterator", input.clone()).await, "ShardIterator");
    let reply = host.get(&fresh).await;
    assert_eq!(ids(reply["ChildShards"].as_array().unwrap()), [ONE, TWO]);
    host.clock.advance(HOUR + 1);
    host.service.accept_time();
    // Hidden at once, and gone with the sweep.
    assert_eq!(ids(&host.shards("a", None).await), [ONE, TWO]);
    assert!(host.store().bounds(parent).await.is_ok());
    host.service.sweep().await.unwrap();
    let gone = host.store().bounds(parent).await.unwrap_err();
    assert_eq!(gone.kind(), storage::Kind::NotFound);
    assert_eq!(logs(&host).len(), 2);
    let refusal = host.refusal("GetShardIterator", input).await;
    assert_eq!(refusal.code, "ResourceNotFoundException");
    let refusal = host.refusal("GetRecords", json!({"ShardIterator": iterator})).await;
    assert_eq!(refusal.code, "ExpiredIteratorException");

    // The children still name it, and its number is not given again.
    for _start in 0..2 {
        let shards = host.shards("a", None).await;
        assert!(shards.iter().all(|shard| text(shard, "ParentShardId") == ZERO));
        for (kind, count) in [("AT_TRIM_HORIZON", 2), ("AT_LATEST", 2), ("FROM_TRIM_HORIZON", 2)] {
            assert_eq!(host.shards("a", Some(json!({"Type": kind}))).await.len(), count);
        }
    }
    let host = host.restart().await;
    assert_eq!(ids(&host.shards("a", None).await), [ONE, TWO]);
    host.reshape("SplitShard", split("a", ONE, "1000")).await;
    let shards = host.shards("a", None).await;
    assert_eq!(ids(&shards)[2..], ["shardId-000000000003", "shardId-000000000004"]);
    host.call("DeleteStream", json!({"StreamName": "a"})).await;
}

#[tokio::test]
async fn facts_do_not_grow_for_ever() {
    let host = Host::unlimited().await;
    host.create("a", 3).await;
    for round in 0..20 {
        host.reshape("UpdateShardCount", resize("a", if round % 2 == 0 { 200 } else { 3 })).await;
        pass(&host, 13).await;
    }
    pass(&host, 25).await;
    assert_eq!(logs(&host).len(), 3);
    let host = host.restart().await;
    assert_eq!(host.ranges("a").await.len(), 3);
    assert_eq!(logs(&host).len(), 3);
    let first = &host.shards("a", None).await[0];
    let number: u32 = text(first, "ShardId").strip_prefix("shardId-").unwrap().parse().unwrap();
    assert!(number > 4000, "{number}");
}

#[tokio::test]
async fn a_longer_retention_keeps_shards_as_well() {
    let host = Host::new().await;
    host.create("a", 1).await;
    host.reshape("SplitShard", split("a", ZERO, MIDDLE)).await;
    let longer = json!({"StreamName": "a", "RetentionPeriodHours": 72});
    host.call("IncreaseStreamRetentionPeriod", longer).await;
    pass(&host, 71).await;
    assert_eq!(host.shards("a", None).await.len(), 3);
    let shorter = json!({"StreamName": "a", "RetentionPeriodHours": 48});
    host.call("DecreaseStreamRetentionPeriod", shorter).await;
    host.service.sweep().await.unwrap();
    assert_eq!(logs(&host).len(), 2);
}

#[tokio::test]
async fn one_that_is_being_changed_forgets_as_well() {
    let host = Host::new().await;
    host.create("a", 1).await;
    host.reshape("SplitShard", split("a", ZERO, MIDDLE)).await;
    pass(&host, 23).await;
    host.call("SplitShard", split("a", TWO, "300000000000000000000000000000000000000")).await;
    host.clock.advance(2 * HOUR);
    host.service.accept_time();
    host.service.sweep().await.unwrap();
    assert_eq!(host.status("a").await, "UPDATING");
    assert_eq!(logs(&host).len(), 2);
    host.service.reshape_all().await.unwrap();
    assert_eq!(host.ranges("a").await.len(), 3);
    let input = json!({"StreamName": "a", "PartitionKey": "k", "ExplicitHashKey": MAX, "Data": ""});
    let reply: Value = host.call("PutRecord", input).await;
    assert_eq!(text(&reply, "ShardId"), "shardId-000000000004");
}
