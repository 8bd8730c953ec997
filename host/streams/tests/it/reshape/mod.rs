//! Changing the shards of a stream.

mod expiry;
mod faults;
mod kept;
mod life;
mod puts;
mod refusals;

use serde_json::{Value, json};

use crate::support::Host;

const ZERO: &str = "shardId-000000000000";
const ONE: &str = "shardId-000000000001";
const TWO: &str = "shardId-000000000002";
const THREE: &str = "shardId-000000000003";
/// The middle of the key space.
const MIDDLE: &str = "170141183460469231731687303715884105728";
const MAX: &str = "340282366920938463463374607431768211455";

fn split(name: &str, shard: &str, at: &str) -> Value {
    json!({"StreamName": name, "ShardToSplit": shard, "NewStartingHashKey": at})
}

fn merge(name: &str, shard: &str, adjacent: &str) -> Value {
    json!({"StreamName": name, "ShardToMerge": shard, "AdjacentShardToMerge": adjacent})
}

fn resize(name: &str, target: u32) -> Value {
    json!({"StreamName": name, "TargetShardCount": target, "ScalingType": "UNIFORM_SCALING"})
}

impl Host {
    /// What the operation begins, done.
    async fn reshape(&self, operation: &str, input: Value) {
        self.call(operation, input).await;
        self.service.reshape_all().await.unwrap();
    }

    async fn status(&self, name: &str) -> String {
        let reply = self.call("DescribeStreamSummary", json!({"StreamName": name})).await;
        crate::support::text(&reply["StreamDescriptionSummary"], "StreamStatus")
    }

    /// The shards as listed.
    async fn shards(&self, name: &str, filter: Option<Value>) -> Vec<Value> {
        let mut input = json!({"StreamName": name, "MaxResults": 10_000});
        if let Some(filter) = filter {
            input["ShardFilter"] = filter;
        }
        let reply = self.call("ListShards", input).await;
        reply["Shards"].as_array().unwrap().clone()
    }

    /// The ranges of the open shards in order, which cover each key once.
    async fn ranges(&self, name: &str) -> Vec<(u128, u128)> {
        let shards = self.shards(name, Some(json!({"Type": "AT_LATEST"}))).await;
        tiled(&shards)
    }
}

/// The ranges of shards that cover each key once, in order.
fn tiled(shards: &[Value]) -> Vec<(u128, u128)> {
    let key = |shard: &Value, member: &str| -> u128 {
        shard["HashKeyRange"][member].as_str().unwrap().parse().unwrap()
    };
    let range = |shard: &Value| (key(shard, "StartingHashKey"), key(shard, "EndingHashKey"));
    let mut ranges: Vec<_> = shards.iter().map(range).collect();
    ranges.sort_unstable();
    assert_eq!(ranges[0].0, 0);
    assert_eq!(ranges.last().unwrap().1, u128::MAX);
    assert!(ranges.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0), "{ranges:?}");
    ranges
}

fn ids(shards: &[Value]) -> Vec<&str> {
    shards.iter().map(|shard| shard["ShardId"].as_str().unwrap()).collect()
}
