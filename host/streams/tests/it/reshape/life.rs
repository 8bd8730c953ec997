//! What splits, merges and other numbers of shards look like from outside.

use serde_json::{Value, json};

use super::{MAX, MIDDLE, ONE, THREE, TWO, ZERO, ids, merge, resize, split, tiled};
use crate::support::{Host, data, number, text};

async fn iterator(host: &Host, shard: &str, kind: &str, more: Value) -> String {
    let mut input = json!({"StreamName": "a", "ShardId": shard, "ShardIteratorType": kind});
    crate::support::merge(&mut input, more);
    text(&host.call("GetShardIterator", input).await, "ShardIterator")
}

async fn put(host: &Host, hash: &str, data: &[u8]) -> (String, String) {
    let input = json!({"StreamName": "a", "PartitionKey": "k", "ExplicitHashKey": hash,
                       "Data": crate::support::base64(data)});
    let reply = host.call("PutRecord", input).await;
    (text(&reply, "ShardId"), text(&reply, "SequenceNumber"))
}

#[tokio::test]
async fn a_split_shard_ends_and_its_children_go_on() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let before = put(&host, MAX, b"before").await;
    let tail = iterator(&host, ZERO, "LATEST", json!({})).await;
    assert_eq!(host.call("SplitShard", split("a", ZERO, MIDDLE)).await, Value::Null);
    assert_eq!(host.status("a").await, "UPDATING");
    let during = put(&host, MAX, b"during").await;
    assert_eq!(during.0, ZERO);
    host.service.reshape_all().await.unwrap();
    assert_eq!(host.status("a").await, "ACTIVE");

    let shards = host.shards("a", None).await;
    assert_eq!(ids(&shards), [ZERO, ONE, TWO]);
    let range = |at: usize, member: &str| text(&shards[at]["HashKeyRange"], member);
    assert_eq!(
        (range(1, "StartingHashKey").as_str(), range(2, "EndingHashKey").as_str()),
        ("0", MAX)
    );
    assert_eq!(range(2, "StartingHashKey"), MIDDLE);
    let start =
        |at: usize| number(&text(&shards[at]["SequenceNumberRange"], "StartingSequenceNumber"));
    let end = number(&text(&shards[0]["SequenceNumberRange"], "EndingSequenceNumber"));
    assert!(number(&before.1) < number(&during.1) && number(&during.1) < end);
    for child in [1, 2] {
        assert_eq!(text(&shards[child], "ParentShardId"), ZERO);
        assert_eq!(shards[child]["AdjacentParentShardId"], Value::Null);
        assert!(shards[child]["SequenceNumberRange"]["EndingSequenceNumber"].is_null());
        assert!(start(child) > end);
    }
    let (upper, lower) = (put(&host, MAX, b"upper").await, put(&host, "0", b"lower").await);
    assert_eq!((upper.0.as_str(), lower.0.as_str()), (TWO, ONE));
    assert!(number(&upper.1) > end && number(&lower.1) > end);

    // Who reads on is led to the children.
    let reply = host.get(&tail).await;
    assert_eq!(data(&reply), [b"during"]);
    assert!(reply["NextShardIterator"].is_null());
    let children = reply["ChildShards"].as_array().unwrap();
    assert_eq!(ids(children), [ONE, TWO]);
    for child in children {
        assert_eq!(child["ParentShards"], json!([ZERO]));
    }
    for kind in ["TRIM_HORIZON", "LATEST"] {
        let reply = host.get(&iterator(&host, ZERO, kind, json!({})).await).await;
        assert!(reply["NextShardIterator"].is_null(), "{kind}");
        assert_eq!(reply["ChildShards"].as_array().unwrap().len(), 2);
        assert_eq!(reply["MillisBehindLatest"], 0);
    }
    let after = json!({"StartingSequenceNumber": during.1});
    let reply = host.get(&iterator(&host, ZERO, "AFTER_SEQUENCE_NUMBER", after).await).await;
    assert!(data(&reply).is_empty() && reply["NextShardIterator"].is_null());
    let first = json!({"ShardIterator": iterator(&host, ZERO, "TRIM_HORIZON", json!({})).await,
                       "Limit": 1});
    let reply = host.call("GetRecords", first).await;
    assert!(reply["NextShardIterator"].is_string() && reply["ChildShards"].is_null());
}

