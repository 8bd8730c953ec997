//! What is told of changes that cannot be.

use serde_json::json;

use super::{MAX, MIDDLE, ONE, TWO, ZERO, merge, resize, split};
use crate::support::{ACCOUNT, HOUR, Host};

const INVALID: &str = "InvalidArgumentException";
const NOT_FOUND: &str = "ResourceNotFoundException";
const IN_USE: &str = "ResourceInUseException";
const LIMIT: &str = "LimitExceededException";
const VALIDATION: &str = "ValidationException";

#[tokio::test]
async fn the_constraints_of_the_model_are_told_in_its_order() {
    let host = Host::new().await;
    let null = |path: &str| {
        format!("Value null at '{path}' failed to satisfy constraint: Member must not be null")
    };
    for (operation, paths) in [
        ("SplitShard", ["newStartingHashKey", "streamName", "shardToSplit"]),
        ("MergeShards", ["shardToMerge", "adjacentShardToMerge", "streamName"]),
        ("UpdateShardCount", ["streamName", "targetShardCount", "scalingType"]),
    ] {
        let told = paths.map(null).join("; ");
        let message = format!("3 validation errors detected: {told}");
        host.refuses(operation, json!({}), VALIDATION, &message).await;
    }
    let mut input = resize("a", 1);
    input["ScalingType"] = json!("OTHER");
    let message = "1 validation error detected: Value 'OTHER' at 'scalingType' failed to satisfy \
                   constraint: Member must satisfy enum value set: [UNIFORM_SCALING]";
    host.refuses("UpdateShardCount", input, VALIDATION, message).await;
}

#[tokio::test]
async fn streams_and_shards_that_are_not_there() {
    let host = Host::new().await;
    host.create("a", 3).await;
    let stream = format!("Stream b under account {ACCOUNT} not found.");
    let shard = |shard: &str, name: &str| {
        format!("Could not find shard {shard} in stream {name} under account {ACCOUNT}.")
    };
    let five = "shardId-000000000005";
    for (operation, input, message) in [
        ("SplitShard", split("b", "2147483647", "0"), stream.clone()),
        ("SplitShard", split("b", "2147483648", "0"), shard("2147483648", "b")),
        ("SplitShard", split("b", "ABKLFD8", "0"), shard("ABKLFD8", "b")),
        ("SplitShard", split("a", "shardId-5", "0"), shard(five, "a")),
        ("MergeShards", merge("b", "2147483647", "x-0"), stream.clone()),
        ("MergeShards", merge("b", "x-0", "2147483648"), shard("2147483648", "b")),
        ("MergeShards", merge("a", "shardId-5", "x-0"), shard(five, "a")),
        ("MergeShards", merge("a", "x-0", "shardId-5"), shard(five, "a")),
        ("UpdateShardCount", resize("b", 1), stream),
    ] {
        host.refuses(operation, input, NOT_FOUND, &message).await;
    }
}

#[tokio::test]
async fn borders_must_lie_inside_the_shard() {
    let host = Host::new().await;
    host.create("a", 3).await;
    let last = "113427455640312821154458202477256070484";
    let huge = "999999999999999999999999999999999999999";
    for (shard, id, at, range) in [
        ("shard-0", ZERO, "1", ("0", last)),
        ("shard-0", ZERO, last, ("0", last)),
        ("shard-2", TWO, huge, ("226854911280625642308916404954512140970", MAX)),
    ] {
        let (first, end) = range;
        let message = format!(
            "NewStartingHashKey {at} used in SplitShard() on shard {id} in stream a under account \
             {ACCOUNT} is not both greater than one plus the shard's StartingHashKey {first} and less \
             than the shard's EndingHashKey {end}."
        );
        host.refuses("SplitShard", split("a", shard, at), INVALID, &message).await;
    }
    host.reshape("SplitShard", split("a", "x-0", "2")).await;
    let message =
        format!("Shard {ZERO} in stream a under account {ACCOUNT} is not eligible for splitting");
    host.refuses("SplitShard", split("a", ZERO, "2000"), INVALID, &message).await;
}

