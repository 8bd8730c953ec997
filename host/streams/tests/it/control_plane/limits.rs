//! DescribeLimits.

use serde_json::json;

use crate::support::{Host, caller};

#[tokio::test]
async fn an_account_is_told_what_it_has_and_may_have_in_all_regions() {
    let host = Host::new().await;
    let limits = |shards: u64, on_demand: u64| {
        json!({"ShardLimit": 20_000, "OpenShardCount": shards, "OnDemandStreamCount": on_demand,
               "OnDemandStreamCountLimit": 50, "ChannelCount": 0, "ChannelCountLimit": 0})
    };
    assert_eq!(host.call("DescribeLimits", json!({})).await, limits(0, 0));
    host.create("a", 3).await;
    host.call("CreateStream", json!({"StreamName": "b"})).await;
    assert_eq!(host.call("DescribeLimits", json!({})).await, limits(7, 1));
    let mut elsewhere = caller();
    elsewhere.region = "eu-central-1".parse().unwrap();
    assert_eq!(host.answer(&elsewhere, "DescribeLimits", "{}").await, Ok(limits(7, 1)));
    host.call("DeleteStream", json!({"StreamName": "b"})).await;
    let host = host.restart().await;
    assert_eq!(host.call("DescribeLimits", json!({})).await, limits(3, 0));
}

#[tokio::test]
async fn without_limits_the_largest_number_is_told() {
    let host = Host::unlimited().await;
    let told = host.call("DescribeLimits", json!({})).await;
    assert_eq!(
        (&told["ShardLimit"], &told["OnDemandStreamCountLimit"]),
        (&json!(1_000_000), &json!(1_000_000))
    );
}