#[tokio::test]
async fn merged_shards_end_in_one() {
    let host = Host::new().await;
    host.create("a", 3).await;
    host.reshape("MergeShards", merge("a", ZERO, ONE)).await;
    let shards = host.shards("a", None).await;
    assert_eq!(ids(&shards), [ZERO, ONE, TWO, THREE]);
    assert_eq!(text(&shards[3], "ParentShardId"), ZERO);
    assert_eq!(text(&shards[3], "AdjacentParentShardId"), ONE);
    assert_eq!(host.ranges("a").await.len(), 2);
    for parent in [ZERO, ONE] {
        let reply = host.get(&iterator(&host, parent, "LATEST", json!({})).await).await;
        let children = reply["ChildShards"].as_array().unwrap();
        assert_eq!(ids(children), [THREE]);
        assert_eq!(children[0]["ParentShards"], json!([ZERO, ONE]));
    }
    let whole = merge("a", THREE, TWO);
    host.reshape("MergeShards", whole).await;
    assert_eq!(host.ranges("a").await, [(0, u128::MAX)]);
}

#[tokio::test]
async fn any_number_of_shards_is_reached_and_all_are_of_one_size() {
    let host = Host::unlimited().await;
    host.create("a", 3).await;
    for (target, all) in [(6, 9), (3, 12), (5, 0), (1, 0), (16, 0), (16, 0), (700, 0), (2, 0)] {
        let have = host.ranges("a").await.len();
        let reply = host.call("UpdateShardCount", resize("a", target)).await;
        assert_eq!(reply["CurrentShardCount"], have);
        assert_eq!(reply["TargetShardCount"], target);
        assert_eq!(text(&reply, "StreamName"), "a");
        assert_eq!(text(&reply, "StreamARN"), crate::support::arn("a"));
        host.service.reshape_all().await.unwrap();
        let open = host.ranges("a").await;
        assert_eq!(open.len(), target as usize);
        let width = u128::MAX / u128::from(target);
        for (first, last) in open {
            assert!((last - first).abs_diff(width) < 1 << 40);
        }
        if all > 0 {
            // As few as there can be: each was split or merged once.
            assert_eq!(host.shards("a", None).await.len(), all);
        }
    }
    let limits = host.call("DescribeLimits", json!({})).await;
    assert_eq!(limits["OpenShardCount"], 2);
}

#[tokio::test]
async fn listings_by_time_show_shards_that_cover_each_key() {
    let host = Host::new().await;
    host.create("a", 2).await;
    let created = host.now();
    let mut moments = Vec::new();
    // Within one second, so that the seconds of children run ahead of the clock.
    for _ in 0..4 {
        host.clock.advance(100);
        let open = host.shards("a", Some(json!({"Type": "AT_LATEST"}))).await;
        let last = open.last().unwrap();
        let first: u128 = text(&last["HashKeyRange"], "StartingHashKey").parse().unwrap();
        let at = (first + 1000).to_string();
        host.reshape("SplitShard", split("a", &text(last, "ShardId"), &at)).await;
        moments.push(host.now());
    }
    host.clock.advance(100);
    let by_time = |kind: &str, at: u64| {
        #[expect(clippy::cast_precision_loss, reason = "a moment of a test")]
        let seconds = at as f64 / 1000.0;
        Some(json!({"Type": kind, "Timestamp": seconds}))
    };
    for (splits, at) in (1..).zip(&moments) {
        for (moment, open) in [(at.0 - 1, 1 + splits), (at.0, 2 + splits), (at.0 + 1, 2 + splits)] {
            let shown = host.shards("a", by_time("AT_TIMESTAMP", moment)).await;
            assert_eq!(tiled(&shown).len(), open, "{splits}");
        }
        let from = host.shards("a", by_time("FROM_TIMESTAMP", at.0)).await;
        let gone = splits - 1;
        assert_eq!(from.len(), 10 - gone);
    }
    for (kind, count) in [("AT_TRIM_HORIZON", 2), ("FROM_TRIM_HORIZON", 10), ("AT_LATEST", 6)] {
        assert_eq!(host.shards("a", Some(json!({"Type": kind}))).await.len(), count, "{kind}");
    }
    let after = json!({"Type": "AFTER_SHARD_ID", "ShardId": THREE});
    assert_eq!(host.shards("a", Some(after)).await.len(), 6);
    let before = host.shards("a", by_time("AT_TIMESTAMP", created.0)).await;
    assert_eq!(tiled(&before).len(), 2);
}

