//! ListShards.

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Host, arn, text, told};

const LIST: &str = "ListShards";
const INVALID: &str = "InvalidArgumentException";
const NOT_FOUND: &str = "ResourceNotFoundException";

#[tokio::test]
async fn lists_in_pages() {
    let host = Host::new().await;
    host.create("a", 1203).await;
    let first = host.call(LIST, json!({"StreamName": "a"})).await;
    assert_eq!(ids(&first).len(), 1000);
    let token = text(&first, "NextToken");
    let second = host
        .call(LIST, json!({"NextToken": token, "MaxResults": 201}))
        .await;
    assert_eq!(ids(&second)[0], "shardId-000000001000");
    let token = text(&second, "NextToken");
    let third = host.call(LIST, json!({"NextToken": token})).await;
    assert_eq!(
        ids(&third),
        ["shardId-000000001201", "shardId-000000001202"]
    );
    assert_eq!(third["NextToken"], Value::Null);
    let all = host
        .call(LIST, json!({"StreamARN": arn("a"), "MaxResults": 10_000}))
        .await;
    assert_eq!(ids(&all).len(), 1203);
    let input = json!({"StreamName": "a", "ExclusiveStartShardId": "shardId-000000001201"});
    assert_eq!(ids(&host.call(LIST, input).await), ["shardId-000000001202"]);
}

#[tokio::test]
async fn a_token_stands_alone() {
    let host = Host::new().await;
    host.create("a", 3).await;
    let message = "Either NextToken or StreamName should be provided.";
    host.refuses(LIST, json!({}), INVALID, message).await;
    let page = host
        .call(LIST, json!({"StreamName": "a", "MaxResults": 1}))
        .await;
    let token = text(&page, "NextToken");
    for (member, value) in [
        ("StreamName", json!("a")),
        ("StreamARN", json!(arn("a"))),
        ("ExclusiveStartShardId", json!("shardId-000000000000")),
        ("ShardFilter", json!({"Type": "AT_LATEST"})),
        ("StreamCreationTimestamp", json!(1)),
    ] {
        let input = json!({"NextToken": token, member: value});
        let message = format!("NextToken and {member} cannot be provided together.");
        host.refuses(LIST, input, INVALID, &message).await;
    }
    host.refuses(
        LIST,
        json!({"NextToken": "x"}),
        INVALID,
        "Invalid NextToken.",
    )
    .await;
    // A token of another operation is none.
    let iterator = host.iterator("a", "LATEST", json!({})).await;
    host.refuses(
        LIST,
        json!({"NextToken": iterator}),
        INVALID,
        "Invalid NextToken.",
    )
    .await;
    let mut other = crate::support::caller();
    other.account = "999999999999".parse().unwrap();
    let body = json!({"NextToken": token}).to_string();
    let refusal = host.answer(&other, LIST, &body).await.unwrap_err();
    assert_eq!(refusal.code, NOT_FOUND);
    host.call("DeleteStream", json!({"StreamName": "a"})).await;
    let message = format!("Stream a under account {ACCOUNT} not found.");
    host.refuses(LIST, json!({"NextToken": token}), NOT_FOUND, &message)
        .await;
    host.clock.advance(300_001);
    let expired = "ExpiredNextTokenException";
    host.refuses(
        LIST,
        json!({"NextToken": token}),
        expired,
        "NextToken has expired.",
    )
    .await;
}

#[tokio::test]
async fn the_creation_time_picks_the_incarnation() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let input = |at: f64| json!({"StreamName": "a", "StreamCreationTimestamp": at});
    assert_eq!(ids(&host.call(LIST, input(1_790_068_000.0)).await).len(), 1);
    let message = format!("Stream a under account {ACCOUNT} not found.");
    host.refuses(LIST, input(1_790_000_001.0), NOT_FOUND, &message)
        .await;
}

#[tokio::test]
async fn filters_show_what_they_say() {
    let host = Host::new().await;
    host.create("a", 3).await;
    host.clock.advance(5000);
    let input = |filter: Value| json!({"StreamName": "a", "ShardFilter": filter});
    for (filter, first) in [
        (
            json!({"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000000"}),
            1,
        ),
        (json!({"Type": "AT_TRIM_HORIZON"}), 0),
        (json!({"Type": "FROM_TRIM_HORIZON"}), 0),
        (json!({"Type": "AT_LATEST"}), 0),
        (json!({"Type": "AT_TIMESTAMP", "Timestamp": 1}), 0),
        (
            json!({"Type": "AT_TIMESTAMP", "Timestamp": 1_790_068_003}),
            0,
        ),
        (
            json!({"Type": "FROM_TIMESTAMP", "Timestamp": 1_790_068_003}),
            0,
        ),
    ] {
        let reply = host.call(LIST, input(filter.clone())).await;
        let expected: Vec<String> = (first..3).map(|it| format!("shardId-{it:012}")).collect();
        assert_eq!(ids(&reply), expected, "{filter}");
    }
    // The token keeps the filter.
    let mut paged = input(json!({"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000000"}));
    paged["MaxResults"] = json!(1);
    let token = text(&host.call(LIST, paged).await, "NextToken");
    let rest = host.call(LIST, json!({"NextToken": token})).await;
    assert_eq!(ids(&rest), ["shardId-000000000002"]);
}

#[tokio::test]
async fn filters_need_their_members_and_no_others() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let input = |filter: Value| json!({"StreamName": "a", "ShardFilter": filter});
    for (filter, message) in [
        (
            json!({"Type": "AFTER_SHARD_ID"}),
            "Must specify ShardId parameter for ShardFilter of type AFTER_SHARD_ID.",
        ),
        (
            json!({"Type": "FROM_TIMESTAMP"}),
            "Must specify Timestamp parameter for ShardFilter of type FROM_TIMESTAMP.",
        ),
        (
            json!({"Type": "AT_LATEST", "ShardId": "shardId-0"}),
            "ShardId parameter is not allowed for ShardFilter of type AT_LATEST.",
        ),
        (
            json!({"Type": "AT_TRIM_HORIZON", "Timestamp": 5}),
            "Timestamp parameter is not allowed for ShardFilter of type AT_TRIM_HORIZON.",
        ),
    ] {
        host.refuses(LIST, input(filter), INVALID, message).await;
    }
    let message = told("null", "shardFilter.type", "not be null");
    host.refuses(LIST, input(json!({})), "ValidationException", &message)
        .await;
}

fn ids(reply: &Value) -> Vec<&str> {
    let shards = reply["Shards"].as_array().unwrap().iter();
    shards
        .map(|shard| shard["ShardId"].as_str().unwrap())
        .collect()
}