#[tokio::test]
async fn only_open_neighbours_are_merged() {
    let host = Host::new().await;
    host.create("a", 3).await;
    let message = |one: &str, other: &str| {
        format!(
            "Shards {one} and {other} in stream a under account {ACCOUNT} are not an adjacent pair of \
             shards eligible for merging"
        )
    };
    for (one, other) in [(ZERO, TWO), (ONE, ZERO), (ZERO, ZERO), (TWO, ZERO)] {
        let refused = message(one, other);
        host.refuses("MergeShards", merge("a", one, other), INVALID, &refused).await;
    }
    host.reshape("MergeShards", merge("a", ZERO, ONE)).await;
    host.refuses("MergeShards", merge("a", ZERO, ONE), INVALID, &message(ZERO, ONE)).await;
    host.refuses("MergeShards", merge("a", ONE, TWO), INVALID, &message(ONE, TWO)).await;
}

#[tokio::test]
async fn one_change_at_a_time() {
    let host = Host::new().await;
    host.create("a", 2).await;
    host.call("SplitShard", split("a", ZERO, "1000")).await;
    let message = format!("Stream a under account {ACCOUNT} not ACTIVE, instead in state UPDATING");
    for (operation, input) in [
        ("SplitShard", split("a", ONE, MIDDLE)),
        ("MergeShards", merge("a", ZERO, ONE)),
        ("UpdateShardCount", resize("a", 3)),
    ] {
        host.refuses(operation, input, IN_USE, &message).await;
    }
    host.service.reshape_all().await.unwrap();
    assert_eq!(host.ranges("a").await.len(), 3);
}

#[tokio::test]
async fn streams_on_demand_find_their_own_number() {
    let host = Host::new().await;
    let input = json!({"StreamName": "a", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}});
    host.call("CreateStream", input).await;
    for (operation, input) in [
        ("SplitShard", split("a", ZERO, "1000")),
        ("MergeShards", merge("a", ZERO, ONE)),
        ("UpdateShardCount", resize("a", 3)),
    ] {
        let message = format!(
            "{operation} is only supported for data streams with the provisioned capacity mode."
        );
        host.refuses(operation, input, VALIDATION, &message).await;
    }
}

#[tokio::test]
async fn the_limits_of_a_number_of_shards() {
    let host = Host::new().await;
    host.create("a", 4).await;
    let counts = |target: u32| format!("Current open shard count: 4 Target shard count: {target}");
    let message = format!(
        "UpdateShardCount cannot scale up over double your current open shard count. {}",
        counts(9)
    );
    host.refuses("UpdateShardCount", resize("a", 9), LIMIT, &message).await;
    let message = format!(
        "UpdateShardCount cannot scale down below half your current open shard count. {}",
        counts(1)
    );
    host.refuses("UpdateShardCount", resize("a", 1), LIMIT, &message).await;
    for target in [8, 4, 2, 1, 2, 3, 6, 12, 6, 3] {
        host.clock.advance(HOUR);
        host.reshape("UpdateShardCount", resize("a", target)).await;
        assert_eq!(host.ranges("a").await.len(), target as usize);
    }
    let refusal = host.refusal("UpdateShardCount", resize("a", 4)).await;
    assert_eq!(refusal.code, LIMIT);
    host.clock.advance(15 * HOUR);
    host.reshape("UpdateShardCount", resize("a", 4)).await;
    // A split is none of the number.
    for _ in 0..3 {
        let shards = host.shards("a", Some(json!({"Type": "AT_LATEST"}))).await;
        let shard = &shards[0];
        let first = crate::support::text(&shard["HashKeyRange"], "StartingHashKey");
        let at = (first.parse::<u128>().unwrap() + 1000).to_string();
        let id = crate::support::text(shard, "ShardId");
        host.reshape("SplitShard", split("a", &id, &at)).await;
    }
}

#[tokio::test]
async fn the_account_has_a_quota() {
    let host = Host::new().await;
    host.create("a", 19_999).await;
    host.create("b", 1).await;
    let message = |more: u32| {
        format!(
            "This request would exceed the shard limit for the account {ACCOUNT} in us-east-1. Current \
             shard count for the account: 20000. Limit: 20000. Number of additional shards that would \
             have resulted from this request: {more}. Refer to the AWS Service Limits page \
             (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits \
             and how to request higher limits."
        )
    };
    host.refuses("SplitShard", split("b", ZERO, MIDDLE), LIMIT, &message(1)).await;
    host.refuses("UpdateShardCount", resize("b", 2), LIMIT, &message(1)).await;
    host.reshape("MergeShards", merge("a", ZERO, ONE)).await;
    host.reshape("UpdateShardCount", resize("b", 2)).await;
}