#[tokio::test]
async fn pages_go_on_across_a_change() {
    let host = Host::new().await;
    host.create("a", 3).await;
    let page = host.call("ListShards", json!({"StreamName": "a", "MaxResults": 2})).await;
    let token = text(&page, "NextToken");
    host.reshape("SplitShard", split("a", TWO, "300000000000000000000000000000000000000")).await;
    let rest = host.call("ListShards", json!({"NextToken": token, "MaxResults": 2})).await;
    let rest_ids = ids(rest["Shards"].as_array().unwrap());
    assert_eq!(rest_ids, [TWO, THREE]);
    let last = json!({"NextToken": text(&rest, "NextToken")});
    let last = host.call("ListShards", last).await;
    assert_eq!(ids(last["Shards"].as_array().unwrap()), ["shardId-000000000004"]);
    assert!(last["NextToken"].is_null());
    let describe = |start: Option<&str>| {
        let mut input = json!({"StreamName": "a", "Limit": 3});
        if let Some(start) = start {
            input["ExclusiveStartShardId"] = json!(start);
        }
        host.call("DescribeStream", input)
    };
    let first = &describe(None).await["StreamDescription"];
    assert_eq!(ids(first["Shards"].as_array().unwrap()), [ZERO, ONE, TWO]);
    assert_eq!(first["HasMoreShards"], true);
    assert!(first["Shards"][2]["SequenceNumberRange"]["EndingSequenceNumber"].is_string());
    let second = &describe(Some(TWO)).await["StreamDescription"];
    assert_eq!(ids(second["Shards"].as_array().unwrap()).len(), 2);
    assert_eq!(second["HasMoreShards"], false);
}

#[tokio::test]
async fn all_of_it_is_there_after_a_restart() {
    let mut host = Host::unlimited().await;
    host.create("a", 1).await;
    put(&host, MAX, b"one").await;
    host.reshape("UpdateShardCount", resize("a", 70)).await;
    put(&host, MAX, b"two").await;
    host.reshape("UpdateShardCount", resize("a", 3)).await;
    let before = host.shards("a", None).await;
    host = host.restart().await;
    host = host.restart().await;
    assert_eq!(host.shards("a", None).await, before);
    assert_eq!(host.ranges("a").await.len(), 3);
    let reply = host.get(&iterator(&host, ZERO, "TRIM_HORIZON", json!({})).await).await;
    assert_eq!(data(&reply), [b"one"]);
    assert!(reply["NextShardIterator"].is_null());
    assert_eq!(host.status("a").await, "ACTIVE");
    let reply = put(&host, MAX, b"three").await;
    assert!(reply.0.as_str() > THREE);
    host.call("DeleteStream", json!({"StreamName": "a"})).await;
    host.create("a", 1).await;
    assert_eq!(host.shards("a", None).await.len(), 1);
}

#[tokio::test]
async fn what_is_asked_for_is_resumed_after_a_restart() {
    let host = Host::unlimited().await;
    host.create("a", 2).await;
    host.call("UpdateShardCount", resize("a", 7)).await;
    let host = host.restart().await;
    assert_eq!(host.status("a").await, "UPDATING");
    host.service.reshape_all().await.unwrap();
    assert_eq!(host.ranges("a").await.len(), 7);
    assert_eq!(host.status("a").await, "ACTIVE");
}

#[tokio::test]
async fn a_stream_that_is_being_changed_may_be_deleted_tagged_and_kept_longer() {
    let host = Host::new().await;
    host.create("a", 1).await;
    host.call("SplitShard", split("a", ZERO, MIDDLE)).await;
    host.call("AddTagsToStream", json!({"StreamName": "a", "Tags": {"k": "v"}})).await;
    let longer = json!({"StreamName": "a", "RetentionPeriodHours": 48});
    host.call("IncreaseStreamRetentionPeriod", longer).await;
    assert_eq!(host.status("a").await, "UPDATING");
    host.service.reshape_all().await.unwrap();
    assert_eq!(host.ranges("a").await.len(), 2);
    host.call("SplitShard", split("a", ONE, "1000")).await;
    host.call("DeleteStream", json!({"StreamName": "a"})).await;
    host.service.reshape_all().await.unwrap();
    let gone = host.refusal("DescribeStream", json!({"StreamName": "a"})).await;
    assert_eq!(gone.code, "ResourceNotFoundException");
}

#[tokio::test]
async fn splits_and_merges_are_counted() {
    let host = Host::new().await;
    host.create("a", 1).await;
    host.reshape("SplitShard", split("a", ZERO, MIDDLE)).await;
    let counted = || (host.metrics.streams.splits.get(), host.metrics.streams.merges.get());
    assert_eq!(counted(), (1, 0));
    host.reshape("MergeShards", merge("a", ONE, TWO)).await;
    assert_eq!(counted(), (1, 1));
    host.reshape("UpdateShardCount", resize("a", 2)).await;
    assert_eq!(counted(), (2, 1));
    host.reshape("UpdateShardCount", resize("a", 3)).await;
    // Each half has a border inside; what lies between the borders becomes one.
    assert_eq!(counted(), (4, 2));
}
